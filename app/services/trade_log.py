"""The trades log: each execution, and each order without one, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from typing import Literal, NamedTuple

from app.db import trades
from app.db.connection import Connection
from app.db.trades import Chosen, Filled
from app.domain import executions, instants
from app.domain.accounts import Account
from app.domain.executions import Key
from app.domain.orders import STATUSES, Order, Status
from app.domain.periods import Span
from app.errors import InvalidCursor
from app.services import bounds, cursors, filters
from app.services.bounds import Bound
from app.services.cursors import Cursor

DAYS = 7
FILLED: Status = "FILLED"

Kind = Literal["filled", "cancelled", "pending", "rejected", "all"]

_WINDOW_US = DAYS * 24 * 60 * 60 * instants.SECOND_US
_LAST_SEQUENCE = executions.SEQUENCE_MAX
# Above every id, which are ASCII.
_LAST_ID = "\x7f"
# At one instant orders come before executions, so that they are listed after them.
_ORDER, _EXECUTION = 0, 1


class Wanted(NamedTuple):
    """What a caller says of the log; without a start it is that of the last days."""

    kind: Kind
    start: Bound | None
    end: Bound | None
    symbol: str | None
    strategy: str | None


class Place(NamedTuple):
    """Where an item stands in the log."""

    at_us: int
    rank: int
    sequence: int
    id: str


class Asked(NamedTuple):
    """A window, and the place that the page begins before."""

    window: Span
    place: Place
    mark: str


class Item(NamedTuple):
    """Something in the log; items compare by their places."""

    place: Place
    what: Filled | Order


def ask(account: Account, wanted: Wanted, cursor: str | None, now_us: int) -> Asked:
    """InvalidParameter for what makes no sense, InvalidCursor for another log's cursor."""
    filters.check_strategy(wanted.strategy)
    mark = cursors.mark("trades", account.account_id, wanted)
    if cursor is None:
        window = _window(account, wanted, now_us)
        return Asked(window, _end(window), mark)
    found = cursors.decode(cursor, mark)
    _refuse_odd_place(found)
    return Asked(found.window, _place(found), mark)


def choose(conn: Connection, account: Account, wanted: Wanted, window: Span) -> Chosen:
    """The part of the log that the filters let pass; UnknownSymbol for a root nobody knows."""
    key, symbol, contract = account.account_key, None, None
    if wanted.symbol is not None:
        symbol, contract = filters.symbol(conn, wanted.symbol, window.end_us)
    return Chosen(key, window, symbol, contract, wanted.strategy)


def log(conn: Connection, chosen: Chosen, kind: Kind, place: Place, at_once: int) -> Iterator[Item]:
    """The log before a place, newest first, read some rows at once as far as it is asked for."""
    parts: list[Iterator[Item]] = []
    for status in STATUSES:
        if kind not in ("all", status.lower()):
            continue
        if status != FILLED:
            parts.append(_orders(conn, chosen, status, place, at_once))
            continue
        contracts = _contracts(conn, chosen)
        few = -(-at_once // max(len(contracts), 1))
        parts += [_executions(conn, chosen, each, place, (few, at_once)) for each in contracts]
    return merge(*parts, key=lambda item: item.place, reverse=True)


def _contracts(conn: Connection, chosen: Chosen) -> list[str | None]:
    """The contracts whose executions are wanted; None stands for all of them at once."""
    if chosen.contract or chosen.symbol is None:
        return [chosen.contract]
    return [*trades.contracts_of(conn, chosen.account_key, chosen.symbol)]


def _executions(
    conn: Connection, chosen: Chosen, contract: str | None, place: Place, at_once: tuple[int, int]
) -> Iterator[Item]:
    """The executions of one contract or of all; more rows at once once some were wanted."""
    rows, rows_max = at_once
    before = Key(place.at_us, place.sequence, place.id)
    if place.rank == _ORDER:
        before = Key(place.at_us, -_LAST_SEQUENCE - 1, "")
    while page := trades.filled_before(conn, chosen, contract, before, rows):
        for each in page:
            before = each.execution.key
            yield Item(Place(before.executed_at_us, _EXECUTION, *before[1:]), each)
        rows = min(2 * rows, rows_max)


def _orders(
    conn: Connection, chosen: Chosen, status: Status, place: Place, at_once: int
) -> Iterator[Item]:
    at_us, order_id = place.at_us, place.id if place.rank == _ORDER else _LAST_ID
    while page := trades.orders_before(conn, chosen, status, at_us, order_id, at_once):
        for each in page:
            at_us, order_id = each.submitted_at_us, each.order_id
            yield Item(Place(at_us, _ORDER, 0, order_id), each)


def _window(account: Account, wanted: Wanted, now_us: int) -> Span:
    found = bounds.resolve(account.cut, wanted.start, wanted.end, now_us)
    start_us = found.end_us - _WINDOW_US if found.start_us is None else found.start_us
    return Span(max(start_us, instants.FIRST_US), found.end_us)


def _end(window: Span) -> Place:
    """The place of what would be at a window's end, before which all of it is."""
    return Place(window.end_us, _ORDER, 0, "")


def _refuse_odd_place(cursor: Cursor) -> None:
    is_within = cursor.window.start_us <= cursor.at_us < cursor.window.end_us
    is_place = executions.is_id(cursor.id) and abs(cursor.sequence or 0) <= _LAST_SEQUENCE
    if not (is_within and is_place):
        raise InvalidCursor("this cursor names no trade: take next_cursor as it was given")


def _place(cursor: Cursor) -> Place:
    rank = _ORDER if cursor.sequence is None else _EXECUTION
    return Place(cursor.at_us, rank, cursor.sequence or 0, cursor.id)


def next_cursor(asked: Asked, last: Item) -> str:
    """The cursor of the page that follows an item."""
    at_us, rank, sequence, identity = last.place
    cursor = Cursor(at_us, identity, asked.window, None if rank == _ORDER else sequence)
    return cursors.encode(cursor, asked.mark)
