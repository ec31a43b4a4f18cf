"""Days, weeks and months as half-open spans of instants, cut in a zone or by the futures session.

A civil day runs from local midnight to the next; where midnight does not exist the day starts at
its first instant, where it comes twice at the first. A session day runs from 17:00 to 17:00
Chicago by the clock and has the name of the date that it ends on. Days are counted from 1970-01-01.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

import pytz

from app.domain import instants

Calendar = Literal["civil", "session"]
DayInterval = Literal["day", "week", "month"]
Interval = Literal["hour"] | DayInterval

SESSION_ZONE = "America/Chicago"
_SESSION_OPENS = timedelta(hours=17) - timedelta(days=1)
_EPOCH_DATE = date(1970, 1, 1)
_HOUR_US = 3600 * instants.SECOND_US
# No zone has ever been further from UTC, nor shifted its clock by more, than this.
_OFFSET_MAX_US = 26 * _HOUR_US


class Cut(NamedTuple):
    """What cuts time into days: a calendar, and the zone of its clock."""

    calendar: Calendar
    zone: str


class Span(NamedTuple):
    """From `start_us`, included, to `end_us`, excluded."""

    start_us: int
    end_us: int


class Period(NamedTuple):
    """A named span: `2025-11-07`, `2025-W45`, `2025-11`; for an hour, its start. `begins` is the
    start as a text: it takes as long to make as all else that is told of a period.
    """

    name: str
    span: Span
    begins: str


SESSION = Cut("session", SESSION_ZONE)
UTC = Cut("civil", "UTC")


def is_zone(name: str) -> bool:
    """Whether the name is in the IANA time zone database."""
    return name in pytz.all_timezones_set


def cut(calendar: Calendar, zone: str) -> Cut:
    """The civil days of `zone`, or the session days, which have Chicago's clock wherever one is."""
    return SESSION if calendar == "session" else Cut("civil", zone)


def number(day: date) -> int:
    """The day counted from 1970-01-01."""
    return (day - _EPOCH_DATE).days


def date_of(day: int) -> date:
    """The date of a day counted from 1970-01-01."""
    return _EPOCH_DATE + timedelta(days=day)


@lru_cache(maxsize=65_536)
def day_start(by: Cut, day: int) -> int:
    """The instant at which a day begins."""
    midnight = datetime.combine(date_of(day), datetime.min.time())
    if by.calendar == "session":
        midnight += _SESSION_OPENS
    return _first_instant(by.zone, midnight)


def day_of(by: Cut, instant_us: int) -> int:
    """The day that holds the instant."""
    # The day by UTC's clock is at most two away; to ask the zone would take far longer.
    day = instant_us // instants.DAY_US
    while instant_us >= day_start(by, day + 1):
        day += 1
    while instant_us < day_start(by, day):
        day -= 1
    return day


def days(by: Cut, first: int, last: int) -> Span:
    """From the start of `first` to the end of `last`."""
    return Span(day_start(by, first), day_start(by, last + 1))


def week_of(day: int) -> tuple[int, int]:
    """The Monday and the Sunday around a day."""
    monday = day - date_of(day).weekday()
    return monday, monday + 6


def month_of(day: int) -> tuple[int, int]:
    """The first and the last day of a day's month."""
    first = date_of(day).replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return number(first), number(following) - 1


def day_range(interval: DayInterval, day: int) -> tuple[int, int]:
    """The first and the last day of the day, week or month that holds a day."""
    if interval == "week":
        return week_of(day)
    if interval == "month":
        return month_of(day)
    return day, day


def _day_name(interval: DayInterval, day: int) -> str:
    named = date_of(day)
    if interval == "week":
        year, week, _ = named.isocalendar()
        return f"{year}-W{week:02}"
    return f"{named:%Y-%m}" if interval == "month" else named.isoformat()


def period(by: Cut, interval: Interval, instant_us: int) -> Period:
    """The period that holds an instant."""
    if interval == "hour":
        return _hour(by, instant_us)
    return period_of_day(by, interval, day_of(by, instant_us))


def along(by: Cut, interval: Interval, span: Span) -> Iterator[Period]:
    """Every period that a span touches, made one by one."""
    if interval != "hour":
        yield from _along_days(by, interval, span)
        return
    at_us = span.start_us
    while at_us < span.end_us:
        each = _hour(by, at_us)
        yield each
        at_us = each.span.end_us


