"""What must hold of everything that readers were told while writers wrote.

An answer is of one version: none older than a write that was acknowledged before the question,
none newer than what was sent before the answer, and for each client none older than its last one.
`faults` is a pure function of what was written and what was read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

GOOD = (200, 304)


class Write(NamedTuple):
    """A write that was acknowledged with a version, and when, by the clock of the readers."""

    account_id: str
    version: int
    sent_s: float
    acknowledged_s: float


class Read(NamedTuple):
    """An answer; `versions` are the ones that its figures belong to, each figure by itself."""

    client: int
    account_id: str
    began_s: float
    ended_s: float
    status: int
    tier: str
    versions: frozenset[int]


def faults(writes: Sequence[Write], reads: Sequence[Read]) -> list[str]:
    """Everything that should not be so."""
    whole = [read for read in reads if read.status in GOOD and len(read.versions) == 1]
    return [
        *_broken(reads),
        *_doubled(writes),
        *_stale(writes, whole),
        *_from_nowhere(writes, whole),
        *_backwards(whole),
    ]


def _broken(reads: Sequence[Read]) -> Iterator[str]:
    for read in reads:
        if read.status not in GOOD:
            yield f"{_name(read)}: status {read.status}"
        elif len(read.versions) != 1:
            yield f"{_name(read)}: figures of the versions {sorted(read.versions)} in one answer"


def _doubled(writes: Sequence[Write]) -> Iterator[str]:
    seen: set[tuple[str, int]] = set()
    for write in writes:
        if write[:2] in seen:
            yield f"{write.account_id}: version {write.version} was given to two writes"
        seen.add(write[:2])


def _stale(writes: Sequence[Write], reads: Sequence[Read]) -> Iterator[str]:
    acknowledged: dict[str, int] = {}
    # A write of the same instant as a question's beginning was not acknowledged before it.
    events = [(write.acknowledged_s, 1, write) for write in writes]
    for at in sorted([*events, *((read.began_s, 0, read) for read in reads)], key=lambda e: e[:2]):
        match at[2]:
            case Write() as write:
                least = acknowledged.get(write.account_id, 0)
                acknowledged[write.account_id] = max(least, write.version)
            case Read() as read:
                least = acknowledged.get(read.account_id, 0)
                if _version(read) < least:
                    yield f"{_name(read)}: stale, {_version(read)} after {least} was acknowledged"


def _from_nowhere(writes: Sequence[Write], reads: Sequence[Read]) -> Iterator[str]:
    sent_s = {(write.account_id, write.version): write.sent_s for write in writes}
    for read in reads:
        at_s = sent_s.get((read.account_id, _version(read)))
        if _version(read) == 0:
            continue
        if at_s is None:
            yield f"{_name(read)}: version {_version(read)} was never written"
        elif read.ended_s < at_s:
            yield f"{_name(read)}: version {_version(read)} was written only later"


def _backwards(reads: Sequence[Read]) -> Iterator[str]:
    last: dict[tuple[int, str], int] = {}
    for read in sorted(reads, key=lambda each: each.began_s):
        seen = last.get((read.client, read.account_id), 0)
        if _version(read) < seen:
            yield f"{_name(read)}: backwards, {_version(read)} after {seen}"
        last[read.client, read.account_id] = max(seen, _version(read))


def _version(read: Read) -> int:
    (version,) = read.versions
    return version


def _name(read: Read) -> str:
    return f"client {read.client}, {read.account_id}, {read.began_s:.3f} s, from {read.tier}"
