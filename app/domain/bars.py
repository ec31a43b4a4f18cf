"""Price bars: open, high, low, close and volume of a stretch of time, and what is known of time.

A bar opens on the grid of its timeframe: multiples of it in UTC, and for `1d` the session day. A
source that dates its days by the calendar gives midnights of UTC instead; these are kept as given.
A minute without trades has no bar, so what is known is kept apart from the bars, as spans.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from app.domain import instants, periods, sessions
from app.domain.periods import SESSION, Span
from app.domain.sessions import Hours

Timeframe = Literal["1s", "5s", "1m", "5m", "15m", "1h", "1d"]

# From fine to coarse: every bar is made of whole bars of the timeframe before it.
SECONDS: dict[Timeframe, int] = {
    "1s": 1,
    "5s": 5,
    "1m": 60,
    "5m": 300,
    "15m": 900,
    "1h": 3_600,
    "1d": 86_400,
}
LADDER: tuple[int, ...] = tuple(SECONDS.values())
DAY_S = SECONDS["1d"]
VOLUME_MAX = 10**12
# A silence of more trading time than this is a gap in the data rather than a quiet market.
SILENCE_MAX_US = 3_600 * instants.SECOND_US


class Bar(NamedTuple):
    """One bar: when it opened, prices in billionths, contracts traded."""

    opened_at_us: int
    open_nanos: int
    high_nanos: int
    low_nanos: int
    close_nanos: int
    volume: int


def fault(bar: Bar, timeframe_s: int, now_us: int) -> tuple[str, str] | None:
    """The field of a bar that cannot be, and why."""
    if bar.opened_at_us > now_us:
        return "timestamp", "timestamp lies in the future"
    if not is_aligned(timeframe_s, bar.opened_at_us):
        return "timestamp", "timestamp is not the opening of a bar of this timeframe"
    if bar.high_nanos < max(bar.open_nanos, bar.close_nanos, bar.low_nanos):
        return "high", "high is below another price of the bar"
    if bar.low_nanos > min(bar.open_nanos, bar.close_nanos):
        return "low", "low is above another price of the bar"
    if not 0 <= bar.volume <= VOLUME_MAX:
        return "volume", f"volume must be between 0 and {VOLUME_MAX} (got {bar.volume})"
    return None


def is_aligned(timeframe_s: int, opened_at_us: int) -> bool:
    """Whether a bar can open at an instant."""
    if timeframe_s < DAY_S:
        return opened_at_us % (timeframe_s * instants.SECOND_US) == 0
    return is_midnight(opened_at_us) or around(DAY_S, opened_at_us).start_us == opened_at_us


def is_midnight(opened_at_us: int) -> bool:
    """Whether it is a day of the calendar that opens here: sessions never open at midnight UTC."""
    return opened_at_us % instants.DAY_US == 0


def around(timeframe_s: int, at_us: int) -> Span:
    """The bar on the grid that holds an instant."""
    if timeframe_s < DAY_S:
        width_us = timeframe_s * instants.SECOND_US
        start_us = at_us - at_us % width_us
        return Span(start_us, start_us + width_us)
    day = periods.day_of(SESSION, at_us)
    return periods.days(SESSION, day, day)


def span(timeframe_s: int, opened_at_us: int) -> Span:
    """From a bar's opening to its end."""
    if timeframe_s == DAY_S and is_midnight(opened_at_us):
        return Span(opened_at_us, opened_at_us + instants.DAY_US)
    return around(timeframe_s, opened_at_us)


def merged(finer: Sequence[Bar], opened_at_us: int) -> Bar:
    """The bar that finer ones, at least one and in order, make together."""
    return Bar(
        opened_at_us,
        finer[0].open_nanos,
        max(bar.high_nanos for bar in finer),
        min(bar.low_nanos for bar in finer),
        finer[-1].close_nanos,
        sum(bar.volume for bar in finer),
    )


