"""Many writers in two processes and readers that hold on to what they see: nobody is refused, and
the log stays bounded.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from itertools import count
from pathlib import Path
from threading import Event
from typing import NamedTuple

import pytest
import requests

from app.db import copies
from app.db.connection import Database, first
from tests.figures import figure, reached
from tests.service import Service
from tests.system import stored
from tests.system.callers import Caller, execution

pytestmark = pytest.mark.sqlite_only("SQLite has one writer at a time")

SECONDS = figure("CONTENTION_SECONDS", 2)
WORKERS = 2
WRITERS = 8 * WORKERS
# A new account now and then, as a busy day of one has.
ACCOUNT_WRITES = 500
# As long as an export may take, and what lets a checkpoint come to its end.
HELD_S, LET_GO_S = 1.0, 0.05
LOG_MAX_BYTES = 64 * 2**20
# Far above what it takes.
WRITE_MAX_S = 30


class Contended(NamedTuple):
    """What became of the writes, and how long the log became."""

    acknowledged: set[tuple[str, str]]
    waits_s: list[float]
    refusals: list[str]
    log_bytes: list[int]


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


def started(stack: ExitStack, folder: Path, factory: str) -> Service:
    service = Service(folder / "data", workers=WORKERS, LOG_LEVEL="WARNING")
    stack.callback(service.kill)
    service.launch(sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", factory)
    service.wait_for("/health/ready")
    return service


def contended(service: Service, seconds: float) -> Contended:
    """Write and read for a time."""
    found, over = Contended(set(), [], [], []), Event()
    with ThreadPoolExecutor(WRITERS + 1) as pool:
        tasks = [pool.submit(write, service, number, found, over) for number in range(WRITERS)]
        tasks.append(pool.submit(hold, service, found, over))
        over.wait(seconds)
        over.set()
        for each in tasks:
            each.result()
    return found


def write(service: Service, number: int, found: Contended, over: Event) -> None:
    caller, numbers = Caller(service), count()
    while not over.is_set():
        n = next(numbers)
        row = execution(f"C{number}-{n // ACCOUNT_WRITES}", n)
        sent_s = time.monotonic()
        answer = caller.post(row)
        found.waits_s.append(time.monotonic() - sent_s)
        if answer.status_code == requests.codes.ok:
            found.acknowledged.add((row["account_id"], row["execution_id"]))
        else:
            found.refusals.append(answer.text)


def hold(service: Service, found: Contended, over: Event) -> None:
    """Read in one snapshot for as long as an export takes, over and over."""
    file = service.data_dir / "trader.db"
    with closing(Database(f"sqlite:///{file}")) as db:
        while not over.is_set():
            with db.read() as conn:
                before = first(conn, copies.CONTENTS)
                over.wait(HELD_S)
                assert first(conn, copies.CONTENTS) == before
            found.log_bytes.append(file.with_name("trader.db-wal").stat().st_size)
            over.wait(LET_GO_S)


@pytest.mark.feature("TPA-20")
def test_no_writer_is_refused_for_another_or_for_a_long_reader(
    stack: ExitStack, tmp_path: Path
) -> None:
    service = started(stack, tmp_path, "wsgi:app")
    found = contended(service, SECONDS)
    assert found.refusals == []
    assert max(found.log_bytes) <= LOG_MAX_BYTES
    assert max(found.waits_s) < WRITE_MAX_S
    with closing(Database(f"sqlite:///{service.data_dir / 'trader.db'}")) as db:
        assert {(key.account_id, key.id) for key, _ in stored.rows(db)} == found.acknowledged
    p99_s = sorted(found.waits_s)[len(found.waits_s) * 99 // 100]
    log_mib = max(found.log_bytes) / 2**20
    reached(
        f"{len(found.acknowledged):,} writes in {SECONDS} s, none refused;"
        f" p99 {p99_s * 1000:.0f} ms, log {log_mib:.1f} MiB at most"
    )


def test_a_service_that_waits_for_no_other_writer_is_found(
    stack: ExitStack, tmp_path: Path
) -> None:
    service = started(stack, tmp_path, "tests.system.careless:create_impatient()")
    found = contended(service, 1)
    assert any("DATABASE_UNAVAILABLE" in each for each in found.refusals)
