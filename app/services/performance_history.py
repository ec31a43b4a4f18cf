"""An account's performance over any window, period by period."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from app.db import accounts as account_rows
from app.db import positions
from app.db.connection import Connection
from app.domain import history, instants, periods, totals
from app.domain.accounts import Account
from app.domain.history import CashFlow, Point
from app.domain.periods import Calendar, Cut, Interval, Span
from app.domain.totals import Basis, Totals
from app.errors import InvalidParameter
from app.services import accounts, bodies, windows
from app.services.bodies import HistoryBody, HistorySummary, money
from app.services.performance import asked_cut
from app.services.resources import Resources

POINTS_MAX = 5_000

# A date means its whole day; an instant, in microseconds, means itself.
Bound = date | int


class HistoryQuery(NamedTuple):
    """Which history is asked for; what is None is the account's own, its beginning, or now."""

    interval: Interval
    start: Bound | None
    end: Bound | None
    tz: str | None
    calendar: Calendar | None
    basis: Basis


def for_window(res: Resources, account_id: str, query: HistoryQuery) -> HistoryBody:
    """The periods with trades, oldest first, and the window's summary; AccountNotFound,
    InvalidParameter when the window is the wrong way round or has too many periods.
    """
    with res.db.read() as conn:
        account = accounts.load(conn, account_id)
        cut = asked_cut(account, query.tz, query.calendar)
        window = _window(conn, account, cut, query, res.now_us())
        stretches = list(windows.stretches(conn, account, cut, query.interval, window))
        balance_micros = _balance_before(conn, account, window.start_us, query.basis)
        cash = _cash(conn, account, window)
    # Nothing lies before the account's beginning, so by default the first period is whole.
    cut_at = window if query.start is not None else Span(instants.FIRST_US, window.end_us)
    points = list(history.points(stretches, cut_at, query.basis, cash))
    if len(points) > POINTS_MAX:
        raise InvalidParameter(
            f"the window has {len(points)} periods and an answer at most {POINTS_MAX}:"
            " take a shorter window or a longer interval"
        )
    made = totals.join_all(each.totals for each in stretches)
    return HistoryBody(
        account_id=account.account_id,
        currency=account.currency,
        interval=query.interval,
        timezone=cut.zone,
        calendar=cut.calendar,
        basis=query.basis,
        start=str(bodies.instant(window.start_us)),
        end=str(bodies.instant(window.end_us)),
        points=[_point(each, query.basis, balance_micros) for each in points],
        summary=_summary(made, query.basis, balance_micros, cash),
        next_cursor=None,
    )


def _window(conn: Connection, account: Account, cut: Cut, query: HistoryQuery, now_us: int) -> Span:
    end_us = now_us
    if isinstance(query.end, date):
        end_us = periods.day_start(cut, periods.number(query.end) + 1)
    elif query.end is not None:
        end_us = query.end
    if query.start is None:
        first_us = positions.first_executed_at(conn, account.account_key)
        return Span(min(end_us, now_us if first_us is None else first_us), end_us)
    start_us = query.start
    if isinstance(start_us, date):
        start_us = periods.day_start(cut, periods.number(start_us))
    upside_down = (
        isinstance(query.start, date) and isinstance(query.end, date) and query.start > query.end
    )
    if start_us > end_us or upside_down:
        start, end = bodies.instant(start_us), bodies.instant(end_us)
        raise InvalidParameter(f"start must not be after end (got {start} and {end})")
    return Span(start_us, end_us)


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
