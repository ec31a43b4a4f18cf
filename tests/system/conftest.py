"""A running service for a file of tests that do not get in each other's way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.service import Service

WORKERS = 3


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    made = Service(tmp_path_factory.mktemp("service") / "data", workers=WORKERS)
    made.start()
    yield made
    made.kill()
