"""Totals of any window: from the kept days where they fit, from single trades where they do not."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, repeat
from operator import itemgetter
from typing import NamedTuple, TypeVar

from app.db import filtered_trades, positions, rollups
from app.db.connection import Connection
from app.db.filtered_trades import Chosen, LegAt, TradeAt
from app.db.positions import ClosedAt, RealizedAt
from app.db.rollups import DayCourse
from app.domain import history, periods, totals
from app.domain.accounts import Account
from app.domain.history import Stretch
from app.domain.periods import Cut, DayInterval, Interval, Period, Span
from app.domain.totals import Basis, Course, Totals


class Made(NamedTuple):
    """What the part of a period made that lies in a window."""

    period: Period
    totals: Totals


# Rows that begin with their instant.
_Trade = TypeVar("_Trade", ClosedAt, TradeAt)
_Leg = TypeVar("_Leg", RealizedAt, LegAt)
_Dated = TypeVar("_Dated", ClosedAt, TradeAt, RealizedAt, LegAt)


class Parts(NamedTuple):
    """The first and last of a window's whole days, and what it has before and after them."""

    days: tuple[int, int]
    before: Span
    after: Span

    @property
    def ends(self) -> list[Span]:
        """The cut days, as far as there are any."""
        return [each for each in (self.before, self.after) if each.start_us < each.end_us]


def within(conn: Connection, account: Account, window: Span) -> Totals:
    """What any window made, from its single trades."""
    key = account.account_key
    return of_trades(
        positions.closed_within(conn, key, window), positions.realized_within(conn, key, window)
    )


def of_trades(
    closed: Sequence[ClosedAt | TradeAt], realized: Sequence[RealizedAt | LegAt]
) -> Totals:
    """What some trades and executions made, each in their order."""
    return Totals(
        totals.of_closed([each.trade for each in closed]),
        totals.of_executed(each.realized for each in realized),
    )


def of_days(conn: Connection, account: Account, cut: Cut, first: int, last: int) -> list[Totals]:
    """What each day from `first` to `last` made, idle ones included."""
    if cut in account.rollup_cuts:
        made = dict(rollups.within(conn, account.account_key, cut.calendar, first, last))
    else:
        found = from_trades(conn, account, cut, "day", periods.days(cut, first, last))
        made = {periods.day_of(cut, period.span.start_us): each for period, each in found}
    return [made.get(day, totals.NOTHING) for day in range(first, last + 1)]


def stretches(
    conn: Connection, account: Account, cut: Cut, interval: Interval, window: Span, basis: Basis
) -> Iterator[Stretch]:
    """The periods of a window in which anything happened that the basis shows, oldest first."""
    if interval == "hour" or cut not in account.rollup_cuts:
        return as_told(from_trades(conn, account, cut, interval, window), basis)
    found = _from_days(conn, account, cut, interval, window, basis)
    # No two parts of a window are of the same day.
    return found if interval == "day" else history.merge(found)


def from_trades(
    conn: Connection, account: Account, cut: Cut, interval: Interval, window: Span
) -> Iterator[Made]:
    """What each period of a window made, from its single trades alone."""
    if window.start_us < window.end_us:
        closed = positions.closed_within(conn, account.account_key, window)
        realized = positions.realized_within(conn, account.account_key, window)
        yield from _by_period(cut, interval, deque(closed), deque(realized))


def from_chosen(
    conn: Connection, account: Account, cut: Cut, interval: Interval, window: Span, chosen: Chosen
) -> Iterator[Made]:
    """The same from the single trades of some positions."""
    trades = filtered_trades.trades(conn, account.account_key, window, chosen)
    legs = filtered_trades.legs(conn, account.account_key, window, chosen)
    return _by_period(cut, interval, deque(trades), deque(legs))


def as_told(found: Iterable[Made], basis: Basis) -> Iterator[Stretch]:
    """As a history of a basis tells it, which leaves out what is idle."""
    return (
        Stretch(period, *made.course(basis)) for period, made in found if not made.is_idle(basis)
    )


