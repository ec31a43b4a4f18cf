"""Hours of use leave every answer right, and the service no larger and no slower than before.

`SOAK_SECONDS=7200 SOAK_FOLDER=/some/folder` makes it long: only then is there growth to judge.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cache.redis_server import RedisServer
from tests.figures import figure, reached, rng
from tests.service import Service
from tests.system.soak import judging
from tests.system.soak.run import soak

FOR_S = figure("SOAK_SECONDS", 4)
RATE = 12
JUDGED_S = 1800
# So much that the caches of pages are full before anything is judged: some 20 MB.
PAST_DAYS = figure("SOAK_PAST_DAYS", 4)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the figures go."""
    made = Path(os.environ.get("SOAK_FOLDER", tmp_path))
    made.mkdir(parents=True, exist_ok=True)
    return made


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """Two workers that share a Redis."""
    redis = RedisServer(tmp_path)
    redis.start()
    made = Service(tmp_path / "data", REDIS_URL=redis.url)
    made.start()
    yield made
    made.kill()
    redis.close()


def test_every_answer_is_right_and_nothing_grows(service: Service, folder: Path) -> None:
    seed = rng().randrange(2**32)
    outcome = soak(service, folder, for_s=FOR_S, rate=RATE, seed=seed, days=PAST_DAYS)
    checked = outcome.notes.checked
    assert outcome.notes.faults == []
    assert checked["daily"], f"nothing was asked: {checked}"
    assert checked["past"], f"nobody looked back: {checked}"
    assert service.process.poll() is None
    if FOR_S >= JUDGED_S:
        assert judging.faults(outcome.series) == []
    reached(f"{FOR_S} s, {checked.total()} answers checked")
