"""What this service answers: the contract's field names, in its order, numbers exact.

Numbers are made from fixed-point integers, so that they are certain to be exact.
"""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType, field

from app.domain import fixed, instants
from app.services.kinds import (
    BasisName,
    CalendarName,
    CivilDate,
    FeedStatus,
    Instant,
    Money,
    Number,
    Percent,
    PositionSide,
    Price,
    Ratio,
)
from app.services.numbers import number


def money(micros: int) -> Number:
    """An amount of money."""
    return number(micros, fixed.MONEY_PLACES)


def price(nanos: int) -> Number:
    """A price."""
    return number(nanos, fixed.PRICE_PLACES)


def tenths(value: int) -> Number:
    """A percentage that is kept in tenths."""
    return number(value, 1)


def ratio(ten_thousandths: int | None) -> Number | None:
    """A ratio to four decimals, null where there is none."""
    return None if ten_thousandths is None else number(ten_thousandths, 4)


def instant(instant_us: int | None) -> str | None:
    """A time in UTC, null where there is none."""
    return None if instant_us is None else instants.text(instant_us)


class AccountVersion(Struct):
    """Where an account's data stands."""

    version: int


class Recorded(Struct):
    """What became of a batch of executions or cash movements."""

    accepted: int
    duplicates: int
    positions_closed: int
    accounts: dict[str, AccountVersion]
    accounts_created: list[str]


class OrdersRecorded(Struct):
    """What became of a batch of orders."""

    accepted: int
    duplicates: int
    accounts: dict[str, AccountVersion]
    accounts_created: list[str]


class Deleted(Struct):
    """What became of a deletion."""

    deleted: int
    accounts: dict[str, AccountVersion]


class AccountBody(Struct):
    """One account of the list."""

    id: str
    name: str
    status: str
    balance: Money
    broker_balance: Money | None
    currency: str
    account_type: str
    timezone: str
    calendar: CalendarName
    daily_pnl: Money
    selected: bool


class Open(Struct):
    """What an account holds now; `unrealized_pnl` is null without a price for every contract."""

    positions: int
    quantity: int
    realized_pnl: Money
    unrealized_pnl: Money | None
    marked_at: Instant | None


class Feed(Struct):
    """Whether the account's executions come by themselves, and when the last one was made."""

    status: FeedStatus
    last_execution_at: Instant | None


class ExplainedPosition(Struct):
    """A position and what it put into the figure."""

    id: str
    symbol: str
    side: PositionSide
    closed_at: Instant | None
    gross_pnl: Money
    fees: Money
    net_pnl: Money


class Sum(Struct):
    """The positions added up, those that are not shown among them."""

    positions: int
    gross_pnl: Money
    fees: Money
    net_pnl: Money


class Explanation(Struct):
    """The window, the positions (`more` are not shown) and their sum."""

    start: Instant
    end: Instant
    positions: list[ExplainedPosition]
    more: int
    sum: Sum


class DayOfPeriod(Struct):
    """One of a week's or a month's days."""

    date: CivilDate
    pnl: Money
    total_trades: int
    winning_trades: int
    losing_trades: int


class PeriodBody(Struct, kw_only=True):
    """What a period made; `pnl` goes out under the period's own name."""

    account_id: str
    currency: str
    period: str
    date: CivilDate
    timezone: str
    calendar: CalendarName
    start: Instant
    end: Instant
    pnl: Money
    gross_pnl: Money
    fees: Money
    realized_pnl: Money
    total_trades: int
    winning_trades: int
    losing_trades: int
    breakeven_trades: int
    win_rate: Percent
    avg_win: Money
    avg_loss: Money
    largest_win: Money
    largest_loss: Money
    max_drawdown: Money
    open: Open | None
    feed: Feed
    version: int
    explanation: Explanation | UnsetType = UNSET


class DailyBody(PeriodBody, kw_only=True):
    """A day; `open` is null once it has ended."""

    pnl: Money = field(name="daily_pnl")


class WeeklyBody(PeriodBody, kw_only=True):
    """A week from Monday to Sunday; `open` is null once it has ended."""

    pnl: Money = field(name="weekly_pnl")
    week_start: CivilDate
    week_end: CivilDate
    days: list[DayOfPeriod]


class MonthlyBody(PeriodBody, kw_only=True):
    """A calendar month; `open` is null once it has ended."""

    pnl: Money = field(name="monthly_pnl")
    days: list[DayOfPeriod]


class Point(Struct):
    """One period, trade or execution of a history; `partial` is there only where the window cuts
    the period, and balances are null where not all positions count.
    """

    timestamp: Instant
    period: str
    period_pnl: Money
    cumulative_pnl: Money
    balance: Money | None
    trade_count: int
    winning_trades: int
    losing_trades: int
    max_drawdown: Money
    partial: bool | UnsetType = UNSET


class HistorySummary(Struct):
    """The whole window, whatever the points show."""

    start_balance: Money | None
    end_balance: Money | None
    cash_flow: Money | None
    total_pnl: Money
    win_rate: Percent
    avg_win: Money
    avg_loss: Money
    max_drawdown: Money
    trade_count: int
    winning_trades: int
    losing_trades: int
    profit_factor: Ratio | None


class HistoryBody(Struct):
    """An account's performance over a window, period by period."""

    account_id: str
    currency: str
    interval: str
    timezone: str
    calendar: CalendarName
    basis: BasisName
    start: Instant
    end: Instant
    points: list[Point]
    summary: HistorySummary
    next_cursor: str | None
    explanation: Explanation | UnsetType = UNSET


class InstrumentBody(Struct):
    """A product that can be traded."""

    symbol: str
    name: str
    exchange: str
    tick_size: Price
    tick_value: Money
    point_value: Money
    currency: str
    contract_months: str
    is_micro: bool