def _by_period(
    cut: Cut, interval: Interval, closed: deque[_Trade], realized: deque[_Leg]
) -> Iterator[Made]:
    while closed or realized:
        dates = [each[0] for each in islice(closed, 1)] + [each[0] for each in islice(realized, 1)]
        first_us = min(dates)
        period = periods.period(cut, interval, first_us)
        end_us = period.span.end_us
        yield Made(period, of_trades(_taken(closed, end_us), _taken(realized, end_us)))


def net_before(conn: Connection, account: Account, instant_us: int, basis: Basis) -> int:
    """All net P&L before an instant."""
    day = periods.day_of(account.cut, instant_us)
    by_position, by_execution = rollups.net_before(conn, account.account_key, account.calendar, day)
    kept = by_position if basis == "position" else by_execution
    start_us = periods.day_start(account.cut, day)
    if start_us == instant_us:
        return kept
    return kept + within(conn, account, Span(start_us, instant_us)).path(basis).net


def _from_days(
    conn: Connection, account: Account, cut: Cut, interval: DayInterval, window: Span, basis: Basis
) -> Iterator[Stretch]:
    """The window's whole days from the kept totals, its cut ends from their trades."""
    window = _widened(conn, account, cut, window)
    parts = parted(cut, window)
    if parts is None:
        yield from as_told(from_trades(conn, account, cut, interval, window), basis)
        return
    yield from as_told(from_trades(conn, account, cut, interval, parts.before), basis)
    days = rollups.courses(conn, account.account_key, cut.calendar, basis, parts.days)
    yield from _of_whole_days(cut, interval, days)
    yield from as_told(from_trades(conn, account, cut, interval, parts.after), basis)


def _widened(conn: Connection, account: Account, cut: Cut, window: Span) -> Span:
    """A window that holds as much: of a day that is cut where it has nothing else, it has all."""
    before_us, after_us = rollups.around(conn, account.account_key, window)
    start_us = periods.day_start(cut, periods.day_of(cut, window.start_us))
    end_us = periods.day_start(cut, periods.day_of(cut, window.end_us - 1) + 1)
    return Span(
        window.start_us if before_us is not None and before_us >= start_us else start_us,
        window.end_us if after_us is not None and after_us < end_us else end_us,
    )


def _of_whole_days(cut: Cut, interval: DayInterval, days: Sequence[DayCourse]) -> Iterator[Stretch]:
    if days and interval == "day":
        numbers, *columns = zip(*days, strict=True)
        every = (periods.period_of_day(cut, interval, number) for number in numbers)
        yield from map(Stretch._make, zip(every, *columns, repeat(0), repeat("")))
        return
    start = 0
    while start < len(days):
        first = days[start][0]
        _, last = periods.day_range(interval, first)
        end = bisect_right(days, last, start, key=itemgetter(0))
        yield Stretch(periods.period_of_day(cut, interval, first), *joined(days[start:end]))
        start = end


def joined(days: Sequence[DayCourse]) -> Course:
    """The course of kept days that follow one another."""
    if not days:
        return totals.IDLE
    _, *columns = zip(*days, strict=True)
    return totals.join_columns(columns)


def parted(cut: Cut, window: Span) -> Parts | None:
    """A window's whole days and its ends; None where it has no whole day."""
    first, last = whole_days(cut, window)
    if last < first:
        return None
    whole = periods.days(cut, first, last)
    before, after = Span(window.start_us, whole.start_us), Span(whole.end_us, window.end_us)
    return Parts((first, last), before, after)


def whole_days(cut: Cut, window: Span) -> tuple[int, int]:
    """The first and the last day that a window holds the whole of; upside down without any."""
    first = periods.day_of(cut, window.start_us)
    if periods.day_start(cut, first) < window.start_us:
        first += 1
    last = periods.day_of(cut, window.end_us)
    return first, last - 1


def _taken(dated: deque[_Dated], until_us: int) -> list[_Dated]:
    taken: list[_Dated] = []
    while dated and dated[0][0] < until_us:
        taken.append(dated.popleft())
    return taken
