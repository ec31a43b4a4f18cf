"""Backups of a SQLite database: taken beside its writers, checked, packed, and named once whole."""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from app.db import copies, presence, schema
from app.db.connection import Database
from app.db.copies import Contents
from app.domain import instants, retention
from app.domain.retention import Keep
from app.errors import Conflict, DatabaseUnavailable, Detail
from app.services import accounts, verification
from app.services.resources import Resources

CHECKSUM_SUFFIX = ".sha256"
MARK = "last-backup"
FAULTS_MAX = copies.FAULTS_MAX
_NAME = re.compile(r"trader-(?P<made_at>\d{8}T\d{6}Z)\.db\.gz")
_TIME = "%Y%m%dT%H%M%SZ"
_UNFINISHED = ".unfinished"
# As much smaller as at any other level, in a quarter of the usual one's time.
_GZIP_LEVEL = 1
_CHUNK_BYTES = 1 << 20


class NotSQLite(Conflict):
    """The database is a server's, which has tools of its own."""


class Backup(NamedTuple):
    """A backup, what it holds and which older ones went; `is_recomputed` says that all that is
    derived was computed again from its executions.
    """

    file: Path
    bytes: int
    contents: Contents
    is_recomputed: bool
    removed: list[Path]


def make(res: Resources, folder: Path, keep: Keep | None = None) -> Backup:
    """Back the database up into a folder; DatabaseUnavailable: what was copied is not right.

    Everything acknowledged before it began is in it.
    """
    source = database_file(res)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(folder), workshop(folder / _UNFINISHED) as work:
        now_us = res.now_us()
        file = folder / f"trader-{stamp(now_us)}.db.gz"
        if file.exists():
            raise Conflict(f"{file} is there already")
        # Else what is being put aside by a restore might be copied, as the newest there is.
        with presence.shared(source):
            copies.copy(source, work / "copy.db")
        with copies.opened(work / "copy.db") as db:
            is_recomputed = _check(res, db)
            held = copies.contents(db)
        _publish(work / "copy.db", work, file)
        _mark(source.with_name(MARK), now_us)
        removed = _rotate(folder, keep) if keep else []
    return Backup(file, file.stat().st_size, held, is_recomputed, removed)


def last_us(db: Database) -> int | None:
    """When the last backup was taken; None where none is known of."""
    if not db.is_sqlite:
        return None
    try:
        return instants.parse(_marked(db).read_text("ascii").strip())
    except (OSError, ValueError):
        return None


def database_file(res: Resources) -> Path:
    """The file that is backed up and restored; NotSQLite where there is none."""
    if not res.db.is_sqlite:
        raise NotSQLite("this is for SQLite")
    return Path(res.db.url.database or "").absolute()


def stamp(instant_us: int) -> str:
    """An instant as the names of files have it."""
    return instants.to_datetime(instant_us).strftime(_TIME)


def differences(res: Resources, db: Database) -> Iterator[str]:
    """What a copy of the database holds that its executions do not make."""
    copied = replace(res, db=db)
    for account in accounts.every(copied):
        for each in verification.differences(copied, account.account_id):
            yield f"{account.account_id}: {each}"


@contextmanager
def workshop(folder: Path) -> Iterator[Path]:
    """An empty folder of the owner's alone, gone afterwards; one that a kill left goes first."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sync(path: Path) -> None:
    """Have a file, or a folder's names, on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def checksum(file: Path) -> str:
    """The SHA-256 of a file."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Conflict(f"another backup is being made in {folder}") from None
    finally:
        os.close(descriptor)


def _check(res: Resources, db: Database) -> bool:
    """Refuse a copy that is not right; whether all of it could be looked at."""
    _require_none("damaged", copies.damage(db))
    if schema.current(db) != schema.REVISION:
        return False  # What is derived is another version's business.
    found = differences(res, db)
    _require_none("not what its executions make", list(islice(found, FAULTS_MAX)))
    return True


def _require_none(what: str, faults: list[str]) -> None:
    if faults:
        details = [Detail("database", each) for each in faults]
        raise DatabaseUnavailable(f"there is no backup: the database is {what}", details)


def _publish(copy: Path, work: Path, file: Path) -> None:
    """Pack a copy, and give it its name when it is on the disk as a whole."""
    packed = work / file.name
    with copy.open("rb") as content, gzip.open(packed, "wb", _GZIP_LEVEL) as target:
        shutil.copyfileobj(content, target, _CHUNK_BYTES)
    summed = work / f"{file.name}{CHECKSUM_SUFFIX}"
    summed.write_text(f"{checksum(packed)}  {file.name}\n", "ascii")
    # The checksum first: there is no backup under its name without one.
    for each in (summed, packed):
        each.chmod(0o600)
        sync(each)
        each.replace(file.with_name(each.name))
    sync(file.parent)


def _rotate(folder: Path, keep: Keep) -> list[Path]:
    found = [_NAME.fullmatch(each.name) for each in folder.iterdir()]
    made = {_made_at(match): match[0] for match in found if match}
    removed = [folder / made[each] for each in retention.surplus(made, keep)]
    for each in removed:
        each.unlink()
        each.with_name(f"{each.name}{CHECKSUM_SUFFIX}").unlink(missing_ok=True)
    return removed


def _made_at(match: re.Match[str]) -> datetime:
    return datetime.strptime(match["made_at"], _TIME).replace(tzinfo=UTC)


def _mark(mark: Path, now_us: int) -> None:
    made = mark.with_name(f"{MARK}.new")
    made.write_text(f"{instants.text(now_us)}\n", "ascii")
    made.replace(mark)


def _marked(db: Database) -> Path:
    return Path(db.url.database or "").with_name(MARK)
