"""Writers of overlapping accounts on PostgreSQL, whose rows they lock in one order: no deadlock."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.db import accounts
from app.db.connection import Connection, Database
from app.domain.accounts import Account
from app.errors import DatabaseUnavailable
from app.services import ingest, verification
from app.services.resources import Resources
from tests.arrival import handed_in
from tests.conftest import Clock, resources_on
from tests.oracle import Fill

ACCOUNTS = ("A", "B", "C")
ROUNDS = 4
HELD_S = 0.1


@pytest.fixture
def writers(postgres_url: str, clock: Clock) -> Iterator[list[Resources]]:
    """Two processes' worth of a service."""
    databases = [Database(postgres_url), Database(postgres_url)]
    yield [resources_on(each, clock) for each in databases]
    for each in databases:
        each.close()


@pytest.fixture(autouse=True)
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold each account's row for a while before the next one is asked for."""
    lock = accounts.lock

    def locked(conn: Connection, account_id: str) -> Account | None:
        found = lock(conn, account_id)
        time.sleep(HELD_S)
        return found

    monkeypatch.setattr(accounts, "lock", locked)


def write(res: Resources, number: int, order: tuple[str, ...]) -> str:
    """A batch over all the accounts in this order; what became of it."""
    at = datetime(2025, 11, 6, 15, number, tzinfo=UTC)
    name = f"{number}-{''.join(order)}"
    fill = Fill(name, "MNQZ5", "BUY", 1, Decimal(21000), Decimal(0), at)
    try:
        ingest.record(res, [handed_in(account_id, fill) for account_id in order])
    except DatabaseUnavailable as error:
        return f"{error.__cause__}"
    return "stored"


def played(writers: list[Resources]) -> set[str]:
    """What became of batches whose accounts come in opposite orders; the first make them."""
    orders = (ACCOUNTS, ACCOUNTS[::-1])
    with ThreadPoolExecutor(len(writers)) as pool:
        return {
            each
            for number in range(ROUNDS)
            for each in pool.map(write, writers, [number] * len(writers), orders)
        }


def test_batches_over_the_same_accounts_in_opposite_orders_are_all_stored(
    writers: list[Resources],
) -> None:
    assert played(writers) == {"stored"}
    for account_id in ACCOUNTS:
        with writers[0].db.read() as conn:
            account = accounts.by_id(conn, account_id)
        assert account
        assert account.version == ROUNDS * len(writers)
        assert list(verification.differences(writers[0], account_id)) == []


def test_locks_in_an_order_of_each_writer_would_be_a_deadlock(
    writers: list[Resources], monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_its_own_order(items: Iterable[str]) -> list[str]:
        return sorted(items, reverse=threading.current_thread().name.endswith("1"))

    monkeypatch.setattr(ingest, "sorted", in_its_own_order, raising=False)
    assert any("deadlock" in each for each in played(writers))
