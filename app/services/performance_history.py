"""An account's performance over any window, period by period."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from app.cache.keys import Dependencies
from app.db import accounts as account_rows
from app.db import positions
from app.db.connection import Connection
from app.domain import history, instants, periods, totals
from app.domain.accounts import Account
from app.domain.history import CashFlow, Point, Stretch
from app.domain.periods import Calendar, Cut, Interval, Span
from app.domain.totals import Basis, Totals
from app.errors import InvalidParameter
from app.services import bodies, windows
from app.services.bodies import HistoryBody, HistorySummary, money
from app.services.performance import MANUAL, asked_cut

POINTS_MAX = 5_000
_MINUTE_US = 60 * instants.SECOND_US

# A date means its whole day; an instant, in microseconds, means itself.
Bound = date | int


class HistoryQuestion(NamedTuple):
    """Which history is asked for; what is None is the account's own, its beginning, or now."""

    interval: Interval
    start: Bound | None
    end: Bound | None
    tz: str | None
    calendar: Calendar | None
    basis: Basis

    def dependencies(self, account: Account, now_us: int) -> Dependencies:
        """The beginning depends on the data alone, and so on the version."""
        cut = asked_cut(account, self.tz, self.calendar)
        start_us, end_us = _start_us(cut, self), _end_us(cut, self, now_us)
        _refuse_upside_down(self, start_us, end_us)
        return Dependencies(
            resource="performance/history",
            account_key=account.account_key,
            version=account.version,
            parameters=(cut, self.interval, start_us, end_us, self.basis),
            feed=MANUAL,
            until_us=end_us if self.end is None else None,
        )

    def body(self, conn: Connection, account: Account, now_us: int) -> HistoryBody:
        """The periods with trades, oldest first, and the window's summary; InvalidParameter when
        the window is the wrong way round or has too many periods.
        """
        cut = asked_cut(account, self.tz, self.calendar)
        window = _window(conn, account, cut, self, now_us)
        stretches = list(windows.stretches(conn, account, cut, self.interval, window))
        balance_micros = _balance_before(conn, account, window.start_us, self.basis)
        cash = _cash(conn, account, window)
        points = _points(self, stretches, window, cash)
        made = totals.join_all(each.totals for each in stretches)
        return HistoryBody(
            account_id=account.account_id,
            currency=account.currency,
            interval=self.interval,
            timezone=cut.zone,
            calendar=cut.calendar,
            basis=self.basis,
            start=str(bodies.instant(window.start_us)),
            end=str(bodies.instant(window.end_us)),
            points=[_point(each, self.basis, balance_micros) for each in points],
            summary=_summary(made, self.basis, balance_micros, cash),
            next_cursor=None,
        )


def _points(
    question: HistoryQuestion, stretches: list[Stretch], window: Span, cash: list[CashFlow]
) -> list[Point]:
    # Nothing lies before the account's beginning, so by default the first period is whole.
    cut_at = window if question.start is not None else Span(instants.FIRST_US, window.end_us)
    points = list(history.points(stretches, cut_at, question.basis, cash))
    if len(points) > POINTS_MAX:
        raise InvalidParameter(
            f"the window has {len(points)} periods and an answer at most {POINTS_MAX}:"
            " take a shorter window or a longer interval"
        )
    return points


def _window(
    conn: Connection, account: Account, cut: Cut, question: HistoryQuestion, now_us: int
) -> Span:
    start_us, end_us = _start_us(cut, question), _end_us(cut, question, now_us)
    if start_us is None:
        first_us = positions.first_executed_at(conn, account.account_key)
        start_us = end_us if first_us is None else min(first_us, end_us)
    return Span(start_us, end_us)


def _start_us(cut: Cut, question: HistoryQuestion) -> int | None:
    if isinstance(question.start, date):
        return periods.day_start(cut, periods.number(question.start))
    return question.start


def _end_us(cut: Cut, question: HistoryQuestion, now_us: int) -> int:
    if isinstance(question.end, date):
        return periods.day_start(cut, periods.number(question.end) + 1)
    if question.end is not None:
        return question.end
    # The end of the running minute: all that happened until now, and the same answer for a while.
    return -(-now_us // _MINUTE_US) * _MINUTE_US


def _refuse_upside_down(question: HistoryQuestion, start_us: int | None, end_us: int) -> None:
    dates = isinstance(question.start, date) and isinstance(question.end, date)
    is_upside_down = start_us is not None and start_us > end_us
    if is_upside_down or (dates and str(question.start) > str(question.end)):
        start, end = bodies.instant(start_us), bodies.instant(end_us)
        raise InvalidParameter(f"start must not be after end (got {start} and {end})")


def _balance_before(conn: Connection, account: Account, instant_us: int, basis: Basis) -> int:
    return (
        account.starting_balance_micros
        + account_rows.cash_before(conn, account.account_key, instant_us)
        + windows.net_before(conn, account, instant_us, basis)
    )


def _cash(conn: Connection, account: Account, window: Span) -> list[CashFlow]:
    found = account_rows.cash_within(conn, account.account_key, *window)
    return [CashFlow._make(each) for each in found]


def _point(point: Point, basis: Basis, balance_micros: int) -> bodies.Point:
    closed = point.totals.closed
    body = bodies.Point(
        timestamp=str(bodies.instant(point.period.span.start_us)),
        period=point.period.name,
        period_pnl=money(point.pnl_micros),
        cumulative_pnl=money(point.cumulative_micros),
        balance=money(balance_micros + point.cash_micros + point.cumulative_micros),
        trade_count=closed.trades,
        winning_trades=closed.winning,
        losing_trades=closed.losing,
        max_drawdown=money(point.totals.path(basis).drawdown),
    )
    if point.is_partial:
        body.partial = True
    return body


def _summary(
    made: Totals, basis: Basis, balance_micros: int, cash: list[CashFlow]
) -> HistorySummary:
    closed, net_micros = made.closed, made.path(basis).net
    cash_micros = sum(each.amount_micros for each in cash)
    return HistorySummary(
        start_balance=money(balance_micros),
        end_balance=money(balance_micros + net_micros + cash_micros),
        cash_flow=money(cash_micros),
        total_pnl=money(net_micros),
        win_rate=bodies.tenths(totals.win_rate(closed)),
        avg_win=money(totals.average_micros(closed.won_micros, closed.winning)),
        avg_loss=money(totals.average_micros(closed.lost_micros, closed.losing)),
        max_drawdown=money(made.path(basis).drawdown),
        trade_count=closed.trades,
        winning_trades=closed.winning,
        losing_trades=closed.losing,
        profit_factor=bodies.ratio(totals.profit_factor(closed)),
    )
