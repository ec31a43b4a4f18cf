"""Totals by day, kept for the account's civil days and for the session's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from sqlalchemy import Connection, text

from app.db.connection import first, many, rows, run
from app.domain import instants, periods, totals
from app.domain.accounts import Account
from app.domain.drawdown import Path
from app.domain.periods import Calendar, Cut, Span
from app.domain.totals import Basis, Closed, Executed, Totals


class DayTotals(NamedTuple):
    """A day, counted from 1970-01-01, and what it made."""

    day: int
    totals: Totals


class Added(NamedTuple):
    """What days made by both datings of P&L, in what simply adds up."""

    trades: int
    winning: int
    losing: int
    gross_micros: int
    fees_micros: int
    executed_gross_micros: int
    executed_fees_micros: int
    fills: int

    def of(self, basis: Basis) -> tuple[int, int]:
        """P&L before fees, and the fees."""
        if basis == "position":
            return self.gross_micros, self.fees_micros
        return self.executed_gross_micros, self.executed_fees_micros


# A day, counted from 1970-01-01, and the figures of its course: thousands of days make a history.
DayCourse = tuple[int, ...]


WITHIN = text("""
    SELECT day, trades, winning, losing, gross_micros, fees_micros, won_micros, lost_micros,
           largest_win_micros, largest_loss_micros, net_micros, low_micros, high_micros,
           drawdown_micros, executions, fills, executed_gross_micros, executed_fees_micros,
           executed_net_micros, executed_low_micros, executed_high_micros,
           executed_drawdown_micros
    FROM performance_day
    WHERE account_key = :account_key AND calendar = :calendar
      AND day >= :first_day AND day <= :last_day
    ORDER BY day
""")


def within(
    conn: Connection, account_key: int, calendar: Calendar, first_day: int, last_day: int
) -> list[DayTotals]:
    """The days with anything in them from `first_day` to `last_day`, oldest first."""
    values = {"account_key": account_key, "calendar": calendar}
    found = rows(conn, WITHIN, **values, first_day=first_day, last_day=last_day)
    return [_day_totals(row) for row in found]


NETS = text("""
    SELECT d.account_key, d.day, d.net_micros
    FROM accounts a JOIN performance_day d ON d.account_key = a.account_key
    WHERE a.account_id >= :first_id AND a.account_id <= :last_id AND d.calendar = a.calendar
      AND d.day >= :first_day AND d.day <= :last_day
""")


def nets(
    conn: Connection, ids: tuple[str, str], days: tuple[int, int]
) -> dict[tuple[int, int], int]:
    """What the positions that closed on a few days made, by account and day of its own calendar, in
    the accounts from one id to another; those of which nothing is kept made nothing.
    """
    values = {"first_id": ids[0], "last_id": ids[1], "first_day": days[0], "last_day": days[1]}
    return {(key, day): net_micros for key, day, net_micros in rows(conn, NETS, **values)}


BY_POSITION = text("""
    SELECT day, trades, winning, losing, won_micros, lost_micros, net_micros, low_micros,
           high_micros, drawdown_micros
    FROM performance_day
    WHERE account_key = :account_key AND calendar = :calendar
      AND day >= :first_day AND day <= :last_day AND trades > 0
    ORDER BY day
""")

BY_EXECUTION = text("""
    SELECT day, trades, winning, losing, won_micros, lost_micros, executed_net_micros,
           executed_low_micros, executed_high_micros, executed_drawdown_micros
    FROM performance_day
    WHERE account_key = :account_key AND calendar = :calendar
      AND day >= :first_day AND day <= :last_day AND (executions > 0 OR trades > 0)
    ORDER BY day
""")


def courses(
    conn: Connection, account_key: int, calendar: Calendar, basis: Basis, days: tuple[int, int]
) -> Sequence[DayCourse]:
    """The courses of the days, from the first to the last of two, in which something happened that
    the basis shows; oldest first.
    """
    first_day, last_day = days
    values = {"account_key": account_key, "calendar": calendar}
    statement = BY_POSITION if basis == "position" else BY_EXECUTION
    return rows(conn, statement, **values, first_day=first_day, last_day=last_day)


ADDED = text("""
    SELECT CAST(coalesce(sum(trades), 0) AS BIGINT), CAST(coalesce(sum(winning), 0) AS BIGINT),
           CAST(coalesce(sum(losing), 0) AS BIGINT),
           CAST(coalesce(sum(gross_micros), 0) AS BIGINT),
           CAST(coalesce(sum(fees_micros), 0) AS BIGINT),
           CAST(coalesce(sum(executed_gross_micros), 0) AS BIGINT),
           CAST(coalesce(sum(executed_fees_micros), 0) AS BIGINT),
           CAST(coalesce(sum(fills), 0) AS BIGINT)
    FROM performance_day
    WHERE account_key = :account_key AND calendar = :calendar
      AND day >= :first_day AND day <= :last_day
