"""What must be left of some writes after the service was killed, whatever moment it was.

A write that was acknowledged is there, one whose answer never came is there as a whole or not at
all, and nothing else is there. `faults` is a pure function of what was sent and what is there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from tests.oracle import Fill

# Never sent is what no connection could be made for, so nothing of it can have arrived.
Fate = Literal["acknowledged", "unknown", "never sent"]


class Cash(NamedTuple):
    """A deposit or a withdrawal."""

    amount: Decimal
    occurred_at: datetime


class Key(NamedTuple):
    """What is there once at most: an execution or a cash movement by its id in its account."""

    account_id: str
    kind: Literal["execution", "cash"]
    id: str


Content = Fill | Cash
Changes = Mapping[Key, Content | None]
Rows = Sequence[tuple[Key, Content]]


class Record(NamedTuple):
    """One request: what it leaves of each row that it writes (None: a deletion), what became of
    it, and the version that its answer gave each account that it changed.
    """

    changes: Changes
    fate: Fate
    versions: Mapping[str, int] = {}


def faults(records: Sequence[Record], rows: Rows, versions: Mapping[str, int]) -> list[str]:
    """Everything that should not be so in the rows and the accounts' versions that are there.

    Records of one row are in the order of sending; an unknown one that was sent again is known
    by the second record.
    """
    return [
        *_doubled(rows),
        *_row_faults(records, dict(rows)),
        *_version_faults(records, versions),
    ]


def settled(records: Iterable[Record]) -> dict[Key, Content | None]:
    """What the acknowledged writes leave; None of what they deleted."""
    left: dict[Key, Content | None] = {}
    for record in records:
        if record.fate == "acknowledged":
            left.update(record.changes)
    return left


def unsettled(records: Iterable[Record]) -> list[Changes]:
    """The writes of which it is not known whether they arrived."""
    pending: list[Changes] = []
    for record in records:
        pending = [changes for changes in pending if changes != record.changes]
        if record.fate == "unknown":
            pending.append(record.changes)
    return pending


def _doubled(rows: Rows) -> Iterator[str]:
    for key, count in Counter(key for key, _ in rows).items():
        if count > 1:
            yield f"{_name(key)} is there {count} times"


def _row_faults(records: Sequence[Record], found: Mapping[Key, Content]) -> Iterator[str]:
    expected = settled(records)
    pending = unsettled(records)
    for changes in pending:
        before = {key: expected.get(key) for key in changes}
        now = {key: found.get(key) for key in changes}
        if now not in (before, dict(changes)):
            yield f"a write without an answer is there in part: {', '.join(map(_name, changes))}"
    open_keys = {key for changes in pending for key in changes}
    for key in sorted({*expected, *found} - open_keys):
        yield from _row_fault(key, expected.get(key), found.get(key), known=key in expected)


def _row_fault(
    key: Key, expected: Content | None, found: Content | None, *, known: bool
) -> Iterator[str]:
    if not known:
        yield f"{_name(key)} was never sent and is there: {found}"
    elif found is None and expected is not None:
        yield f"{_name(key)} was acknowledged and is lost: {expected}"
    elif expected is None and found is not None:
        yield f"{_name(key)} was deleted and is there: {found}"
    elif found != expected:
        yield f"{_name(key)} is not what was acknowledged: {found} in place of {expected}"


def _version_faults(records: Sequence[Record], versions: Mapping[str, int]) -> Iterator[str]:
    given: dict[str, list[int]] = {}
    for record in records:
        for account_id, version in record.versions.items():
            given.setdefault(account_id, []).append(version)
    for account_id, some in sorted(given.items()):
        if len(set(some)) < len(some):
            yield f"account {account_id}: a version was given to two writes"
        if max(some) > versions.get(account_id, 0):
            now = versions.get(account_id)
            yield f"account {account_id}: version {max(some)} was acknowledged, and now it is {now}"


def _name(key: Key) -> str:
    return f"{key.kind} {key.id} of {key.account_id}"
