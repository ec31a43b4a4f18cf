"""An invented futures market for demonstrations: prices that move as real ones do, the contracts
that are in front, and the days on which nobody trades.

A price depends on the seed and the instant alone, so it is the same whenever it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from app.domain import fixed, instants
from app.domain.instruments import MONTH_CODES, SHIPPED

_LEVEL_DATE_US = instants.parse("2025-11-07T00:00:00Z")
_GROWTH = 0.08 / (365 * instants.DAY_US)  # A year's 8 %, for a microsecond.

_SHORTEST_US = 60 * instants.SECOND_US
_SCALES = 18  # From a minute to three months.
_MEMORY = 2**17
# The root of the share of a day that a scale lasts; the factor was measured, see `_walk`.
_AMPLITUDES = tuple(
    0.86 * ((_SHORTEST_US << scale) / instants.DAY_US) ** 0.5 for scale in range(_SCALES)
)

_MONDAY, _THURSDAY, _FRIDAY = 0, 3, 4
_FIXED_HOLIDAYS = {(1, 1), (6, 19), (7, 4), (12, 24), (12, 25)}
# Month, weekday, and between which days of the month: Martin Luther King, Presidents, Memorial and
# Labor Day, Thanksgiving and the day after.
_MOVING_HOLIDAYS = (
    *((1, _MONDAY, 15, 21), (2, _MONDAY, 15, 21), (5, _MONDAY, 25, 31), (9, _MONDAY, 1, 7)),
    *((11, _THURSDAY, 22, 28), (11, _FRIDAY, 23, 29)),
)


class Market(NamedTuple):
    """What is traded: its price in November 2025, what moves it and by what share of it in a day,
    and from when on which delivery month is no longer in front.
    """

    root: str
    level: int
    movers: tuple[tuple[str, float], ...]
    delivery_months: tuple[int, ...]
    rolled_on: Callable[[date], date]


def price_ticks(seed: int, market: Market, at_us: int) -> int:
    """The price of a market, in ticks."""
    moved = sum(size * _walk(f"{seed}/{mover}", at_us) for mover, size in market.movers)
    grown = (at_us - _LEVEL_DATE_US) * _GROWTH
    tick_nanos = SHIPPED.by_root[market.root].tick_nanos
    level_nanos = market.level * fixed.NANO
    ticks: int = round(level_nanos * (1 + grown + moved) / tick_nanos)
    return ticks


def front_contract(market: Market, day: date) -> str:
    """The contract that is traded most on a day."""
    months = [date(day.year + n, month, 1) for n in (0, 1) for month in market.delivery_months]
    front = next(month for month in months if day < market.rolled_on(month))
    return f"{market.root}{MONTH_CODES[front.month - 1]}{front.year % 10}"


def is_holiday(day: date) -> bool:
    """Whether a weekday is one of the exchange's holidays, those with short hours included."""
    near = (day, day + timedelta(days=day.weekday() == _FRIDAY))
    if day.weekday() == _MONDAY:
        near = (day, day - timedelta(days=1))  # What falls on a Sunday is made up for.
    return (
        any((each.month, each.day) in _FIXED_HOLIDAYS for each in near)
        or any(
            day.month == month and day.weekday() == weekday and first <= day.day <= last
            for month, weekday, first, last in _MOVING_HOLIDAYS
        )
        or day == _easter(day.year) - timedelta(days=2)
    )


def _easter(year: int) -> date:
    """Easter Sunday by Gauss's rule, which holds without exceptions until 2048."""
    full_moon = (19 * (year % 19) + 24) % 30
    to_sunday = (2 * (year % 4) + 4 * (year % 7) + 6 * full_moon + 5) % 7
    return date(year, 3, 22) + timedelta(days=full_moon + to_sunday)


def _walk(name: str, at_us: int) -> float:
    """A random walk that needs no past: noise on every scale of time, larger on longer ones. What
    lies a day apart differs by about 1.
    """
    total = 0.0
    for scale in range(_SCALES):
        cell, into_us = divmod(at_us, _SHORTEST_US << scale)
        share = into_us / (_SHORTEST_US << scale)
        before, after = _noise(name, scale, cell), _noise(name, scale, cell + 1)
        total += _AMPLITUDES[scale] * (before + share * (after - before))
    return total


@lru_cache(maxsize=_MEMORY)
def _noise(name: str, scale: int, cell: int) -> float:
    """A figure between -1 and 1."""
    digest = blake2b(f"{name}/{scale}/{cell}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**63 - 1


def _index_rolled_on(delivery: date) -> date:
    """The Monday before the third Friday."""
    fifteenth = delivery.replace(day=15)
    return fifteenth + timedelta(days=(_FRIDAY - fifteenth.weekday()) % 7 - 4)


def _gold_rolled_on(delivery: date) -> date:
    """A few days before the month begins, when delivery may be called for."""
    return (delivery - timedelta(days=1)).replace(day=26)


_QUARTERLY = (3, 6, 9, 12)

MNQ = Market(
    "MNQ", 25_300, (("stocks", 0.0095), ("technology", 0.005)), _QUARTERLY, _index_rolled_on
)
MES = Market("MES", 6_800, (("stocks", 0.008), ("industry", 0.002)), _QUARTERLY, _index_rolled_on)
# October's gold is listed, but little traded.
MGC = Market("MGC", 4_000, (("gold", 0.011),), (2, 4, 6, 8, 12), _gold_rolled_on)
