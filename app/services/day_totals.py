"""The totals that are kept of days, made again where positions or executions changed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from app.db import kept_trades, positions, rollups
from app.db.connection import Connection
from app.db.rollups import DayTotals
from app.domain import instants, periods, totals
from app.domain.accounts import Account
from app.domain.periods import Cut, Span
from app.domain.totals import Totals
from app.services import windows

# Before and after every day that is not idle.
FIRST_DAY = instants.FIRST_US // instants.DAY_US + 1
LAST_DAY = instants.LAST_US // instants.DAY_US - 1

# Days no further apart than a long weekend are read together.
_NEAR_DAYS = 4


class _Run(NamedTuple):
    """Days of a cut that are near each other."""

    cut: Cut
    first: int
    last: int
    span: Span


def roll_up(
    conn: Connection,
    account: Account,
    differing_us: Sequence[int],
    closings_us: Sequence[int],
    only_added: int | None,
) -> None:
    """Total the days again in which anything differs, and what is kept of closed positions where
    any closing does; the instants come in order. `only_added` legs of executions are what differs,
    None where anything else does.
    """
    for first, last in _runs(periods.days_touched(periods.UTC, closings_us)):
        kept_trades.keep(conn, account.account_key, first, last)
    runs = [
        _Run(cut, first, last, periods.days(cut, first, last))
        for cut in account.rollup_cuts
        for first, last in _runs(periods.days_touched(cut, differing_us))
    ]
    since_us = _all_new_since(conn, account, differing_us, only_added)
    for some in _side_by_side(runs):
        _roll_up(conn, account, some, since_us)
    for cut in account.rollup_cuts:
        for first, last in _runs(periods.days_touched(cut, closings_us)):
            kept_trades.roll_up(conn, account.account_key, cut, first, last)


def roll_up_all(conn: Connection, account: Account, cut: Cut) -> None:
    """Total every day again, since days are cut otherwise from now on."""
    rollups.clear(conn, account.account_key, cut.calendar)
    made = of_days(conn, account, cut, FIRST_DAY, LAST_DAY)
    rolled = [DayTotals(day, each) for day, each in made.items()]
    rollups.replace(conn, account.account_key, cut.calendar, rolled)
    kept_trades.roll_up_all(conn, account.account_key, cut)


def of_days(
    conn: Connection, account: Account, cut: Cut, first: int, last: int
) -> dict[int, Totals]:
    """The totals of the days that are not idle, from their positions and effects."""
    found = windows.from_trades(conn, account, cut, "day", periods.days(cut, first, last))
    return {
        periods.day_of(cut, period.span.start_us): made
        for period, made in found
        if not made.is_empty
    }


def _side_by_side(runs: Iterable[_Run]) -> Iterator[list[_Run]]:
    """The runs by time, those together that are read at once: cuts differ by hours."""
    some: list[_Run] = []
    for run in sorted(runs, key=attrgetter("span")):
        if some and run.span.start_us >= max(each.span.end_us for each in some):
            yield some
            some = []
        some.append(run)
    if some:
        yield some


def _all_new_since(
    conn: Connection, account: Account, differing_us: Sequence[int], only_added: int | None
) -> int | None:
    """The first instant at which anything differs, if all from there on is new: what was before it
    stays as it is totalled, and is no work however much it is.
    """
    if not only_added:
        return None
    found = positions.count_legs_from(conn, account.account_key, differing_us[0], only_added + 1)
    return differing_us[0] if found == only_added else None


def _roll_up(
    conn: Connection, account: Account, runs: Sequence[_Run], since_us: int | None
) -> None:
    """Total the days of runs side by side, from one reading of their trades; where all is new
    since an instant, those before it are in the totals that are kept.
    """
    start_us, end_us = runs[0].span.start_us, max(run.span.end_us for run in runs)
    whole, key = Span(max(start_us, since_us or start_us), end_us), account.account_key
    closings = positions.closings_within(conn, key, whole)
    legs = positions.legs_within(conn, key, whole)
    for run in runs:
        made = zip(_by_day(run, closings), _by_day(run, legs), strict=True)
        rolled = [
            DayTotals(day, Totals(totals.of_closed(closed), totals.of_executed(executed)))
            for day, (closed, executed) in enumerate(made, start=run.first)
        ]
        if since_us is not None and run.span.start_us < since_us:
            kept = rollups.within(conn, key, run.cut.calendar, run.first, run.first)
            both = totals.join_all([*(each.totals for each in kept), rolled[0].totals])
            rolled[0] = DayTotals(run.first, both)
        rollups.replace(conn, key, run.cut.calendar, rolled)


def _by_day(
    run: _Run, dated: Sequence[tuple[int, int, int, int]]
) -> Iterator[list[tuple[int, int, int]]]:
    """Rows that begin with their instants and come in order, day by day of a run, without them."""
    start = bisect_left(dated, (run.span.start_us,))
    for day in range(run.first, run.last + 1):
        end = bisect_left(dated, (periods.day_start(run.cut, day + 1),), lo=start)
        yield [(one, two, three) for _, one, two, three in dated[start:end]]
        start = end


def _runs(days: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The first and last of days that are near each other: a run is read at once."""
    run: list[int] = []
    for day in days:
        if run and day - run[-1] > _NEAR_DAYS:
            yield run[0], run[-1]
            run = []
        run.append(day)
    if run:
        yield run[0], run[-1]
