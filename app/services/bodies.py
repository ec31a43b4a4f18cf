"""What this service answers: the contract's field names, in its order, numbers exact.

Numbers are JSON text made from fixed-point integers, since neither a float nor a Decimal is
certain to be written exactly and without an exponent.
"""

from __future__ import annotations

from msgspec import UNSET, Raw, Struct, UnsetType, field

from app.domain import fixed, instants


def money(micros: int) -> Raw:
    """An amount of money."""
    return Raw(fixed.text(micros, fixed.MONEY_PLACES).encode())


def price(nanos: int) -> Raw:
    """A price."""
    return Raw(fixed.text(nanos, fixed.PRICE_PLACES).encode())


def tenths(value: int) -> Raw:
    """A percentage that is kept in tenths."""
    return Raw(fixed.text(value, 1).encode())


def ratio(ten_thousandths: int | None) -> Raw | None:
    """A ratio to four decimals, null where there is none."""
    return None if ten_thousandths is None else Raw(fixed.text(ten_thousandths, 4).encode())


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


class Deleted(Struct):
    """What became of a deletion."""

    deleted: int
    accounts: dict[str, AccountVersion]


class AccountBody(Struct):
    """One account of the list."""

    id: str
    name: str
    status: str
    balance: Raw
    broker_balance: Raw | None
    currency: str
    account_type: str
    timezone: str
    calendar: str
    daily_pnl: Raw
    selected: bool


class Open(Struct):
    """What an account holds now; `unrealized_pnl` is null without a price for every contract."""

    positions: int
    quantity: int
    realized_pnl: Raw
    unrealized_pnl: Raw | None
    marked_at: str | None


class Feed(Struct):
    """Whether the account's executions come by themselves, and when the last one was made."""

    status: str
    last_execution_at: str | None


class DayOfPeriod(Struct):
    """One of a week's or a month's days."""

    date: str
    pnl: Raw
    total_trades: int
    winning_trades: int
    losing_trades: int


class PeriodBody(Struct, kw_only=True):
    """What a period made; `pnl` goes out under the period's own name."""

    account_id: str
    currency: str
    period: str
    date: str
    timezone: str
    calendar: str
    start: str
    end: str
    pnl: Raw
    gross_pnl: Raw
    fees: Raw
    realized_pnl: Raw
    total_trades: int
    winning_trades: int
    losing_trades: int
    breakeven_trades: int
    win_rate: Raw
    avg_win: Raw
    avg_loss: Raw
    largest_win: Raw
    largest_loss: Raw
    max_drawdown: Raw
    open: Open | None
    feed: Feed
    version: int
    explanation: Struct | UnsetType = UNSET


class DailyBody(PeriodBody, kw_only=True):
    """A day; `open` is null once it has ended."""

    pnl: Raw = field(name="daily_pnl")


class WeeklyBody(PeriodBody, kw_only=True):
    """A week from Monday to Sunday; `open` is null once it has ended."""

    pnl: Raw = field(name="weekly_pnl")
    week_start: str
    week_end: str
    days: list[DayOfPeriod]


class MonthlyBody(PeriodBody, kw_only=True):
    """A calendar month; `open` is null once it has ended."""

    pnl: Raw = field(name="monthly_pnl")
    days: list[DayOfPeriod]


class Point(Struct):
    """One period, trade or execution of a history; `partial` is there only where the window cuts
    the period, and balances are null where not all positions count.
    """

    timestamp: str
    period: str
    period_pnl: Raw
    cumulative_pnl: Raw
    balance: Raw | None
    trade_count: int
    winning_trades: int
    losing_trades: int
    max_drawdown: Raw
    partial: bool | UnsetType = UNSET


class HistorySummary(Struct):
    """The whole window, whatever the points show."""

    start_balance: Raw | None
    end_balance: Raw | None
    cash_flow: Raw | None
    total_pnl: Raw
    win_rate: Raw
    avg_win: Raw
    avg_loss: Raw
    max_drawdown: Raw
    trade_count: int
    winning_trades: int
    losing_trades: int
    profit_factor: Raw | None


class HistoryBody(Struct):
    """An account's performance over a window, period by period."""

    account_id: str
    currency: str
    interval: str
    timezone: str
    calendar: str
    basis: str
    start: str
    end: str
    points: list[Point]
    summary: HistorySummary
    next_cursor: str | None
    explanation: Struct | UnsetType = UNSET


class InstrumentBody(Struct):
    """A product that can be traded."""

    symbol: str
    name: str
    exchange: str
    tick_size: Raw
    tick_value: Raw
    point_value: Raw
    currency: str
    contract_months: str
    is_micro: bool
