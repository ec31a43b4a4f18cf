"""Hours of use leave every answer right, and the service no larger and no slower than before.

`SOAK_SECONDS=7200 SOAK_FOLDER=/some/folder` makes it long: only then is there growth to judge.
"""

from __future__ import annotations

import os
import sys
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
# Enough for samples to judge; how much a request leaks goes with it.
LEAK_S = figure("SOAK_LEAK_SECONDS", 5)
LEAK_BYTES = figure("SOAK_LEAK_BYTES", 2**20)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the figures go."""
    made = Path(os.environ.get("SOAK_FOLDER", tmp_path))
    made.mkdir(parents=True, exist_ok=True)
    return made


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """Two workers that share a Redis, to be started."""
    redis = RedisServer(tmp_path)
    redis.start()
    made = Service(tmp_path / "data", REDIS_URL=redis.url, SOAK_LEAK_BYTES=str(LEAK_BYTES))
    yield made
    made.kill()
    redis.close()


def test_every_answer_is_right_and_nothing_grows(service: Service, folder: Path) -> None:
    service.start()
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


def test_a_service_that_keeps_something_of_each_request_is_found(
    service: Service, tmp_path: Path
) -> None:
    leaking = "tests.system.careless:create_leaking()"
    service.launch(sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", leaking)
    service.wait_for("/health/ready")
    outcome = soak(service, tmp_path, for_s=LEAK_S, rate=RATE, seed=rng().randrange(2**32), days=1)
    series = outcome.series
    assert outcome.notes.faults == []
    assert any("grows by" in fault for fault in judging.faults(series))
    workers = range(len(series[-1].workers))
    grown_kib_h = sum(judging.growth_kib_h(series, each) for each in workers)
    asked_an_hour = sum(each.requests for each in series) / series[-1].at_s * judging.HOUR_S
    assert grown_kib_h > asked_an_hour * LEAK_BYTES / 1024 / 2
    reached(f"{LEAK_BYTES} bytes a request are found in {LEAK_S} s")
