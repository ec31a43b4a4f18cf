"""What an account made in a day or a week."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from app.db import positions
from app.db.connection import Connection
from app.domain import periods, totals
from app.domain.accounts import Account
from app.domain.periods import Calendar, Cut, Span
from app.domain.totals import Basis, Totals
from app.errors import InvalidParameter
from app.services import accounts, windows
from app.services.bodies import (
    DailyBody,
    DayOfWeek,
    Feed,
    Open,
    WeeklyBody,
    instant,
    money,
    tenths,
)
from app.services.resources import Resources


class PeriodQuery(NamedTuple):
    """Which period is asked for; what is None is the account's own, or today."""

    date: date | None
    tz: str | None
    calendar: Calendar | None
    basis: Basis


def for_day(res: Resources, account_id: str, query: PeriodQuery) -> DailyBody:
    """The day, today when none is named; AccountNotFound."""
    with res.db.read() as conn:
        asked = _asked(res, conn, account_id, query)
        made = windows.of_days(conn, asked.account, asked.cut, asked.day, asked.day)[0]
        figures = _figures(conn, asked, "day", (asked.day, asked.day), made)
    return DailyBody(**figures)


def for_week(res: Resources, account_id: str, query: PeriodQuery) -> WeeklyBody:
    """The week from Monday to Sunday around a day, this week when none is named."""
    with res.db.read() as conn:
        asked = _asked(res, conn, account_id, query)
        monday, sunday = periods.week_of(asked.day)
        days = windows.of_days(conn, asked.account, asked.cut, monday, sunday)
        made = totals.join_all(days)
        figures = _figures(conn, asked, "week", (monday, sunday), made)
    return WeeklyBody(
        **figures,
        week_start=periods.date_of(monday).isoformat(),
        week_end=periods.date_of(sunday).isoformat(),
        days=[_day(monday + n, each, query.basis) for n, each in enumerate(days)],
    )


class _Asked(NamedTuple):
    """A query with every default filled in."""

    account: Account
    cut: Cut
    day: int
    basis: Basis
    now_us: int


def _asked(res: Resources, conn: Connection, account_id: str, query: PeriodQuery) -> _Asked:
    account = accounts.load(conn, account_id)
    cut = asked_cut(account, query.tz, query.calendar)
    now_us = res.now_us()
    day = periods.number(query.date) if query.date else periods.day_of(cut, now_us)
    return _Asked(account, cut, day, query.basis, now_us)


def asked_cut(account: Account, tz: str | None, calendar: Calendar | None) -> Cut:
    """What cuts the days of a request; InvalidParameter for a zone where sessions cut them."""
    calendar = calendar or account.calendar
    if tz and calendar == "session":
        raise InvalidParameter("session days are Chicago's: leave out tz, or add calendar=civil")
    return periods.cut(calendar, tz or account.timezone)


def _figures(
    conn: Connection, asked: _Asked, period: str, days: tuple[int, int], made: Totals
) -> dict[str, Any]:
    account, cut, basis = asked.account, asked.cut, asked.basis
    span, closed = periods.days(cut, *days), made.closed
    return {
        "account_id": account.account_id,
        "currency": account.currency,
        "period": period,
        "date": periods.date_of(asked.day).isoformat(),
        "timezone": cut.zone,
        "calendar": cut.calendar,
        "start": instant(span.start_us),
        "end": instant(span.end_us),
        "pnl": money(made.path(basis).net),
        "gross_pnl": money(made.gross_micros(basis)),
        "fees": money(made.fees_micros(basis)),
        "realized_pnl": money(made.executed.path.net),
        "total_trades": closed.trades,
        "winning_trades": closed.winning,
        "losing_trades": closed.losing,
        "breakeven_trades": closed.trades - closed.winning - closed.losing,
        "win_rate": tenths(totals.win_rate(closed)),
        "avg_win": money(totals.average_micros(closed.won_micros, closed.winning)),
        "avg_loss": money(totals.average_micros(closed.lost_micros, closed.losing)),
        "largest_win": money(closed.largest_win_micros),
        "largest_loss": money(closed.largest_loss_micros),
        "max_drawdown": money(made.path(basis).drawdown),
        "open": _open(conn, account, span, asked.now_us),
        "feed": _feed(conn, account),
        "version": account.version,
    }


def _open(conn: Connection, account: Account, span: Span, now_us: int) -> Open | None:
    if span.end_us <= now_us:
        return None
    held = positions.open_now(conn, account.account_key)
    # No prices come in yet, so what is held cannot be valued; holding nothing is worth nothing.
    unrealized = None if held.positions else money(0)
    return Open(held.positions, held.quantity, money(held.realized_net_micros), unrealized, None)


def _feed(conn: Connection, account: Account) -> Feed:
    return Feed("manual", instant(positions.last_executed_at(conn, account.account_key)))


def _day(day: int, made: Totals, basis: Basis) -> DayOfWeek:
    return DayOfWeek(
        periods.date_of(day).isoformat(),
        money(made.path(basis).net),
        made.closed.trades,
        made.closed.winning,
        made.closed.losing,
    )
