"""How an account stands towards the market, and what it holds at the last prices."""

from __future__ import annotations

from typing import NamedTuple

from app.db import open_positions
from app.db import standing as standings
from app.db.connection import Connection
from app.db.standing import Held
from app.domain import lots, market
from app.domain.accounts import Account
from app.domain.market import Mark, Market
from app.domain.positions import LONG, Position
from app.errors import AccountNotFound
from app.services.instruments import catalogue
from app.services.resources import Resources


class Standing(NamedTuple):
    """How an account stands in a snapshot, at an instant."""

    account: Account
    held: Held
    last_executed_at_us: int | None
    market: Market


class Valued(NamedTuple):
    """An open position at the last price of its contract; both are None without one, the value
    also where that is too old, or in another currency than the account's.
    """

    mark: Mark | None
    unrealized_micros: int | None


def of(res: Resources, account: Account, now_us: int) -> Market:
    """What is known from outside of an account, as it was looked up, at an instant."""
    return market.market(account, now_us, res.mark_age_max_us)


def standing(res: Resources, conn: Connection, account_id: str, now_us: int) -> Standing:
    """How the account stands in a snapshot; AccountNotFound where there is none."""
    found = standings.standing(conn, account_id)
    if found is None:
        raise AccountNotFound(f"there is no account {account_id!r}")
    return Standing(*found, of(res, found.account, now_us))


def valued(conn: Connection, standing: Standing, held: list[Position]) -> list[Valued]:
    """Some open positions of the account, in their order, at the last prices."""
    fresh = any(each.is_fresh for each in standing.market.marks)
    known = catalogue(conn).by_root if held and fresh else {}
    return [
        _valued(conn, standing, each, known[each.symbol].point_value_micros)
        if each.symbol in known and known[each.symbol].currency == standing.account.currency
        else Valued(standing.market.mark(each.contract), None)
        for each in held
    ]


def unrealized(conn: Connection, standing: Standing) -> int | None:
    """All that the account holds at the last prices, in micro-units; None where any has none."""
    if not standing.held.positions:
        return 0
    if len([each for each in standing.market.marks if each.is_fresh]) < standing.held.positions:
        return None
    held = open_positions.of_account(conn, standing.account.account_key)
    values = [each.unrealized_micros for each in valued(conn, standing, held)]
    known = [each for each in values if each is not None]
    return sum(known) if len(known) == len(values) else None


def _valued(
    conn: Connection, standing: Standing, held: Position, point_value_micros: int
) -> Valued:
    mark = standing.market.mark(held.contract)
    if mark is None or not mark.is_fresh:
        return Valued(mark, None)
    key, direction = standing.account.account_key, 1 if held.side == LONG else -1
    entries = open_positions.last_entries(conn, key, held, direction)
    left = lots.remaining(entries, held.quantity)
    gained_nanos = lots.gained_nanos(left, mark.price_nanos, direction)
    return Valued(mark, lots.money_micros(gained_nanos, point_value_micros))
