"""The SQLite that is linked keeps what several processes write and checkpoint at once."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from app.db import engines
from app.db.engines import UnsafeSQLite, check_sqlite
from tests.figures import figure, reached
from tests.service import ROOT
from tests.system.wal_reset import Outcome

SECONDS = figure("WAL_RESET_SECONDS", 4)
# The fault is a race, found after four seconds or after sixty: too long for every push.
IS_LONG = figure("WAL_RESET_KNOWN_BAD", 0)
FOUND_MAX_S = 600
STOP_WAIT_S = 60

pytestmark = pytest.mark.sqlite_only("PostgreSQL's log is its server's")


def stressed(driver: str, folder: Path, seconds: float) -> Outcome:
    done = subprocess.run(
        [sys.executable, "-m", "tests.system.wal_reset", driver, str(folder), str(seconds)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + STOP_WAIT_S,
    )
    assert done.returncode == 0, done.stderr
    return Outcome(**json.loads(done.stdout))


def test_checkpoints_of_several_processes_lose_nothing_that_was_committed(
    memory_path: Path,
) -> None:
    outcome = stressed(engines.DRIVER.__name__, memory_path, SECONDS)
    assert outcome.fault is None, outcome
    assert outcome.rounds > SECONDS / 2
    reached(f"SQLite {outcome.version}: {outcome.commits:,} commits, {outcome.rounds:,} rounds")


@pytest.mark.skipif(not IS_LONG, reason="a race that is found only in a longer run")
def test_the_fault_is_found_in_a_sqlite_that_has_it(memory_path: Path) -> None:
    try:
        check_sqlite(sqlite3.sqlite_version_info)
    except UnsafeSQLite:
        assert stressed("sqlite3", memory_path, FOUND_MAX_S).fault
    else:
        pytest.skip("the standard library's SQLite does not have the fault")
