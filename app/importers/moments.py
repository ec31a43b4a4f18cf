"""Dates with a time as programs write them, and which of day and month a file puts first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import pytz

from app.domain import instants, periods

MONTH_FIRST = "month-first"
DAY_FIRST = "day-first"
ORDERS = (MONTH_FIRST, DAY_FIRST)

# The names that American programs give to the offset of their times.
OFFSETS = {
    name: offset
    for offset, names in (
        ("+00:00", ("UTC", "GMT")),
        ("-04:00", ("EDT",)),
        ("-05:00", ("EST", "CDT")),
        ("-06:00", ("CST", "MDT")),
        ("-07:00", ("MST", "PDT")),
        ("-08:00", ("PST",)),
    )
    for name in names
}

_LENGTH_MAX = 50
_CENTURY = 2000
_HALF_DAY = 12
_YEAR_DIGITS = 4
_YEAR_FIRST, _YEAR_END = 1900, 2200
_DATE = r"(?P<a>\d{1,4})(?P<mark>[-/.]?)(?P<b>\d{1,2})(?P=mark)(?P<c>\d{4}|\d{1,2})"
_TIME = r"(?P<hour>\d{1,2}):?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:\.(?P<fraction>\d{1,9}))?)?"
_ZONE = r"(?: ?(?P<offset>Z|[+-]\d\d:?\d\d|[A-Z]{3}))?"
_MOMENT = re.compile(
    rf"{_DATE}(?:[T;]|,? ){_TIME}(?: ?(?P<half>[AP])\.?M\.?)?{_ZONE}", re.ASCII | re.IGNORECASE
)
_COMPACT = re.compile(r"\d{8}\D")
# The futures week: closed from Friday's end to Sunday's 17:00 in Chicago.
_CLOSES, _OPENS = timedelta(days=4, hours=17), timedelta(days=6, hours=17)


def parse(said: str, order: str, zone: str | None, offset: str | None = None) -> int:
    """The instant in microseconds: by the offset that the text has, else `offset`, else by the
    clock of `zone`. ValueError: no time, one that the clock never showed, or showed twice.
    """
    match = _match(said, order)
    wall = _wall(match, order)
    own = (match["offset"] or "").upper()
    offset = OFFSETS.get(own, own) or offset
    if offset:
        return instants.parse(wall.isoformat() + offset)
    if zone is None:
        raise ValueError("has no offset from UTC: name the zone of the file's times (--tz)")
    return _at_clock(zone, wall)


def date_order(cells: Iterable[str], zone: str | None, *, is_european: bool) -> str:
    """Which of day and month comes first in a file, by all its times; ValueError: it cannot be
    told, and a guess could put every fill on another day.
    """
    some = set(cells)
    valid = {order: list(_valid(some, order)) for order in ORDERS}
    counts = {order: len(walls) for order, walls in valid.items()}
    if counts[MONTH_FIRST] != counts[DAY_FIRST]:
        return max(counts, key=counts.__getitem__)
    if set(valid[MONTH_FIRST]) == set(valid[DAY_FIRST]):
        return MONTH_FIRST
    closed = {order: sum(_is_closed(at, zone) for at in walls) for order, walls in valid.items()}
    if closed[MONTH_FIRST] != closed[DAY_FIRST]:
        return min(closed, key=closed.__getitem__)
    if is_european or any(re.match(r"\d{1,2}[-.]", each) for each in some):
        return DAY_FIRST
    if any(each.upper().endswith("M") for each in some):
        return MONTH_FIRST
    raise ValueError(
        f"{min(some)!r} can be read in two ways: say --date-order {MONTH_FIRST} or {DAY_FIRST}"
    )


def _match(said: str, order: str) -> re.Match[str]:
    match = _MOMENT.fullmatch(said) if len(said) <= _LENGTH_MAX else None
    if match is None or (not match["mark"] and not _COMPACT.match(said)):
        example = "05/08/2025 11:22:07" if order == MONTH_FIRST else "08/05/2025 11:22:07"
        raise ValueError(f"must be a time such as {example} (got {said[:_LENGTH_MAX]!r})")
    return match


def _wall(match: re.Match[str], order: str) -> datetime:
    year, month, day = _date(match, order)
    if not _YEAR_FIRST <= year < _YEAR_END:
        raise ValueError(f"must lie between the years 1900 and 2199 (got {match[0]!r})")
    micros = int((match["fraction"] or "").ljust(6, "0")[:6])
    minute, second = int(match["minute"]), int(match["second"] or 0)
    try:
        return datetime(year, month, day, _hour(match), minute, second, micros)  # noqa: DTZ001
    except ValueError:
        raise ValueError(f"is not a time of the calendar (got {match[0]!r})") from None


def _date(match: re.Match[str], order: str) -> tuple[int, int, int]:
    a, b, c = (int(match[name]) for name in "abc")
    if len(match["a"]) == _YEAR_DIGITS:
        return a, b, c
    month, day = (a, b) if order == MONTH_FIRST else (b, a)
    return c if len(match["c"]) == _YEAR_DIGITS else _CENTURY + c, month, day


def _hour(match: re.Match[str]) -> int:
    hour, half = int(match["hour"]), match["half"]
    if not half:
        return hour
    if not 1 <= hour <= _HALF_DAY:
        raise ValueError
    return hour % _HALF_DAY + (_HALF_DAY if half in "Pp" else 0)


def _valid(cells: Iterable[str], order: str) -> Iterator[datetime]:
    for cell in cells:
        try:
            yield _wall(_match(cell, order), order)
        except ValueError:
            continue


def _is_closed(wall: datetime, zone: str | None) -> bool:
    """Whether the futures week was over when the clock of `zone` showed `wall`."""
    there = pytz.timezone(zone or periods.SESSION_ZONE).localize(wall)
    local = there.astimezone(pytz.timezone(periods.SESSION_ZONE)).replace(tzinfo=None)
    midnight = datetime.combine(local.date(), datetime.min.time())
    into_week = timedelta(days=local.weekday()) + (local - midnight)
    return _CLOSES <= into_week < _OPENS


def _at_clock(zone: str, wall: datetime) -> int:
    try:
        pytz.timezone(zone).localize(wall, is_dst=None)
    except pytz.AmbiguousTimeError:
        raise ValueError(
            f"comes twice: the clocks of {zone} were set back then; write it with its offset"
        ) from None
    except pytz.NonExistentTimeError:
        raise ValueError(f"does not exist: the clocks of {zone} were set forward then") from None
    return periods.at_wall_time(zone, wall)
