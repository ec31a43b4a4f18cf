"""The schema's version, and bringing a database up to it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.db.connection import Database, first
from app.errors import DatabaseUnavailable

# What the migrations end at; a test holds it to them, so that only an upgrade imports Alembic.
REVISION = "0013"

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


def upgrade(db: Database) -> bool:
    """Apply the migrations that are missing, each in a transaction; False when none was."""
    if current(db) == REVISION:
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