def _along_days(by: Cut, interval: DayInterval, span: Span) -> Iterator[Period]:
    at_us, day = span.start_us, day_of(by, span.start_us)
    while at_us < span.end_us:
        each = period_of_day(by, interval, day)
        yield each
        at_us, day = each.span.end_us, day_range(interval, day)[1] + 1


@lru_cache(maxsize=65_536)
def period_of_day(by: Cut, interval: DayInterval, day: int) -> Period:
    """The day, week or month that holds a day."""
    span = days(by, *day_range(interval, day))
    return Period(_day_name(interval, day), span, instants.text(span.start_us))


def _hour(by: Cut, instant_us: int) -> Period:
    # By the clock on the wall: half-hour zones have hours that begin at :30 of UTC.
    local = _local(by.zone, instant_us)
    into_hour_us = (local.minute * 60 + local.second) * instants.SECOND_US + local.microsecond
    span = _within_one_offset(by.zone, instant_us - into_hour_us, instant_us)
    begins = instants.text(span.start_us)
    return Period(begins, span, begins)


def _within_one_offset(zone: str, start_us: int, instant_us: int) -> Span:
    # A clock that is set inside the hour (Lord Howe by 30 minutes) ends the hour there.
    end_us = start_us + _HOUR_US
    offset = _offset_us(zone, instant_us)
    if _offset_us(zone, start_us) != offset:
        start_us = _change_after(zone, start_us, instant_us)
    if _offset_us(zone, end_us - 1) != offset:
        end_us = _change_after(zone, instant_us, end_us)
    return Span(start_us, end_us)


def _change_after(zone: str, low_us: int, high_us: int) -> int:
    offset = _offset_us(zone, low_us)
    while high_us - low_us > 1:
        middle_us = (low_us + high_us) // 2
        if _offset_us(zone, middle_us) == offset:
            low_us = middle_us
        else:
            high_us = middle_us
    return high_us


def _first_instant(zone: str, wall: datetime) -> int:
    """The first instant at which the zone's clock shows `wall` or later."""
    naive_us = instants.from_datetime(pytz.utc.localize(wall))
    low_us, high_us = naive_us - _OFFSET_MAX_US, naive_us + _OFFSET_MAX_US
    before, after = _offset_us(zone, low_us), _offset_us(zone, high_us)
    if before == after:
        return naive_us - before
    candidates = [naive_us - offset for offset in (before, after)]
    exact = [us for us in sorted(candidates) if us + _offset_us(zone, us) == naive_us]
    return exact[0] if exact else _change_after(zone, low_us, high_us)


def _offset_us(zone: str, instant_us: int) -> int:
    offset = _local(zone, instant_us).utcoffset()
    return (offset or timedelta()) // timedelta(microseconds=1)


def offsets(zone: str, start_us: int, end_us: int) -> list[tuple[int, int]]:
    """Since when a zone's clock had which offset to UTC, both in microseconds, through a span; a
    clock is not set twice within a day.
    """
    found = [(start_us, _offset_us(zone, start_us))]
    at_us = start_us
    while at_us < end_us:
        after_us = min(at_us + instants.DAY_US, end_us)
        offset = _offset_us(zone, after_us)
        if offset != found[-1][1]:
            found.append((_change_after(zone, at_us, after_us), offset))
        at_us = after_us
    return found


def _local(zone: str, instant_us: int) -> datetime:
    return instants.to_datetime(instant_us).astimezone(pytz.timezone(zone))


def at_wall_time(zone: str, wall: datetime) -> int:
    """The instant at which a zone's clock shows `wall`, the first of two; ValueError: never."""
    instant_us = instants.checked(_first_instant(zone, wall))
    if _local(zone, instant_us).replace(tzinfo=None) != wall:
        raise ValueError(f"does not exist: the clocks of {zone} were set forward then")
    return instant_us


def days_touched(by: Cut, instants_us: Iterable[int]) -> Iterator[int]:
    """The days that hold some instants, which come in order."""
    ends_us = None
    for instant_us in instants_us:
        if ends_us is None or instant_us >= ends_us:
            day = day_of(by, instant_us)
            ends_us = day_start(by, day + 1)
            yield day
