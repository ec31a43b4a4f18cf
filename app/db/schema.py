"""The schema's version, and bringing a database up to it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.db.connection import Database, first
from app.errors import DatabaseUnavailable

# What the migrations end at; a test holds it to them, so that only an upgrade imports Alembic.
REVISION = "0016"

# Stands in the revision's place, before it, while a database is being filled by a copy.
COPY_MARK = "copy-"

CURRENT = text("SELECT version_num FROM alembic_version LIMIT 1")


def current(db: Database) -> str | None:
    """The revision that the database is at; None where it is empty."""
    try:
        with db.read() as conn:
            row = first(conn, CURRENT)
    except (DBAPIError, DatabaseUnavailable) as error:
        if "alembic_version" in str(error.__cause__ or error):
            return None
        raise
    return None if row is None else str(row[0])


def checked(db: Database) -> str | None:
    """The revision; DatabaseUnavailable for half a copy, which must not be used as it is."""
    found = current(db)
    if found and found.startswith(COPY_MARK):
        raise DatabaseUnavailable(
            "the database is a copy that was not finished: call copy-to again, where it came from"
        )
    return found


def upgrade(db: Database) -> bool:
    """Apply the migrations that are missing, each in a transaction; False when none was."""
    if checked(db) == REVISION:
        return False
    # Alembic takes seconds to import, so only an upgrade pays for it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["database"] = db
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise DatabaseUnavailable(
            f"the database is at revision {current(db)}, which this version does not know:"
            " run the version that made it, or a newer one"
        ) from error
    return True
