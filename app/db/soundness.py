"""Whether SQLite finds its file sound, to be asked before anything is told from it."""

from __future__ import annotations

from sqlalchemy import text

from app.db.connection import Database, first
from app.errors import DatabaseDamaged

# Not the integrity check, which takes many times as long to hold every index against its table.
QUICK_CHECK = text("PRAGMA quick_check(1)")


def require(db: Database) -> None:
    """DatabaseDamaged where SQLite finds a fault; reads the whole file, some 2 ms a MB."""
    if not db.is_sqlite:
        return
    with db.read() as conn:
        (found,) = first(conn, QUICK_CHECK)
    if found != "ok":
        raise DatabaseDamaged(f"the database is damaged: restore a backup ({found})")
