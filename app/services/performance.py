"""What an account made in a day, a week or a month."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from app.cache.keys import Dependencies
from app.db.connection import Connection
from app.domain import periods, totals
from app.domain.accounts import Account
from app.domain.market import FeedStatus, Shown
from app.domain.periods import Calendar, Cut, DayInterval, Span
from app.domain.totals import Basis, Totals
from app.errors import FeedStale, InvalidParameter
from app.services import market, windows
from app.services.bodies import (
    DailyBody,
    DayOfPeriod,
    Feed,
    MonthlyBody,
    Open,
    PeriodBody,
    WeeklyBody,
    instant,
    money,
    tenths,
)
from app.services.explanation import explain
from app.services.market import Standing


class PeriodQuestion(NamedTuple):
    """A day, week or month: the one that holds `date`, today when it is None; what else is None is
    the account's own.
    """

    period: DayInterval
    date: date | None
    tz: str | None
    calendar: Calendar | None
    basis: Basis
    explain: bool = False

    def dependencies(self, account: Account, now_us: int) -> Dependencies:
        """A period that has not ended also tells what is open, until it ends."""
        asked = _asked(self, account, now_us)
        has_ended = asked.span.end_us <= now_us
        return Dependencies(
            resource=f"performance/{self.period}",
            account_key=account.account_key,
            version=account.version,
            stamp=account.stamp,
            parameters=(asked.cut, asked.day, asked.basis, has_ended, self.explain),
            until_us=None if has_ended else asked.span.end_us,
            shows=Shown.FEED if has_ended else Shown.MARKS,
        )

    def body(self, conn: Connection, standing: Standing, now_us: int) -> PeriodBody:
        """The period's figures; those of a week or a month with each of its days."""
        account = standing.account
        asked = _asked(self, account, now_us)
        days = windows.of_days(conn, account, asked.cut, asked.first, asked.last)
        figures = _figures(asked, standing, totals.join_all(days))
        figures["open"] = None if asked.span.end_us <= now_us else _open(conn, standing)
        if self.explain:
            figures["explanation"] = explain(conn, account, asked.span, asked.basis)
        if self.period == "day":
            return DailyBody(**figures)
        each_day = [_day(asked.first + n, made, asked.basis) for n, made in enumerate(days)]
        if self.period == "month":
            return MonthlyBody(**figures, days=each_day)
        return WeeklyBody(
            **figures,
            week_start=periods.date_of(asked.first).isoformat(),
            week_end=periods.date_of(asked.last).isoformat(),
            days=each_day,
        )


class _Asked(NamedTuple):
    """A question with every default filled in."""

    account: Account
    period: DayInterval
    cut: Cut
    day: int
    first: int
    last: int
    span: Span
    basis: Basis
    now_us: int


def _asked(question: PeriodQuestion, account: Account, now_us: int) -> _Asked:
    cut = asked_cut(account, question.tz, question.calendar)
    named = question.date
    day = periods.number(named) if named else periods.day_of(cut, now_us)
    first, last = periods.day_range(question.period, day)
    span = periods.days(cut, first, last)
    return _Asked(account, question.period, cut, day, first, last, span, question.basis, now_us)


def require_live_feed(feed: FeedStatus) -> None:
    """FeedStale unless executions come by themselves and are known to be coming."""
    if feed != "live":
        raise FeedStale(f"the feed is {feed!r}, not live: what is known may not be all there is")


def asked_cut(account: Account, tz: str | None, calendar: Calendar | None) -> Cut:
    """What cuts the days of a request; InvalidParameter for a zone where sessions cut them."""
    calendar = calendar or account.calendar
    if tz and calendar == "session":
        raise InvalidParameter("session days are Chicago's: leave out tz, or add calendar=civil")
    return periods.cut(calendar, tz or account.timezone)


def _figures(asked: _Asked, standing: Standing, made: Totals) -> dict[str, Any]:
    account, cut, basis = asked.account, asked.cut, asked.basis
    span, closed = asked.span, made.closed
    return {
        "account_id": account.account_id,
        "currency": account.currency,
        "period": asked.period,
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
        "feed": Feed(standing.market.feed, instant(standing.last_executed_at_us)),
        "version": account.version,
    }


def _open(conn: Connection, standing: Standing) -> Open:
    held, marks = standing.held, standing.market.marks
    unrealized_micros = market.unrealized(conn, standing)
    return Open(
        positions=held.positions,
        quantity=held.quantity,
        realized_pnl=money(held.realized_net_micros),
        unrealized_pnl=None if unrealized_micros is None else money(unrealized_micros),
        marked_at=instant(min((each.at_us for each in marks), default=None)),
    )


def _day(day: int, made: Totals, basis: Basis) -> DayOfPeriod:
    return DayOfPeriod(
        periods.date_of(day).isoformat(),
        money(made.path(basis).net),
        made.closed.trades,
        made.closed.winning,
        made.closed.losing,
    )
