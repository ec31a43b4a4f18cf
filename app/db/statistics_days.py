"""What statistics need of a day beside its totals, and both of them together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, text

from app.db.connection import many, rows, run
from app.domain.periods import Calendar
from app.domain.stretches import Further, Stretch


class DayFurther(NamedTuple):
    """A day, counted from 1970-01-01, and what its closed positions made beside its totals."""

    day: int
    further: Further


class DayMade(NamedTuple):
    """A day and all that its closed positions made."""

    day: int
    made: Stretch


WITHIN = text("""
    SELECT d.day, d.trades, d.winning, d.losing, d.gross_micros, d.fees_micros, d.won_micros,
           d.lost_micros, d.largest_win_micros, d.largest_loss_micros, d.net_micros, d.low_micros,
           d.high_micros, d.drawdown_micros, s.squares, s.held_us, s.leading_run, s.trailing_run,
           s.winning_run, s.losing_run
    FROM statistics_day s CROSS JOIN performance_day d
    WHERE s.account_key = :account_key AND s.calendar = :calendar
      AND s.day >= :first_day AND s.day <= :last_day
      AND d.account_key = :account_key AND d.calendar = :calendar AND d.day = s.day
    ORDER BY s.day
""")


def within(
    conn: Connection, account_key: int, calendar: Calendar, first_day: int, last_day: int
) -> list[DayMade]:
    """The days with closed positions from `first_day` to `last_day`, oldest first."""
    values = {"account_key": account_key, "calendar": calendar}
    found = rows(conn, WITHIN, **values, first_day=first_day, last_day=last_day)
    return [DayMade(row[0], _stretch(row)) for row in found]


FURTHER = text("""
    SELECT day, squares, held_us, leading_run, trailing_run, winning_run, losing_run
    FROM statistics_day
    WHERE account_key = :account_key AND calendar = :calendar
      AND day >= :first_day AND day <= :last_day
    ORDER BY day
""")


def further_within(
    conn: Connection, account_key: int, calendar: Calendar, first_day: int, last_day: int
) -> list[DayFurther]:
    """What is kept beside the totals of the days from `first_day` to `last_day`, oldest first."""
    values = {"account_key": account_key, "calendar": calendar}
    found = rows(conn, FURTHER, **values, first_day=first_day, last_day=last_day)
    return [DayFurther(row[0], _further(row[1:])) for row in found]


CLEAR = text("DELETE FROM statistics_day WHERE account_key = :account_key AND calendar = :calendar")


def clear(conn: Connection, account_key: int, calendar: Calendar) -> None:
    """Forget all days of a calendar."""
    run(conn, CLEAR, account_key=account_key, calendar=calendar)


DELETE = text("""
    DELETE FROM statistics_day
    WHERE account_key = :account_key AND calendar = :calendar
      AND day >= :first_day AND day <= :last_day
""")

INSERT = """
    INSERT INTO statistics_day (account_key, calendar, day, squares, held_us, leading_run,
        trailing_run, winning_run, losing_run)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


def replace(
    conn: Connection,
    account_key: int,
    calendar: Calendar,
    first_day: int,
    last_day: int,
    days: Iterable[DayFurther],
) -> None:
    """Store what the days from `first_day` to `last_day` made; the others of them made nothing."""
    values = {"account_key": account_key, "calendar": calendar}
    run(conn, DELETE, **values, first_day=first_day, last_day=last_day)
    many(
        conn,
        INSERT,
        [(account_key, calendar, day, str(squares), *kept) for day, (squares, *kept) in days],
    )


def _stretch(row: tuple[int, ...]) -> Stretch:
    # Squares are kept in digits: they need not fit into 64 bits.
    return Stretch._make((*row[1:14], int(row[14]), *row[15:]))


def _further(row: tuple[int, ...]) -> Further:
    return Further(int(row[0]), *row[1:])
