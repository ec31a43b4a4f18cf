"""When the exchange trades: the sessions of Globex, its holidays and its early closings.

A session has the name of the date that it ends on, as `periods` cuts it. Where closings differ
from product to product the latest one counts, so that no bar that was traded is taken for a fault;
the quarter of an hour around 15:15 in which equity futures used to pause counts as open. Of other
exchanges no hours are known: there, nothing is ever closed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta
from functools import lru_cache
from typing import Literal

from app.domain import instants, periods
from app.domain.instruments import Instrument
from app.domain.periods import SESSION, Span

Hours = Literal["equity", "globex", "unknown"]

_GLOBEX = frozenset({"CME", "CBOT", "COMEX", "NYMEX"})
_EQUITY = frozenset({"ES", "MES", "NQ", "MNQ", "RTY", "M2K", "EMD", "NKD", "YM", "MYM"})
_DAY_ENDS = time(17)
_CLOSES, _CLOSED_UNTIL_2015 = time(16), time(16, 15)
_CLOSES_EARLIER_FROM = date(2015, 9, 21)
_HOLIDAY, _EVE, _EVE_OF_OTHERS = time(12), time(12, 15), time(12, 45)
_GOOD_FRIDAY_WITH_JOBS_REPORT = time(10, 15)
_JUNETEENTH_FROM = 2022
_MONDAY, _THURSDAY, _FRIDAY, _SATURDAY, _SUNDAY = 0, 3, 4, 5, 6
# Between two sessions lie at most a long weekend and a holiday on each side of it.
_DAYS_CLOSED_MAX = 8


def hours(instrument: Instrument) -> Hours:
    """The hours that an instrument keeps."""
    return hours_of(instrument.root, instrument.exchange)


def hours_of(root: str, exchange: str) -> Hours:
    """The hours of a root that is traded on an exchange."""
    if exchange not in _GLOBEX:
        return "unknown"
    return "equity" if root in _EQUITY else "globex"


@lru_cache(maxsize=65_536)
def trading(kept: Hours, day: int) -> Span | None:
    """When a session day is open; None: not at all."""
    start_us = periods.day_start(SESSION, day)
    if kept == "unknown":
        return Span(start_us, periods.day_start(SESSION, day + 1))
    closes = _closes(kept, periods.date_of(day))
    if closes is None:
        return None
    # The clocks are set on Sundays, when nothing is traded, so an hour here is an hour.
    before_end = timedelta(hours=_DAY_ENDS.hour - closes.hour, minutes=-closes.minute)
    end_us = periods.day_start(SESSION, day + 1) - before_end // timedelta(microseconds=1)
    return Span(start_us, end_us)


def is_open(kept: Hours, at_us: int) -> bool:
    """Whether there is trading at an instant."""
    span = trading(kept, periods.day_of(SESSION, at_us))
    return span is not None and span.start_us <= at_us < span.end_us


def overlaps(kept: Hours, bar: Span) -> bool:
    """Whether there is trading in any part of a bar."""
    first = periods.day_of(SESSION, bar.start_us)
    last = periods.day_of(SESSION, bar.end_us - 1)
    found = (trading(kept, day) for day in range(first, last + 1))
    return any(each and each.start_us < bar.end_us and bar.start_us < each.end_us for each in found)


def last_close(kept: Hours, now_us: int) -> int:
    """The end of the last session that is over."""
    return next(span.end_us for span in _backwards(kept, now_us) if span.end_us <= now_us)


def traded_until(kept: Hours, at_us: int) -> int:
    """An instant, or the last close where there is no trading then."""
    return at_us if is_open(kept, at_us) else last_close(kept, at_us)


def open_between(kept: Hours, start_us: int, end_us: int, enough_us: int) -> int:
    """How much trading time lies between two instants; counted up to `enough_us` and no further."""
    total_us = 0
    day = periods.day_of(SESSION, start_us)
    while total_us < enough_us:
        span = trading(kept, day)
        if periods.day_start(SESSION, day) >= end_us:
            break
        if span:
            total_us += max(0, min(span.end_us, end_us) - max(span.start_us, start_us))
        day += 1
    return total_us


def open_until(kept: Hours, from_us: int, amount_us: int) -> int:
    """The instant at which so much trading time, at least some, has gone by since another."""
    day = periods.day_of(SESSION, from_us)
    while True:
        span = trading(kept, day)
        left_us = span.end_us - max(span.start_us, from_us) if span else 0
        if span and left_us >= amount_us:
            return max(span.start_us, from_us) + amount_us
        amount_us -= max(0, left_us)
        day += 1


def extended(kept: Hours, span: Span) -> Span:
    """The span with the closed time that it touches: what is known up to a close is known until
    the next opening.
    """
    if kept == "unknown":
        return span
    start_us, end_us = span
    if not is_open(kept, start_us - 1):
        start_us = last_close(kept, start_us)
    if not is_open(kept, end_us):
        end_us = _next_open(kept, end_us)
    return Span(start_us, end_us)


def reaching_back(kept: Hours, end_us: int, amount_us: int) -> int:
    """The instant from which there is so much trading time until `end_us`, or somewhat more."""
    for span in _backwards(kept, end_us):
        amount_us -= min(span.end_us, end_us) - span.start_us
        if amount_us <= 0 or span.start_us <= instants.FIRST_US + instants.DAY_US:
            return min(span.start_us - amount_us, span.end_us)
    raise AssertionError("there is always an earlier session")


def _backwards(kept: Hours, from_us: int) -> Iterator[Span]:
    day = periods.day_of(SESSION, from_us)
    while True:
        span = trading(kept, day)
        if span:
            yield span
        day -= 1


def _next_open(kept: Hours, at_us: int) -> int:
    day = periods.day_of(SESSION, at_us)
    spans = (trading(kept, each) for each in range(day, day + _DAYS_CLOSED_MAX))
    return next(span.start_us for span in spans if span and span.start_us >= at_us)


def _closes(kept: Hours, day: date) -> time | None:
    if day.weekday() >= _SATURDAY or day in (_observed(day.year, 12, 25), _new_year(day)):
        return None
    if day == _good_friday(day.year):
        is_first_friday = day.month == 4 and day.day <= 7  # noqa: PLR2004 (April's first week)
        return _GOOD_FRIDAY_WITH_JOBS_REPORT if is_first_friday else None
    if day in _eves(day.year):
        return _EVE if kept == "equity" else _EVE_OF_OTHERS
    if kept == "equity" and day in _holidays(day.year):
        return _HOLIDAY
    return _CLOSES if day >= _CLOSES_EARLIER_FROM else _CLOSED_UNTIL_2015


def _observed(year: int, month: int, day: int) -> date:
    """A holiday on the weekday on which it is kept."""
    found = date(year, month, day)
    shift = {_SATURDAY: -1, _SUNDAY: 1}.get(found.weekday(), 0)
    return found + timedelta(days=shift)


def _new_year(day: date) -> date:
    """New Year's Day of the year; on a Saturday it closes no other day."""
    first = date(day.year, 1, 1)
    return first + timedelta(days=1) if first.weekday() == _SUNDAY else first


