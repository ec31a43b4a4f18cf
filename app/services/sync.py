"""One pass over all accounts that the broker shows: each by itself, so that a fault of one keeps
no other from being synced; then the prices of what they hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from app.broker.model import BrokerAccount
from app.db import syncs
from app.domain import instants
from app.errors import AppError, RateLimited, UpstreamCredentialsRefused, UpstreamUnavailable
from app.services import sync_account
from app.services.sync_account import Passed
from app.services.sync_catching_up import Brought
from app.services.sync_context import Synced, Syncing
from app.services.sync_lease import SyncedElsewhere
from app.services.sync_marks import Marks

# A feed is stale after so many passes that did not come.
_PASSES_MISSED_MAX = 4
_LATE_S_MIN = 60


class Plan(NamedTuple):
    """What is synced how often; `account_ids` are ours by the broker's, where they differ."""

    account_ids: Mapping[int, str]
    since_us: int
    interval_s: float

    @property
    def late_us(self) -> int:
        """How long after a pass a feed is stale."""
        return int(max(_LATE_S_MIN, _PASSES_MISSED_MAX * self.interval_s) * instants.SECOND_US)


class Outcome(NamedTuple):
    """How a pass went: the broker's accounts that it was for, how many of them are live, what it
    brought, the faults by account, and the failure for which the broker should be left alone for
    a while.
    """

    broker_ids: frozenset[int]
    live: int
    brought: Brought
    marks: int
    faults: Mapping[str, str]
    failure: AppError | None


class _Account(NamedTuple):
    """How the pass over one account went."""

    account_id: str
    broker_id: int
    synced: Synced | None
    passed: Passed | None
    error: AppError | None


def make_pass(to: Syncing, plan: Plan, marks: Marks) -> Outcome:
    """Sync every account once. What the broker refuses for all, such as the credentials, is
    raised; what is wrong with one account is told.
    """
    to.step()
    told = [each for each in to.broker.accounts() if each.is_visible]
    made = [_of_account(to, plan, each) for each in told]
    keys = [each.synced.key for each in made if each.synced]
    _list_only(to, keys)
    return _outcome(made, marks.refresh(to, keys))


def _of_account(to: Syncing, plan: Plan, told: BrokerAccount) -> _Account:
    account_id = plan.account_ids.get(told.account_id, str(told.account_id))
    synced: Synced | None = None
    try:
        synced = sync_account.open_account(to, told, account_id, plan.since_us)
        passed = sync_account.make_pass(to, synced, told, plan.late_us)
    except (UpstreamCredentialsRefused, SyncedElsewhere):
        raise
    except AppError as error:
        if synced:
            sync_account.note_fault(to, synced, error.message)
        return _Account(account_id, told.account_id, synced, None, error)
    return _Account(account_id, told.account_id, synced, passed, None)


def _list_only(to: Syncing, account_keys: Sequence[int]) -> None:
    """Note which accounts the broker shows no more, or again."""
    with to.res.db.read() as conn:
        known = {each.account_key: bool(each.is_listed) for each in syncs.every(conn)}
    changed = {key: not was for key, was in known.items() if was != (key in account_keys)}
    if changed:
        to.step()
        with to.res.db.write() as conn:
            syncs.list_only(conn, changed)


def _outcome(made: Sequence[_Account], marks: int) -> Outcome:
    brought = Brought()
    for each in made:
        brought = brought.plus(each.passed.brought) if each.passed else brought
    failures = (each.error for each in made)
    of_broker = [each for each in failures if isinstance(each, UpstreamUnavailable | RateLimited)]
    return Outcome(
        broker_ids=frozenset(each.broker_id for each in made),
        live=sum(bool(each.passed and each.passed.is_live) for each in made),
        brought=brought,
        marks=marks,
        faults={each.account_id: each.error.message for each in made if each.error},
        failure=of_broker[0] if of_broker else None,
    )
