"""What closed trades say about trading: each metric's formula, once.

The same formulas in words are in `metrics.DEFINITIONS`. Money is in micro-units, percentages in
tenths, ratios in ten-thousandths, time in microseconds; sums are exact and each figure is rounded
once, half-even.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate, groupby
from math import isqrt
from typing import NamedTuple

from app.domain import fixed, returns, totals
from app.domain.returns import Day
from app.domain.totals import Closed, ClosedTrade

_CENT_MICROS = 10_000


class Trade(NamedTuple):
    """A closed position and what it may be picked out by."""

    closed_at_us: int
    opened_at_us: int
    symbol: str
    contract: str
    side: str
    strategy: str | None
    result: ClosedTrade

    @property
    def net_micros(self) -> int:
        """P&L less fees."""
        return self.result.net_micros

    @property
    def holding_us(self) -> int:
        """From the opening execution to the closing one."""
        return self.closed_at_us - self.opened_at_us


class Filter(NamedTuple):
    """Which trades count; what is None lets every trade through."""

    symbol: str | None = None
    contract: str | None = None
    strategy: str | None = None
    side: str | None = None

    def pick(self, trades: Sequence[Trade]) -> list[Trade]:
        """The trades that are all that is said, in their order."""
        said = [(name, value) for name, value in self._asdict().items() if value is not None]
        return [t for t in trades if all(getattr(t, name) == value for name, value in said)]


class Streaks(NamedTuple):
    """The most trades won, and lost, one after the other."""

    winning: int
    losing: int


class Drawdown(NamedTuple):
    """The deepest fall of cumulative net P&L below its peak, and when; 0 and no times without."""

    micros: int
    started_at_us: int | None
    trough_at_us: int | None
    recovered_at_us: int | None


class Statistics(NamedTuple):
    """Every metric, in the order in which they are answered."""

    total_trades: int
    winning_trades: int
    losing_trades: int
    breakeven_trades: int
    net_pnl: int
    gross_pnl: int
    fees: int
    win_rate: int
    profit_factor: int | None
    payoff_ratio: int | None
    expectancy: int
    avg_win: int
    avg_loss: int
    largest_win: int
    largest_loss: int
    std_dev: int | None
    longest_winning_streak: int
    longest_losing_streak: int
    avg_holding_s: int
    median_holding_s: int
    max_drawdown: int
    max_drawdown_started_at: int | None
    max_drawdown_trough_at: int | None
    max_drawdown_recovered_at: int | None
    recovery_factor: int | None
    sharpe_ratio: int | None
    sortino_ratio: int | None
    calmar_ratio: int | None


def of_trades(trades: Sequence[Trade], days: Sequence[Day], start_us: int) -> Statistics:
    """All metrics of a window's trades, in closing order, and of its days' returns."""
    closed = totals.of_closed([each.result for each in trades])
    nets = [each.net_micros for each in trades]
    held_us = [each.holding_us for each in trades]
    fall, streaks, daily = max_drawdown(trades, start_us), longest_streaks(nets), returns.of(days)
    net = closed.path.net
    return Statistics(
        total_trades=closed.trades,
        winning_trades=closed.winning,
        losing_trades=closed.losing,
        breakeven_trades=closed.trades - closed.winning - closed.losing,
        net_pnl=net,
        gross_pnl=closed.gross_micros,
        fees=closed.fees_micros,
        win_rate=totals.win_rate(closed),
        profit_factor=totals.profit_factor(closed),
        payoff_ratio=payoff_ratio(closed),
        expectancy=totals.average_micros(net, closed.trades),
        avg_win=totals.average_micros(closed.won_micros, closed.winning),
        avg_loss=totals.average_micros(closed.lost_micros, closed.losing),
        largest_win=closed.largest_win_micros,
        largest_loss=closed.largest_loss_micros,
        std_dev=standard_deviation(nets),
        longest_winning_streak=streaks.winning,
        longest_losing_streak=streaks.losing,
        avg_holding_s=mean_us(held_us),
        median_holding_s=median_us(held_us),
        max_drawdown=fall.micros,
        max_drawdown_started_at=fall.started_at_us,
        max_drawdown_trough_at=fall.trough_at_us,
        max_drawdown_recovered_at=fall.recovered_at_us,
        recovery_factor=recovery_factor(net, fall.micros),
        sharpe_ratio=returns.sharpe_ratio(daily),
        sortino_ratio=returns.sortino_ratio(daily),
        calmar_ratio=returns.calmar_ratio(daily),
    )


def payoff_ratio(closed: Closed) -> int | None:
    """Average win / -average loss, of the unrounded averages; None without a win or a loss.

    (won / winning) / (-lost / losing). Source: quantstats `payoff_ratio`.
    """
    if not (closed.winning and closed.losing):
        return None
    won, lost = closed.won_micros * closed.losing, -closed.lost_micros * closed.winning
    return fixed.divide(won * 10_000, lost)


def recovery_factor(net_micros: int, drawdown_micros: int) -> int | None:
    """Net P&L / -maximum drawdown, with its sign; None without a drawdown.

    Source: the strategy reports of NinjaTrader and MetaTrader, in money and not in returns.
    """
    return fixed.divide(net_micros * 10_000, -drawdown_micros) if drawdown_micros else None


def standard_deviation(nets: Sequence[int]) -> int | None:
    """Sample standard deviation in micro-units, to cents; None of fewer than two.

    sqrt((n Σx² - (Σx)²) / (n (n - 1))), exact until its only rounding. Source: Bessel's correction.
    """
    n = len(nets)
    if n < 2:  # noqa: PLR2004 (two make a deviation)
        return None
    squares = n * sum(each * each for each in nets) - sum(nets) ** 2
    return _root(squares, n * (n - 1) * _CENT_MICROS**2) * _CENT_MICROS


def longest_streaks(nets: Iterable[int]) -> Streaks:
    """The longest runs of net P&L above and below 0 in closing order; a break-even ends both."""
    longest = {-1: 0, 0: 0, 1: 0}
    for sign, run in groupby((net > 0) - (net < 0) for net in nets):
        longest[sign] = max(longest[sign], len(list(run)))
    return Streaks(longest[1], longest[-1])


def mean_us(held_us: Sequence[int]) -> int:
    """Σ time held / trades, to the microsecond; 0 of nothing."""
    return fixed.divide(sum(held_us), len(held_us)) if held_us else 0


def median_us(held_us: Sequence[int]) -> int:
    """The middle time held, or the mean of the two in the middle, to the microsecond; 0 of nothing.

    Source: the usual median, as Python's `statistics.median`.
    """
    ordered, half = sorted(held_us), len(held_us) // 2
    return mean_us(ordered[half - 1 + len(ordered) % 2 : half + 1])


def max_drawdown(trades: Sequence[Trade], start_us: int) -> Drawdown:
    """min(C - max(0, peak of C)) over cumulative net P&L C in closing order; of equal ones the
    first.

    It starts with the last closing at the peak (with the window, for a peak of 0 that no closing
    has come back to) and recovers with the first closing that is at that peak again.
    """
    levels = list(accumulate(each.net_micros for each in trades))
    deepest, place, peak = 0, 0, 0
    started_us, peak_at_us, peak_there = start_us, start_us, 0
    for n, level in enumerate(levels):
        if level >= peak:
            peak, peak_at_us = level, trades[n].closed_at_us
        elif level - peak < deepest:
            deepest, place, started_us, peak_there = level - peak, n, peak_at_us, peak
    if not deepest:
        return Drawdown(0, None, None, None)
    recovered = (
        trades[n].closed_at_us for n in range(place, len(levels)) if levels[n] >= peak_there
    )
    return Drawdown(deepest, started_us, trades[place].closed_at_us, next(recovered, None))


def _root(numerator: int, denominator: int) -> int:
    """The square root of a fraction, rounded half-even to a whole number, exactly."""
    floor = isqrt(numerator // denominator)
    # Whether the fraction lies above (floor + 1/2)², in quarters.
    above = 4 * numerator - (2 * floor + 1) ** 2 * denominator
    return floor + int(above > 0 or (above == 0 and floor % 2 == 1))
