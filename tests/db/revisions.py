"""Databases as earlier versions left them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

import app.db
from app.db.connection import Connection, Database

TABLES = (
    *("accounts", "cash_movements", "executions", "execution_versions", "execution_tombstones"),
    *("positions", "position_effects", "performance_day", "outbox"),
)


def config() -> Config:
    made = Config()
    made.set_main_option("script_location", str(Path(app.db.__path__[0]) / "migrations"))
    return made


def every() -> list[str]:
    """All revisions that there ever were, the oldest first."""
    return [each.revision for each in ScriptDirectory.from_config(config()).walk_revisions()][::-1]


def empty_at(url: str, revision: str) -> Database:
    """A database without tables, made one of an earlier version."""
    db = Database(url)
    upgrade = config()
    upgrade.attributes["database"] = db
    command.upgrade(upgrade, revision)
    return db


def copy(source: Database, target: Database) -> None:
    """All executions and what was made of them, as far as the target has room for it."""
    with source.read() as reading, target.write() as writing:
        for table in TABLES:
            columns = [each["name"] for each in inspect(writing).get_columns(table)]
            found = reading.execute(text(f"SELECT {', '.join(columns)} FROM {table}"))
            _insert(writing, table, [dict(row) for row in found.mappings()])


def _insert(conn: Connection, table: str, found: list[dict[str, Any]]) -> None:
    for row in found:
        values = ", ".join(f":{name}" for name in row)
        conn.execute(text(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({values})"), row)
