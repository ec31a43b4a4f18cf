"""The disk is full: what is acknowledged is stored and nothing else, what is read is right, and all
goes on as soon as there is room.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from itertools import count
from pathlib import Path
from random import Random

import pytest
import requests

from app.db.connection import Database
from tests.figures import figure, reached, rng
from tests.service import Service
from tests.system import full_disk, stored
from tests.system.callers import DAY, Caller, execution
from tests.system.full_disk import Disk, Limit

pytestmark = pytest.mark.sqlite_only("PostgreSQL's disk is its server's")

FILLS = figure("DISK_FULL_TIMES", 3)
REFUSALS = 6
WRITES_MAX = 12
REFUSED_MAX_S = 20
BACK_MAX_S = 5.0
BATCHES = (1, 1, 5, 40)
# A new account now and then, so that no account's history makes its writes long.
ACCOUNT_WRITES = 200
REFUSED_WITH = (503, "DATABASE_UNAVAILABLE", True)


class Writer:
    """Posts fills, and knows which of them were acknowledged."""

    def __init__(self, service: Service, random: Random) -> None:
        self.acknowledged: set[tuple[str, str]] = set()
        self.refused = 0
        self._caller = Caller(service)
        self._numbers = count()
        self._random = random
        self._writes = 0

    @property
    def account_id(self) -> str:
        return f"D{self._writes // ACCOUNT_WRITES}"

    def write(self) -> bool:
        """Whether a write was acknowledged; one that was not says why in the usual shape."""
        size = self._random.choice(BATCHES)
        rows = [execution(self.account_id, next(self._numbers)) for _ in range(size)]
        answer = self._caller.post(rows)
        self._writes += answer.status_code == 200
        if answer.status_code == 200:
            self.acknowledged |= {(row["account_id"], row["execution_id"]) for row in rows}
            return True
        self.refused += 1
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["retryable"]) == REFUSED_WITH, answer.text
        assert int(answer.headers["Retry-After"]) >= 1
        return False

    def check_reads(self) -> None:
        """Both workers read what was acknowledged, and no more."""
        for account_id, fees in Counter(each for each, _ in self.acknowledged).items():
            for _ in range(2):
                told = self._caller.get(
                    "/api/performance/daily", account_id=account_id, date=DAY, basis="execution"
                )
                assert (told.status_code, told.json()["fees"]) == (200, fees), told.text


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


def started(stack: ExitStack, folder: Path, factory: str, workers: int) -> Service:
    folder.mkdir(exist_ok=True)
    service = Service(folder / "data", workers=workers)
    service.log = folder.with_suffix(".log")
    stack.callback(service.kill)
    service.launch(sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", factory)
    service.wait_for("/health/ready")
    return service


@pytest.mark.feature("TPA-16")
def test_a_full_disk_refuses_writes_answers_reads_and_is_forgotten_once_there_is_room(
    stack: ExitStack, tmp_path: Path
) -> None:
    disk = stack.enter_context(full_disk.small(tmp_path / "disk", FILLS))
    service = started(stack, tmp_path / "disk", "wsgi:app", 2)
    random = rng()
    writer = Writer(service, random)
    slowest_s = max(filled(service, disk, writer, random) for _ in range(FILLS))
    assert lost_and_invented(service, writer) == (set(), set())
    assert "Traceback" not in service.log.read_text()
    some = f"{len(writer.acknowledged):,} fills stored, {writer.refused:,} writes refused"
    reached(f"filled {FILLS} times: {some}; back after {slowest_s:.2f} s at most")


def test_a_service_that_acknowledges_what_it_could_not_commit_is_found(
    stack: ExitStack, tmp_path: Path
) -> None:
    service = started(stack, tmp_path / "disk", "tests.system.careless:create()", 1)
    disk = Limit()
    writer = Writer(service, Random())
    assert writer.write()
    disk.fill(service, Random(1))
    # There is room for a few.
    for _ in range(4 * REFUSALS):
        writer.write()
    disk.free(service)
    lost, _ = lost_and_invented(service, writer)
    assert lost


def filled(service: Service, disk: Disk, writer: Writer, random: Random) -> float:
    """Fill the disk and make room again; how long it took until a write was taken."""
    for _ in range(random.randint(1, WRITES_MAX)):
        assert writer.write()
    disk.fill(service, random)
    refused_before, until_s = writer.refused, time.monotonic() + REFUSED_MAX_S
    while writer.refused < refused_before + REFUSALS:
        assert time.monotonic() < until_s, "the disk never got full"
        writer.write()
    writer.check_reads()
    assert requests.get(f"{service.url}/health/live", timeout=10).status_code == 200
    disk.free(service)
    freed_s = time.monotonic()
    while not writer.write():
        assert time.monotonic() < freed_s + BACK_MAX_S, "it does not go on"
    took_s = time.monotonic() - freed_s
    service.wait_for("/health/ready", BACK_MAX_S)
    writer.check_reads()
    return took_s


def lost_and_invented(
    service: Service, writer: Writer
) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    with closing(Database(f"sqlite:///{service.data_dir / 'trader.db'}")) as db:
        assert stored.damage(db) == []
        found = {(key.account_id, key.id) for key, _ in stored.rows(db)}
    return writer.acknowledged - found, found - writer.acknowledged
