"""What is kept of closed positions for statistics, made again from the positions themselves.

Everything is made in stretches of a bearable length, however long the account's history.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from app.db import closed_trades, statistics_days, trade_columns
from app.db.connection import Connection
from app.db.statistics_days import DayFurther
from app.domain import groups, instants, periods, stretches
from app.domain import trade_columns as columns
from app.domain.accounts import Account
from app.domain.periods import Cut
from app.domain.trade_columns import Columns

# Days that are read and made again at once.
_DAYS_AT_ONCE = 64


def keep(conn: Connection, account_key: int, first_day: int, last_day: int) -> None:
    """Keep the columns of some UTC days as the positions have them now."""
    found = closed_trades.within(conn, account_key, periods.days(periods.UTC, first_day, last_day))
    numbers = trade_columns.numbered(conn, account_key, {each.kind for each in found})
    made = columns.of_rows([(*each[:-1], numbers[each.kind]) for each in found])
    trade_columns.replace(conn, account_key, first_day, last_day, made)


def roll_up(conn: Connection, account_key: int, cut: Cut, first: int, last: int) -> None:
    """Keep what statistics need of some days of a cut, from the columns that are kept."""
    trades = trade_columns.within(conn, account_key, periods.days(cut, first, last))
    made = of_days(cut, trades)
    statistics_days.replace(conn, account_key, cut.calendar, first, last, made)


def keep_all(conn: Connection, account_key: int) -> None:
    """Keep the columns of the whole history."""
    for first, last in busy_days(conn, account_key, periods.UTC):
        keep(conn, account_key, first, last)


def roll_up_all(conn: Connection, account_key: int, cut: Cut) -> None:
    """Keep what statistics need of every day of a cut, and of no other cut of its calendar."""
    statistics_days.clear(conn, account_key, cut.calendar)
    for first, last in busy_days(conn, account_key, cut):
        roll_up(conn, account_key, cut, first, last)


def fill(conn: Connection, account: Account) -> None:
    """Keep all that is not kept yet of an account whose positions are older than this is."""
    if trade_columns.is_any(conn, account.account_key):
        return
    keep_all(conn, account.account_key)
    for cut in account.rollup_cuts:
        roll_up_all(conn, account.account_key, cut)


def of_days(cut: Cut, trades: Columns) -> list[DayFurther]:
    """What statistics need of each busy day of some trades, which come in closing order."""
    on = groups.days(cut, trades.closed_at_us)
    starts = np.flatnonzero(np.diff(on, prepend=-instants.LAST_US))
    made = stretches.of_columns(trades, starts).stretches
    return [
        DayFurther(day, each.further) for day, each in zip(on[starts].tolist(), made, strict=True)
    ]


def busy_days(conn: Connection, account_key: int, cut: Cut) -> Iterator[tuple[int, int]]:
    """The first and last of so many days at a time, until no position is closed any more."""
    from_us = instants.FIRST_US
    while (at_us := closed_trades.next_from(conn, account_key, from_us)) is not None:
        first = periods.day_of(cut, at_us)
        last = first + _DAYS_AT_ONCE - 1
        yield first, last
        from_us = periods.day_start(cut, last + 1)
