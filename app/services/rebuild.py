"""From changed executions to positions and day totals, touching no more than the change did.

Positions are replayed from the last flat point before the first change to the first closing after
the last change at which the quantity is what it was; the days in which anything differs are
totalled again. Everything happens in the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.db import executions, positions
from app.db.connection import Connection
from app.domain.accounts import Account
from app.domain.changes import NONE, Changes, of_executions
from app.domain.executions import LAST_KEY, PLACE, Execution, Key
from app.domain.instruments import Catalogue
from app.domain.positions import FIRST_LEG, SECOND_LEG, Built, Effect, Part, Position, build, whole
from app.errors import Conflict
from app.services import day_totals


class Change(NamedTuple):
    """What an execution said before, None if it was not there, and after, None if it is gone."""

    before: Execution | None
    after: Execution | None


class MixedKinds(Conflict):
    """A bare contract would be held beside a dated one of the same root."""

    contracts: frozenset[str] = frozenset()


class Outcome(NamedTuple):
    """What a rebuild did to the account; whether what it holds now is another thing."""

    positions_closed: int
    realized_net_micros: int
    differing_us: tuple[int, ...]
    changes: Changes = NONE
    holds_otherwise: bool = False


class _Stretch(NamedTuple):
    """The part of a contract's order that is replayed; `end` None: to its end."""

    start: Key
    start_leg: int
    end: Key | None


class _Difference(NamedTuple):
    were_closed: set[str]
    removed: list[Position]
    added: list[Position]
    removed_effects: list[Effect]
    added_effects: list[Effect]


def apply(
    conn: Connection, account: Account, catalogue: Catalogue, changes: Sequence[Change]
) -> Outcome:
    """Bring positions, effects and day totals in line with executions that are already stored."""
    touched = _by_contract(changes)
    differences = [
        _difference(*_replayed(conn, account, catalogue, contract, touched[contract]))
        for contract in sorted(touched)
    ]
    _store(conn, account.account_key, differences)
    for each in differences:
        _refuse_mixed_kinds(conn, account.account_key, each.added)
    outcomes = [_outcome(each) for each in differences]
    differing_us = sorted({at_us for each in outcomes for at_us in each.differing_us})
    closings_us = sorted({at_us for each in differences for at_us in _closings(each)})
    only_added = None if any(map(_takes_away, differences)) else _legs_added(differences)
    day_totals.roll_up(conn, account, differing_us, closings_us, only_added)
    return Outcome(
        sum(each.positions_closed for each in outcomes),
        sum(each.realized_net_micros for each in outcomes),
        tuple(differing_us),
        of_executions(changes, differences),
        any(each.holds_otherwise for each in outcomes),
    )


def _by_contract(changes: Sequence[Change]) -> dict[str, list[Change]]:
    """The changes that each contract is concerned by; both, where an execution moved."""
    touched: dict[str, list[Change]] = {}
    for change in changes:
        before, after = change
        if after:
            touched.setdefault(after.contract, []).append(change)
        if before and not (after and after.contract == before.contract):
            touched.setdefault(before.contract, []).append(change)
    return touched


def build_contract(
    conn: Connection, account: Account, catalogue: Catalogue, contract: str
) -> list[Built]:
    """All positions of a contract, from its executions alone."""
    found = sorted(executions.of_contract(conn, account.account_key, contract), key=PLACE)
    return _built(account, catalogue, whole(found), found[0].symbol) if found else []


def _replayed(
    conn: Connection,
    account: Account,
    catalogue: Catalogue,
    contract: str,
    changes: Sequence[Change],
) -> tuple[list[Position], list[Effect], list[Built]]:
    """What a change may touch of a contract: positions and effects as they are, and as due."""
    stretch, old = _stretch(conn, account, contract, changes)
    old_effects = positions.effects_between(
        conn,
        account.account_key,
        contract,
        (stretch.start, stretch.start_leg),
        (stretch.end or LAST_KEY, FIRST_LEG if stretch.end else SECOND_LEG),
    )
    new = _replay(conn, account, catalogue, contract, stretch, old_effects, changes)
    return old, old_effects, new


def _stretch(
    conn: Connection, account: Account, contract: str, changes: Sequence[Change]
) -> tuple[_Stretch, list[Position]]:
    """What is to be replayed, and the positions that stand there now, in order."""
    here = [each for change in changes for each in change if each and each.contract == contract]
    first_key, last_key = min(here, key=PLACE).key, max(here, key=PLACE).key
    key = account.account_key
    end = None
    if _quantity_added(changes, contract) == 0:
        # Past the last change the quantity is what it was, so later positions stay as they are.
        end = positions.first_closed_after(conn, key, contract, last_key)
    old = positions.closed_between(conn, key, contract, first_key, end or LAST_KEY)
    if end is None:
        old += positions.open_in_contract(conn, key, contract)
    if old and old[0].open_key < first_key:
        return _Stretch(old[0].open_key, old[0].open_leg, end), old
    return _Stretch(first_key, FIRST_LEG, end), old


