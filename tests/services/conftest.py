"""Where services are tried many thousand times."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.db.connection import Database
from app.demo_gateway.gateway import Gateway
from app.services.resources import Resources
from tests.arrival import record
from tests.broker import gateways
from tests.broker.gateways import COMBINE, SATURDAY
from tests.conftest import Clock, resources_on
from tests.services.broker_syncs import Scene, scene
from tests.services.machines import HISTORY, Machine


@pytest.fixture
def memory_res(memory_url: str, clock: Clock) -> Iterator[Resources]:
    """Resources on a database that waits for no disk."""
    yield from _resources(memory_url, clock)


@pytest.fixture
def postgres_res(postgres_url: str, clock: Clock) -> Iterator[Resources]:
    """Resources on PostgreSQL alone."""
    yield from _resources(postgres_url, clock)


def _resources(url: str, clock: Clock) -> Iterator[Resources]:
    db = Database(url)
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
def at(at_saturday: Gateway, memory_url: str) -> Iterator[Scene]:
    clock = at_saturday.now_us
    assert isinstance(clock, gateways.Clock)
    clock.now_us = SATURDAY
    with scene(at_saturday, memory_url) as found:
        yield found
    # What a test had it say.
    for name in ("trades", "orders", "accounts", "open_orders"):
        vars(at_saturday).pop(name, None)
