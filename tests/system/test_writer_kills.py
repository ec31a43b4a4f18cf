"""SIGKILL of a process that writes, at any moment: what it acknowledged is there, the write that it
was at is there as a whole or not at all, and everything derived is what the executions make.
"""

from __future__ import annotations

import multiprocessing
import time
from contextlib import closing
from multiprocessing.context import ForkServerContext
from pathlib import Path
from random import Random

import pytest

from app.db import schema
from app.db.connection import Database
from tests.figures import figure, reached, rng
from tests.streams import ALL
from tests.system import stored, survival
from tests.system.in_process import token
from tests.system.mortal_writer import Task, write
from tests.system.survival import Record
from tests.system.test_power_loss import derived_faults, versions

pytestmark = pytest.mark.sqlite_only("PostgreSQL's writers are processes of its server")

KILLS = figure("WRITER_KILLS", 12)
# Each database takes so many, so that looking at all of it stays quick.
KILLS_EACH = 40
RECOMPUTED_EVERY = 8
ACCOUNT_IDS = ("A1", "A2", "A3")
SAID_MAX = 12
RUN_MAX_S = 0.03


@pytest.fixture(scope="module")
def context() -> ForkServerContext:
    """Makes processes that have everything imported and nothing opened."""
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload([write.__module__])
    return made


class Mortality:
    """Writers on one database after another, killed one by one."""

    def __init__(
        self, context: ForkServerContext, folder: Path, random: Random, *, is_hasty: bool
    ) -> None:
        self.acknowledged = 0
        self.cut_off = 0
        self._context = context
        self._folder = folder
        self._random = random
        self._is_hasty = is_hasty

    def faults(self, kills: int) -> list[str]:
        """What is wrong after one of so many kills; nothing where all is well."""
        for begun in range(0, kills, KILLS_EACH):
            file = self._folder / f"{begun}.db"
            with closing(Database(f"sqlite:///{file}")) as db:
                schema.upgrade(db)
                secret = token(db)
            records: list[Record] = []
            for number in range(begun, min(kills, begun + KILLS_EACH)):
                contract = ALL[number % len(ALL)]
                task = Task(file, secret, number, contract, ACCOUNT_IDS, self._is_hasty)
                records += self._killed(task)
                if found := faults(file, records, recompute=not number % RECOMPUTED_EVERY):
                    return found
            self.acknowledged += sum(each.fate == "acknowledged" for each in records)
            self.cut_off += sum(each.fate == "unknown" for each in records)
            file.unlink()
        return []

    def _killed(self, task: Task) -> list[Record]:
        """What a writer knew of its writes when it was killed."""
        receiver, sender = self._context.Pipe(duplex=False)
        process = self._context.Process(target=write, args=(task, sender))
        process.start()
        sender.close()
        # However slow the machine is, it gets to write something.
        said = [receiver.recv() for _ in range(self._random.randint(1, SAID_MAX))]
        time.sleep(self._random.uniform(0, RUN_MAX_S))
        process.kill()
        process.join()
        with receiver:
            try:
                while True:
                    said.append(receiver.recv())
            except EOFError:
                pass
        settled = [
            Record(changes, "acknowledged", given)
            for changes, given in zip(said[::2], said[1::2], strict=False)
        ]
        return settled + [Record(each, "unknown") for each in said[::2][len(settled) :]]


def faults(file: Path, records: list[Record], *, recompute: bool) -> list[str]:
    with closing(Database(f"sqlite:///{file}")) as db:
        found = stored.damage(db)
        found += survival.faults(records, stored.rows(db), versions(db))
        return found + (derived_faults(db) if recompute else [])


@pytest.mark.feature("TPA-32")
def test_a_killed_writer_has_lost_nothing_that_it_acknowledged(
    context: ForkServerContext, tmp_path: Path
) -> None:
    mortality = Mortality(context, tmp_path, rng(), is_hasty=False)
    assert mortality.faults(KILLS) == []
    assert mortality.acknowledged > KILLS
    reached(
        f"{KILLS:,} kills, {mortality.acknowledged:,} writes acknowledged,"
        f" {mortality.cut_off:,} cut off"
    )


def test_a_writer_that_acknowledges_before_it_commits_is_found(
    context: ForkServerContext, tmp_path: Path
) -> None:
    mortality = Mortality(context, tmp_path, rng(), is_hasty=True)
    found = mortality.faults(KILLS_EACH)
    # What is lost may be a deletion as well.
    lost = ("acknowledged", "was deleted and is there")
    assert any(each in fault for fault in found for each in lost), found
