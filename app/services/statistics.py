"""What an account's closed trades of any window say, in figures that compare traders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple

from msgspec import UNSET, Meta, Struct, UnsetType

from app.cache.keys import Dependencies
from app.db.connection import Connection
from app.domain import groups
from app.domain.accounts import Account
from app.domain.groups import GroupBy
from app.domain.metrics import DEFINITIONS, Unit
from app.domain.periods import Calendar
from app.domain.statistics import Filter, Statistics
from app.services import bodies, bounds, filters, numbers, statistics_days, statistics_trades
from app.services.bounds import Bound
from app.services.kinds import (
    CalendarName,
    GroupName,
    Instant,
    Money,
    Number,
    Percent,
    Ratio,
    Seconds,
)
from app.services.market import Standing
from app.services.performance import asked_cut


class Metrics(Struct, kw_only=True):
    """Every metric of `metrics.DEFINITIONS`; whatever else a body has comes first."""

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


class StatisticsBody(Metrics):
    """What was asked, resolved, and what the trades of the window say."""

    account_id: str
    currency: str
    timezone: str
    calendar: CalendarName
    start: Instant
    end: Instant
    version: int


class GroupBody(Metrics):
    """What the trades of a group say; `total_trades` is the sample that they are."""

    group: str | None


class GroupedBody(StatisticsBody, kw_only=True):
    """What the trades of a window say, all together and, if that was asked, group by group."""

    group_by: GroupName | UnsetType = UNSET
    groups: list[GroupBody] | UnsetType = UNSET


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
    group_by: GroupBy | None = None

    def dependencies(self, account: Account, now_us: int) -> Dependencies:
        """A symbol counts as it is spelt: what it stands for never changes."""
        cut = asked_cut(account, self.tz, self.calendar)
        asked = bounds.resolve(cut, self.start, self.end, now_us)
        return Dependencies(
            resource="statistics",
            account_key=account.account_key,
            version=account.version,
            stamp=account.stamp,
            parameters=(cut, *asked, self.symbol, self.strategy, self.side, self.group_by),
            until_us=asked.end_us if self.end is None else None,
        )

    def body(self, conn: Connection, standing: Standing, now_us: int) -> StatisticsBody:
        """The figures; InvalidParameter or UnknownSymbol for a symbol that is none."""
        account = standing.account
        cut = asked_cut(account, self.tz, self.calendar)
        asked = bounds.resolve(cut, self.start, self.end, now_us)
        some = _filter(conn, self, min(asked.end_us, now_us))
        window = bounds.window(conn, account, asked)
        echo: dict[str, Any] = {
            "account_id": account.account_id,
            "currency": account.currency,
            "timezone": cut.zone,
            "calendar": cut.calendar,
            "start": str(bodies.instant(window.start_us)),
            "end": str(bodies.instant(window.end_us)),
            "version": account.version,
        }
        if self.group_by is None and some == Filter() and cut in account.rollup_cuts:
            made = statistics_days.of_window(conn, account, cut, window)
            return StatisticsBody(**echo, **_metrics(made))
        chosen = statistics_trades.choose(conn, account, cut, window, some)
        metrics = _metrics(statistics_trades.total(chosen))
        if self.group_by is None:
            return StatisticsBody(**echo, **metrics)
        found = statistics_trades.by_group(chosen, self.group_by)
        return GroupedBody(
            **echo,
            **metrics,
            group_by=self.group_by,
            groups=[GroupBody(group=each.name, **_metrics(each.made)) for each in found],
        )


def definitions() -> list[DefinitionBody]:
    """Every metric in the order of the body, and then every way to group trades."""
    metrics = [
        DefinitionBody(name, formula, unit, sample, _written(unit, undefined))
        for name, formula, unit, sample, undefined in DEFINITIONS
    ]
    ways = [
        DefinitionBody(f"group_by={name}", meaning, "group", _GROUP_SAMPLE, None)
        for name, meaning in groups.MEANINGS.items()
    ]
    return [*metrics, *ways]


def _filter(conn: Connection, question: StatisticsQuestion, near_us: int) -> Filter:
    """A root stands for all its contracts, a dated one, of the year nearest to `near_us`, for
    itself.
    """
    filters.check_strategy(question.strategy)
    rest = Filter(strategy=question.strategy, side=question.side)
    if question.symbol is None:
        return rest
    symbol, contract = filters.symbol(conn, question.symbol, near_us)
    return rest._replace(contract=contract) if contract else rest._replace(symbol=symbol)


def _seconds(held_us: int) -> Number:
    return numbers.number(held_us, 6)


_GROUP_SAMPLE = "closed trades of the window in the group; groups without any are left out"
_WRITE: Mapping[Unit, Callable[[int], Any]] = {
    "count": int,
    "money": bodies.money,
    "percent": bodies.tenths,
    "ratio": bodies.ratio,
    "seconds": _seconds,
    "instant": bodies.instant,
}


# In the order of `Statistics`, which is that of the definitions.
_WRITERS = [(each.name, _WRITE[each.unit]) for each in DEFINITIONS]


def _metrics(made: Statistics) -> dict[str, Any]:
    return {
        name: None if value is None else write(value)
        for (name, write), value in zip(_WRITERS, made, strict=True)
    }


def _written(unit: Unit, value: int | None) -> Any:
    return None if value is None else _WRITE[unit](value)
