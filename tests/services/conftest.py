"""Where services are tried many thousand times."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.db import schema
from app.db.connection import Database
from app.services.resources import Resources
from tests.conftest import Clock, resources_on

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
