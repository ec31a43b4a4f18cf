"""Putting a backup in the place of the database, while nobody uses it.

What is put there is judged, brought up to this version and made another course of events before
the old database is touched; that one is kept aside.
"""

from __future__ import annotations

import gzip
import os
import shutil
import zlib
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from app.db import copies, presence, schema, timelines, tokens
from app.db.connection import Database
from app.db.copies import Contents, KnownToken
from app.errors import Conflict, DatabaseUnavailable, Detail, InvalidBody
from app.services import backups
from app.services.resources import Resources

_WORK = ".restoring"
_GZIP = b"\x1f\x8b"
_SQLITE = b"SQLite format 3\0"
_LOG = "-wal"
_LOGS = (_LOG, "-shm")
_CHUNK_BYTES = 1 << 20


class Rights(NamedTuple):
    """What became of the tokens: revoked now, gone with the old database, and good. `is_certain`:
    the old database told which were revoked since.
    """

    revoked: list[str]
    gone: list[str]
    good: list[str]
    is_certain: bool


class Restored(NamedTuple):
    """What is there now; `revision` is what it was made at, `aside` the old database's place."""

    contents: Contents
    revision: str
    aside: Path | None
    rights: Rights


def restore(res: Resources, file: Path, *, is_forced: bool, must_revoke: bool) -> Restored:
    """Put a backup in the database's place; Conflict while anybody uses that, or where there is
    one and it is not forced; InvalidBody: the file is not right.
    """
    place = backups.database_file(res)
    if place.exists() and not is_forced:
        raise Conflict(f"{place} is there: --force puts it aside")
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with presence.alone(place), backups.workshop(place.parent / _WORK) as work:
        copy = work / place.name
        _unpack(file, copy)
        known = copies.set_down(place) if place.exists() else None
        try:
            with copies.opened(copy) as db:
                revision = _bring_up(db, file)
                _judge(res, db, file)
                rights = _renew(res, db, known, must_revoke=must_revoke)
                held = copies.contents(db)
        except DatabaseUnavailable as error:
            raise _damaged(file, "it cannot be read as a database") from error.__cause__
        aside = _swap(copy, place, backups.stamp(res.now_us()))
    return Restored(held, revision, aside, rights)


def renew(res: Resources, *, must_revoke: bool) -> Rights:
    """Bring a database that other means put back up to this version, and let it begin another
    course of events.
    """
    schema.upgrade(res.db)
    return _renew(res, res.db, None, must_revoke=must_revoke)


def _unpack(file: Path, copy: Path) -> None:
    summed = file.with_name(f"{file.name}{backups.CHECKSUM_SUFFIX}")
    if summed.exists() and backups.checksum(file) != summed.read_text("ascii", "replace")[:64]:
        raise _damaged(file, f"it is not what {summed.name} says")
    with file.open("rb") as found:
        is_packed = found.read(len(_GZIP)) == _GZIP
    try:
        with gzip.open(file) if is_packed else file.open("rb") as content, copy.open("wb") as made:
            shutil.copyfileobj(content, made, _CHUNK_BYTES)
        log = file.with_name(file.name + _LOG)
        if log.exists():
            # What a service that was killed acknowledged last is in it alone.
            shutil.copyfile(log, copy.with_name(copy.name + _LOG))
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise _damaged(file, str(error)) from None
    with copy.open("rb") as found:
        if found.read(len(_SQLITE)) != _SQLITE:
            raise _damaged(file, "it holds no SQLite database")


def _bring_up(db: Database, file: Path) -> str:
    """Apply the migrations that are missing; the revision that there was."""
    if faults := copies.damage(db):
        raise _damaged(file, "SQLite finds faults", faults)
    revision = schema.current(db)
    if revision is None:
        raise InvalidBody(f"{file} is no database of this service")
    if revision > schema.REVISION:
        raise Conflict(
            f"{file} is at revision {revision}, this version ends at {schema.REVISION}:"
            " restore it with the version that made it, or a newer one"
        )
    schema.upgrade(db)
    return revision


def _judge(res: Resources, db: Database, file: Path) -> None:
    if faults := list(islice(backups.differences(res, db), backups.FAULTS_MAX)):
        raise _damaged(file, "it is not what its executions make", faults)


def _damaged(file: Path, why: str, faults: Sequence[str] = ()) -> InvalidBody:
    return InvalidBody(f"{file} is damaged: {why}", [Detail("file", each) for each in faults])


def _renew(
    res: Resources, db: Database, known: list[KnownToken] | None, *, must_revoke: bool
) -> Rights:
    now_us = res.now_us()
    with db.write() as conn:
        timelines.begin(conn, now_us)
        here = copies.tokens(conn)
        good = {each.digest: each.name for each in here if each.revoked_at_us is None}
        was = {each.digest: each for each in known or ()}
        ended = {digest for digest, each in was.items() if each.revoked_at_us is not None}
        revoked = [name for digest, name in good.items() if must_revoke or digest in ended]
        for name in revoked:
            tokens.revoke(conn, name, now_us)
    digests = {each.digest for each in here}
    return Rights(
        revoked,
        gone=[each.name for each in was.values() if each.digest not in digests | ended],
        good=[name for name in good.values() if name not in revoked],
        is_certain=set(good) <= set(was),
    )


def _swap(copy: Path, place: Path, at: str) -> Path | None:
    """Have a copy take the database's place; where the old one is now."""
    aside = place.with_name(f"{place.name}.before-{at}")
    copy.chmod(0o600)
    backups.sync(copy)
    for log in (place.with_name(place.name + each) for each in _LOGS):
        if log.exists():
            # Beside another database it would be taken for that one's.
            log.replace(aside.with_name(log.name.replace(place.name, aside.name)))
    is_there = place.exists()
    if is_there:
        # Under both names for a moment: a kill must not leave a place where a start makes a
        # database without anything in it.
        os.link(place, aside)
    copy.replace(place)
    backups.sync(place.parent)
    return aside if is_there else None
