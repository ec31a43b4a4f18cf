"""Histories: neighbours that are joined, idle periods that are filled in, places that never tie."""

from __future__ import annotations

import pytest

from app.domain import history, periods, totals
from app.domain.executions import Key
from app.domain.history import CashFlow, Stretch
from app.domain.periods import Cut, Span
from app.domain.totals import ClosedTrade, Realized, Totals

UTC = Cut("civil", "UTC")
DAYS = list(periods.along(UTC, "day", periods.days(UTC, 10, 14)))


def made(net_micros: int) -> Totals:
    return Totals(
        totals.of_closed([ClosedTrade(net_micros, 0, net_micros)]),
        totals.of_executed([Realized(0, net_micros, 0)]),
    )


def test_every_period_that_a_span_touches_comes_once_and_in_order() -> None:
    day = DAYS[0].span
    touched = periods.along(UTC, "day", Span(day.end_us - 1, day.end_us + 1))
    assert list(touched) == DAYS[:2]
    assert list(periods.along(UTC, "hour", Span(day.start_us, day.start_us))) == []


@pytest.mark.feature("PAM-PERF-24")
def test_neighbours_of_one_period_are_joined() -> None:
    stretches = [Stretch(DAYS[0], made(1)), Stretch(DAYS[1], made(2)), Stretch(DAYS[1], made(-3))]
    joined = list(history.merge(stretches))
    assert [(each.period, each.totals.closed.path.net) for each in joined] == [
        (DAYS[0], 1),
        (DAYS[1], -1),
    ]


def test_idle_periods_are_filled_in_from_the_first_that_is_asked_for() -> None:
    busy = [Stretch(DAYS[0], made(1)), Stretch(DAYS[3], made(2))]
    filled = list(history.fill(busy, DAYS[2:]))
    assert [each.period for each in filled] == [DAYS[0], *DAYS[2:]]
    assert [each.totals.closed.trades for each in filled] == [1, 0, 1, 0]


@pytest.mark.feature("PAM-PERF-16")
def test_cash_counts_up_to_the_end_of_its_period() -> None:
    end_us = DAYS[0].span.end_us
    cash = [CashFlow(end_us - 1, 5), CashFlow(end_us, 7)]
    window = Span(DAYS[0].span.start_us, DAYS[1].span.end_us)
    stretches = [Stretch(DAYS[0], made(1)), Stretch(DAYS[1], made(2))]
    points = list(history.points(stretches, window, "position", cash, before_micros=10))
    assert [(each.cash_micros, each.cumulative_micros) for each in points] == [(5, 11), (12, 13)]


def test_single_executions_of_one_instant_have_places_of_their_own() -> None:
    places = [Key(1, 0, "a"), Key(1, 0, "b"), Key(1, 1, "a")]
    assert [history.single(place, totals.NOTHING).place for place in places] == places
