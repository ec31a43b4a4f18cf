"""Daily returns and their ratios against examples worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import count
from math import isqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import periods, returns
from app.domain.returns import Dated, Day, Ratios
from app.domain.trade_columns import Array

USD = 1_000_000


NOVEMBER = periods.number(date(2025, 11, 1)) - 1


def dated(*said: tuple[int, int]) -> list[Dated]:
    """What was made, in dollars, on days of November 2025."""
    return [Dated(NOVEMBER + day, usd * USD) for day, usd in said]


def counted(balance: int, made: list[Dated], *moved: Dated) -> list[tuple[int, int]]:
    """Net P&L and balance of the days that count, in dollars."""
    first, last = made[0].day, made[-1].day
    ledger = returns.ledger(balance * USD, first, last, [*made, *moved])
    days, nets = (np.array(each) for each in zip(*made, strict=True))
    found = returns.counted(ledger, days, nets)
    return [(int(n) // USD, int(b) // USD) for n, b in zip(*found, strict=True)]


def test_weekdays_count_from_the_first_to_the_last_trade_and_busy_days_of_weekends() -> None:
    made = dated((6, 10), (8, 20), (11, 35))
    # Thursday, an idle Friday, a busy Saturday, no Sunday, an idle Monday, Tuesday.
    usd = [(10, 100), (0, 110), (20, 110), (0, 130), (35, 130)]
    assert counted(100, made) == usd


def test_a_balance_has_all_that_came_before_the_day_and_nothing_of_the_day() -> None:
    made, moved = dated((6, 10), (7, 1)), dated((5, 7), (6, 1_000), (7, 50_000))
    assert counted(100, made, *moved) == [(10, 107), (1, 1_117)]
    # Where the window begins in the middle of the day, its balance is the first.
    assert counted(100, made[:1]) == [(10, 100)]


def test_a_ledger_has_every_day_s_balance_and_one_day_is_counted_by_its_own() -> None:
    ledger = returns.ledger(100, 10, 13, [Dated(8, 1), Dated(10, 5), Dated(12, -7), Dated(13, 9)])
    assert ledger.balances_micros.tolist() == [101, 106, 106, 99]
    nets, balances = returns.counted(ledger, np.array([11]), np.array([3]))
    assert (nets.tolist(), balances.tolist()) == ([3], [106])
    several, _ = returns.counted(ledger, np.array([10, 12]), np.array([2**62 + 1, 1]))
    assert several.tolist() == [2**62 + 1, 0, 1]


@pytest.mark.parametrize("days", [2, 30])
def test_there_are_no_ratios_of_no_days_nor_of_balances_that_are_not_positive(days: int) -> None:
    nets, balances = (np.array([each] * days) for each in (-5, 100))
    assert returns.ratios(nets, balances).calmar is not None
    for bad in (0, -1):
        balances[1] = bad
        assert returns.ratios(nets, balances) == returns.NONE
    assert returns.ratios(nets[:0], balances[:0]) == returns.NONE


def test_ratios_of_days_worked_out_by_hand() -> None:
    # Returns of 1 %, -0.5 %, 2 %, 0 %: a mean of 0.625 %.
    each = [Decimal(said) for said in ("0.01", "-0.005", "0.02", "0")]
    # Squared deviations 0.140625 + 1.265625 + 1.890625 + 0.390625 = 3.6875 (in 1e-4), over 3.
    assert returns.sharpe_ratio(each) == 89_490
    # √(0.25e-4 / 4) = 0.25 %: 2.5 times √252.
    assert returns.sortino_ratio(each) == 396_863
    # 0.00625 x 252 = 1.575, over a fall of 0.5 %.
    assert returns.calmar_ratio(each) == 3_150_000


def test_a_first_losing_day_is_a_fall_of_the_equity() -> None:
    each = [Decimal("-0.1"), Decimal("0.05")]
    # -0.025 x 252 / 0.1.
    assert returns.calmar_ratio(each) == -630_000


def test_ratios_that_nothing_defines_are_none() -> None:
    third = Decimal(1) / 3
    for same in ([], [third], [third] * 7, [Decimal(0)] * 3):
        assert returns.sharpe_ratio(same) is None
    for not_losing in ([], [Decimal(0)], [Decimal(1), Decimal(2)]):
        assert returns.sortino_ratio(not_losing) is None
        assert returns.calmar_ratio(not_losing) is None
    # One day is enough to fall.
    assert returns.calmar_ratio([Decimal("-0.5")]) == -2_520_000
    # What has lost everything cannot be compounded further.
    assert returns.calmar_ratio([Decimal(-1), Decimal(1)]) is None
    assert returns.calmar_ratio([Decimal(-3), Decimal(-3)]) is None


@pytest.mark.parametrize("balance", [0, -1])
def test_without_a_positive_balance_at_some_days_start_there_are_no_returns(balance: int) -> None:
    assert returns.of([Day(1, 10), Day(1, balance), Day(0, 10)]) == []


def test_the_largest_figures_of_all_stay_finite() -> None:
    most = [Day(10**18, 1), *[Day(10**18, 1), Day(-(10**18) + 1, 10**18)] * 2_000]
    daily = returns.of(most)
    for ratio in (returns.sharpe_ratio, returns.sortino_ratio, returns.calmar_ratio):
        assert isinstance(ratio(daily), int)


# --- Floats that know what they know -------------------------------------------------------------

# Cents and millions, alike and not, so that some ratios are far beyond what floats can tell.
NETS = st.one_of(
    st.integers(-5, 5),
    st.integers(-(10**9), 10**9),
    st.integers(-(10**17), 10**17),
    st.just(-1),
    st.just(10**6),
)
BALANCES = st.one_of(st.integers(1, 10), st.integers(10**9, 10**11), st.integers(1, 10**17))


@given(
    st.lists(st.tuples(NETS, BALANCES), min_size=1, max_size=60), st.sampled_from((1, 0)), BALANCES
)
def test_ratios_are_those_of_decimals_whether_floats_were_certain_or_not(
    days: list[tuple[int, int]], is_steady: int, balance: int
) -> None:
    if is_steady:
        days = [(net, balance) for net, _ in days]
    nets, balances = (np.array(each, object) for each in zip(*days, strict=True))
    daily = returns.of([Day(*each) for each in days])
    assert returns.ratios(nets, balances) == Ratios(
        returns.sharpe_ratio(daily), returns.sortino_ratio(daily), returns.calmar_ratio(daily)
    )


def test_floats_are_certain_of_an_ordinary_year(monkeypatch: pytest.MonkeyPatch) -> None:
    nets = np.array([(n * 7 % 41 - 19) * USD for n in range(250)])
    balances = np.array([50_000 * USD + n for n in range(250)])
    daily = returns.of([Day(*each) for each in zip(nets.tolist(), balances.tolist(), strict=True)])
    found = returns._by_floats(nets, balances)
    assert found is not None
    assert found == returns._exact(nets, balances)
    assert found.sharpe == returns.sharpe_ratio(daily)
    # And decimals are not asked then.
    monkeypatch.delattr(returns, "_exact")
    assert returns.ratios(nets, balances) == found


def year(*last: tuple[int, int], won: int = 0) -> tuple[Array, Array]:
    """Days that lose and win, or that win or make nothing, and then those that are said."""
    made = [(abs(n % 7 - 3) if won else n * 7 % 41 - 19) * USD for n in range(200)]
    nets = [*made, *(net for net, _ in last)]
    return np.array(nets), np.array([50_000 * USD] * len(made) + [balance for _, balance in last])


@pytest.mark.parametrize(
    "days",
    [
        year(),
        year(won=1),
        year((0, USD), (-(USD - 1), USD)),
        year((0, USD), (-USD, USD), (5, USD)),
        year((-3 * USD, USD)),
        # Equity that fell on the first day and stands still.
        (np.array([-5, *[0] * 99]), np.array([1_000] * 100)),
    ],
)
def test_floats_are_certain_of_years_with_and_without_losses_and_ruin(
    days: tuple[Array, Array],
) -> None:
    found = returns._by_floats(*days)
    assert found is not None
    assert found == returns._exact(*days)


@pytest.mark.parametrize(("days", "asked"), [(year(), 3), (year((-USD, USD)), 2), (year(won=1), 1)])
def test_where_floats_are_not_certain_of_one_ratio_they_answer_none(
    days: tuple[Array, Array], asked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    certain = returns._quotient
    for doubted in range(asked):
        calls = count()

        def quotient(*said: float, calls: count[int] = calls, doubted: int = doubted) -> int | None:
            return None if next(calls) == doubted else certain(*said)

        monkeypatch.setattr(returns, "_quotient", quotient)
        assert returns._by_floats(*days) is None
        assert next(calls) > doubted


def test_floats_are_not_certain_where_a_ratio_is_about_to_be_rounded_otherwise() -> None:
    balances = np.array([10**17] * 200)

    def nets(last: int) -> Array:
        return np.array([*((n * 7 % 41 - 19) * 10**14 for n in range(199)), last])

    def rounded(last: int) -> int | None:
        return returns._exact(nets(last), balances).sharpe

    low, high = 0, 10**15
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if rounded(middle) == rounded(low) else (low, middle)
    assert rounded(low) != rounded(high)
    # A thousand of the smallest steps are far less than what floats are off by.
    for last in (low - 1_000, low, high, high + 1_000):
        assert returns._by_floats(nets(last), balances) is None


# What is certain of 10,000.4 ten-thousandths: it may be off by less than 0.1, by either or both.
@pytest.mark.parametrize(
    ("mean_off", "size_off", "by", "found"),
    [
        (0.0, 0.0, 1.0, 10_000),
        (0.9e-5, 0.0, 1.0, 10_000),
        (1.1e-5, 0.0, 1.0, None),
        (0.9e-5, 0.0, 2.0, 10_000),
        (1.1e-5, 0.0, 2.0, None),
        (0.0, 0.9e-5, 1.0, 10_000),
        (0.0, 1.1e-5, 1.0, None),
        (0.6e-5, 0.6e-5, 1.0, None),
    ],
)
@pytest.mark.parametrize("size", [0.25, 1.0, 4.0])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_quotient_is_told_where_its_error_cannot_matter(
    *, mean_off: float, size_off: float, by: float, found: int | None, size: float, sign: int
) -> None:
    mean = sign * 1.00004 * size / by
    made = returns._quotient(mean, mean_off * size / by, size, size_off * size, by)
    assert made == (None if found is None else sign * found)


def test_a_size_that_is_hardly_more_than_its_error_divides_nothing() -> None:
    assert returns._quotient(0.0, 0.0, 1_000.0, 1.0, 1.0) is None
    assert returns._quotient(0.0, 0.0, 1_001.0, 1.0, 1.0) == 0


def test_decimals_have_sixty_digits() -> None:
    assert str(returns.of([Day(1, 3)])[0]) == f"0.{'3' * 60}"
    nearly = Decimal(f"1.{'0' * 39}1")
    # Deviations of half of 1e-40: √2 x √252 x 1e40, in ten-thousandths.
    assert str(returns.sharpe_ratio([Decimal(1), nearly]))[:12] == "224499443206"
    # A mean of (1 - 1e-30) / 2, over 1e-30 / √2 and over a fall of 1e-30.
    each = [Decimal(1), Decimal("-1e-30")]
    assert returns.sortino_ratio(each) == isqrt(126 * (10**34 - 10**4) ** 2)
    assert returns.calmar_ratio(each) == 126 * (10**34 - 10**4)


@pytest.mark.parametrize(
    ("net", "balance", "found"),
    [
        (5, 100, returns.NONE),
        (0, 100, returns.NONE),
        (-5, 100, Ratios(None, -158_745, -2_520_000)),
        (-99, 100, Ratios(None, -158_745, -2_520_000)),
        (-100, 100, Ratios(None, -158_745, None)),
        (-101, 100, Ratios(None, -158_745, None)),
    ],
)
def test_a_single_day_has_the_ratios_of_all_that_lose(
    net: int, balance: int, found: Ratios
) -> None:
    assert returns.ratios(np.array([net]), np.array([balance])) == found
    assert returns._exact(np.array([net]), np.array([balance])) == found


def test_floats_do_not_answer_where_they_cannot_know() -> None:
    # Returns that differ in their last digit only, and ones that are all alike.
    alike = np.array([10**15] * 99 + [10**15 + 1])
    assert returns._by_floats(alike, np.array([10**17] * 100)) is None
    assert returns._by_floats(alike[:50], np.array([10**17] * 50)) is None
    assert returns.ratios(alike[:50], np.array([10**17] * 50)) == returns.NONE


def test_numbers_beyond_64_bits_stay_whole() -> None:
    assert returns.whole([2**70, 1]).tolist() == [2**70, 1]
    assert returns.whole([2**62, 1]).dtype == np.int64
    assert returns.whole([2**63, 1]).dtype == object
