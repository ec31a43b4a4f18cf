"""Totals by day, kept for the account's civil days and for the session's."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

from sqlalchemy import Connection, text

from app.db.connection import first, many, rows, run
from app.domain.drawdown import Path
from app.domain.periods import Calendar
from app.domain.totals import Closed, Executed, Totals


class DayTotals(NamedTuple):
    """A day, counted from 1970-01-01, and what it made."""

    day: int
    totals: Totals


WITHIN = text("""
    SELECT day, trades, winning, losing, gross_micros, fees_micros, won_micros, lost_micros,
           largest_win_micros, largest_loss_micros, net_micros, low_micros, high_micros,
           drawdown_micros, executions, executed_gross_micros, executed_fees_micros,
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
        executed_gross_micros, executed_fees_micros, executed_net_micros, executed_low_micros,
        executed_high_micros, executed_drawdown_micros)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
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
    executed = Executed._make((*values[13:16], Path._make(values[16:20])))
    return DayTotals(day, Totals(closed, executed))
