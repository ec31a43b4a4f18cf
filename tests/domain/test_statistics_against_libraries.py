"""Metrics held against quantstats and empyrical where they mean the same, and where not, told so.

quantstats takes a series without losses for prices, keeps results by their data, and raises on
nothing at all; so it is given fresh series with a loss, as fractions of a balance or in dollars.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import instants, returns, statistics, stretches, totals, trade_columns
from app.domain.statistics import Statistics

with warnings.catch_warnings():
    # What the libraries import warns of what it imports.
    warnings.simplefilter("ignore")
    import empyrical
    import pandas as pd
    import quantstats.stats as qs

EXAMPLES = 60
USD = 1_000_000
BALANCE = 50_000 * USD
# In cents, some break-even; at least one win and one loss, as the libraries need them.
RESULTS = st.lists(st.integers(-40_000, 40_000), min_size=1, max_size=60).map(
    lambda cents: [5_000, -3_000, 0, *cents]
)


def ours(cents: list[int]) -> Statistics:
    """The metrics of trades of these results, one a day, on a balance that stays as it is."""
    micros = [each * 10_000 for each in cents]
    rows = [(n * instants.DAY_US, 0, each, 0, 1) for n, each in enumerate(micros)]
    made = stretches.of_columns(trade_columns.of_rows(rows), np.zeros(1, np.int64))
    ratios = returns.ratios(np.array(micros), np.full(len(micros), BALANCE))
    return statistics.of_stretch(made.stretches[0], statistics.NEVER, 0, ratios)


def dollars(cents: list[int]) -> Any:
    return pd.Series([each / 100 for each in cents], index=days(len(cents)))


def fractions(cents: list[int]) -> Any:
    return dollars(cents) * USD / BALANCE


def days(number: int) -> Any:
    return pd.date_range("2025-01-01", periods=number, freq="D")


def check(told: Callable[[list[int]], tuple[float | None, float]], *, within: float) -> None:
    """Hold a metric, and the same one of a library, on whatever results there are."""

    @settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=True)
    @given(RESULTS)
    def every(cents: list[int]) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            mine, theirs = told(cents)
        assert mine == pytest.approx(theirs, abs=within)

    every()


def ratio(value: int | None) -> float | None:
    return None if value is None else value / 10_000


@pytest.mark.feature("PAM-OPS-04")
@pytest.mark.parametrize("library", [qs.sharpe, empyrical.sharpe_ratio])
def test_sharpe_is_theirs(library: Callable[[Any], float]) -> None:
    check(lambda c: (ratio(ours(c).sharpe_ratio), library(fractions(c))), within=5.1e-5)


@pytest.mark.parametrize("library", [qs.sortino, empyrical.sortino_ratio])
def test_sortino_is_theirs(library: Callable[[Any], float]) -> None:
    check(lambda c: (ratio(ours(c).sortino_ratio), library(fractions(c))), within=5.1e-5)


@pytest.mark.parametrize("library", [qs.max_drawdown, empyrical.max_drawdown])
def test_calmar_is_the_mean_year_over_their_deepest_fall(library: Callable[[Any], float]) -> None:
    # Theirs has compound growth on top, and raises, or is NaN, without a fall.
    def told(cents: list[int]) -> tuple[float | None, float]:
        made = fractions(cents)
        return ratio(ours(cents).calmar_ratio), made.mean() * 252 / -library(made)

    check(told, within=5.1e-5)


@pytest.mark.parametrize(
    ("name", "library"),
    [("profit_factor", qs.profit_factor), ("payoff_ratio", qs.payoff_ratio)],
)
def test_ratios_of_wins_and_losses_are_theirs(name: str, library: Callable[..., float]) -> None:
    def told(cents: list[int]) -> tuple[float | None, float]:
        theirs = library(dollars(cents), prepare_returns=False)
        return ratio(getattr(ours(cents), name)), theirs

    check(told, within=5.1e-5)


def test_the_win_rate_is_theirs_where_no_trade_breaks_even() -> None:
    # Theirs leaves break-evens out; ours counts them in the total.
    def told(cents: list[int]) -> tuple[float | None, float]:
        decided = [each for each in cents if each]
        theirs = qs.win_rate(dollars(decided), prepare_returns=False)
        return ours(decided).win_rate / 10, theirs * 100

    check(told, within=0.0501)


def test_averages_and_extremes_are_theirs() -> None:
    def check_one(name: str, library: Callable[..., float], **options: Any) -> None:
        def told(cents: list[int]) -> tuple[float | None, float]:
            return getattr(ours(cents), name) / USD, library(dollars(cents), **options)

        check(told, within=0.00501)

    check_one("avg_win", qs.avg_win, prepare_returns=False)
    check_one("avg_loss", qs.avg_loss, prepare_returns=False)
    check_one("largest_win", qs.best, prepare_returns=False)
    check_one("largest_loss", qs.worst, prepare_returns=False)
    check_one("expectancy", lambda series: float(series.mean()))
    check_one("std_dev", lambda series: float(series.std(ddof=1)))


def test_streaks_are_theirs() -> None:
    def check_one(name: str, library: Callable[..., float]) -> None:
        check(
            lambda c: (
                getattr(ours(c), name),
                library(dollars(c), prepare_returns=False),
            ),
            within=0,
        )

    check_one("longest_winning_streak", qs.consecutive_wins)
    check_one("longest_losing_streak", qs.consecutive_losses)


def test_drawdown_and_recovery_are_those_of_cumulated_dollars() -> None:
    # Theirs are of compounded fractions; so the path is laid with pandas' own tools.
    def told(cents: list[int]) -> tuple[float | None, float]:
        levels = dollars(cents).cumsum()
        return ours(cents).max_drawdown / USD, float((levels - levels.cummax().clip(0)).min())

    check(told, within=1e-6)

    def recovered(cents: list[int]) -> tuple[float | None, float]:
        levels = dollars(cents).cumsum()
        fall = float((levels - levels.cummax().clip(0)).min())
        return ratio(ours(cents).recovery_factor), float(levels.iloc[-1]) / -fall

    check(recovered, within=5.1e-5)


def test_a_metric_of_another_kind_is_found() -> None:
    # Over the population, and over the losers alone: the usual mistakes.
    with pytest.raises(AssertionError):
        check(
            lambda c: (
                ratio(ours(c).sharpe_ratio),
                float(np.mean(fractions(c)) / np.std(fractions(c)) * 252**0.5),
            ),
            within=5.1e-5,
        )
    cents = [5_000, -3_000, 0, -1_000]
    losers = fractions([each for each in cents if each < 0])
    mistaken = fractions(cents).mean() / float(np.sqrt((losers**2).mean())) * 252**0.5
    assert ratio(ours(cents).sortino_ratio) != pytest.approx(mistaken, abs=5.1e-5)


def test_where_the_libraries_mean_something_else() -> None:
    """Held down so that nobody takes them for oracles of these."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # A series without losses is taken for prices: of four wins three are none.
        assert qs.win_rate(pd.Series([100.0, 200.0, 150.0, 300.0])) < 1
        # Compound growth over the fall, where ours has the arithmetic mean.
        cents = [5_000, -3_000, 0, 2_000]
        ours_, theirs = ratio(ours(cents).calmar_ratio), empyrical.calmar_ratio(fractions(cents))
    assert ours_ != pytest.approx(theirs, rel=1e-3)
    assert totals.win_rate(ours_closed([100, 0])) == 500
    assert qs.win_rate(pd.Series([100.0, -1.0, 0.0]), prepare_returns=False) == 0.5


def ours_closed(cents: list[int]) -> totals.Closed:
    rows = [(n, 0, each, 0, 1) for n, each in enumerate(cents)]
    made = stretches.of_columns(trade_columns.of_rows(rows), np.zeros(1, np.int64))
    return made.stretches[0].closed
