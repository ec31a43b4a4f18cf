"""Daily returns and their ratios against examples worked out by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.domain import instants, periods, returns
from app.domain.returns import Dated, Day, Funds

CHICAGO = periods.cut("civil", "America/Chicago")
USD = 1_000_000


def dated(*said: tuple[str, int]) -> list[Dated]:
    """What was made, in dollars, at noon of days of November 2025 in Chicago."""
    return [Dated(instants.parse(f"2025-11-{day}T18:00:00Z"), usd * USD) for day, usd in said]


def funds(balance: int, *changes: Dated) -> Funds:
    return Funds(balance * USD, sorted(changes))


def test_weekdays_count_from_the_first_to_the_last_trade_and_busy_days_of_weekends() -> None:
    made = dated(("06", 10), ("08", 20), ("11", 30), ("11", 5))
    # Thursday, an idle Friday, a busy Saturday, no Sunday, an idle Monday, Tuesday.
    counted = returns.days(CHICAGO, made, funds(100, *made))
    usd = [(net // USD, balance // USD) for net, balance in counted]
    assert usd == [(10, 100), (0, 110), (20, 110), (0, 130), (35, 130)]


def test_a_balance_has_all_that_came_before_the_day_and_nothing_of_the_day() -> None:
    made, late = dated(("06", 10)), dated(("05", 7), ("06", 1_000))
    assert returns.days(CHICAGO, made, funds(100, *made, *late)) == [Day(10 * USD, 107 * USD)]
    # Where the window begins in the middle of the day, its balance is the first.
    assert returns.days(CHICAGO, made, funds(100, *made)) == [Day(10 * USD, 100 * USD)]


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
