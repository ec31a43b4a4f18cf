"""Where services are tried many thousand times."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.db import schema
from app.db.connection import Database
from app.demo_gateway.gateway import Gateway
from app.services.resources import Resources
from tests.arrival import record
from tests.broker import gateways
from tests.broker.gateways import COMBINE, SATURDAY
from tests.conftest import Clock, resources_on
from tests.services.broker_syncs import Scene, scene, template
from tests.services.machines import HISTORY, Machine

# A commit need not wait for a disk here, where there is such a file system.
MEMORY = Path("/dev/shm")


@pytest.fixture
def memory_res(clock: Clock) -> Iterator[Resources]:
    """Resources on a real SQLite file that is kept in memory."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield from _resources(f"sqlite:///{folder}/trader.db", clock)


@pytest.fixture
def postgres_res(postgres_url: str, clock: Clock) -> Iterator[Resources]:
    """Resources on PostgreSQL alone."""
    yield from _resources(postgres_url, clock)


def _resources(url: str, clock: Clock) -> Iterator[Resources]:
    db = Database(url)
    schema.upgrade(db)
    yield resources_on(db, clock)
    db.close()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine with an account that traded."""
    made = Machine(tmp_path)
    record(made.res, "A", HISTORY[:30])
    yield made
    made.stop()


@pytest.fixture(scope="session")
def at_saturday() -> Gateway:
    """One account that traded for some days before a weekend."""
    found = Gateway(7, days=4, now_us=gateways.Clock(SATURDAY))
    for account_id in set(found.ledgers) - {COMBINE}:
        del found.ledgers[account_id]
    return found


@pytest.fixture
def at(at_saturday: Gateway) -> Iterator[Scene]:
    clock = at_saturday.now_us
    assert isinstance(clock, gateways.Clock)
    clock.now_us = SATURDAY
    with template() as empty, scene(empty, at_saturday, clock) as found:
        yield found
    # What a test had it say.
    for name in ("trades", "orders", "accounts", "open_orders"):
        vars(at_saturday).pop(name, None)
