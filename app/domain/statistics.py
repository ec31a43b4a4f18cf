"""What closed trades say about trading: each metric's formula, once.

The same formulas in words are in `metrics.DEFINITIONS`. Money is in micro-units, percentages in
tenths, ratios in ten-thousandths, time in microseconds; sums are exact and each figure is rounded
once, half-even.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isqrt
from typing import NamedTuple

import numpy as np

from app.domain import fixed, totals
from app.domain.returns import Ratios
from app.domain.stretches import Fall, Stretch
from app.domain.totals import Closed
from app.domain.trade_columns import Array, Kind

_CENT_MICROS = 10_000
# So many values are worth a sample of so many.
_MANY, _SAMPLE = 100_000, 2_000


class Filter(NamedTuple):
    """Which trades count; what is None lets every trade through."""

    symbol: str | None = None
    contract: str | None = None
    strategy: str | None = None
    side: str | None = None

    def pick(self, kinds: Mapping[int, Kind]) -> dict[int, Kind]:
        """The kinds of trades, by their numbers, that are all that is said."""
        said = [(name, value) for name, value in self._asdict().items() if value is not None]
        return {
            number: kind
            for number, kind in kinds.items()
            if all(getattr(kind, name) == value for name, value in said)
        }


class Drawdown(NamedTuple):
    """When the deepest fall of cumulative net P&L below its peak began, was deepest and was over;
    no times without one.
    """

    started_at_us: int | None
    trough_at_us: int | None
    recovered_at_us: int | None


NEVER = Drawdown(None, None, None)


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


def of_stretch(made: Stretch, fell: Drawdown, median_held_us: int, ratios: Ratios) -> Statistics:
    """All metrics, from what a stretch of trades made and what no sum of it tells."""
    closed, net, fall = made.closed, made.net_micros, made.drawdown_micros
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
        std_dev=standard_deviation(closed.trades, net, made.squares),
        longest_winning_streak=made.winning_run,
        longest_losing_streak=made.losing_run,
        avg_holding_s=mean_us(made.held_us, closed.trades),
        median_holding_s=median_held_us,
        max_drawdown=fall,
        max_drawdown_started_at=fell.started_at_us,
        max_drawdown_trough_at=fell.trough_at_us,
        max_drawdown_recovered_at=fell.recovered_at_us,
        recovery_factor=recovery_factor(net, fall),
        sharpe_ratio=ratios.sharpe,
        sortino_ratio=ratios.sortino,
        calmar_ratio=ratios.calmar,
    )


def fell(fall: Fall | None, closed_at_us: Array, start_us: int) -> Drawdown:
    """When a stretch that begins at `start_us` fell most, given when its trades closed."""
    if fall is None:
        return NEVER
    return Drawdown(
        start_us if fall.start is None else int(closed_at_us[fall.start]),
        int(closed_at_us[fall.trough]),
        None if fall.recovery is None else int(closed_at_us[fall.recovery]),
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


def standard_deviation(n: int, total_micros: int, squares: int) -> int | None:
    """Sample standard deviation in micro-units, to cents; None of fewer than two.

    sqrt((n Σx² - (Σx)²) / (n (n - 1))), exact until its only rounding. Source: Bessel's correction.
    """
    if n < 2:  # noqa: PLR2004 (two make a deviation)
        return None
    spread = n * squares - total_micros**2
    return _root(spread, n * (n - 1) * _CENT_MICROS**2) * _CENT_MICROS


def mean_us(held_us: int, trades: int) -> int:
    """Σ time held / trades, to the microsecond; 0 of nothing."""
    return fixed.divide(held_us, trades) if trades else 0


def median_us(held_us: Array) -> int:
    """The middle time held, or the mean of the two in the middle, to the microsecond; 0 of nothing.

    Source: the usual median, as Python's `statistics.median`.
    """
    if not len(held_us):
        return 0
    middle = (len(held_us) - 1) // 2, len(held_us) // 2
    low, high = _ordered(held_us, *middle)
    return fixed.divide(low + high, 2)


def _ordered(values: Array, low: int, high: int) -> tuple[int, int]:
    """The values at two places next to each other of the sorted ones."""
    if len(values) > _MANY:
        # A sample says between which two values they must nearly always lie, the rest is counted.
        sample = np.sort(values[:: len(values) // _SAMPLE])
        least, most = sample[len(sample) * 45 // 100], sample[len(sample) * 55 // 100]
        below = int(np.count_nonzero(values < least))
        some = values[(values >= least) & (values <= most)]
        if below <= low and high < below + len(some):
            values, low, high = some, low - below, high - below
    ordered = np.partition(values, (low, high))
    return int(ordered[low]), int(ordered[high])


def _root(numerator: int, denominator: int) -> int:
    """The square root of a fraction, rounded half-even to a whole number, exactly."""
    floor = isqrt(numerator // denominator)
    # Whether the fraction lies above (floor + 1/2)², in quarters.
    above = 4 * numerator - (2 * floor + 1) ** 2 * denominator
    return floor + int(above > 0 or (above == 0 and floor % 2 == 1))
