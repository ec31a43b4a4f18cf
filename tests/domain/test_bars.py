"""Bars against the simplest way to make them, and spans against sets of seconds."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import bars, instants
from app.domain.bars import LADDER, SECONDS, Bar
from app.domain.periods import Span

SECOND_US = instants.SECOND_US
NOW = instants.parse("2025-11-10T00:00:00Z")
# The clocks of Chicago go back inside this week.
START = instants.parse("2025-10-30T22:00:00Z")

SPANS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 15)).map(lambda t: Span(t[0], sum(t))), max_size=12
)


@st.composite
def minutes(draw: st.DrawFn) -> list[Bar]:
    """Minutes with trades among four days of them, most without."""
    opened = draw(st.lists(st.integers(0, 4 * 1440), unique=True, min_size=1, max_size=60))
    prices = st.integers(-50, 50)
    found = []
    for minute in sorted(opened):
        first, last, *others = draw(st.tuples(prices, prices, prices, prices))
        every = (first, last, *others)
        volume = draw(st.integers(0, 9))
        at_us = START + minute * 60 * SECOND_US
        found.append(Bar(at_us, first, max(every), min(every), last, volume))
    return found


def naively(finer: list[Bar], timeframe_s: int) -> list[Bar]:
    """Each minute put into its bar alone; then what stood first, last, highest and lowest there."""
    groups: dict[int, list[Bar]] = defaultdict(list)
    for each in finer:
        groups[bars.around(timeframe_s, each.opened_at_us).start_us].append(each)
    made = []
    for opened_at_us, parts in groups.items():
        first = min(parts, key=lambda each: each.opened_at_us)
        last = max(parts, key=lambda each: each.opened_at_us)
        high = max(each.high_nanos for each in parts)
        low = min(each.low_nanos for each in parts)
        volume = sum(each.volume for each in parts)
        made.append(Bar(opened_at_us, first.open_nanos, high, low, last.close_nanos, volume))
    return sorted(made)


@pytest.mark.feature("PAM-BARS-14")
@given(minutes(), st.sampled_from([s for s in LADDER if s > 60]))
def test_coarser_bars_are_what_their_minutes_make(finer: list[Bar], timeframe_s: int) -> None:
    assert list(bars.coarser(finer, timeframe_s)) == naively(finer, timeframe_s)


@given(minutes())
def test_bars_made_step_by_step_are_those_made_at_once(finer: list[Bar]) -> None:
    step = finer
    for timeframe_s in (s for s in LADDER if s > 60):
        step = list(bars.coarser(step, timeframe_s))
        assert step == naively(finer, timeframe_s)


@given(minutes(), st.sampled_from([s for s in LADDER if s > 60]))
def test_every_built_bar_can_be(finer: list[Bar], timeframe_s: int) -> None:
    for each in bars.coarser(finer, timeframe_s):
        assert bars.fault(each, timeframe_s, NOW) is None


def seconds(spans: list[Span]) -> set[int]:
    return {at for each in spans for at in range(*each)}


@given(SPANS)
def test_a_union_is_the_same_time_apart_and_in_order(spans: list[Span]) -> None:
    made = bars.union(spans)
    assert seconds(made) == seconds(spans)
    assert all(one.end_us < other.start_us for one, other in pairwise(made))


@pytest.mark.feature("PAM-BARS-13")
@given(st.integers(0, 40), st.integers(0, 40), SPANS)
def test_what_is_missing_is_wanted_and_not_known(
    start: int, length: int, spans: list[Span]
) -> None:
    wanted = Span(start, start + length)
    made = bars.missing(wanted, spans)
    assert seconds(made) == seconds([wanted]) - seconds(spans)
    assert made == bars.union(made)


@given(st.integers(0, 10**7), st.integers(1, 10**6), st.sampled_from(LADDER))
def test_whole_bars_lie_inside_a_span_and_touched_ones_around_it(
    start_s: int, length_s: int, timeframe_s: int
) -> None:
    known = Span(START + start_s * SECOND_US, START + (start_s + length_s) * SECOND_US)
    around = bars.touched(timeframe_s, known)
    assert around.start_us <= known.start_us < known.end_us <= around.end_us
    inside = bars.whole(timeframe_s, known)
    if inside:
        assert known.start_us <= inside.start_us < inside.end_us <= known.end_us
        assert bars.whole(timeframe_s, inside) == bars.touched(timeframe_s, inside) == inside
    for edge in around:
        assert bars.around(timeframe_s, edge).start_us == edge


@pytest.mark.parametrize(
    ("timeframe", "opened_at", "is_aligned"),
    [
        ("1s", "2025-11-07T14:30:01Z", True),
        ("1s", "2025-11-07T14:30:01.5Z", False),
        ("5s", "2025-11-07T14:30:01Z", False),
        ("1h", "2025-11-07T14:00:00Z", True),
        ("1h", "2025-11-07T14:30:00Z", False),
        ("1d", "2025-11-06T23:00:00Z", True),  # 17:00 in Chicago's winter
        ("1d", "2025-11-06T22:00:00Z", False),
        ("1d", "2025-07-07T22:00:00Z", True),  # and in its summer.
        ("1d", "2025-11-07T00:00:00Z", True),  # A day of the calendar.
        ("1d", "2025-11-07T06:00:00Z", False),
    ],
)
def test_bars_open_on_the_grid_of_their_timeframe(
    timeframe: bars.Timeframe, opened_at: str, *, is_aligned: bool
) -> None:
    assert bars.is_aligned(SECONDS[timeframe], instants.parse(opened_at)) is is_aligned


@pytest.mark.parametrize(
    ("bar", "field"),
    [
        ((2, 1, 1, 1, 0), "high"),
        ((1, 1, 1, 2, 0), "high"),
        ((1, 2, 2, 1, 0), "low"),
        ((1, 3, 2, 2, 0), "low"),
        ((1, 0, 2, 1, 0), "high"),
        ((1, 1, 1, 1, -1), "volume"),
        ((-37, -30, -40, -38, 0), None),
    ],
)
def test_a_bar_whose_prices_contradict_is_refused(bar: tuple[int, ...], field: str | None) -> None:
    found = bars.fault(Bar._make((START, *bar)), 60, NOW)
    assert (found[0] if found else None) == field


def test_a_bar_of_the_future_is_refused() -> None:
    assert bars.fault(Bar(START, 1, 1, 1, 1, 1), 60, START - 1) is not None


def test_a_quiet_hour_is_known_and_a_silent_morning_is_a_gap() -> None:
    def known(*opened: str) -> list[Span]:
        at = [instants.parse(f"2025-11-06T{each}:00Z") for each in opened]
        return bars.stretches([Bar(each, 1, 1, 1, 1, 1) for each in at], 60, "globex")

    assert len(known("15:00", "16:01")) == 1
    assert len(known("15:00", "16:02")) == 2
    # The exchange pauses for an hour at 22:00.
    assert len(known("21:30", "23:29")) == 1


def test_what_is_known_up_to_a_close_is_known_until_the_next_opening() -> None:
    friday = instants.parse("2025-11-07T21:59:00Z")
    (known,) = bars.stretches([Bar(friday, 1, 1, 1, 1, 1)], 60, "globex")
    assert known == Span(friday, instants.parse("2025-11-09T23:00:00Z"))


def test_a_session_s_bar_stands_for_the_calendar_days_that_it_overlaps() -> None:
    days = [instants.parse(f"2025-11-{day:02}T00:00:00Z") for day in (5, 6, 7)]
    session = instants.parse("2025-11-06T23:00:00Z")
    found = [Bar(each, 1, 1, 1, 1, 1) for each in sorted([*days, session])]
    # The 6th ends an hour into the session of the 7th, and the 7th lies in it.
    kept = [each.opened_at_us for each in bars.by_session_first(found)]
    assert kept == [days[0], session]


def test_each_timeframe_is_made_of_the_one_before() -> None:
    assert [bars.next_coarser(each) for each in LADDER] == [*LADDER[1:], None]


def test_what_two_spans_share_is_a_span_or_nothing() -> None:
    assert bars.common(Span(0, 5), Span(3, 9)) == Span(3, 5)
    assert bars.common(Span(3, 9), Span(0, 5)) == Span(3, 5)
    assert bars.common(Span(0, 5), Span(5, 9)) is None
    assert bars.common(Span(0, 5), Span(7, 9)) is None


def test_a_microsecond_of_a_bar_touches_it() -> None:
    minute = Span(START, START + 60 * SECOND_US)
    assert bars.touched(60, minute) == minute
    assert bars.touched(60, Span(START, minute.end_us + 1)).end_us == START + 120 * SECOND_US


def test_bars_that_adjoin_or_overlap_are_one_stretch_and_a_close_ends_no_silence() -> None:
    def known(*opened: str) -> list[Span]:
        at = [instants.parse(each) for each in opened]
        return bars.stretches([Bar(each, 1, 1, 1, 1, 1) for each in at], 60, "globex")

    first, second = "2025-11-06T15:00:00Z", "2025-11-06T15:01:00Z"
    whole = Span(instants.parse(first), instants.parse("2025-11-06T15:02:00Z"))
    assert known(first, second) == known(first, first, second) == [whole]
    # An hour until the close is quiet; a minute more after the next opening is not.
    last = "2025-11-06T20:59:00Z"
    assert len(known(last, "2025-11-06T23:00:00Z")) == 1
    assert len(known(last, "2025-11-06T23:01:00Z")) == 2
