"""Today, this week, this month and all time, in one answer."""

from __future__ import annotations

from typing import NamedTuple, cast

from msgspec import Struct

from app.cache.keys import Dependencies
from app.db import positions, rollups
from app.db.connection import Connection
from app.domain import periods, totals
from app.domain.accounts import Account
from app.domain.market import Shown
from app.domain.periods import Calendar, DayInterval
from app.domain.totals import Basis
from app.services import day_totals, windows
from app.services.bodies import (
    DailyBody,
    MonthlyBody,
    PeriodBody,
    WeeklyBody,
    instant,
    money,
    ratio,
    tenths,
)
from app.services.kinds import CalendarName, Instant, Money, Percent, Ratio
from app.services.market import Standing
from app.services.performance import PeriodQuestion, asked_cut


class AllTime(Struct):
    """Everything that the account has made; `start` is its first execution."""

    start: Instant | None
    net_pnl: Money
    gross_pnl: Money
    fees: Money
    total_trades: int
    winning_trades: int
    losing_trades: int
    breakeven_trades: int
    win_rate: Percent
    profit_factor: Ratio | None
    max_drawdown: Money
    balance: Money


class SummaryBody(Struct):
    """The figures that a trader looks at first."""

    account_id: str
    currency: str
    timezone: str
    calendar: CalendarName
    today: DailyBody
    week: WeeklyBody
    month: MonthlyBody
    all_time: AllTime
    version: int


class SummaryQuestion(NamedTuple):
    """What is None is the account's own."""

    tz: str | None
    calendar: Calendar | None
    basis: Basis
    explain: bool = False

    def dependencies(self, account: Account, now_us: int) -> Dependencies:
        """Another day begins at midnight."""
        cut = asked_cut(account, self.tz, self.calendar)
        today = periods.day_of(cut, now_us)
        return Dependencies(
            resource="performance/summary",
            account_key=account.account_key,
            version=account.version,
            stamp=account.stamp,
            parameters=(cut, today, self.basis, self.explain),
            until_us=periods.day_start(cut, today + 1),
            shows=Shown.MARKS,
        )

    def body(self, conn: Connection, standing: Standing, now_us: int) -> SummaryBody:
        """Each period as its own endpoint tells it."""
        account = standing.account
        cut = asked_cut(account, self.tz, self.calendar)

        def period(kind: DayInterval) -> PeriodBody:
            question = PeriodQuestion(kind, None, *self)
            return question.body(conn, standing, now_us)

        return SummaryBody(
            account_id=account.account_id,
            currency=account.currency,
            timezone=cut.zone,
            calendar=cut.calendar,
            today=cast(DailyBody, period("day")),
            week=cast(WeeklyBody, period("week")),
            month=cast(MonthlyBody, period("month")),
            all_time=_all_time(conn, account, self.basis),
            version=account.version,
        )


def _all_time(conn: Connection, account: Account, basis: Basis) -> AllTime:
    # From the kept days of the account's own calendar: all time is the same however it is cut.
    key, days = account.account_key, (day_totals.FIRST_DAY, day_totals.LAST_DAY)
    made = windows.joined(rollups.courses(conn, key, account.calendar, basis, days))
    gross_micros, fees_micros = rollups.added(conn, key, account.calendar, days).of(basis)
    return AllTime(
        start=instant(positions.first_executed_at(conn, account.account_key)),
        net_pnl=money(made.net_micros),
        gross_pnl=money(gross_micros),
        fees=money(fees_micros),
        total_trades=made.trades,
        winning_trades=made.winning,
        losing_trades=made.losing,
        breakeven_trades=made.trades - made.winning - made.losing,
        win_rate=tenths(totals.win_rate(made)),
        profit_factor=ratio(totals.profit_factor(made)),
        max_drawdown=money(made.drawdown_micros),
        balance=money(account.balance_micros),
    )
