"""What each metric of `statistics.Statistics` means, for whoever reads one.

P is a trade's net P&L (gross P&L less fees), n the number of trades, C the running sum of P in
closing order, r a day's return (its net P&L / the account's balance at its start).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

Unit = Literal["count", "money", "percent", "ratio", "seconds", "instant"]

_TRADES = "closed trades of the window"
_WINS = "closed trades of the window with P > 0"
_LOSSES = "closed trades of the window with P < 0"
_BOTH = "closed trades of the window, one won and one lost at least"
_DAYS = (
    "weekdays from the day of the first to the day of the last trade, idle ones with r = 0, and"
    " days of a weekend that have trades; every one with a positive balance at its start"
)


class Definition(NamedTuple):
    """A metric; `undefined` is its value, in the unit's integers, when there is no such sample."""

    name: str
    formula: str
    unit: Unit
    sample: str
    undefined: int | None


def _table() -> Iterator[Definition]:
    yield from _counts()
    yield from _results()
    yield from _streaks_and_times()
    yield from _drawdowns()
    yield from _of_days()


def _counts() -> Iterator[Definition]:
    yield Definition("total_trades", "n", "count", _TRADES, 0)
    yield Definition("winning_trades", "number of P > 0", "count", _TRADES, 0)
    yield Definition("losing_trades", "number of P < 0", "count", _TRADES, 0)
    yield Definition("breakeven_trades", "number of P = 0", "count", _TRADES, 0)


def _results() -> Iterator[Definition]:
    yield Definition("net_pnl", "sum of P = gross_pnl - fees", "money", _TRADES, 0)
    yield Definition("gross_pnl", "sum of P&L before fees", "money", _TRADES, 0)
    yield Definition("fees", "sum of the fees of every fill of the trades", "money", _TRADES, 0)
    yield Definition("win_rate", "winning_trades / total_trades x 100", "percent", _TRADES, 0)
    yield Definition("profit_factor", "sum of P > 0 / -(sum of P < 0)", "ratio", _LOSSES, None)
    yield Definition("payoff_ratio", "mean of P > 0 / -(mean of P < 0)", "ratio", _BOTH, None)
    yield Definition("expectancy", "net_pnl / n", "money", _TRADES, 0)
    yield Definition("avg_win", "mean of P > 0", "money", _WINS, 0)
    yield Definition("avg_loss", "mean of P < 0", "money", _LOSSES, 0)
    yield Definition("largest_win", "largest P", "money", _WINS, 0)
    yield Definition("largest_loss", "smallest P", "money", _LOSSES, 0)
    deviation = "sqrt(sum of (P - mean of P)^2 / (n - 1))"
    yield Definition("std_dev", deviation, "money", f"{_TRADES}, at least 2", None)


def _streaks_and_times() -> Iterator[Definition]:
    run = "most trades one after the other, in closing order, with P {} 0; P = 0 ends a streak"
    yield Definition("longest_winning_streak", run.format(">"), "count", _TRADES, 0)
    yield Definition("longest_losing_streak", run.format("<"), "count", _TRADES, 0)
    held = "of the times from a trade's first fill to its last"
    yield Definition("avg_holding_s", f"mean {held}", "seconds", _TRADES, 0)
    yield Definition("median_holding_s", f"median {held}", "seconds", _TRADES, 0)


def _drawdowns() -> Iterator[Definition]:
    fell = "closed trades of the window, C falling below its peak at least once"
    deepest = "smallest C - max(0, highest C so far)"
    start = "last closing with C at the peak before the trough; the window's start before any"
    recovery = "first closing after the trough with C at that peak again"
    trough = "closing at which max_drawdown is reached for the first time"
    yield Definition("max_drawdown", deepest, "money", fell, 0)
    yield Definition("max_drawdown_started_at", start, "instant", fell, None)
    yield Definition("max_drawdown_trough_at", trough, "instant", fell, None)
    yield Definition("max_drawdown_recovered_at", recovery, "instant", f"{fell}, recovered", None)
    yield Definition("recovery_factor", "net_pnl / -max_drawdown", "ratio", fell, None)


def _of_days() -> Iterator[Definition]:
    sharpe = "mean of r / sqrt(sum of (r - mean of r)^2 / (days - 1)) x sqrt(252)"
    sortino = "mean of r / sqrt(mean of min(r, 0)^2) x sqrt(252)"
    calmar = "mean of r x 252 / deepest fall of the product of (1 + r), as a fraction of its peak"
    falling = f"{_DAYS}; some r < 0"
    yield Definition("sharpe_ratio", sharpe, "ratio", f"{_DAYS}; two unequal r", None)
    yield Definition("sortino_ratio", sortino, "ratio", falling, None)
    yield Definition("calmar_ratio", calmar, "ratio", f"{falling}, every r > -1", None)


DEFINITIONS = tuple(_table())
