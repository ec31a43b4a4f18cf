"""Everything derived, computed again from the executions alone and held against what is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from app.db import accounts as account_rows
from app.db import executions, positions, rollups
from app.db.connection import Connection
from app.domain import instants
from app.domain.accounts import Account
from app.domain.periods import Cut
from app.domain.positions import FIRST_LEG, SECOND_LEG, Built
from app.services import accounts, rebuild
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
        yield from _cash_differences(conn, account)


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
        conn, key, contract, (rebuild.FIRST_KEY, FIRST_LEG), (rebuild.LAST_KEY, SECOND_LEG)
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
        conn, account.account_key, cut.calendar, rebuild.FIRST_DAY, rebuild.LAST_DAY
    )
    made = rebuild.day_totals(conn, account, cut, rebuild.FIRST_DAY, rebuild.LAST_DAY)
    computed = [rollups.DayTotals(day, each) for day, each in made.items()]
    yield from _unequal(f"{cut.calendar} day", stored, computed)


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