@lru_cache(maxsize=512)
def _eves(year: int) -> frozenset[date]:
    """Days that end at noon for everybody: after Thanksgiving, and before Christmas."""
    return frozenset({_thanksgiving(year) + timedelta(days=1), date(year, 12, 24)})


@lru_cache(maxsize=512)
def _holidays(year: int) -> frozenset[date]:
    """Days on which the stock exchanges are closed and their futures stop at noon."""
    kept = {
        _nth(year, 1, _MONDAY, 3),
        _nth(year, 2, _MONDAY, 3),
        _nth(year, 6, _MONDAY, 1) - timedelta(days=7),
        _observed(year, 7, 4),
        _nth(year, 9, _MONDAY, 1),
        _thanksgiving(year),
    }
    return frozenset(kept | ({_observed(year, 6, 19)} if year >= _JUNETEENTH_FROM else set()))


def _thanksgiving(year: int) -> date:
    return _nth(year, 11, _THURSDAY, 4)


def third_friday(year: int, month: int) -> date:
    """The Friday on which most contracts of a month end."""
    return _nth(year, month, _FRIDAY, 3)


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


@lru_cache(maxsize=512)
def _good_friday(year: int) -> date:
    """Two days before Easter, which is counted as Gauss did, in the form for every year."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    k = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * k) // 451
    month, day = divmod(h + k - 7 * m + 114, 31)
    return date(year, month, day + 1) - timedelta(days=2)
