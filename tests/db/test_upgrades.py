"""A database that an earlier version filled answers right as soon as it is upgraded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import inspect, text

import app.db
from app.db import kept_trades, schema
from app.db.connection import Connection, Database
from app.services import verification
from app.services.resources import Resources
from app.services.statistics import StatisticsQuestion
from tests import streams
from tests.arrival import record
from tests.conftest import Clock, resources_on, told
from tests.oracle import Fill

# The revision before trades were kept as columns.
BEFORE_COLUMNS = "0005"
TABLES = ("accounts", "executions", "positions", "position_effects", "performance_day")
EVERYTHING = StatisticsQuestion(None, None, None, None, None, None, None)
QUESTIONS = (
    EVERYTHING,
    EVERYTHING._replace(calendar="session"),
    EVERYTHING._replace(strategy="fade", group_by="symbol"),
)
ACCOUNTS = ("A", "B", "empty")


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Database]:
    """An empty database of an earlier version."""
    db = Database(f"sqlite:///{tmp_path / 'old.db'}")
    config = Config()
    folder = Path(app.db.__path__[0]) / "migrations"
    config.set_main_option("script_location", str(folder))
    config.attributes["database"] = db
    command.upgrade(config, BEFORE_COLUMNS)
    yield db
    db.close()


def test_trades_of_an_earlier_version_are_in_the_statistics_at_once(
    old: Database, res: Resources, clock: Clock
) -> None:
    for number, account_id in enumerate(ACCOUNTS[:2]):
        record(res, account_id, a_history(number))
    record(res, "empty", a_history(2)[:1])
    clock.set("2026-06-01T00:00:00Z")
    copy(res.db, old)
    assert schema.upgrade(old)
    upgraded = resources_on(old, clock)
    for account_id in ACCOUNTS:
        assert answers(upgraded, account_id) == answers(res, account_id)
        assert list(verification.differences(upgraded, account_id)) == []


def test_an_upgrade_that_fills_nothing_is_found(
    old: Database, sqlite_res: Resources, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(sqlite_res, "A", a_history(0))
    clock.set("2026-06-01T00:00:00Z")
    copy(sqlite_res.db, old)
    monkeypatch.setattr(kept_trades, "fill", lambda *_: None)
    schema.upgrade(old)
    upgraded = resources_on(old, clock)
    assert answers(upgraded, "A") != answers(sqlite_res, "A")
    assert list(verification.differences(upgraded, "A")) != []


def a_history(number: int) -> list[Fill]:
    return streams._stream(("MNQZ5", "MESZ5"), range(number, number + 60))


def answers(res: Resources, account_id: str) -> list[Any]:
    return [told(res, account_id, question) for question in QUESTIONS]


def copy(source: Database, target: Database) -> None:
    """All executions and what was made of them, as far as the target has room for it."""
    with source.read() as reading, target.write() as writing:
        for table in TABLES:
            columns = [each["name"] for each in inspect(writing).get_columns(table)]
            found = reading.execute(text(f"SELECT {', '.join(columns)} FROM {table}"))
            insert(writing, table, [dict(row) for row in found.mappings()])


def insert(conn: Connection, table: str, found: list[dict[str, Any]]) -> None:
    for row in found:
        values = ", ".join(f":{name}" for name in row)
        conn.execute(text(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({values})"), row)
