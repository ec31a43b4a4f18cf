"""A backup is whole, right, private and named when it is done, or it is not there."""

from __future__ import annotations

import errno
import gzip
import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from app.db import copies
from app.domain.retention import Keep
from app.errors import Conflict, DatabaseUnavailable
from app.services import backups
from app.services.resources import Resources
from tests import streams
from tests.arrival import record
from tests.conftest import Clock
from tests.service import ROOT

pytestmark = pytest.mark.sqlite_only("PostgreSQL is backed up by its own tools")

HISTORY = streams._stream(("MNQZ5", "MESZ5"), range(40))
NAME = "trader-20251107T180000Z.db.gz"
# Ends the process where a backup is as far as is said.
KILLED = """
import os, sys
from itertools import count
from pathlib import Path
from app.db import copies
from app.services import backups
from tests.conftest import Clock, resources_on
from app.db.connection import Database

calls = count(1)

def killed(*_, **__):
    if next(calls) == at:
        os.kill(os.getpid(), 9)

# While the copy is checked; and when the checksum has its name, but the backup has not.
module, name, at = {"checking": (copies, "damage", 1), "naming": (backups, "sync", 2)}[sys.argv[1]]
setattr(module, name, killed)
backups.make(resources_on(Database(sys.argv[2]), Clock()), Path(sys.argv[3]))
"""


@pytest.fixture
def res(sqlite_res: Resources) -> Resources:
    record(sqlite_res, "A", HISTORY)
    return sqlite_res


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


@pytest.mark.feature("TPA-32")
def test_a_backup_holds_everything_and_is_its_owners_alone(res: Resources, folder: Path) -> None:
    made = backups.make(res, folder)
    assert names(folder) == [NAME, f"{NAME}.sha256"]
    assert made.contents == copies.Contents(accounts=1, executions=len(HISTORY))
    assert made.is_recomputed
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()} == {0o600}
    checked = subprocess.run(["sha256sum", "-c", f"{NAME}.sha256"], cwd=folder, check=False)
    assert checked.returncode == 0
    # One file that needs no log beside it.
    assert gzip.decompress(made.file.read_bytes())[18:20] == b"\1\1"


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        ("UPDATE performance_day SET winning = winning + 1", "civil day"),
        ("DELETE FROM positions WHERE closed_at_us IS NOT NULL", "position"),
    ],
)
def test_a_database_that_is_not_right_makes_no_backup(
    res: Resources, folder: Path, damage: str, named: str
) -> None:
    with res.db.write() as conn:
        conn.execute(text(damage))
    with pytest.raises(DatabaseUnavailable, match="no backup") as refused:
        backups.make(res, folder)
    assert named in refused.value.details[0].message
    assert names(folder) == []
    assert backups.last_us(res.db) is None


def test_a_row_that_refers_to_nothing_makes_no_backup(res: Resources, folder: Path) -> None:
    with copies._connected(backups.database_file(res)) as connection:
        connection.execute("INSERT INTO token_accounts VALUES (99, 'A')")
        connection.commit()
    with pytest.raises(DatabaseUnavailable, match="damaged") as refused:
        backups.make(res, folder)
    assert "token_accounts" in refused.value.details[0].message
    assert names(folder) == []


@pytest.mark.parametrize("moment", ["checking", "naming"])
def test_a_backup_that_was_killed_leaves_no_file_under_the_final_name(
    res: Resources, folder: Path, moment: str
) -> None:
    url = res.db.url.render_as_string()
    command = [sys.executable, "-c", KILLED, moment, url, str(folder)]
    ended = subprocess.run(command, check=False, capture_output=True)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert NAME not in names(folder)
    assert names(folder / ".unfinished") != []
    backups.make(res, folder)
    assert names(folder) == [NAME, f"{NAME}.sha256"]


def test_a_disk_that_is_full_leaves_nothing_and_says_so(res: Resources, folder: Path) -> None:
    backups.make(res, folder)
    command = f"ulimit -f 48; exec {sys.executable} -m flask --app wsgi backup {folder}"
    env = os.environ | {"DATABASE_URL": res.db.url.render_as_string(), "DATA_DIR": str(folder)}
    ended = subprocess.run(
        ["bash", "-c", command], env=env, cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert ended.returncode == 1, ended.stderr
    assert ended.stderr.startswith("Error: the database could not be copied"), ended.stderr
    assert "Traceback" not in ended.stderr
    assert names(folder) == [NAME, f"{NAME}.sha256"]


def test_a_disk_that_fills_up_while_packing_leaves_nothing(
    res: Resources, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(OSError, match="No space"):
        backups.make(res, folder)
    assert names(folder) == []


def test_the_older_ones_go_once_the_new_one_is_there(
    res: Resources, folder: Path, clock: Clock
) -> None:
    folder.mkdir()
    (folder / "trader-of-mine.db.gz").touch()
    for hour in ("15:00", "16:10", "16:50", "17:30"):
        clock.set(f"2025-11-07T{hour}:00Z")
        made = backups.make(res, folder, Keep(hours=2))
    assert [each.name for each in made.removed] == ["trader-20251107T150000Z.db.gz"]
    packed = [each for each in names(folder) if each.endswith("Z.db.gz")]
    assert packed == ["trader-20251107T165000Z.db.gz", "trader-20251107T173000Z.db.gz"]
    assert len(names(folder)) == 5
    assert "trader-of-mine.db.gz" in names(folder)


def test_a_backup_that_fails_removes_no_older_one(
    res: Resources, folder: Path, clock: Clock
) -> None:
    backups.make(res, folder)
    with res.db.write() as conn:
        conn.execute(text("UPDATE accounts SET realized_net_micros = 0"))
    clock.set("2025-11-08T18:00:00Z")
    with pytest.raises(DatabaseUnavailable):
        backups.make(res, folder, Keep(hours=1))
    assert names(folder) == [NAME, f"{NAME}.sha256"]


def test_two_at_once_or_in_one_second_are_refused(res: Resources, folder: Path) -> None:
    backups.make(res, folder)
    with pytest.raises(Conflict, match="there already"):
        backups.make(res, folder)
    with backups._alone(folder), pytest.raises(Conflict, match="another backup"):
        backups.make(res, folder)


def test_when_the_last_one_was_taken_is_known(res: Resources, folder: Path, clock: Clock) -> None:
    assert backups.last_us(res.db) is None
    backups.make(res, folder)
    assert backups.last_us(res.db) == clock.now_us
