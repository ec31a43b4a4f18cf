"""Backups of a running service under load."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count, pairwise
from pathlib import Path
from threading import Event

import pytest
import requests

from app.db import copies
from app.db.connection import Database
from app.services import restoring
from tests.conftest import Clock, resources_on
from tests.figures import figure, reached
from tests.service import Service
from tests.system import stored
from tests.system.callers import Caller, execution

WRITERS = 3
BACKUPS = figure("BACKUPS", 2)
# Once in so many writes there are many fills: the more backups, the fewer to be put into each.
BIG, BIG_EVERY = 501, 5 * BACKUPS
# As long as a caller waits who is held up by nothing but the machine.
WRITE_MAX_S = 5

pytestmark = pytest.mark.sqlite_only("PostgreSQL is backed up by its own tools")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path / "data", workers=3)
    made.start()
    yield made
    made.kill()


class Writer:
    """Posts fills one by one, and now and then many at once, into an account of its own."""

    def __init__(self, service: Service, number: int) -> None:
        self.acknowledged: list[str] = []
        self.waits_s: list[float] = []
        self._account_id = f"W{number}"
        self._caller = Caller(service)

    def write(self, until: Event) -> None:
        numbers = count()
        while not until.is_set():
            size = BIG if len(self.waits_s) % BIG_EVERY == BIG_EVERY - 1 else 1
            rows = [execution(self._account_id, next(numbers)) for _ in range(size)]
            began_s = time.monotonic()
            answer = self._caller.post(rows)
            self.waits_s.append(time.monotonic() - began_s)
            assert answer.status_code == 200, answer.text
            self.acknowledged += [f"{self._account_id}/{row['execution_id']}" for row in rows]


@pytest.mark.feature("TPA-32")
def test_a_backup_under_load_holds_every_fill_acknowledged_before_it_began(
    service: Service, tmp_path: Path
) -> None:
    writers = [Writer(service, number) for number in range(WRITERS)]
    over = Event()
    before: list[set[str]] = []
    with ThreadPoolExecutor(WRITERS) as pool:
        running = [pool.submit(each.write, over) for each in writers]
        try:
            for _ in range(BACKUPS):
                before.append({each for writer in writers for each in writer.acknowledged})
                done = service.flask("backup", str(tmp_path / "backups"))
                assert done.returncode == 0, done.stderr
        finally:
            over.set()
        for each in running:
            each.result()
    assert_age_is_told(service)
    files = sorted((tmp_path / "backups").glob("*.gz"))
    assert len(files) == BACKUPS
    held = [fills_of(tmp_path / f"{n}", file) for n, file in enumerate(files)]
    assert [earlier - found for earlier, found in zip(before, held, strict=True)] == [
        set()
    ] * BACKUPS
    # They were taken in the midst of it.
    after = {each for writer in writers for each in writer.acknowledged}
    assert all(earlier < later for earlier, later in pairwise([*before, after]))
    slowest_s = max(wait_s for writer in writers for wait_s in writer.waits_s)
    assert slowest_s < WRITE_MAX_S
    reached(
        f"{BACKUPS} backups beside {len(after):,} fills; the slowest write took {slowest_s:.1f} s"
    )


def test_a_copy_of_the_file_without_its_log_is_found_to_lack_fills(
    service: Service, tmp_path: Path
) -> None:
    assert Caller(service).post([execution("W0", n) for n in range(10)]).ok
    copied = shutil.copyfile(service.data_dir / "trader.db", tmp_path / "copied.db")
    assert fills_of(tmp_path / "restored", copied) == set()


def fills_of(folder: Path, file: Path) -> set[str]:
    """What a backup holds, put back where nothing was; it must be right to be put there."""
    place = folder / "trader.db"
    res = resources_on(Database(f"sqlite:///{place}"), Clock(time.time_ns() // 1000))
    restoring.restore(res, file, is_forced=False, must_revoke=False)
    with copies.opened(place) as db:
        return {f"{key.account_id}/{key.id}" for key, _ in stored.rows(db)}


def assert_age_is_told(service: Service) -> None:
    told = requests.get(f"{service.url}/metrics", timeout=10).text.splitlines()
    [line] = [each for each in told if each.startswith("tpa_last_backup_timestamp_seconds ")]
    assert time.time() - 60 < float(line.split()[1]) <= time.time()
