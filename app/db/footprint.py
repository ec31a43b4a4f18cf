"""Whether the database can be read and written, how large it is, and when it last changed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import text

from app.db.connection import Database, first, run

TOUCH = text("UPDATE service_state SET token_epoch = token_epoch + :step WHERE state_key = 1")


def touch(db: Database) -> None:
    """Write one row and commit it, after which it says what it said before; DatabaseUnavailable
    where that cannot be done.
    """
    with db.write() as conn:
        # There and back: SQLite writes nothing where a row is set to what it is.
        for step in (1, -1):
            run(conn, TOUCH, step=step)


class Footprint(NamedTuple):
    """Bytes on disk, what is free there, and when any account's data last changed; None where that
    is not known.
    """

    kind: str
    bytes: int
    wal_bytes: int | None
    free_bytes: int | None
    changed_at_us: int | None


LAST_CHANGE = text("""
    SELECT max(o.created_at_us)
    FROM accounts a JOIN outbox o ON o.account_key = a.account_key AND o.seq = a.outbox_seq
""")


def footprint(db: Database) -> Footprint:
    """How the database stands now."""
    with db.read() as conn:
        (changed_at_us,) = first(conn, LAST_CHANGE)
        if not db.is_sqlite:
            (size,) = first(conn, POSTGRES_BYTES)
            return Footprint("postgresql", size, None, None, changed_at_us)
    file = Path(db.url.database or "")
    wal = file.with_name(f"{file.name}-wal")
    free = shutil.disk_usage(file.parent).free
    return Footprint("sqlite", _bytes(file), _bytes(wal), free, changed_at_us)


POSTGRES_BYTES = text("SELECT pg_database_size(current_database())")


def _bytes(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0
