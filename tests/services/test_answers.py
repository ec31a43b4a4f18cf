"""What an answer is named by: two states that differ never share a name."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from app.db import accounts as account_rows
from app.db import schema
from app.db.connection import Database
from app.domain import market
from app.domain.accounts import Account
from app.services import access, accounts, answers
from app.services.performance import PeriodQuestion
from app.services.resources import Resources
from tests.arrival import record
from tests.bar_notes import minutes, put
from tests.conftest import Clock, resources_on
from tests.oracle import Fill

TODAY = PeriodQuestion("day", None, None, None, "position")


def opened(path: Path) -> Resources:
    db = Database(f"sqlite:///{path}")
    schema.upgrade(db)
    return resources_on(db, Clock())


@pytest.fixture
def first(tmp_path: Path) -> Iterator[Resources]:
    res = opened(tmp_path / "first.db")
    yield res
    res.db.close()


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Resources]:
    res = opened(tmp_path / "second.db")
    yield res
    res.db.close()


def buy(res: Resources, execution_id: str, price: str) -> None:
    at = datetime(2025, 11, 7, 15, int(execution_id), tzinfo=UTC)
    fill = Fill(execution_id, "MNQZ5", "BUY", 1, Decimal(price), Decimal(0), at)
    record(res, "A", [fill])


def version_and_tag(res: Resources) -> tuple[int, str]:
    account = access.state(res, "A").account
    assert account is not None
    return account.version, answers.ask(res, account, TODAY).tag


def test_a_state_keeps_its_name_until_it_changes(first: Resources) -> None:
    buy(first, "1", "21000")
    before = version_and_tag(first)
    assert version_and_tag(first) == before
    buy(first, "1", "21000")
    assert version_and_tag(first) == before
    buy(first, "2", "21000")
    assert version_and_tag(first) != before


def test_the_same_version_of_another_database_has_another_name(
    first: Resources, second: Resources
) -> None:
    for res, price in ((first, "21000"), (second, "21010")):
        buy(res, "1", price)
    (version, tag), (other_version, other_tag) = map(version_and_tag, (first, second))
    assert version == other_version
    assert tag != other_tag


def test_what_is_written_after_a_backup_is_restored_has_another_name(
    first: Resources, tmp_path: Path
) -> None:
    buy(first, "1", "21000")
    first.db.close()
    shutil.copy(tmp_path / "first.db", tmp_path / "backup.db")
    buy(first, "2", "21000")
    lost = version_and_tag(first)
    restored = opened(tmp_path / "backup.db")
    buy(restored, "2", "21010")
    version, tag = version_and_tag(restored)
    restored.db.close()
    assert version == lost[0]
    assert tag != lost[1]


@pytest.mark.parametrize(
    ("late_us", "status"), [(None, "manual"), (10, "live"), (0, "stale"), (-10, "stale")]
)
def test_an_account_stands_as_all_are_looked_up_as_it_does_by_itself(
    res: Resources, late_us: int | None, status: str
) -> None:
    buy(res, "1", "21000")
    put(res, "MNQZ5", minutes("2025-11-07T15:29:00Z", 21_010))
    account, now_us = _account(res), res.now_us()
    if late_us is not None:
        with res.db.write() as conn:
            account_rows.heard(conn, account.account_key, now_us, late_us)
    account = _account(res)
    assert account.held
    stands = accounts.states(res.db, [account.account_key], now_us)
    assert stands == {account.account_key: account.state(status)}
    assert market.feed(account, now_us) == status


def _account(res: Resources) -> Account:
    found = access.state(res, "A").account
    assert found
    return found
