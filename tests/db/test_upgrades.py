"""A database that an earlier version filled answers right as soon as it is upgraded."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from app.db import copies, kept_trades, rollups, schema
from app.db.connection import Database
from app.domain import instants
from app.services import accounts, verification
from app.services.accounts import Cash
from app.services.resources import Resources
from app.services.statistics import StatisticsQuestion
from tests import streams
from tests.arrival import record
from tests.conftest import Clock, resources_on, told
from tests.db import revisions
from tests.oracle import Fill

# The revision before trades were kept as columns.
BEFORE_COLUMNS = "0005"
EVERYTHING = StatisticsQuestion(None, None, None, None, None, None, None)
QUESTIONS = (
    EVERYTHING,
    EVERYTHING._replace(calendar="session"),
    EVERYTHING._replace(strategy="fade", group_by="symbol"),
)
ACCOUNTS = ("A", "B", "empty")


@pytest.fixture
def old(bare_url: str) -> Iterator[Database]:
    """An empty database of an earlier version."""
    db = revisions.empty_at(bare_url, BEFORE_COLUMNS)
    yield db
    db.close()


@pytest.mark.parametrize("revision", revisions.every()[:-1])
def test_a_database_of_any_earlier_version_answers_the_same_once_it_is_upgraded(
    bare_url: str, sqlite_res: Resources, clock: Clock, revision: str
) -> None:
    record(sqlite_res, "A", a_history(0))
    at_us = instants.parse("2025-11-01T00:00:00Z")
    accounts.move_cash(sqlite_res, "A", Cash("c1", Decimal(500), at_us, None))
    clock.set("2026-06-01T00:00:00Z")
    db = revisions.empty_at(bare_url, revision)
    revisions.copy(sqlite_res.db, db)
    assert schema.upgrade(db)
    upgraded = resources_on(db, clock)
    assert answers(upgraded, "A") == answers(sqlite_res, "A")
    balances = [each.balance_micros for each in accounts.every(upgraded)]
    assert balances == [each.balance_micros for each in accounts.every(sqlite_res)]
    assert list(verification.differences(upgraded, "A")) == []
    assert not db.is_sqlite or copies.damage(db) == []
    db.close()


def test_trades_of_an_earlier_version_are_in_the_statistics_at_once(
    old: Database, res: Resources, clock: Clock
) -> None:
    for number, account_id in enumerate(ACCOUNTS[:2]):
        record(res, account_id, a_history(number))
    record(res, "empty", a_history(2)[:1])
    clock.set("2026-06-01T00:00:00Z")
    revisions.copy(res.db, old)
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
    revisions.copy(sqlite_res.db, old)
    monkeypatch.setattr(kept_trades, "fill", lambda *_: None)
    schema.upgrade(old)
    upgraded = resources_on(old, clock)
    assert answers(upgraded, "A") != answers(sqlite_res, "A")
    assert list(verification.differences(upgraded, "A")) != []


def test_an_upgrade_that_counts_no_executions_is_found(
    bare_url: str, sqlite_res: Resources, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(sqlite_res, "A", a_history(0))
    db = revisions.empty_at(bare_url, "0015")
    revisions.copy(sqlite_res.db, db)
    monkeypatch.setattr(rollups, "fill", lambda *_: None)
    schema.upgrade(db)
    found = list(verification.differences(resources_on(db, clock), "A"))
    assert any("civil day" in each for each in found)
    db.close()


def a_history(number: int) -> list[Fill]:
    return streams._stream(("MNQZ5", "MESZ5"), range(number, number + 60))


def answers(res: Resources, account_id: str) -> list[Any]:
    return [told(res, account_id, question) for question in QUESTIONS]
