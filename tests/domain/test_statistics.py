"""The statistics of trades against examples worked out by hand, and against the oracle."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from statistics import median_high, median_low
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import instants, periods, returns, statistics, stretches, trade_columns
from app.domain.metrics import DEFINITIONS
from app.domain.returns import Dated, Ratios
from app.domain.statistics import Filter, Statistics
from app.domain.trade_columns import Columns, Kind
from tests import statistics_oracle
from tests.statistics_oracle import Closed, Ledger

START = instants.parse("2025-10-30T15:00:00Z")
CHICAGO = periods.cut("civil", "America/Chicago")
USD = 1_000_000
WHEN = ("started", "trough", "recovered")
PLACES = {"money": 6, "percent": 1, "ratio": 4, "seconds": 6, "count": 0}

# Minutes between two closings: none, hours, over a night, a weekend, weeks.
GAPS = st.sampled_from((0, 1, 60, 500, 1_440, 1_440, 4_000, 30_000))
HELD_US = st.one_of(st.just(0), st.integers(0, 10**10))
# Eighths of a cent, so that much is equal and much lies half-way between two cents.
RESULTS = st.one_of(st.integers(-40, 40), st.integers(-400_000, 400_000)).map(lambda n: n * 1_250)
FEES = st.sampled_from((0, 0, 1_250, 370_000))
STEPS = st.lists(st.tuples(GAPS, HELD_US, RESULTS, FEES), max_size=14)
BALANCES = st.sampled_from((50_000 * USD, 1_000 * USD, 1, 0, -5 * USD))
CASH = st.lists(st.tuples(st.integers(0, 60_000), st.integers(-(10**9), 10**9)), max_size=3)


def trades(*nets: int, minutes: int = 1) -> Columns:
    """Trades of these results in whole dollars, held for no time, some minutes apart."""
    return columns([(at(n * minutes), 0, net * USD, 0) for n, net in enumerate(nets, start=1)])


def columns(rows: Sequence[tuple[int, int, int, int]]) -> Columns:
    """Trades of one kind: when they closed, how long they were held, gross P&L and fees."""
    return trade_columns.of_rows([(*row, 1) for row in rows])


def at(minute: int) -> int:
    return START + minute * 60 * instants.SECOND_US


def of(*nets: int) -> Statistics:
    return made_of(trades(*nets), returns.NONE)


def made_of(made: Columns, ratios: Ratios) -> Statistics:
    """The metrics of some trades together."""
    closed_at_us = made.closed_at_us
    found = stretches.of_columns(made, np.zeros(min(1, len(closed_at_us)), np.int64))
    together = stretches.join_all(found.stretches)
    fell = statistics.fell(next(iter(found.falls), None), closed_at_us, START)
    median_us = statistics.median_us(made.held_us)
    return statistics.of_stretch(together, fell, median_us, ratios)


def written(made: Statistics) -> dict[str, Any]:
    """The metrics as they are answered."""
    return {each.name: _written(each.unit, getattr(made, each.name)) for each in DEFINITIONS}


def _written(unit: str, value: int | None) -> Any:
    if value is None:
        return None
    return instants.text(value) if unit == "instant" else Decimal(value).scaleb(-PLACES[unit])


# --- Examples ------------------------------------------------------------------------------------


def test_no_trades_have_the_values_that_the_definitions_say() -> None:
    made = of()
    assert made._asdict() == {each.name: each.undefined for each in DEFINITIONS}


def test_one_win_has_no_deviation_and_no_ratio_to_losses() -> None:
    made = of(5)
    assert (made.total_trades, made.winning_trades, made.win_rate) == (1, 1, 1_000)
    assert made.expectancy == made.avg_win == made.largest_win == 5 * USD
    assert (made.avg_loss, made.largest_loss, made.max_drawdown) == (0, 0, 0)
    assert {made.std_dev, made.profit_factor, made.payoff_ratio, made.recovery_factor} == {None}


def test_only_losses_have_a_profit_factor_of_0_and_no_payoff_ratio() -> None:
    made = of(-1, -2)
    assert (made.profit_factor, made.payoff_ratio, made.win_rate) == (0, None, 0)
    assert (made.avg_win, made.avg_loss) == (0, -1_500_000)
    # All that was made is the fall itself.
    assert (made.max_drawdown, made.recovery_factor) == (-3 * USD, -10_000)


def test_break_evens_count_as_trades_and_as_nothing_else() -> None:
    made = of(4, 0, 0, -2)
    assert (made.total_trades, made.breakeven_trades, made.win_rate) == (4, 2, 250)
    assert (made.expectancy, made.avg_win, made.avg_loss) == (500_000, 4 * USD, -2 * USD)
    assert (made.profit_factor, made.payoff_ratio) == (20_000, 20_000)
    alone = of(0, 0)
    assert (alone.std_dev, alone.largest_win, alone.largest_loss) == (0, 0, 0)
    assert {alone.profit_factor, alone.payoff_ratio, alone.recovery_factor} == {None}


def test_the_payoff_ratio_is_of_averages_and_the_profit_factor_of_sums() -> None:
    made = of(6, 6, 6, -4)
    assert (made.profit_factor, made.payoff_ratio) == (45_000, 15_000)


@pytest.mark.parametrize(
    ("micros", "expected"),
    [
        ((1_000_000, 3_000_000), 1_410_000),  # √2
        # Of three, -x, 0 and x deviate by x: half a cent is rounded to the even one.
        ((-5_000, 0, 5_000), 0),
        ((-15_000, 0, 15_000), 20_000),
        ((-25_000, 0, 25_000), 20_000),
        ((-25_001, 0, 25_001), 30_000),
        ((7, 7, 7), 0),
    ],
)
def test_the_deviation_is_the_samples_rounded_half_even_to_cents(
    micros: tuple[int, ...], expected: int
) -> None:
    assert deviation(micros) == expected


def test_the_deviation_is_exact_where_a_float_would_not_be() -> None:
    far = 10**17
    assert deviation((far - 25_000, far, far + 25_000)) == 20_000


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [(1, 3, 1), (1, 5, 0), (9, 4, 2), (49, 4, 4), (81, 4, 4)],
)
def test_a_root_is_rounded_half_even(numerator: int, denominator: int, rounded: int) -> None:
    assert statistics._root(numerator, denominator) == rounded


def deviation(micros: tuple[int, ...]) -> int | None:
    return made_of(columns([(at(0), 0, each, 0) for each in micros]), returns.NONE).std_dev


@pytest.mark.parametrize(
    ("nets", "winning", "losing"),
    [
        ([], 0, 0),
        ([1, 1, -1, 1, 1, 1, -1, -1], 3, 2),
        ([1, 0, 1, -1, 0, -1], 1, 1),
        ([0, 0], 0, 0),
        ([-1, -1, -1], 0, 3),
    ],
)
def test_a_break_even_ends_both_streaks(nets: list[int], winning: int, losing: int) -> None:
    made = of(*nets)
    assert (made.longest_winning_streak, made.longest_losing_streak) == (winning, losing)


@pytest.mark.parametrize(
    ("held_us", "mean", "median"),
    [([], 0, 0), ([7], 7, 7), ([1, 2], 2, 2), ([9, 1, 2], 4, 2), ([1, 2, 4, 90], 24, 3)],
)
def test_times_held_are_averaged_to_the_even_microsecond(
    held_us: list[int], mean: int, median: int
) -> None:
    made = made_of(columns([(at(0), each, 0, 0) for each in held_us]), returns.NONE)
    assert (made.avg_holding_s, made.median_holding_s) == (mean, median)


@pytest.mark.parametrize(
    ("nets", "expected"),
    [
        ([], (0, None, None, None)),
        ([5, 0, 5], (0, None, None, None)),
        # The first loss falls from 0, where the window starts.
        ([-5], (-5, 0, 1, None)),
        ([-5, 4], (-5, 0, 1, None)),
        ([-5, 5], (-5, 0, 1, 2)),
        ([10, -3, -4, 9], (-7, 1, 3, 4)),
        ([10, -3, 2, -4, 1], (-5, 1, 4, None)),
        # Of equal falls the first.
        ([10, -3, 3, -3], (-3, 1, 2, 3)),
        # Back at the peak the one fall ends and the next begins.
        ([10, -3, 3, -8], (-8, 3, 4, None)),
        ([10, 0, -8], (-8, 2, 3, None)),
        ([-2, 2, -8, 8], (-8, 2, 3, 4)),
    ],
)
def test_a_drawdown_has_its_start_its_trough_and_its_recovery(
    nets: list[int], expected: tuple[int, int | None, int | None, int | None]
) -> None:
    fall, *minutes = expected
    times = [None if minute is None else at(minute) for minute in minutes]
    made = of(*nets)
    assert made.max_drawdown == fall * USD
    assert [getattr(made, f"max_drawdown_{when}_at") for when in WHEN] == times


def test_a_filter_lets_through_what_is_all_that_it_says() -> None:
    long, short = Kind("MNQ", "MNQZ5", "LONG", None), Kind("MNQ", "MNQH6", "SHORT", "fade")
    both = {1: long, 2: short}
    assert Filter().pick(both) == Filter(symbol="MNQ").pick(both) == both
    assert Filter(side="LONG").pick(both) == Filter(contract="MNQZ5").pick(both) == {1: long}
    assert Filter(strategy="fade", side="SHORT").pick(both) == {2: short}
    assert Filter(strategy="fade", side="LONG").pick(both) == {}
    assert Filter(strategy="").pick(both) == {}


def test_the_median_of_many_is_the_one_of_all_sorted() -> None:
    rng = Random(3)
    for spread in (1, 3, 10**6, 10**15):
        values = [rng.randrange(spread) for _ in range(150_001)]
        # In order, and with the sample far off the rest, which has to be noticed.
        for some in (values, values[:-1], sorted(values)):
            ours = statistics.median_us(np.array(some))
            assert ours == round(Fraction(median_low(some) + median_high(some), 2))
    step = 200_001 // 2_000
    misleading = np.array([0 if n % step == 0 else 7 for n in range(200_001)])
    assert statistics.median_us(misleading) == 7
    # As many are the sample's as lie below the middle, and one too few to hold it.
    others = np.flatnonzero(misleading)
    misleading[others[: 100_000 - (200_001 - len(others))]] = 0
    assert statistics.median_us(misleading) == 7


# --- The oracle ----------------------------------------------------------------------------------


@pytest.mark.feature("PAM-OPS-04")
@settings(deadline=None)
@given(STEPS, BALANCES, CASH)
def test_every_metric_of_whatever_trades_is_the_oracles(
    steps: list[tuple[int, int, int, int]], balance: int, cash: list[tuple[int, int]]
) -> None:
    rows: list[tuple[int, int, int, int]] = []
    minute = 0
    for gap, held_us, gross, fees in steps:
        minute += gap
        rows.append((at(minute), held_us, gross, fees))
    made = columns(rows)
    moved = [(at(when), amount) for when, amount in cash]
    told = written(made_of(made, ratios(rows, balance, moved)))
    changes = sorted([(when, gross - fees) for when, _, gross, fees in rows] + moved)
    assert told == statistics_oracle.metrics(closed(rows), ledger(balance, changes))


def ratios(
    rows: Sequence[tuple[int, int, int, int]], balance: int, moved: Sequence[tuple[int, int]]
) -> Ratios:
    """Of the days of Chicago."""
    nets: dict[int, int] = {}
    for when, _, gross, fees in rows:
        day = periods.day_of(CHICAGO, when)
        nets[day] = nets.get(day, 0) + gross - fees
    if not nets:
        return returns.NONE
    changes = [Dated(periods.day_of(CHICAGO, when), amount) for when, amount in moved]
    changes += [Dated(*each) for each in nets.items()]
    balances = returns.ledger(balance, min(nets), max(nets), changes)
    days, made = np.array(list(nets)), np.array(list(nets.values()))
    return returns.ratios(*returns.counted(balances, days, made))


def closed(rows: Sequence[tuple[int, int, int, int]]) -> list[Closed]:
    return [
        Closed(
            instants.to_datetime(when) - timedelta(microseconds=held_us),
            instants.to_datetime(when),
            usd(gross),
            usd(fees),
        )
        for when, held_us, gross, fees in rows
    ]


def ledger(balance: int, changes: Sequence[tuple[int, int]]) -> Ledger:
    dated_usd = [(instants.to_datetime(when), usd(micros)) for when, micros in changes]
    return Ledger(instants.to_datetime(START), usd(balance), dated_usd)


def usd(micros: int) -> Decimal:
    return Decimal(micros).scaleb(-6)
