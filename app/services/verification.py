"""Everything derived, computed again from the executions alone and held against what is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TypeVar

from app.db import accounts as account_rows
from app.db import closed_trades, executions, kept_trades, positions, rollups, statistics_days
from app.db import trade_columns as columns
from app.db.connection import Connection
from app.db.statistics_days import DayFurther
from app.domain import instants, periods, trade_columns
from app.domain.accounts import Account
from app.domain.executions import FIRST_KEY, LAST_KEY
from app.domain.periods import Cut
from app.domain.positions import FIRST_LEG, SECOND_LEG, Built
from app.services import accounts, day_totals, rebuild, risk_kept
from app.services.instruments import catalogue
from app.services.resources import Resources

_T = TypeVar("_T")


def differences(res: Resources, account_id: str) -> Iterator[str]:
    """What is stored of an account and is not what its executions make; nothing when all is well.

    Reads one snapshot, so it may run beside writers.
    """
    with res.db.read() as conn:
        account = accounts.load(conn, account_id)
        net_micros = 0
        for contract in sorted(_contracts(conn, account.account_key)):
            built = rebuild.build_contract(conn, account, catalogue(conn), contract)
            net_micros += sum(each.position.net_micros for each in built)
            yield from _position_differences(conn, account, contract, built)
        if net_micros != account.realized_net_micros:
            yield f"realized P&L: {account.realized_net_micros} stored, {net_micros} computed"
        for cut in account.rollup_cuts:
            yield from _day_differences(conn, account, cut)
            yield from _statistics_differences(conn, account, cut)
        yield from _column_differences(conn, account)
        yield from _cash_differences(conn, account)
        yield from _unequal("lowest equity", *risk_kept.both(conn, account, res.now_us()))


def _contracts(conn: Connection, account_key: int) -> set[str]:
    return {
        *executions.contracts(conn, account_key),
        *positions.contracts(conn, account_key),
    }


def _position_differences(
    conn: Connection, account: Account, contract: str, built: list[Built]
) -> Iterator[str]:
    key = account.account_key
    stored_effects = positions.effects_between(
        conn, key, contract, (FIRST_KEY, FIRST_LEG), (LAST_KEY, SECOND_LEG)
    )
    yield from _unequal(
        f"{contract} position",
        positions.all_in_contract(conn, key, contract),
        (each.position for each in built),
    )
    effects = (effect for each in built for effect in each.effects)
    yield from _unequal(f"{contract} effect", stored_effects, effects)


def _day_differences(conn: Connection, account: Account, cut: Cut) -> Iterator[str]:
    stored = rollups.within(
        conn, account.account_key, cut.calendar, day_totals.FIRST_DAY, day_totals.LAST_DAY
    )
    made = day_totals.of_days(conn, account, cut, day_totals.FIRST_DAY, day_totals.LAST_DAY)
    computed = [rollups.DayTotals(day, each) for day, each in made.items()]
    yield from _unequal(f"{cut.calendar} day", stored, computed)


def _statistics_differences(conn: Connection, account: Account, cut: Cut) -> Iterator[str]:
    key = account.account_key
    stored = statistics_days.further_within(
        conn, key, cut.calendar, day_totals.FIRST_DAY, day_totals.LAST_DAY
    )
    computed: list[DayFurther] = []
    for first, last in kept_trades.busy_days(conn, key, cut):
        found = closed_trades.within(conn, key, periods.days(cut, first, last))
        # What kinds they are of makes no difference here.
        trades = trade_columns.of_rows([(*each[:-1], 0) for each in found])
        computed += kept_trades.of_days(cut, trades)
    yield from _unequal(f"{cut.calendar} day's statistics", stored, computed)


def _column_differences(conn: Connection, account: Account) -> Iterator[str]:
    """Columns of trades that are not those of the positions."""
    key = account.account_key
    stored = {each.day: each.closings for each in columns.every(conn, key)}
    for first, last in kept_trades.busy_days(conn, key, periods.UTC):
        found = closed_trades.within(conn, key, periods.days(periods.UTC, first, last))
        for day, closings in groupby(found, lambda each: each.closed_at_us // instants.DAY_US):
            if stored.pop(day, None) != list(closings):
                yield f"trade columns: not those of the positions closed on UTC day {day}"
    for day in sorted(stored):
        yield f"trade columns: stored, but no position closed on UTC day {day}"


def _cash_differences(conn: Connection, account: Account) -> Iterator[str]:
    total = account_rows.cash_before(conn, account.account_key, instants.LAST_US)
    if total != account.cash_micros:
        yield f"cash: {account.cash_micros} stored, {total} computed"


def _unequal(what: str, stored: Iterable[_T], computed: Iterable[_T]) -> Iterator[str]:
    ours, theirs = set(stored), set(computed)
    for each in sorted(ours - theirs, key=repr):
        yield f"{what}: stored, but not computed: {each}"
    for each in sorted(theirs - ours, key=repr):
        yield f"{what}: computed, but not stored: {each}"
