"""The totals that are kept of days, made again where positions or executions changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from app.db import kept_trades, rollups
from app.db.connection import Connection
from app.db.rollups import DayTotals
from app.domain import instants, periods
from app.domain.accounts import Account
from app.domain.periods import Cut
from app.domain.totals import NOTHING, Totals
from app.services import windows

# Before and after every day that is not idle.
FIRST_DAY = instants.FIRST_US // instants.DAY_US + 1
LAST_DAY = instants.LAST_US // instants.DAY_US - 1

# Days no further apart than a long weekend are read together.
_NEAR_DAYS = 4


def roll_up(
    conn: Connection, account: Account, differing_us: Sequence[int], closings_us: Sequence[int]
) -> None:
    """Total the days again in which anything differs, and what is kept of closed positions where
    any closing does; the instants come in order.
    """
    for first, last in _runs(periods.days_touched(periods.UTC, closings_us)):
        kept_trades.keep(conn, account.account_key, first, last)
    for cut in account.rollup_cuts:
        _roll_up(conn, account, cut, periods.days_touched(cut, differing_us))
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


def _roll_up(conn: Connection, account: Account, cut: Cut, days: Iterable[int]) -> None:
    for first, last in _runs(days):
        made = of_days(conn, account, cut, first, last)
        rolled = [DayTotals(day, made.get(day, NOTHING)) for day in range(first, last + 1)]
        rollups.replace(conn, account.account_key, cut.calendar, rolled)


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
