"""SIGKILL of workers under callers who send again what was not answered, with the same ids: each
fill is stored once.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path
from random import Random
from threading import Event

import pytest
import requests

from tests.figures import figure, reached, rng
from tests.service import Service
from tests.system import stored
from tests.system.callers import Caller, execution

KILLS = figure("WORKER_KILLS", 4)
WORKERS = 3
WRITERS = 4
SIZES = (1, 1, 3, 20)
# A new account for so many fills, so that no history makes its writes long.
ACCOUNT_FILLS = 2_000
BETWEEN_MAX_S = 0.4
BACK_MAX_S = 30
SENT_AGAIN_MAX = 200


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path / "data", workers=WORKERS, LOG_LEVEL="WARNING")
    yield made
    made.kill()


class Writer:
    """Posts fills into accounts of its own, each until it was acknowledged."""

    def __init__(self, service: Service, number: int, random: Random) -> None:
        self.acknowledged: list[tuple[str, str]] = []
        self.sent_again = 0
        self._caller = Caller(service)
        self._name = f"W{number}"
        self._random = random

    def write(self, over: Event) -> None:
        numbers = count()
        while not over.is_set():
            account_id = f"{self._name}-{len(self.acknowledged) // ACCOUNT_FILLS}"
            size = self._random.choice(SIZES)
            rows = [execution(account_id, next(numbers)) for _ in range(size)]
            for _ in range(SENT_AGAIN_MAX):
                if self._sent(rows):
                    break
                self.sent_again += 1
            else:
                raise AssertionError("no worker takes it")

    def _sent(self, rows: list[dict[str, str]]) -> bool:
        try:
            answer = self._caller.post(rows)
        except requests.ConnectionError:
            return False
        assert answer.status_code == requests.codes.ok, answer.text
        self.acknowledged += [(row["account_id"], row["execution_id"]) for row in rows]
        return True


def written_under_kills(service: Service, kills: int, random: Random) -> list[Writer]:
    writers = [Writer(service, n, Random(random.random())) for n in range(WRITERS)]
    over = Event()
    with ThreadPoolExecutor(WRITERS) as pool:
        running = [pool.submit(each.write, over) for each in writers]
        try:
            for _ in range(kills):
                time.sleep(random.uniform(0, BETWEEN_MAX_S))
                kill_one(service, random, running)
        finally:
            over.set()
        for each in running:
            each.result()
    return writers


def kill_one(service: Service, random: Random, running: list[Future[None]]) -> None:
    """Kill a worker while all of them are there, and somebody still writes."""
    until_s = time.monotonic() + BACK_MAX_S
    while len(workers := service.workers()) < WORKERS:
        assert time.monotonic() < until_s, "a killed worker is not replaced"
        time.sleep(0.01)
    assert not any(each.done() for each in running)
    os.kill(random.choice(workers), signal.SIGKILL)


def found(service: Service) -> list[tuple[str, str]]:
    with closing(service.database()) as db:
        assert stored.damage(db) == []
        return sorted((key.account_id, key.id) for key, _ in stored.rows(db))


@pytest.mark.feature("TPA-32", "TPA-20")
def test_killed_workers_lose_and_double_nothing(service: Service) -> None:
    service.start()
    writers = written_under_kills(service, KILLS, rng())
    acknowledged = sorted(each for writer in writers for each in writer.acknowledged)
    assert found(service) == acknowledged
    verified = service.flask("verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    again = sum(each.sent_again for each in writers)
    reached(f"{KILLS:,} workers killed, {len(acknowledged):,} fills, {again:,} requests sent again")


def test_a_service_that_stores_what_it_acknowledged_a_little_later_is_found(
    service: Service,
) -> None:
    service.env["WEB_CONCURRENCY"] = "1"
    behind = "tests.system.careless:create_behind()"
    service.launch(sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", behind)
    service.wait_for("/health/ready")
    writer = Writer(service, 0, Random(1))
    over = Event()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(writer.write, over)
        time.sleep(1)
        for pid in service.workers():
            os.kill(pid, signal.SIGKILL)
        over.set()
        running.result()
    time.sleep(1)
    assert set(writer.acknowledged) - set(found(service))
