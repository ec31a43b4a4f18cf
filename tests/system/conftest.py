"""A running service for a file of tests that do not get in each other's way."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import databases
from tests.service import Service

WORKERS = 3
MEMORY = Path("/dev/shm")


@pytest.fixture(scope="session", autouse=True)
def _databases(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every service has a database on the server that was chosen."""
    with pytest.MonkeyPatch.context() as patch:
        if databases.CHOSEN == "postgres":
            patch.setenv(databases.OF_SERVICES, request.getfixturevalue("postgres").url("postgres"))
        yield


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    made = Service(tmp_path_factory.mktemp("service") / "data", workers=WORKERS)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def memory_path() -> Iterator[Path]:
    """A folder in memory where there is such a place: for many files that no disk has to keep."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder)
