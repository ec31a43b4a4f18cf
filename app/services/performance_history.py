"""An account's performance over any window, point by point."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from msgspec.structs import fields

from app.cache.keys import Dependencies
from app.db import accounts as account_rows
from app.db.connection import Connection
from app.db.filtered_trades import EVERY, Chosen
from app.domain import history, instants, periods, totals
from app.domain.accounts import Account
from app.domain.history import CashFlow, Point
from app.domain.periods import Period, Span
from app.errors import InvalidParameter
from app.services import accounts, bodies, bounds, history_content, history_pages, windows
from app.services.bodies import HistoryBody, HistorySummary, money
from app.services.explanation import explain
from app.services.history_content import Content
from app.services.history_pages import Asked, Wanted
from app.services.kinds import Number
from app.services.market import Standing
from app.services.rendering import to_csv
from app.services.resources import Resources

EXPORT_MAX = 1_000_000
# What an export without points is.
_HEADER = ",".join(each.encode_name for each in fields(bodies.Point)).encode() + b"\r\n"


class HistoryQuestion(Wanted):
    """A history, or a page of it, as it is asked for."""

    __slots__ = ()

    def dependencies(self, account: Account, now_us: int) -> Dependencies:
        """The beginning depends on the data alone, and so on the version."""
        asked = history_pages.ask(account, self, now_us)
        is_open = self.end is None and self.cursor is None
        return Dependencies(
            resource="performance/history",
            account_key=account.account_key,
            version=account.version,
            stamp=account.stamp,
            # The mark holds the filters and the bounds as they were said.
            parameters=(asked.mark, *asked.bounds, asked.after, self.limit, self.explain),
            until_us=asked.bounds.end_us if is_open else None,
        )

    def body(self, conn: Connection, standing: Standing, now_us: int) -> HistoryBody:
        """A page of points, oldest first, and the summary of the whole window; UnknownSymbol for
        a symbol that nobody knows.
        """
        account = standing.account
        asked = history_pages.ask(account, self, now_us)
        found = _read(conn, account, self, asked)
        window = found.window
        page = list(islice(_points(self, asked, found), self.limit + 1))
        has_more = len(page) > self.limit
        page = page[: self.limit]
        body = HistoryBody(
            account_id=account.account_id,
            currency=account.currency,
            interval=self.interval,
            timezone=asked.cut.zone,
            calendar=asked.cut.calendar,
            basis=asked.basis,
            start=str(bodies.instant(window.start_us)),
            end=str(bodies.instant(window.end_us)),
            points=[_point(each, asked, found) for each in page],
            summary=_summary(asked, found),
            next_cursor=history_pages.next_cursor(asked, self.interval, window, page[-1])
            if has_more
            else None,
        )
        if self.explain:
            body.explanation = explain(conn, account, window, asked.basis, found.chosen)
        return body


def export(res: Resources, account: Account, question: HistoryQuestion) -> bytes:
    """All points of the window as CSV, made in one snapshot; InvalidParameter if there are too
    many of them for one file.
    """
    now_us = res.now_us()
    with res.db.read() as conn:
        account = accounts.load(conn, account.account_id)
        asked = history_pages.ask(account, question, now_us)
        found = _read(conn, account, question, asked)
        content = to_csv(_exported(question, asked, found))
    return content or _HEADER


class _Found(NamedTuple):
    """A window's content, and what balances start from: None where they would make no sense."""

    window: Span
    content: Content
    cash: list[CashFlow]
    start_micros: int | None
    chosen: Chosen


def _read(conn: Connection, account: Account, question: HistoryQuestion, asked: Asked) -> _Found:
    window = bounds.window(conn, account, asked.bounds)
    chosen = history_pages.chosen(conn, question, window)
    content = history_content.read(
        conn, account, asked.cut, question.interval, window, asked.basis, chosen
    )
    if chosen != EVERY:
        return _Found(window, content, [], None, chosen)
    flows = account_rows.cash_within(conn, account.account_key, *window)
    start_micros = (
        account.starting_balance_micros
        + account_rows.cash_before(conn, account.account_key, window.start_us)
        + windows.net_before(conn, account, window.start_us, asked.basis)
    )
    return _Found(window, content, [CashFlow._make(each) for each in flows], start_micros, chosen)


def _points(question: HistoryQuestion, asked: Asked, found: _Found) -> Iterator[Point]:
    """All points after the asked place."""
    before_micros, stretches = found.content.after(asked.after)
    if question.fill:
        stretches = history.fill(stretches, _every_period(question, asked, found.window))
    # Nothing lies before the account's beginning, so by default the first period is whole.
    start_us = instants.FIRST_US if question.start is None else found.window.start_us
    cut_at = Span(start_us, found.window.end_us)
    return history.points(stretches, cut_at, asked.basis, found.cash, before_micros=before_micros)


def _every_period(question: HistoryQuestion, asked: Asked, window: Span) -> Iterator[Period]:
    interval = history.cutting(question.interval)
    if interval is None:
        return iter(())
    start_us = window.start_us
    if asked.after:
        start_us = periods.period(asked.cut, interval, asked.after.executed_at_us).span.end_us
    return periods.along(asked.cut, interval, Span(start_us, window.end_us))


def _exported(question: HistoryQuestion, asked: Asked, found: _Found) -> Iterator[bodies.Point]:
    for number, each in enumerate(_points(question, asked, found)):
        if number == EXPORT_MAX:
            raise InvalidParameter(
                f"the window has more than {EXPORT_MAX} points: take a shorter window or a longer"
                " interval"
            )
        yield _point(each, asked, found)


def _point(point: Point, asked: Asked, found: _Found) -> bodies.Point:
    period, made = point.stretch.period, point.stretch.totals
    body = bodies.Point(
        timestamp=str(bodies.instant(period.span.start_us)),
        period=period.name,
        period_pnl=money(point.pnl_micros),
        cumulative_pnl=money(point.cumulative_micros),
        balance=_balance(found, point.cash_micros + point.cumulative_micros),
        trade_count=made.closed.trades,
        winning_trades=made.closed.winning,
        losing_trades=made.closed.losing,
        max_drawdown=money(made.path(asked.basis).drawdown),
    )
    if point.is_partial:
        body.partial = True
    return body


def _summary(asked: Asked, found: _Found) -> HistorySummary:
    made = found.content.total()
    closed, path = made.closed, made.path(asked.basis)
    cash_micros = sum(each.amount_micros for each in found.cash)
    return HistorySummary(
        start_balance=_balance(found, 0),
        end_balance=_balance(found, path.net + cash_micros),
        cash_flow=None if found.start_micros is None else money(cash_micros),
        total_pnl=money(path.net),
        win_rate=bodies.tenths(totals.win_rate(closed)),
        avg_win=money(totals.average_micros(closed.won_micros, closed.winning)),
        avg_loss=money(totals.average_micros(closed.lost_micros, closed.losing)),
        max_drawdown=money(path.drawdown),
        trade_count=closed.trades,
        winning_trades=closed.winning,
        losing_trades=closed.losing,
        profit_factor=bodies.ratio(totals.profit_factor(closed)),
    )


def _balance(found: _Found, made_micros: int) -> Number | None:
    return None if found.start_micros is None else money(found.start_micros + made_micros)