""")


def added(conn: Connection, account_key: int, calendar: Calendar, days: tuple[int, int]) -> Added:
    """The days from the first to the last of two, added up."""
    first_day, last_day = days
    values = {"account_key": account_key, "calendar": calendar}
    return Added._make(first(conn, ADDED, **values, first_day=first_day, last_day=last_day))


# Whether a day that a span cuts holds anything but the part that is in it.
AROUND = text("""
    SELECT (SELECT max(executed_at_us) FROM position_effects
            WHERE account_key = :account_key AND executed_at_us < :start_us),
           (SELECT min(executed_at_us) FROM position_effects
            WHERE account_key = :account_key AND executed_at_us >= :end_us)
""")


def around(conn: Connection, account_key: int, span: Span) -> tuple[int | None, int | None]:
    """When the account last executed anything before a span, and first after it."""
    before_us, after_us = first(conn, AROUND, account_key=account_key, **span._asdict())
    return before_us, after_us


BEFORE = text("""
    SELECT CAST(coalesce(sum(net_micros), 0) AS BIGINT),
           CAST(coalesce(sum(executed_net_micros), 0) AS BIGINT)
    FROM performance_day
    WHERE account_key = :account_key AND calendar = :calendar AND day < :before_day
""")


def net_before(
    conn: Connection, account_key: int, calendar: Calendar, before_day: int
) -> tuple[int, int]:
    """Net P&L of all days before one, by position and by execution, in micro-units."""
    values = {"account_key": account_key, "calendar": calendar, "before_day": before_day}
    by_position, by_execution = first(conn, BEFORE, **values)
    return int(by_position), int(by_execution)


CLEAR = text("""
    DELETE FROM performance_day WHERE account_key = :account_key AND calendar = :calendar
""")


def clear(conn: Connection, account_key: int, calendar: Calendar) -> None:
    """Forget all days of a calendar."""
    run(conn, CLEAR, account_key=account_key, calendar=calendar)


DELETE = "DELETE FROM performance_day WHERE account_key = ? AND calendar = ? AND day = ?"

INSERT = """
    INSERT INTO performance_day (account_key, calendar, day, trades, winning, losing,
        gross_micros, fees_micros, won_micros, lost_micros, largest_win_micros,
        largest_loss_micros, net_micros, low_micros, high_micros, drawdown_micros, executions,
        fills, executed_gross_micros, executed_fees_micros, executed_net_micros,
        executed_low_micros, executed_high_micros, executed_drawdown_micros)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def replace(
    conn: Connection, account_key: int, calendar: Calendar, days: Iterable[DayTotals]
) -> None:
    """Store the totals of some days; a day with nothing in it has no row."""
    rolled = list(days)
    many(conn, DELETE, [(account_key, calendar, each.day) for each in rolled])
    busy = [each for each in rolled if not each.totals.is_empty]
    many(conn, INSERT, [(account_key, calendar, each.day, *_columns(each)) for each in busy])


def _columns(day: DayTotals) -> tuple[int, ...]:
    closed, executed = day.totals
    return tuple(chain(closed[:-1], closed.path, executed[:-1], executed.path))


def _day_totals(row: tuple[int, ...]) -> DayTotals:
    day, *values = row
    closed = Closed._make((*values[:9], Path._make(values[9:13])))
    executed = Executed._make((*values[13:17], Path._make(values[17:21])))
    return DayTotals(day, Totals(closed, executed))


FILLED_FROM = text("""
    SELECT min(executed_at_us) FROM position_effects
    WHERE account_key = :account_key AND executed_at_us >= :from_us
""")

FILLED_WITHIN = text("""
    SELECT count(*) FROM position_effects
    WHERE account_key = :account_key AND executed_at_us >= :start_us AND executed_at_us < :end_us
      AND leg = 0
""")

COUNTED = text("SELECT max(fills) FROM performance_day WHERE account_key = :account_key")


def fill(conn: Connection, account: Account) -> None:
    """Count the executions of all days of an account whose days are older than their counts."""
    key = account.account_key
    if first(conn, COUNTED, account_key=key)[0]:
        return
    for cut in account.rollup_cuts:
        fills = dict(_fills(conn, key, cut))
        if fills:
            kept = dict(within(conn, key, cut.calendar, min(fills), max(fills)))
            made = ((day, kept.get(day, totals.NOTHING), n) for day, n in fills.items())
            replace(conn, key, cut.calendar, [_counted(*each) for each in made])


def _fills(conn: Connection, account_key: int, cut: Cut) -> Iterator[tuple[int, int]]:
    """Each day with executions and how many it has, hopping from day to day."""
    from_us = instants.FIRST_US
    while True:
        at_us = first(conn, FILLED_FROM, account_key=account_key, from_us=from_us)[0]
        if at_us is None:
            return
        day = periods.day_of(cut, at_us)
        span = periods.days(cut, day, day)
        [found] = first(conn, FILLED_WITHIN, account_key=account_key, **span._asdict())
        yield day, found
        from_us = span.end_us


def _counted(day: int, made: Totals, fills: int) -> DayTotals:
    return DayTotals(day, made._replace(executed=made.executed._replace(fills=fills)))
