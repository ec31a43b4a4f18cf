from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import drawdown, history, stretches, totals, trade_columns
from app.domain.totals import ClosedTrade, Realized, Totals

STEPS = st.lists(st.integers(-1_000, 1_000), max_size=12)


def made(steps: list[int]) -> Totals:
    return Totals(
        totals.of_closed([ClosedTrade(step + 1, 1, step) for step in steps]),
        totals.of_executed([Realized(0, step + 1, 1) for step in steps]),
    )


@given(STEPS)
def test_the_drawdown_is_the_deepest_fall_from_a_peak_that_starts_at_0(steps: list[int]) -> None:
    levels = [0]
    for step in steps:
        levels.append(levels[-1] + step)
    deepest = min(level - max(levels[: place + 1]) for place, level in enumerate(levels))
    assert drawdown.along(steps).drawdown == deepest


@given(STEPS, STEPS, STEPS)
def test_adjoining_stretches_add_up_however_they_are_cut(
    first: list[int], second: list[int], third: list[int]
) -> None:
    whole = made(first + second + third)
    assert totals.join_all([made(first), made(second), made(third)]) == whole
    assert totals.join_all([made(first), totals.join_all([made(second), made(third)])]) == whole


def test_a_first_loss_is_a_drawdown() -> None:
    assert drawdown.along([-5]).drawdown == -5


def test_nothing_has_zero_averages_and_no_ratio() -> None:
    closed = totals.NOTHING.closed
    assert totals.win_rate(closed) == 0
    assert totals.average_micros(closed.won_micros, closed.winning) == 0
    assert totals.profit_factor(closed) is None


@pytest.mark.parametrize(("wins", "trades", "tenths"), [(1, 3, 333), (2, 3, 667), (1, 16, 62)])
def test_the_win_rate_is_rounded_half_even_to_one_decimal(
    wins: int, trades: int, tenths: int
) -> None:
    steps = [1] * wins + [-1] * (trades - wins)
    assert totals.win_rate(made(steps).closed) == tenths


def test_a_break_even_trade_is_neither_won_nor_lost() -> None:
    closed = made([10, 0, -4]).closed
    assert (closed.trades, closed.winning, closed.losing) == (3, 1, 1)


def test_only_losses_make_a_profit_factor_of_0_and_only_wins_none() -> None:
    assert totals.profit_factor(made([-4]).closed) == 0
    assert totals.profit_factor(made([4]).closed) is None


def test_both_legs_of_a_reversal_are_one_step_of_the_path() -> None:
    executed = totals.of_executed([Realized(0, 100, 1), Realized(1, 0, 3), Realized(0, -50, 0)])
    assert executed.path == drawdown.along([96, -50])
    assert (executed.executions, executed.fills) == (2, 2)


def test_an_entry_without_fees_alone_is_idle_on_both_bases() -> None:
    entered = Totals(totals.of_closed([]), totals.of_executed([Realized(0, 0, 0)]))
    assert entered.is_idle("position")
    assert entered.is_idle("execution")
    assert (entered.executed.executions, entered.executed.fills) == (0, 1)
    assert not entered.is_empty


def test_each_basis_has_its_own_figures() -> None:
    both = Totals(
        totals.of_closed([ClosedTrade(9, 2, 7)]),
        totals.of_executed([Realized(0, 5, 1), Realized(0, -8, 0)]),
    )
    assert (both.gross_micros("position"), both.gross_micros("execution")) == (9, -3)
    assert (both.fees_micros("position"), both.fees_micros("execution")) == (2, 1)
    assert both.path("position") == drawdown.along([7])
    assert both.path("execution") == drawdown.along([4, -8])


def test_a_fill_that_made_something_is_idle_only_where_closings_count() -> None:
    filled = Totals(totals.of_closed([]), totals.of_executed([Realized(0, 5, 0)]))
    closed = Totals(totals.of_closed([ClosedTrade(0, 0, 0)]), totals.of_executed([]))
    assert [each.is_idle("position") for each in (filled, closed)] == [True, False]
    assert [each.is_idle("execution") for each in (filled, closed)] == [False, False]
    assert [each.is_empty for each in (filled, closed, totals.NOTHING)] == [False, False, True]


def test_without_wins_or_losses_the_largest_is_0() -> None:
    assert made([-4]).closed.largest_win_micros == 0
    assert made([4]).closed.largest_loss_micros == 0
    found = made([3, -4, 8, -1]).closed
    assert (found.largest_win_micros, found.largest_loss_micros) == (8, -4)


def test_the_legs_of_a_reversal_add_up() -> None:
    executed = totals.of_executed([Realized(0, 100, 1), Realized(1, -20, 3)])
    assert (executed.executions, executed.gross_micros, executed.fees_micros) == (1, 80, 4)
    assert executed.path == drawdown.along([76])


@given(STEPS, STEPS)
def test_courses_add_up_as_the_totals_do(first: list[int], second: list[int]) -> None:
    for basis in ("position", "execution"):
        courses = [made(each).course(basis) for each in (first, second)]
        assert totals.join_courses(courses) == made(first + second).course(basis)
    assert totals.join_courses([]) == totals.IDLE


@pytest.mark.parametrize(
    ("make", "columns"),
    [
        (totals.of_closed, 3),
        (totals.join_all, 2),
        (totals.join_courses, 9),
        (totals._join_closed, 10),
        (totals._join_executed, 4),
        (history.total, 12),
        (stretches.join_all, 19),
        (trade_columns.of_rows, 5),
    ],
)
def test_rows_that_are_not_alike_make_nothing_rather_than_less(
    make: Callable[..., Any], columns: int
) -> None:
    row = [0] * columns
    with pytest.raises(ValueError, match=r"argument 2 is longer"):
        make([row, [*row, 0]])


def test_columns_that_are_not_alike_make_nothing_rather_than_less() -> None:
    columns = [[0, 0]] * 8
    with pytest.raises(ValueError, match=r"argument 4 is longer"):
        totals.join_columns([*columns, [0, 0, 0]])
