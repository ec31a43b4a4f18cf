"""What follows a commit does not happen: the worker dies, or Redis is away, empty or of yesterday.
No answer is older than the write.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest
import requests

from tests.cache.redis_server import RedisServer
from tests.figures import figure, reached
from tests.service import Service
from tests.system.callers import DAY, Caller, execution
from tests.system.mortal import MARK

TIMES = figure("CUT_SHORT_TIMES", 1)
WORKERS = 2
# So many connections that each worker takes some.
READS = 6
KINDS = ("daily", "weekly")
ACCOUNT_ID = "A"


class Cut(NamedTuple):
    """A service and its Redis."""

    service: Service
    redis: RedisServer
    folder: Path

    @property
    def caller(self) -> Caller:
        return Caller(self.service)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.close()


Start = Callable[[str], Cut]


@pytest.fixture
def start(redis: RedisServer, tmp_path: Path) -> Iterator[Start]:
    services: list[Service] = []

    def started(factory: str) -> Cut:
        service = Service(
            tmp_path / "data", workers=WORKERS, REDIS_URL=redis.url, LOG_LEVEL="WARNING"
        )
        services.append(service)
        app = f"tests.system.mortal:{factory}()"
        service.launch(sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", app)
        service.wait_for("/health/ready")
        return Cut(service, redis, tmp_path)

    yield started
    for each in services:
        each.kill()


def died(cut: Cut, number: int) -> None:
    """The worker that committed dies before it can tell anybody."""
    (cut.service.data_dir / MARK).touch()
    with suppress(requests.ConnectionError):
        answer = cut.caller.post(execution(ACCOUNT_ID, number))
        pytest.fail(f"it lives: {answer.text}")


def away(cut: Cut, number: int) -> None:
    """Redis is away during the write, and comes back empty."""
    cut.redis.kill()
    assert cut.caller.post(execution(ACCOUNT_ID, number)).status_code == 200
    check(cut, number)
    cut.redis.start()


def emptied(cut: Cut, number: int) -> None:
    """Redis loses all it holds right after the write."""
    assert cut.caller.post(execution(ACCOUNT_ID, number)).status_code == 200
    cut.redis.client.flushall()


def set_back(cut: Cut, number: int) -> None:
    """Redis gets back what it held before the write."""
    cut.redis.dump(cut.folder / "old.rdb")
    assert cut.caller.post(execution(ACCOUNT_ID, number)).status_code == 200
    cut.redis.restore(cut.folder / "old.rdb")


HAPPENINGS = (died, away, emptied, set_back)


def check(cut: Cut, number: int) -> None:
    """Every worker tells all fills up to the last one; each has fees of 1."""
    assert told(cut) == {number + 1}


def told(cut: Cut) -> set[int]:
    """How many fills there are by the answers of all workers."""
    found = set()
    for _ in range(READS):
        for kind in KINDS:
            answer = cut.caller.get(
                f"/api/performance/{kind}", account_id=ACCOUNT_ID, date=DAY, basis="execution"
            )
            assert answer.status_code == 200, answer.text
            found.add(int(answer.json()["fees"]))
    return found


@pytest.mark.feature("TPA-26", "TPA-31")
def test_no_answer_is_older_than_a_write_whose_consequences_were_cut_off(start: Start) -> None:
    cut = start("create")
    assert cut.caller.post(execution(ACCOUNT_ID, 0)).status_code == 200
    for number in range(1, TIMES * len(HAPPENINGS) + 1):
        check(cut, number - 1)
        HAPPENINGS[number % len(HAPPENINGS)](cut, number)
        check(cut, number)
    times = TIMES * len(HAPPENINGS)
    reached(f"{times:,} writes cut short, {2 * times * READS * len(KINDS):,} answers, none stale")


def test_a_service_that_deletes_what_it_kept_after_the_write_is_found_stale(start: Start) -> None:
    cut = start("create_naive")
    assert cut.caller.post(execution(ACCOUNT_ID, 0)).status_code == 200
    check(cut, 0)
    died(cut, 1)
    assert 1 in told(cut)
