"""An account's positions, page by page, newest opening first."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from msgspec import Struct

from app.cache.keys import Dependencies
from app.db import position_pages as pages
from app.db import rollups
from app.db.connection import Connection
from app.db.position_pages import ClosedTotals, OpenTotals, Selection
from app.domain import executions, instants
from app.domain.accounts import Account
from app.domain.executions import Key
from app.domain.market import Shown
from app.domain.periods import Span
from app.domain.positions import Position
from app.errors import InvalidCursor
from app.services import bounds, cursors, filters, windows
from app.services.bodies import instant, money
from app.services.bounds import Bound
from app.services.cursors import Cursor
from app.services.kinds import Instant, Money
from app.services.market import Standing
from app.services.positions import PositionBody, described

LIMIT_MAX = 500

Status = Literal["open", "closed", "all"]

_PLACE = re.compile(r"(?P<sequence>-?\d{1,19})/(?P<execution_id>.+)", re.ASCII)
_FIRST_SEQUENCE = -executions.SEQUENCE_MAX
# The last instant that a cursor can name; there it stands for no end.
_NO_END_US = instants.LAST_US - 1


class PositionsSummary(Struct):
    """All that the filters let pass, whatever the page shows; open ones as far as realized."""

    total: int
    open: int
    closed: int
    winning: int
    losing: int
    breakeven: int
    gross_pnl: Money
    fees: Money
    net_pnl: Money


class PositionsBody(Struct):
    """A page of positions; `start` and `end` are null where the question leaves them open."""

    items: list[PositionBody]
    next_cursor: str | None
    summary: PositionsSummary
    start: Instant | None
    end: Instant | None


class PositionsQuestion(NamedTuple):
    """Which positions are asked for: closed from `start` to before `end`, or open and opened
    before `end`. A filter or bound that is None lets all pass; a symbol may be spelt anyhow.
    """

    status: Status
    symbol: str | None
    strategy: str | None
    side: str | None
    start: Bound | None
    end: Bound | None
    limit: int
    cursor: str | None

    def dependencies(self, account: Account, now_us: int) -> Dependencies:  # noqa: ARG002
        """The account's fills, and the prices of its contracts."""
        asked = _asked(account, self)
        return Dependencies(
            resource="positions",
            account_key=account.account_key,
            version=account.version,
            stamp=account.stamp,
            parameters=(*self, asked.window),
            shows=Shown.PRICES,
        )

    def body(self, conn: Connection, standing: Standing, now_us: int) -> PositionsBody:
        """One page and the totals of all; UnknownSymbol for a root that nobody knows."""
        account = standing.account
        asked = _asked(account, self)
        chosen = _selection(conn, account, self, asked.window, now_us)
        closed, still_open = _totals(conn, account, self.status, chosen)
        # Beyond the last of all that match, the rest of the history would be searched in vain.
        wanted = min(self.limit + 1, closed.positions + still_open.positions)
        found = _READ[self.status](conn, chosen, asked.place, wanted)
        page = found[: self.limit]
        is_last = len(found) == len(page)
        return PositionsBody(
            items=[PositionBody(**each) for each in described(conn, standing, page)],
            next_cursor=None if is_last else _next_cursor(asked, page[-1]),
            summary=_summary(closed, still_open),
            start=None if self.start is None else instant(asked.window.start_us),
            end=None if self.end is None else instant(asked.window.end_us),
        )


_READ = {
    "all": pages.all_before,
    "closed": pages.closed_before,
    "open": pages.open_before,
}


class _Asked(NamedTuple):
    """A question with its window resolved: the page holds what opened before `place`."""

    window: Span
    place: Key
    mark: str


def _asked(account: Account, question: PositionsQuestion) -> _Asked:
    filters.check_strategy(question.strategy)
    window = _window(account, question)
    mark = cursors.mark("positions", account.account_id, question._replace(limit=0, cursor=None))
    if question.cursor is None:
        return _Asked(window, Key(window.end_us, _FIRST_SEQUENCE, ""), mark)
    cursor = cursors.decode(question.cursor, mark)
    start_us, end_us = cursor.window
    until_us = instants.LAST_US if end_us == _NO_END_US else end_us
    return _Asked(Span(start_us, until_us), _place(cursor), mark)


def _window(account: Account, question: PositionsQuestion) -> Span:
    """All of time where nothing bounds it, and never more."""
    end = instants.LAST_US if question.end is None else question.end
    found = bounds.resolve(account.cut, question.start, end, instants.LAST_US)
    start_us = instants.FIRST_US if found.start_us is None else found.start_us
    return Span(max(start_us, instants.FIRST_US), min(found.end_us, instants.LAST_US))


def _next_cursor(asked: _Asked, last: Position) -> str:
    at_us, sequence, execution_id = last.open_key
    window = asked.window._replace(end_us=min(asked.window.end_us, _NO_END_US))
    return cursors.encode(Cursor(at_us, f"{sequence}/{execution_id}", window), asked.mark)


def _place(cursor: Cursor) -> Key:
    match = _PLACE.fullmatch(cursor.id)
    if match and executions.is_id(match["execution_id"]):
        sequence = int(match["sequence"])
        if abs(sequence) <= executions.SEQUENCE_MAX:
            return Key(cursor.at_us, sequence, match["execution_id"])
    raise InvalidCursor("this cursor names no position: take next_cursor as it was given")


def _selection(
    conn: Connection, account: Account, question: PositionsQuestion, window: Span, now_us: int
) -> Selection:
    symbol = contract = None
    if question.symbol is not None:
        # A year of two digits is the one nearest to what is asked about.
        near_us = min(window.end_us, now_us)
        symbol, contract = filters.symbol(conn, question.symbol, near_us)
    key, side, strategy = account.account_key, question.side, question.strategy
    return Selection(key, symbol, contract, side, strategy, *window)


def _totals(
    conn: Connection, account: Account, status: Status, chosen: Selection
) -> tuple[ClosedTotals, OpenTotals]:
    return (
        ClosedTotals() if status == "open" else _closed_totals(conn, account, chosen),
        OpenTotals() if status == "closed" else pages.open_totals(conn, chosen),
    )


def _closed_totals(conn: Connection, account: Account, chosen: Selection) -> ClosedTotals:
    parts = windows.parted(account.cut, Span(chosen.start_us, chosen.end_us))
    if parts is None or any((chosen.symbol, chosen.side, chosen.strategy)):
        return pages.closed_totals(conn, chosen)
    # All that closed is kept by the day: a long history need not be added up for every page.
    kept = rollups.added(conn, account.account_key, account.calendar, parts.days)
    cut = [pages.closed_totals(conn, chosen._replace(**each._asdict())) for each in parts.ends]
    return ClosedTotals._make(map(sum, zip(kept[: len(ClosedTotals._fields)], *cut, strict=True)))


def _summary(closed: ClosedTotals, still_open: OpenTotals) -> PositionsSummary:
    gross_micros = closed.gross_micros + still_open.gross_micros
    fees_micros = closed.fees_micros + still_open.fees_micros
    return PositionsSummary(
        total=closed.positions + still_open.positions,
        open=still_open.positions,
        closed=closed.positions,
        winning=closed.winning,
        losing=closed.losing,
        breakeven=closed.positions - closed.winning - closed.losing,
        gross_pnl=money(gross_micros),
        fees=money(fees_micros),
        net_pnl=money(gross_micros - fees_micros),
    )