def _quantity_added(changes: Sequence[Change], contract: str) -> int:
    before = (each.before for each in changes)
    after = (each.after for each in changes)
    return sum(each.signed_quantity for each in after if each and each.contract == contract) - sum(
        each.signed_quantity for each in before if each and each.contract == contract
    )


def _replay(
    conn: Connection,
    account: Account,
    catalogue: Catalogue,
    contract: str,
    stretch: _Stretch,
    old_effects: Sequence[Effect],
    changes: Sequence[Change],
) -> list[Built]:
    found = _due(conn, account, contract, stretch, old_effects, changes)
    if not found:
        return []
    parts = list(whole(found))
    if stretch.start_leg == SECOND_LEG:
        # The flat point lies inside an execution: its first leg closed the position before.
        opening = old_effects[0]
        parts[0] = Part(found[0], SECOND_LEG, opening.quantity, opening.fees_micros)
    built = _built(account, catalogue, parts, found[0].symbol)
    if stretch.end and built[-1].position.quantity:
        built.pop()  # Where the stretch ends inside an execution, the next position stays.
    return built


def _due(
    conn: Connection,
    account: Account,
    contract: str,
    stretch: _Stretch,
    old_effects: Sequence[Effect],
    changes: Sequence[Change],
) -> list[Execution]:
    """A contract's executions in a stretch, in order: those that had effects in it and are still
    stored, and those that changed.
    """
    had = dict.fromkeys(each.execution_id for each in old_effects)
    due = {change.after.execution_id: change.after for change in changes if change.after}
    stored = executions.by_ids(conn, account.account_key, had.keys() - due.keys())
    due |= {execution_id: each.execution for execution_id, each in stored.items()}
    end = stretch.end or LAST_KEY
    here = [each for each in due.values() if each.contract == contract]
    return sorted((each for each in here if stretch.start <= PLACE(each) <= end), key=PLACE)


def _built(
    account: Account, catalogue: Catalogue, parts: Iterable[Part], symbol: str
) -> list[Built]:
    point_value_micros = catalogue.by_root[symbol].point_value_micros
    return list(build(account.account_id, point_value_micros, parts))


def _difference(
    old: Sequence[Position], old_effects: Sequence[Effect], new: Sequence[Built]
) -> _Difference:
    new_positions = [each.position for each in new]
    if not old and not old_effects:
        every = [effect for each in new for effect in each.effects]
        return _Difference(set(), [], new_positions, [], every)
    new_effects = [effect for each in new for effect in each.effects]
    old_set, new_set = set(old), set(new_positions)
    old_effect_set, new_effect_set = set(old_effects), set(new_effects)
    return _Difference(
        {each.position_id for each in old if each.closed_at_us is not None},
        [each for each in old if each not in new_set],
        [each for each in new_positions if each not in old_set],
        [each for each in old_effects if each not in new_effect_set],
        [each for each in new_effects if each not in old_effect_set],
    )


def _store(conn: Connection, account_key: int, differences: Sequence[_Difference]) -> None:
    # All goes before anything comes: an execution may have moved from one contract to another.
    for each in differences:
        positions.delete(conn, account_key, each.removed, each.removed_effects)
    for each in differences:
        positions.insert(conn, account_key, each.added, each.added_effects)


def _refuse_mixed_kinds(conn: Connection, account_key: int, added: Sequence[Position]) -> None:
    """A bare contract beside a dated one of the same root would be two books of one market."""
    if not added:
        return
    whole_span = added[0]._replace(opened_at_us=min(each.opened_at_us for each in added))
    if not positions.other_kind_beside(conn, account_key, whole_span, LAST_KEY.executed_at_us):
        return
    for each in added:
        until_us = LAST_KEY.executed_at_us if each.closed_at_us is None else each.closed_at_us
        other = positions.other_kind_beside(conn, account_key, each, until_us)
        if other:
            refused = MixedKinds(
                f"{each.contract} and {other} would be held at the same time: give every"
                f" execution of {each.symbol} its dated contract, or none"
            )
            refused.contracts = frozenset({each.contract, other})
            raise refused


def _outcome(difference: _Difference) -> Outcome:
    closed = [
        each
        for each in difference.added
        if each.closed_at_us is not None and each.position_id not in difference.were_closed
    ]
    effects = [*difference.removed_effects, *difference.added_effects]
    return Outcome(
        len(closed),
        _net(difference.added_effects) - _net(difference.removed_effects),
        tuple(_closings(difference) | {each.executed_at_us for each in effects}),
        holds_otherwise=any(each.quantity for each in (*difference.removed, *difference.added)),
    )


def _takes_away(difference: _Difference) -> bool:
    """Whether anything goes that the totals of days may hold."""
    return bool(difference.removed_effects or difference.were_closed & _ids(difference.removed))


def _ids(some: Iterable[Position]) -> set[str]:
    return {each.position_id for each in some}


def _legs_added(differences: Iterable[_Difference]) -> int:
    return sum(len(each.added_effects) for each in differences)


def _closings(difference: _Difference) -> set[int]:
    moved = [*difference.removed, *difference.added]
    return {each.closed_at_us for each in moved if each.closed_at_us is not None}


def _net(effects: Iterable[Effect]) -> int:
    return sum(each.gross_micros - each.fees_micros for each in effects)
