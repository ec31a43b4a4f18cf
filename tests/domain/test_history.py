"""Histories: neighbours that are joined, idle periods that are filled in, places that never tie."""

from __future__ import annotations

import pytest

from app.domain import history, periods, totals
from app.domain.executions import Key
from app.domain.history import CashFlow, Stretch
from app.domain.periods import Cut, Span
from app.domain.totals import IDLE, ClosedTrade

UTC = Cut("civil", "UTC")
DAYS = list(periods.along(UTC, "day", periods.days(UTC, 10, 14)))


def made(day: int, net_micros: int) -> Stretch:
    closed = totals.of_closed([ClosedTrade(net_micros, 0, net_micros)])
    return Stretch(DAYS[day], *totals.NOTHING._replace(closed=closed).course("position"))


def test_every_period_that_a_span_touches_comes_once_and_in_order() -> None:
    day = DAYS[0].span
    touched = periods.along(UTC, "day", Span(day.end_us - 1, day.end_us + 1))
    assert list(touched) == DAYS[:2]
    assert list(periods.along(UTC, "hour", Span(day.start_us, day.start_us))) == []


@pytest.mark.feature("PAM-PERF-24")
def test_neighbours_of_one_period_are_joined() -> None:
    joined = list(history.merge([made(0, 1), made(1, 2), made(1, -3)]))
    assert [(each.period, each.net_micros, each.drawdown_micros) for each in joined] == [
        (DAYS[0], 1, 0),
        (DAYS[1], -1, -3),
    ]


def test_a_total_runs_through_all_stretches() -> None:
    assert history.total([]) == IDLE
    total = history.total([made(0, 5), made(1, -4), made(2, -3), made(3, 9)])
    assert (total.trades, total.winning, total.losing) == (4, 2, 2)
    assert (total.won_micros, total.lost_micros, total.net_micros) == (14, -7, 7)
    assert (total.low_micros, total.high_micros, total.drawdown_micros) == (-2, 7, -7)


def test_idle_periods_are_filled_in_from_the_first_that_is_asked_for() -> None:
    filled = list(history.fill([made(0, 1), made(3, 2)], DAYS[2:]))
    assert [each.period for each in filled] == [DAYS[0], *DAYS[2:]]
    assert [each.trades for each in filled] == [1, 0, 1, 0]


@pytest.mark.feature("PAM-PERF-16")
def test_cash_counts_up_to_the_end_of_its_period() -> None:
    ends_us = [each.span.end_us for each in DAYS[:3]]
    cash = [CashFlow(ends_us[0] - 1, 5), CashFlow(ends_us[0], 7), CashFlow(ends_us[0], -1)]
    assert list(history.cash_until(ends_us, cash)) == [5, 11, 11]
    assert list(history.cash_until(ends_us, [])) == [0, 0, 0]


def test_single_executions_of_one_instant_have_places_of_their_own() -> None:
    places = [Key(1, 0, "a"), Key(1, 0, "b"), Key(1, 1, "a")]
    assert [history.single(place, IDLE).place for place in places] == places


def test_a_single_execution_lasts_a_microsecond() -> None:
    assert history.single(Key(5, 0, "a"), IDLE).period.span == Span(5, 6)


@pytest.mark.parametrize(("asked", "told"), [(1, [0, 3]), (2, [0, 1, 3]), (4, [0, 1, 2, 3])])
def test_idle_periods_may_end_before_the_busy_ones_and_after(asked: int, told: list[int]) -> None:
    busy = [made(0, 1), made(3, 2)]
    filled = history.fill(busy, DAYS[:asked])
    assert [each.period for each in filled] == [DAYS[n] for n in told]
    alone, *idle = history.fill(busy[:1], DAYS)
    assert alone == busy[0]
    assert [each.period for each in idle] == DAYS[1:]
