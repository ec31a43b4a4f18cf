"""The ways to take trades apart: which group each is in, and the order of the groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, get_args

import numpy as np

from app.domain import instants, periods
from app.domain.periods import Cut, DayInterval
from app.domain.trade_columns import Array, Columns, Kind

KindGroup = Literal["symbol", "contract", "strategy", "side"]
GroupBy = KindGroup | Literal["weekday", "hour", "day", "week", "month", "holding_time"]
WAYS: tuple[GroupBy, ...] = (*get_args(KindGroup), *get_args(get_args(GroupBy)[1]))
GROUPS_MAX = 5_000

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOURS = tuple(f"{hour:02}" for hour in range(24))
_HOUR_US = 3600 * instants.SECOND_US
# The buckets of `holding_time`, and the seconds at which each but the first begins.
HOLDING_TIMES = ("<1m", "1m-5m", "5m-15m", "15m-1h", "1h-4h", "4h-1d", ">=1d")
_HOLDING_BOUNDS_US = np.array((60, 300, 900, 3_600, 14_400, 86_400)) * instants.SECOND_US

MEANINGS: Mapping[str, str] = {
    "symbol": "product root, by name",
    "contract": "dated contract, by name",
    "strategy": "strategy of the fill that opened the trade, by name; null last: none",
    "side": "LONG, SHORT",
    "weekday": "Monday to Sunday, of the day on which the trade closed",
    "hour": "00 to 23, on the clock of the answer's zone when the trade closed",
    "day": "the day on which the trade closed, 2025-11-07, oldest first",
    "week": "the week in which the trade closed, 2025-W45, oldest first",
    "month": "the month in which the trade closed, 2025-11, oldest first",
    "holding_time": f"from the first fill to the last: {', '.join(HOLDING_TIMES)}",
}


class Grouped(NamedTuple):
    """The names of groups in their order, and the place in it of each trade's group."""

    names: Sequence[str | None]
    places: Array


def days(cut: Cut, closed_at_us: Array) -> Array:
    """The day of each closing, counted from 1970-01-01; closings come in order."""
    if not len(closed_at_us):
        return np.zeros(0, np.int64)
    first = periods.day_of(cut, int(closed_at_us[0]))
    last = periods.day_of(cut, int(closed_at_us[-1]))
    starts_us = [periods.day_start(cut, day) for day in range(first + 1, last + 1)]
    places = np.searchsorted(closed_at_us, np.array(starts_us, np.int64))
    sizes = np.diff(places, prepend=0, append=len(closed_at_us))
    return np.repeat(np.arange(first, last + 1), sizes)


def group(by: GroupBy, cut: Cut, trades: Columns, on: Array, kinds: Mapping[int, Kind]) -> Grouped:
    """Take some trades apart, which come in closing order; `on` are their days, and `kinds` those
    that they can have.
    """
    if by in get_args(KindGroup):
        return _by_kind(by, trades, kinds)
    if by == "holding_time":
        places = np.searchsorted(_HOLDING_BOUNDS_US, trades.held_us, "right")
        return Grouped(HOLDING_TIMES, places)
    if by == "hour":
        return Grouped(HOURS, _hours(cut, trades.closed_at_us))
    if by == "weekday":
        monday = periods.week_of(0)[0]
        return Grouped(WEEKDAYS, (on - monday) % 7)
    return _by_period(cut, by, on)  # type: ignore[arg-type]


def _by_kind(by: str, trades: Columns, kinds: Mapping[int, Kind]) -> Grouped:
    of_kind = {number: getattr(kind, by) for number, kind in kinds.items()}
    names = sorted(set(of_kind.values()), key=lambda name: (name is None, name or ""))
    place = {name: n for n, name in enumerate(names)}
    table = np.zeros(max(kinds, default=0) + 1, np.int64)
    for number, name in of_kind.items():
        table[number] = place[name]
    return Grouped(names, table[trades.kinds])


def _by_period(cut: Cut, by: DayInterval, on: Array) -> Grouped:
    busy = np.flatnonzero(np.diff(on, prepend=-(2**62)))
    names: list[str] = []
    places: list[int] = []
    for day in on[busy].tolist():
        name = periods.period_of_day(cut, by, day).name
        if not names or name != names[-1]:
            names.append(name)
        places.append(len(names) - 1)
    sizes = np.diff(busy, append=len(on))
    return Grouped(names, np.repeat(np.array(places, np.int64), sizes))


def _hours(cut: Cut, closed_at_us: Array) -> Array:
    """What the hour hand showed; closings come in order."""
    if not len(closed_at_us):
        return np.zeros(0, np.int64)
    spans = periods.offsets(cut.zone, int(closed_at_us[0]), int(closed_at_us[-1]) + 1)
    places = np.searchsorted(closed_at_us, [start_us for start_us, _ in spans[1:]])
    sizes = np.diff(places, prepend=0, append=len(closed_at_us))
    offsets_us = np.repeat([offset_us for _, offset_us in spans], sizes)
    hours: Array = (closed_at_us + offsets_us) // _HOUR_US % 24
    return hours
