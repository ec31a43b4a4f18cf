"""The way in for a fill, whoever brings it: one transaction from executions to announcement.

All or nothing: one bad fill refuses the whole batch, and every bad one is named.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from app.db import accounts, executions
from app.db.connection import Connection
from app.db.executions import Stored
from app.domain.accounts import Account
from app.domain.executions import ID_LENGTH_MAX, Execution, Fill, is_id
from app.domain.repeats import differing
from app.errors import (
    AccountNotFound,
    AppError,
    Conflict,
    DatabaseUnavailable,
    Detail,
    NotFound,
    SourceOverlap,
)
from app.metrics import counts
from app.services import orders, rebuild, risk_kept
from app.services.accounts import lock_or_create, new_account
from app.services.admission import NAMED_MAX, Batch, Beside, Row, admit_all, refuse, source_overlaps
from app.services.bodies import AccountVersion, Deleted, Recorded
from app.services.instruments import catalogue
from app.services.rebuild import Change, MixedKinds, Outcome
from app.services.resources import Resources

_EVENT = "executions"

_UNCHANGED = Outcome(0, 0, ())


class _Known(NamedTuple):
    """What an account knows of the ids of a batch."""

    live: Mapping[str, Stored]
    versions: Mapping[str, list[Execution]]
    tombstones: set[str]

    def revision(self, execution_id: str) -> int:
        """How often the id was written; 0 if never."""
        stored = self.live.get(execution_id)
        return stored.revision if stored else len(self.versions.get(execution_id, ()))


def record(
    res: Resources,
    fills: Sequence[Fill],
    *,
    allow_overlap: bool = False,
    may_create_accounts: bool = True,
    dry_run: bool = False,
    beside: Beside | None = None,
) -> Recorded:
    """Store fills; what is known already, or was once, counts as a duplicate and changes nothing.
    A dry run finds out what that would do; `beside` comes before an account's version is raised.

    InvalidBody, UnknownSymbol, CurrencyMismatch, Conflict and SourceOverlap name the rows at
    fault; AccountNotFound where an account would have to be created and may not be.
    """
    also_for = beside.account_ids if beside else ()
    batch = _admitted(res, fills, also_for, may_create_accounts=may_create_accounts)
    run = res.runner(len(fills) + (beside.size if beside else 0))
    # Only the work is moved away: locks and connections stay with the request that took them.
    with res.db.write() as conn:
        recorded = run(lambda: _record(res, conn, batch, beside, allow_overlap=allow_overlap))
        if dry_run:
            conn.rollback()
    if not dry_run:
        counts.executions(accepted=recorded.accepted, duplicates=recorded.duplicates)
    return recorded


def replace(res: Resources, fill: Fill) -> Recorded:
    """Correct an execution, or bring a deleted one back; NotFound if its id was never known."""
    batch = _admitted(res, [fill], (), may_create_accounts=False)
    execution = batch.rows[fill.account_id][0].execution
    with res.db.write() as conn:
        account, _ = _locked(res, conn, batch, fill.account_id)
        known = _known(conn, account.account_key, [fill.execution_id])
        stored = known.live.get(fill.execution_id)
        revision = known.revision(fill.execution_id)
        if not revision:
            raise NotFound(f"execution {fill.execution_id!r} was never recorded: POST it first")
        if stored and stored.execution == execution:
            return Recorded(0, 1, 0, {account.account_id: AccountVersion(account.version)}, [])
        if stored:
            executions.supersede(conn, account.account_key, stored, res.now_us())
        executions.unbury(conn, account.account_key, fill.execution_id)
        _insert(res, conn, account, [execution], revision=revision + 1)
        change = Change(stored.execution if stored else None, execution)
        outcome = rebuild.apply(conn, account, batch.catalogue, [change])
        version = _advance(res, conn, account, outcome, event=_EVENT)
    versions = {account.account_id: AccountVersion(version)}
    return Recorded(1, 0, outcome.positions_closed, versions, [])


def delete(res: Resources, account_id: str, execution_id: str) -> Deleted:
    """Remove an execution and leave a tombstone; 0 deleted when that was done before."""
    with res.db.write() as conn:
        account = accounts.lock(conn, account_id)
        if account is None:
            raise AccountNotFound(f"there is no account {account_id!r}")
        known = _known(conn, account.account_key, [execution_id] if is_id(execution_id) else [])
        stored = known.live.get(execution_id)
        if stored is None:
            if execution_id not in known.tombstones:
                raise NotFound(f"execution {execution_id[:ID_LENGTH_MAX]!r} was never recorded")
            return Deleted(0, {account_id: AccountVersion(account.version)})
        executions.supersede(conn, account.account_key, stored, res.now_us())
        executions.bury(conn, account.account_key, execution_id, res.now_us())
        outcome = rebuild.apply(conn, account, catalogue(conn), [Change(stored.execution, None)])
        version = _advance(res, conn, account, outcome, event=_EVENT)
    return Deleted(1, {account_id: AccountVersion(version)})


def taken_out(
    res: Resources, conn: Connection, account: Account, removed: Sequence[Execution]
) -> int:
    """Bring a locked account in line with executions that are no longer stored, in the caller's
    transaction; its version after that.
    """
    changes = [Change(each, None) for each in removed]
    outcome = rebuild.apply(conn, account, catalogue(conn), changes)
    return _advance(res, conn, account, outcome, event=_EVENT)


def currency(res: Resources, account_id: str) -> str:
    """The currency of an account, that of a new one where it would be created."""
    with res.db.read() as conn:
        return _currencies(res, conn, {account_id}, may_create_accounts=True)[account_id]


def faults(res: Resources, fills: Sequence[Fill]) -> Sequence[Detail]:
    """What is at fault in the fills by themselves, whatever is stored."""
    try:
        _admitted(res, fills, (), may_create_accounts=True)
    except AppError as error:
        return error.details
    return ()


def _admitted(
    res: Resources, fills: Sequence[Fill], also_for: Collection[str], *, may_create_accounts: bool
) -> Batch:
    run = res.runner(len(fills))
    account_ids = {*also_for, *(fill.account_id for fill in fills)}
    with res.db.read() as conn:
        found = _currencies(res, conn, account_ids, may_create_accounts=may_create_accounts)
        known = catalogue(conn)
    return run(lambda: admit_all(fills, found, known))


def _currencies(
    res: Resources, conn: Connection, account_ids: Collection[str], *, may_create_accounts: bool
) -> dict[str, str]:
    found = {}
    for account_id in sorted(account_ids):
        account = accounts.by_id(conn, account_id)
        if account is None and not may_create_accounts:
            raise AccountNotFound(f"there is no account {account_id!r}")
        found[account_id] = (account or new_account(res, account_id)).currency
    return found


def _record(
    res: Resources, conn: Connection, batch: Batch, beside: Beside | None, *, allow_overlap: bool
) -> Recorded:
    recorded = Recorded(0, 0, 0, {}, [])
    fresh_by_account: list[tuple[Account, list[Row]]] = []
    conflicts: list[Detail] = []
    # In sorted order, so that two batches over the same accounts cannot wait for each other.
    for account_id in sorted(batch.rows):
        account, created = _locked(res, conn, batch, account_id)
        if created:
            recorded.accounts_created.append(account_id)
        rows = batch.rows[account_id]
        fresh, differing = _sorted_out(conn, account.account_key, rows)
        conflicts += differing
        recorded.accepted += len(fresh)
        recorded.duplicates += len(rows) - len(fresh)
        recorded.accounts[account_id] = AccountVersion(account.version)
        fresh_by_account.append((account, fresh))
    refuse(Conflict, conflicts)
    if not allow_overlap:
        refuse(SourceOverlap, source_overlaps(conn, fresh_by_account))
    for account, fresh in fresh_by_account:
        outcome = _store(res, conn, batch, account, fresh) if fresh else _UNCHANGED
        recorded.positions_closed += outcome.positions_closed
        is_changed = beside.store(conn, account, fresh) if beside else False
        if fresh or is_changed:
            event = _EVENT if fresh else orders.EVENT
            version = _advance(res, conn, account, outcome, event=event)
            recorded.accounts[account.account_id] = AccountVersion(version)
    return recorded


def _store(
    res: Resources, conn: Connection, batch: Batch, account: Account, fresh: Sequence[Row]
) -> Outcome:
    new = [row.execution for row in fresh]
    _insert(res, conn, account, new, revision=1)
    changes = [Change(None, execution) for execution in new]
    try:
        return rebuild.apply(conn, account, batch.catalogue, changes)
    except MixedKinds as error:
        at_fault = [row for row in fresh if row.execution.contract in error.contracts]
        details = [Detail("contract", error.message, row.number) for row in at_fault]
        raise Conflict(error.message, details[:NAMED_MAX]) from error


def _locked(
    res: Resources, conn: Connection, batch: Batch, account_id: str
) -> tuple[Account, bool]:
    account, created = lock_or_create(res, conn, account_id)
    if account.currency != batch.currencies[account_id]:
        raise DatabaseUnavailable(f"account {account_id!r} was changed meanwhile; try again")
    return account, created


def _known(conn: Connection, account_key: int, ids: Sequence[str]) -> _Known:
    live = executions.by_ids(conn, account_key, ids)
    return _Known(
        live,
        executions.versions(conn, account_key, ids),
        executions.tombstones(conn, account_key, ids),
    )


def _sorted_out(
    conn: Connection, account_key: int, rows: Sequence[Row]
) -> tuple[list[Row], list[Detail]]:
    """The rows with ids never seen, and those that say something else of a known one."""
    known = _known(conn, account_key, [row.fill.execution_id for row in rows])
    fresh: dict[str, Row] = {}
    conflicts = []
    for row in rows:
        execution_id = row.execution.execution_id
        said = [*known.versions.get(execution_id, ())] if known.versions else []
        if execution_id in known.live:
            said.append(known.live[execution_id].execution)
        if execution_id in fresh:
            said.append(fresh[execution_id].execution)
        if not said:
            fresh[execution_id] = row
        elif all(differing(row.fill, row.execution, each) for each in said):
            is_deleted = execution_id in known.tombstones
            conflicts.append(_conflict(row, said[-1], is_deleted=is_deleted))
    return list(fresh.values()), conflicts


def _conflict(row: Row, known: Execution, *, is_deleted: bool) -> Detail:
    execution_id = row.fill.execution_id
    fields = differing(row.fill, row.execution, known)
    state = "was deleted and" if is_deleted else "is already recorded and"
    message = f"execution {execution_id!r} {state} differs in {', '.join(fields)}: PUT corrects it"
    return Detail("execution_id", message, row.number)


def _insert(
    res: Resources, conn: Connection, account: Account, new: Sequence[Execution], *, revision: int
) -> None:
    executions.insert(conn, account.account_key, new, revision=revision, now_us=res.now_us())


def _advance(
    res: Resources, conn: Connection, account: Account, outcome: Outcome, *, event: str
) -> int:
    risk_kept.renew_after(res, conn, account, outcome)
    return accounts.advance(
        conn,
        account.account_key,
        event=event,
        now_us=res.now_us(),
        realized_net_micros=outcome.realized_net_micros,
        changes=outcome.changes,
    )
