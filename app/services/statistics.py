"""What an account's closed trades of any window say, in figures that compare traders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from heapq import merge
from typing import Annotated, Any, NamedTuple

from msgspec import Meta, Raw, Struct

from app.cache.keys import Dependencies
from app.db import accounts as account_rows
from app.db import closed_trades
from app.db.connection import Connection
from app.db.standing import Standing
from app.domain import fixed, returns, statistics
from app.domain.accounts import Account
from app.domain.metrics import DEFINITIONS, Unit
from app.domain.periods import Calendar, Span
from app.domain.returns import Dated, Funds
from app.domain.statistics import Filter, Trade
from app.errors import Detail, InvalidBody, InvalidParameter
from app.services import bodies, bounds, instruments, windows
from app.services.bounds import Bound
from app.services.kinds import CalendarName, Instant, Money, Percent, Ratio, Seconds
from app.services.performance import MANUAL, asked_cut


class StatisticsBody(Struct, kw_only=True):
    """What was asked, resolved, and every metric of `metrics.DEFINITIONS`."""

    account_id: str
    currency: str
    timezone: str
    calendar: CalendarName
    start: Instant
    end: Instant
    version: int
    total_trades: int
    winning_trades: int
    losing_trades: int
    breakeven_trades: int
    net_pnl: Money
    gross_pnl: Money
    fees: Money
    win_rate: Percent
    profit_factor: Ratio | None
    payoff_ratio: Ratio | None
    expectancy: Money
    avg_win: Money
    avg_loss: Money
    largest_win: Money
    largest_loss: Money
    std_dev: Money | None
    longest_winning_streak: int
    longest_losing_streak: int
    avg_holding_s: Seconds
    median_holding_s: Seconds
    max_drawdown: Money
    max_drawdown_started_at: Instant | None
    max_drawdown_trough_at: Instant | None
    max_drawdown_recovered_at: Instant | None
    recovery_factor: Ratio | None
    sharpe_ratio: Ratio | None
    sortino_ratio: Ratio | None
    calmar_ratio: Ratio | None


Undefined = Annotated[Any, Meta(extra_json_schema={"type": ["number", "null"]})]


class DefinitionBody(Struct):
    """One metric; `undefined` is what is answered without such a sample."""

    name: str
    formula: str
    unit: str
    sample: str
    undefined: Undefined


class StatisticsQuestion(NamedTuple):
    """Which trades are asked for; what is None is the account's own, its beginning, now, or all."""

    start: Bound | None
    end: Bound | None
    tz: str | None
    calendar: Calendar | None
    symbol: str | None
    strategy: str | None
    side: str | None

    def dependencies(self, account: Account, now_us: int) -> Dependencies:
        """A symbol counts as it is spelt: what it stands for never changes."""
        cut = asked_cut(account, self.tz, self.calendar)
        asked = bounds.resolve(cut, self.start, self.end, now_us)
        return Dependencies(
            resource="statistics",
            account_key=account.account_key,
            version=account.version,
            stamp=account.stamp,
            parameters=(cut, *asked, self.symbol, self.strategy, self.side),
            feed=MANUAL,
            until_us=asked.end_us if self.end is None else None,
        )

    def body(self, conn: Connection, standing: Standing, now_us: int) -> StatisticsBody:
        """The figures; InvalidParameter or UnknownSymbol for a symbol that is none."""
        account = standing.account
        cut = asked_cut(account, self.tz, self.calendar)
        asked = bounds.resolve(cut, self.start, self.end, now_us)
        picked_out = _filter(conn, self, min(asked.end_us, now_us))
        window = bounds.window(conn, account, asked)
        trades = closed_trades.within(conn, account.account_key, window)
        picked = picked_out.pick(trades)
        days = returns.days(cut, _dated(picked), _funds(conn, account, window, trades))
        made = statistics.of_trades(picked, days, window.start_us)
        return StatisticsBody(
            account_id=account.account_id,
            currency=account.currency,
            timezone=cut.zone,
            calendar=cut.calendar,
            start=str(bodies.instant(window.start_us)),
            end=str(bodies.instant(window.end_us)),
            version=account.version,
            **{name: _written(unit, getattr(made, name)) for name, unit in _UNITS.items()},
        )


def definitions() -> list[DefinitionBody]:
    """Every metric in the order of the body."""
    return [
        DefinitionBody(name, formula, unit, sample, _written(unit, undefined))
        for name, formula, unit, sample, undefined in DEFINITIONS
    ]


def _filter(conn: Connection, question: StatisticsQuestion, near_us: int) -> Filter:
    """A root stands for all its contracts, a dated one, of the year nearest to `near_us`, for
    itself.
    """
    rest = Filter(strategy=question.strategy, side=question.side)
    if question.symbol is None:
        return rest
    try:
        known = instruments.catalogue(conn)
        instrument, contract = known.resolve(question.symbol, None, near_us)
    except InvalidBody as error:
        message = f"symbol cannot be read: {error.message}"
        raise InvalidParameter(message, [Detail("symbol", message)]) from None
    if contract == instrument.root:
        return rest._replace(symbol=instrument.root)
    return rest._replace(contract=contract)


def _funds(conn: Connection, account: Account, window: Span, trades: list[Trade]) -> Funds:
    """The account's whole balance, whichever of its trades are picked."""
    start_us, key = window.start_us, account.account_key
    balance_micros = (
        account.starting_balance_micros
        + account_rows.cash_before(conn, key, start_us)
        + windows.net_before(conn, account, start_us, "position")
    )
    cash = (Dated(*each) for each in account_rows.cash_within(conn, key, *window))
    return Funds(balance_micros, list(merge(cash, _dated(trades))))


def _dated(trades: list[Trade]) -> list[Dated]:
    return [Dated(each.closed_at_us, each.net_micros) for each in trades]


def _seconds(held_us: int) -> Raw:
    return Raw(fixed.text(held_us, 6).encode())


_UNITS: Mapping[str, Unit] = {each.name: each.unit for each in DEFINITIONS}
_WRITE: Mapping[Unit, Callable[[int], Any]] = {
    "count": int,
    "money": bodies.money,
    "percent": bodies.tenths,
    "ratio": bodies.ratio,
    "seconds": _seconds,
    "instant": bodies.instant,
}


def _written(unit: Unit, value: int | None) -> Any:
    return None if value is None else _WRITE[unit](value)
