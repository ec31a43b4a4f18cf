"""Which page of which history is asked for, and the cursor that leads to the next one."""

from __future__ import annotations

from typing import Literal, NamedTuple

from app.db.connection import Connection
from app.db.filtered_trades import Chosen
from app.domain.accounts import Account
from app.domain.executions import Key
from app.domain.history import HistoryInterval, Stretch
from app.domain.periods import Calendar, Cut, Span
from app.domain.totals import Basis
from app.errors import InvalidCursor, InvalidParameter
from app.services import bounds, cursors, filters
from app.services.bounds import Bound, Bounds
from app.services.cursors import Cursor
from app.services.performance import asked_cut

POINTS_MAX = 5_000

_OWN_BASIS: dict[HistoryInterval, Basis] = {"tick": "execution", "trade": "position"}


class Wanted(NamedTuple):
    """What a caller says of a history; what is None is the account's own, its beginning, now, or
    all; `fill` asks for the periods without trades, too.
    """

    interval: HistoryInterval
    start: Bound | None
    end: Bound | None
    tz: str | None
    calendar: Calendar | None
    basis: Basis
    symbol: str | None = None
    strategy: str | None = None
    fill: Literal["zero"] | None = None
    limit: int = POINTS_MAX
    cursor: str | None = None
    explain: bool = False


class Asked(NamedTuple):
    """The same with every default that needs no data; the page holds what comes after a place."""

    cut: Cut
    basis: Basis
    bounds: Bounds
    after: Key | None
    mark: str


def ask(account: Account, wanted: Wanted, now_us: int) -> Asked:
    """InvalidParameter for what makes no sense, InvalidCursor for another history's cursor."""
    _refuse_odd_values(wanted)
    cut = asked_cut(account, wanted.tz, wanted.calendar)
    basis = _OWN_BASIS.get(wanted.interval, wanted.basis)
    resolved = bounds.resolve(cut, wanted.start, wanted.end, now_us)
    filters = wanted._replace(
        tz=None, calendar=None, basis=basis, limit=0, cursor=None, explain=False
    )
    mark = cursors.mark("history", account.account_id, cut, filters)
    if wanted.cursor is None:
        return Asked(cut, basis, resolved, None, mark)
    cursor = cursors.decode(wanted.cursor, mark)
    return Asked(cut, basis, Bounds(*cursor.window), _place(cursor), mark)


def chosen(conn: Connection, wanted: Wanted, window: Span) -> Chosen:
    """The positions that the filters let pass; UnknownSymbol for a root that nobody knows."""
    if wanted.symbol is None:
        return Chosen(strategy=wanted.strategy)
    symbol, contract = filters.symbol(conn, wanted.symbol, window.end_us)
    if contract is None:
        return Chosen(symbol=symbol, strategy=wanted.strategy)
    return Chosen(contract=contract, strategy=wanted.strategy)


def next_cursor(asked: Asked, interval: HistoryInterval, window: Span, last: Stretch) -> str:
    """The cursor of the page that follows a stretch."""
    place, name = last.place, last.period.name
    is_single = interval in _OWN_BASIS
    identity = f"{place.sequence}/{place.execution_id}" if is_single else name
    return cursors.encode(Cursor(place.executed_at_us, identity, window), asked.mark)


def _refuse_odd_values(wanted: Wanted) -> None:
    filters.check_strategy(wanted.strategy)
    if wanted.fill and wanted.interval in _OWN_BASIS:
        raise InvalidParameter.of("fill", f"needs an interval with periods (got {wanted.interval})")


def _place(cursor: Cursor) -> Key:
    """A period's place is its start, whatever its name; an execution's has its sequence and id."""
    sequence, _, identity = cursor.id.partition("/")
    if not identity:
        return Key(cursor.at_us, 0, "")
    try:
        return Key(cursor.at_us, int(sequence), identity)
    except ValueError:
        raise InvalidCursor(
            "this cursor names no point: take next_cursor as it was given"
        ) from None
