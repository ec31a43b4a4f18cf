"""What no bar can be, and which part of time a bar stands for."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain import bars, instants
from app.domain.bars import DAY_S, VOLUME_MAX, Bar
from app.domain.periods import Span

OPENED = instants.parse("2025-11-07T15:00:00Z")
MINUTE_US = 60 * instants.SECOND_US
GOOD = Bar(OPENED, 5, 9, 2, 6, 1)
HIGH = ("high", "high is below another price of the bar")
LOW = ("low", "low is above another price of the bar")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({}, None),
        ({"opened_at_us": OPENED + MINUTE_US}, ("timestamp", "timestamp lies in the future")),
        (
            {"opened_at_us": OPENED - 1},
            ("timestamp", "timestamp is not the opening of a bar of this timeframe"),
        ),
        ({"high_nanos": 6, "low_nanos": 6, "open_nanos": 6}, None),
        ({"open_nanos": 10}, HIGH),
        ({"close_nanos": 10}, HIGH),
        ({"low_nanos": 10}, HIGH),
        ({"open_nanos": 1}, LOW),
        ({"close_nanos": 1}, LOW),
        ({"volume": 0}, None),
        ({"volume": VOLUME_MAX}, None),
        ({"volume": -1}, ("volume", f"volume must be between 0 and {VOLUME_MAX} (got -1)")),
        (
            {"volume": VOLUME_MAX + 1},
            ("volume", f"volume must be between 0 and {VOLUME_MAX} (got {VOLUME_MAX + 1})"),
        ),
    ],
)
def test_the_first_fault_of_a_bar_is_named(
    changes: dict[str, Any], fault: tuple[str, str] | None
) -> None:
    assert bars.fault(GOOD._replace(**changes), 60, now_us=OPENED) == fault


def test_a_day_of_the_calendar_and_a_session_each_last_as_long_as_they_do() -> None:
    midnight = instants.parse("2025-11-07T00:00:00Z")
    assert bars.span(DAY_S, midnight) == Span(midnight, midnight + instants.DAY_US)
    opens = instants.parse("2025-11-06T23:00:00Z")
    assert bars.span(DAY_S, opens) == Span(opens, opens + instants.DAY_US)
    # A minute that opens at midnight is one all the same.
    assert bars.span(60, midnight) == Span(midnight, midnight + MINUTE_US)


@pytest.mark.parametrize(
    ("known", "whole"),
    [
        (Span(0, 5), Span(0, 5)),
        (Span(1, 10), Span(5, 10)),
        (Span(0, 4), None),
        (Span(1, 9), None),
        (Span(1, 14), Span(5, 10)),
    ],
)
def test_whole_bars_of_a_span(known: Span, whole: Span | None) -> None:
    def minutes(span: Span) -> Span:
        return Span(span.start_us * MINUTE_US, span.end_us * MINUTE_US)

    assert bars.whole(300, minutes(known)) == (whole and minutes(whole))
    widened = Span(known.start_us // 5 * 5, -(-known.end_us // 5) * 5)
    assert bars.touched(300, minutes(known)) == minutes(widened)


def test_the_parts_that_are_missing_end_where_the_span_does() -> None:
    assert bars.missing(Span(0, 10), [Span(10, 12)]) == [Span(0, 10)]
    assert bars.missing(Span(0, 10), [Span(2, 4), Span(4, 9)]) == [Span(0, 2), Span(9, 10)]
