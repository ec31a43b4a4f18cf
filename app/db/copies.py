"""SQLite files as files: copies of a snapshot, what one holds, and what is wrong with it.

Nothing here opens a file otherwise than through SQLite while a connection to it may be open: to
close such a file would let go of SQLite's own locks.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from sqlalchemy import text

from app.db.connection import Connection, Database, first, rows
from app.db.engines import DRIVER
from app.db.presence import in_use
from app.errors import DatabaseUnavailable

FAULTS_MAX = 20


def copy(source: Path, target: Path) -> None:
    """Copy the source as it is at one moment, beside its readers and writers; DatabaseUnavailable
    where it cannot be read, or there is no room.
    """
    try:
        with _connected(source) as reading, closing(DRIVER.connect(target)) as writing:
            # In one step: a copy in several begins anew whenever another process writes.
            reading.backup(writing)
    except DRIVER.Error as error:
        raise DatabaseUnavailable(f"the database could not be copied: {error}") from error


@contextmanager
def opened(file: Path) -> Iterator[Database]:
    """A copy as a database; one file again when it is closed."""
    db = Database(f"sqlite:///{quote(str(file.absolute()))}")
    try:
        yield db
    finally:
        db.close()
    set_down(file)


DAMAGE = text(f"PRAGMA integrity_check({FAULTS_MAX})")
ORPHANS = text("PRAGMA foreign_key_check")


def damage(db: Database) -> list[str]:
    """What SQLite finds wrong with a file: its pages, indexes, constraints and references."""
    with db.read() as conn:
        found = [str(row[0]) for row in rows(conn, DAMAGE) if row[0] != "ok"]
        orphans = rows(conn, ORPHANS)[:FAULTS_MAX]
    return found + [f"a row of {table} refers to no {parent}" for table, _, parent, _ in orphans]


class Contents(NamedTuple):
    """How much a database holds."""

    accounts: int
    executions: int


CONTENTS = text("SELECT (SELECT count(*) FROM accounts), (SELECT count(*) FROM executions)")


def contents(db: Database) -> Contents:
    """How much is in a database."""
    with db.read() as conn:
        return Contents._make(first(conn, CONTENTS))


class KnownToken(NamedTuple):
    """A token as a database knows it; `revoked_at_us` is None while it is good."""

    name: str
    digest: str
    revoked_at_us: int | None


TOKENS = "SELECT name, digest, revoked_at_us FROM tokens ORDER BY name"


def tokens(conn: Connection) -> list[KnownToken]:
    """All tokens by name."""
    return _tokens(conn.connection)


def _tokens(connection: Any) -> list[KnownToken]:
    with closing(connection.cursor()) as cursor:
        cursor.execute(TOKENS)
        return [KnownToken._make(row) for row in cursor.fetchall()]


def set_down(file: Path) -> list[KnownToken] | None:
    """Bring a file and its log together, and tell its tokens; None where it cannot be read, and
    Conflict while anything has it open.
    """
    try:
        with _connected(file) as connection:
            # Only the last connection there is may leave WAL.
            connection.execute("PRAGMA journal_mode = DELETE").close()
            return _tokens(connection)
    except DRIVER.DatabaseError as error:
        if "locked" in str(error):
            raise in_use(file) from error
        return None


@contextmanager
def _connected(file: Path) -> Iterator[Any]:
    # Never made where it is not there.
    with closing(DRIVER.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True)) as connection:
        yield connection
