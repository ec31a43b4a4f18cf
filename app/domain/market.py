"""What is known from outside of an account at an instant: whether its fills are coming, and the
last prices of what it holds.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Literal, NamedTuple

from app.domain import sessions
from app.domain.accounts import Account
from app.domain.instruments import SHIPPED
from app.domain.sessions import Hours

FeedStatus = Literal["live", "stale", "manual"]


class Shown(IntEnum):
    """How much of it a body shows; each includes what comes before."""

    NOTHING = 0
    FEED = 1
    MARKS = 2
    PRICES = 3


class Mark(NamedTuple):
    """The last price of a contract that is held, and when it was still the last."""

    contract: str
    price_nanos: int
    at_us: int
    is_fresh: bool


class Market(NamedTuple):
    """The feed, the marks by contract, a version of all prices of the past, and the instant at
    which time alone makes the feed stale and a mark old.
    """

    feed: FeedStatus
    marks: tuple[Mark, ...]
    prices_version: int
    stale_at_us: int | None
    old_at_us: int | None

    def shown(self, how_much: Shown) -> tuple[object, ...]:
        """As much as a body shows, to tell it from another one."""
        return (self.feed, self.marks, self.prices_version)[:how_much]

    def until_us(self, how_much: Shown) -> int | None:
        """When time alone changes as much as a body shows."""
        ends = (self.stale_at_us, self.old_at_us)[:how_much]
        return min((each for each in ends if each is not None), default=None)

    def mark(self, contract: str) -> Mark | None:
        """The mark of a contract, old or fresh."""
        return next((each for each in self.marks if each.contract == contract), None)


def market(account: Account, now_us: int, mark_age_max_us: int) -> Market:
    """What is known at an instant; a mark grows old by trading time, so that the last price before
    a close is fresh until the market has been open again for that long.
    """
    marks = []
    old_at_us: list[int] = []
    for contract, symbol, exchange, price_nanos, at_us in _held(account.held):
        ends_us = sessions.open_until(_hours(symbol, exchange), at_us, mark_age_max_us + 1)
        marks.append(Mark(contract, price_nanos, at_us, now_us < ends_us))
        old_at_us += [ends_us] if now_us < ends_us else []
    status, stale_at_us = _feed(account, now_us)
    old = min(old_at_us, default=None)
    return Market(status, tuple(sorted(marks)), account.prices_version, stale_at_us, old)


def _feed(account: Account, now_us: int) -> tuple[FeedStatus, int | None]:
    if account.synced_at_us is None or account.sync_late_us is None:
        return "manual", None
    stale_at_us = account.synced_at_us + account.sync_late_us
    return ("live", stale_at_us) if now_us < stale_at_us else ("stale", None)


def feed(account: Account, now_us: int) -> FeedStatus:
    """Whether the account's fills are coming, as of an instant."""
    return _feed(account, now_us)[0]


def _held(said: str | None) -> list[tuple[str, str, str, int, int]]:
    """Contract, symbol, exchange where it is not the shipped one, price and time of each mark."""
    parts = [each.split("/") for each in said.split(",")] if said else []
    return [
        (contract, symbol, exchange, int(price_nanos), int(at_us))
        for contract, symbol, exchange, price_nanos, at_us in parts
    ]


def _hours(symbol: str, exchange: str) -> Hours:
    shipped = SHIPPED.by_root.get(symbol)
    return sessions.hours_of(symbol, exchange or (shipped.exchange if shipped else ""))