def coarser(finer: Iterable[Bar], timeframe_s: int) -> Iterator[Bar]:
    """The bars of a coarser timeframe that finer ones, in order, make."""
    parts: list[Bar] = []
    whole = Span(0, 0)
    for bar in finer:
        if parts and bar.opened_at_us >= whole.end_us:
            yield merged(parts, whole.start_us)
            parts = []
        if not parts:
            whole = around(timeframe_s, bar.opened_at_us)
        parts.append(bar)
    if parts:
        yield merged(parts, whole.start_us)


def by_session_first(found: Sequence[Bar]) -> list[Bar]:
    """Daily bars without those of calendar days that a session's bar overlaps."""
    taken = {periods.day_of(SESSION, each.opened_at_us) for each in found if _is_session(each)}
    return [
        each
        for each in found
        if _is_session(each) or not taken.intersection(_sessions_of(each.opened_at_us))
    ]


def _is_session(bar: Bar) -> bool:
    return not is_midnight(bar.opened_at_us)


def _sessions_of(midnight_us: int) -> tuple[int, int]:
    first = periods.day_of(SESSION, midnight_us)
    return first, periods.day_of(SESSION, midnight_us + instants.DAY_US - 1)


def next_coarser(timeframe_s: int) -> int | None:
    """The timeframe whose bars are made of these; None for the coarsest."""
    place = LADDER.index(timeframe_s) + 1
    return LADDER[place] if place < len(LADDER) else None


def stretches(found: Sequence[Bar], timeframe_s: int, hours: Hours) -> list[Span]:
    """What some bars, in order, say is known: from the first one's opening to the last one's end,
    apart where no bar stands for more trading time than a quiet market may take.
    """
    known: list[Span] = []
    for bar in found:
        start_us, end_us = span(timeframe_s, bar.opened_at_us)
        if known and _is_quiet(hours, known[-1].end_us, start_us):
            known[-1] = Span(known[-1].start_us, max(end_us, known[-1].end_us))
        else:
            known.append(Span(start_us, end_us))
    return [sessions.extended(hours, each) for each in known]


def _is_quiet(hours: Hours, from_us: int, to_us: int) -> bool:
    if to_us <= from_us:
        return True
    silent_us = sessions.open_between(hours, from_us, to_us, SILENCE_MAX_US + 1)
    return silent_us <= SILENCE_MAX_US


def whole(timeframe_s: int, known: Span) -> Span | None:
    """The part of a span that is made of whole bars of a timeframe."""
    first, last = around(timeframe_s, known.start_us), around(timeframe_s, known.end_us)
    start_us = known.start_us if first.start_us == known.start_us else first.end_us
    return Span(start_us, last.start_us) if start_us < last.start_us else None


def touched(timeframe_s: int, span_: Span) -> Span:
    """The span widened to whole bars of a timeframe."""
    last = around(timeframe_s, span_.end_us - 1)
    return Span(around(timeframe_s, span_.start_us).start_us, last.end_us)


def union(spans: Iterable[Span]) -> list[Span]:
    """The same time as disjoint spans in order, those that touch made one."""
    found: list[Span] = []
    for each in sorted(spans):
        if each.start_us >= each.end_us:
            continue
        if found and each.start_us <= found[-1].end_us:
            found[-1] = Span(found[-1].start_us, max(found[-1].end_us, each.end_us))
        else:
            found.append(each)
    return found


def missing(wanted: Span, known: Iterable[Span]) -> list[Span]:
    """The parts of a span that are in none of the others."""
    found: list[Span] = []
    start_us = wanted.start_us
    for each in union(known):
        if each.start_us >= wanted.end_us:
            break
        if each.start_us > start_us:
            found.append(Span(start_us, each.start_us))
        start_us = max(start_us, each.end_us)
    if start_us < wanted.end_us:
        found.append(Span(start_us, wanted.end_us))
    return found


def common(one: Span, other: Span) -> Span | None:
    """What two spans share."""
    shared = Span(max(one.start_us, other.start_us), min(one.end_us, other.end_us))
    return shared if shared.start_us < shared.end_us else None
