"""Windows as callers say them: each end a date, an instant, or left out."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from app.db import positions
from app.db.connection import Connection
from app.domain import instants, periods
from app.domain.accounts import Account
from app.domain.periods import Cut, Span
from app.errors import InvalidParameter
from app.services import bodies

_MINUTE_US = 60 * instants.SECOND_US

# A date means its whole day; an instant, in microseconds, means itself.
Bound = date | int


class Bounds(NamedTuple):
    """Both ends in a cut; a start that is left out is None until the data is looked at."""

    start_us: int | None
    end_us: int


def resolve(cut: Cut, start: Bound | None, end: Bound | None, now_us: int) -> Bounds:
    """The ends that can be known without data; InvalidParameter when they are upside down."""
    found = Bounds(_start_us(cut, start), _end_us(cut, end, now_us))
    dates = isinstance(start, date) and isinstance(end, date)
    is_upside_down = found.start_us is not None and found.start_us > found.end_us
    if is_upside_down or (dates and str(start) > str(end)):
        said = " and ".join(str(bodies.instant(each)) for each in found)
        raise InvalidParameter(f"start must not be after end (got {said})")
    return found


def window(conn: Connection, account: Account, bounds: Bounds) -> Span:
    """The half-open window, from the account's first execution where no start was said."""
    if bounds.start_us is not None:
        return Span(bounds.start_us, bounds.end_us)
    first_us = positions.first_executed_at(conn, account.account_key)
    return Span(min(bounds.end_us if first_us is None else first_us, bounds.end_us), bounds.end_us)


def _start_us(cut: Cut, start: Bound | None) -> int | None:
    if isinstance(start, date):
        return periods.day_start(cut, periods.number(start))
    return start


def _end_us(cut: Cut, end: Bound | None, now_us: int) -> int:
    if isinstance(end, date):
        return periods.day_start(cut, periods.number(end) + 1)
    if end is not None:
        return end
    # The end of the running minute: all that happened until now, and the same answer for a while.
    return -(-now_us // _MINUTE_US) * _MINUTE_US
