"""Where the sync stands, for operators: what it is at, how old its news are, what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct

from app.db import accounts, sync_lease, syncs
from app.db.connection import Connection
from app.db.sync_lease import Lease
from app.db.syncs import Sync
from app.domain import fixed, instants
from app.services import bodies, sync_catching_up, sync_positions
from app.services.resources import Resources

_TITLES = ("ACCOUNT", "BROKER'S", "LAST PASS", "SYNCED UNTIL", "WHAT IS WRONG")


class SyncBody(Struct):
    """The sync as a whole, no account named. `running`: a process has the lease; `last_pass_at` is
    when the account that was synced longest ago was; `differing` accounts hold other positions, or
    are worth something else, than at the broker; of `undecided` fills the contract is not known.
    """

    running: bool
    last_try_at: str | None
    accounts: int
    last_pass_at: str | None
    differing: int
    undecided: int
    faults: int
    fault: str | None


class Feed(NamedTuple):
    """The sync in figures; `age_s` of the account that was heard of longest ago."""

    running: bool
    age_s: float | None
    accounts: int
    differing: int
    undecided: int
    faults: int


class _State(NamedTuple):
    lease: Lease | None
    listed: Sequence[Sync]

    @property
    def differing(self) -> int:
        return sum(map(_differs, self.listed))

    @property
    def undecided(self) -> int:
        return sum(map(sync_catching_up.undecided_count, self.listed))

    @property
    def faults(self) -> int:
        return sum(each.fault is not None for each in self.listed)

    @property
    def last_pass_us(self) -> int | None:
        """None also where an account was never synced as a whole."""
        passed = [each.passed_at_us for each in self.listed if each.passed_at_us is not None]
        return min(passed) if passed and len(passed) == len(self.listed) else None


def body(res: Resources) -> SyncBody | None:
    """Where the sync stands; None where nothing was ever synced."""
    with res.db.read() as conn:
        state = _state(conn)
    if state.lease is None:
        return None
    return SyncBody(
        running=state.lease.expires_at_us > res.now_us(),
        last_try_at=bodies.instant(state.lease.tried_at_us),
        accounts=len(state.listed),
        last_pass_at=bodies.instant(state.last_pass_us),
        differing=state.differing,
        undecided=state.undecided,
        faults=state.faults,
        fault=state.lease.fault,
    )


def feed(res: Resources) -> Feed | None:
    """The sync in figures; None where nothing was ever synced."""
    with res.db.read() as conn:
        state = _state(conn)
    if state.lease is None:
        return None
    passed_us = state.last_pass_us
    age_s = None if passed_us is None else (res.now_us() - passed_us) / instants.SECOND_US
    running = state.lease.expires_at_us > res.now_us()
    return Feed(running, age_s, len(state.listed), state.differing, state.undecided, state.faults)


def lines(res: Resources) -> list[tuple[str, ...]]:
    """A table for people: a line for each account, and one for the process."""
    with res.db.read() as conn:
        state = _state(conn)
        ids = accounts.ids(conn, [each.account_key for each in state.listed])
    found: list[tuple[str, ...]] = [
        ("ACCOUNT", "BROKER'S", "LAST PASS", "SYNCED UNTIL", "WHAT IS WRONG")
    ]
    found += [_line(each, ids[each.account_key]) for each in state.listed]
    return [*found, _process(state.lease, res.now_us())]


def _state(conn: Connection) -> _State:
    lease = sync_lease.current(conn)
    every = syncs.every(conn) if lease else []
    return _State(lease, [each for each in every if each.is_listed])


def _differs(sync: Sync) -> bool:
    return bool(sync_positions.read(sync.differing) or sync.balance_difference_micros)


def _line(sync: Sync, account_id: str) -> tuple[str, ...]:
    wrong = [each.told for each in sync_positions.read(sync.differing)]
    undecided = sync_catching_up.undecided_count(sync)
    if undecided:
        wrong.append(f"of {undecided} fills the broker names no contract")
    if sync.balance_difference_micros:
        amount = fixed.text(sync.balance_difference_micros, fixed.MONEY_PLACES)
        wrong.append(f"the broker's balance is {amount} more")
    if sync.fault:
        wrong.append(sync.fault)
    return (
        account_id,
        str(sync.broker_account_id),
        bodies.instant(sync.passed_at_us) or "never",
        instants.text(sync.synced_until_us),
        "; ".join(wrong) or "nothing",
    )


def _process(lease: Lease | None, now_us: int) -> tuple[str, ...]:
    if lease is None:
        return ("never run", "", "", "", "")
    state = "running" if lease.expires_at_us > now_us else "not running"
    tried = bodies.instant(lease.tried_at_us) or "never"
    return (state, lease.holder, tried, "", lease.fault or "nothing")
