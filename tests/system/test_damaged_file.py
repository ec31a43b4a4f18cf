"""Bytes of the database's file change on the disk: what SQLite finds is never served, whatever it
is, and nothing crashes on it.
"""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
from flask import Flask

from app import cli
from app.cli.shell import Damaged
from app.db import copies, engines, schema
from app.db.connection import Database
from app.factory import create_app
from app.settings import from_env
from tests.conftest import Clock, resources_on
from tests.figures import figure, reached, rng
from tests.service import READY_WAIT_S, Service
from tests.system.callers import DAY, execution
from tests.system.in_process import renew

pytestmark = pytest.mark.sqlite_only("PostgreSQL's files are its server's")

FILES = figure("DAMAGED_FILES", 30)
MORE_MAX = 400
FILLS = 400
ACCOUNT_IDS = ("A", "B")
FLIPS_MAX = 64
PAGE_BYTES = 4096
QUESTIONS = (
    f"performance/daily?date={DAY}",
    "performance/history?interval=hour",
    "positions?status=all",
    "statistics?",
    f"trades?start={DAY}&end={DAY}",
)

Answers = Sequence[tuple[int, Any]]


class Sound(NamedTuple):
    """A database as it should be, and what is told from it."""

    file: Path
    answers: Answers


class Served:
    """The application, on one file after the other."""

    def __init__(self, folder: Path) -> None:
        self.app: Flask = create_app(from_env({"DATA_DIR": str(folder), "LOG_LEVEL": "ERROR"}))
        cli.register(self.app)

    @contextmanager
    def on(self, file: Path) -> Iterator[Database]:
        with closing(Database(f"sqlite:///{file}")) as db:
            renew(self.app, replace(resources_on(db, Clock()), requires_token=False))
            yield db

    def prepared(self, file: Path) -> int:
        """The exit status of what comes before every start."""
        with self.on(file):
            done = self.app.test_cli_runner().invoke(args=["prepare"])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code

    def answers(self, file: Path) -> Answers:
        """What all accounts' questions are answered with, as by a service that checked nothing."""
        paths = [f"/api/{each}&account_id={a}" for each in QUESTIONS for a in ACCOUNT_IDS]
        with self.on(file):
            client = self.app.test_client()
            found = [client.get(path) for path in paths]
        return [(each.status_code, each.get_json()) for each in found]


@pytest.fixture
def served(memory_path: Path) -> Served:
    return Served(memory_path)


@pytest.fixture
def sound(served: Served, memory_path: Path) -> Sound:
    file = memory_path / "sound.db"
    with served.on(file) as db:
        schema.upgrade(db)
        client = served.app.test_client()
        for account_id in ACCOUNT_IDS:
            some = [execution(account_id, number) for number in range(FILLS)]
            assert client.post("/api/executions", json=some).status_code == 200
    copies.set_down(file)
    return Sound(file, served.answers(copy(file)))


def test_a_start_refuses_every_file_in_which_sqlite_finds_damage(
    served: Served, sound: Sound, memory_path: Path
) -> None:
    random, found = rng(), Counter[str]()
    # As many more as it takes to see what the check at the start is for.
    while found.total() < FILES or not found["found, wrong"]:
        assert found.total() < FILES + MORE_MAX
        damaged = memory_path / "damaged.db"
        damaged.write_bytes(flipped(sound.file.read_bytes(), random))
        is_found = is_damaged(copy(damaged))
        status = served.prepared(copy(damaged))
        assert (status == Damaged.exit_code) == is_found, status
        answers = served.answers(copy(damaged))
        assert_told_as_errors(answers)
        found[f"{'found' if is_found else 'unseen'}, {judged(answers, sound.answers)}"] += 1
    reached(f"{found.total():,} files: {dict(sorted(found.items()))}")


def copy(file: Path) -> Path:
    """A file of its own for each who opens it, since that may write to it."""
    for old in file.parent.glob("copied*"):
        old.unlink()
    return Path(shutil.copy(file, file.with_name("copied.db")))


def flipped(content: bytes, random: Random) -> bytes:
    """Change up to so many bytes of one page."""
    made = bytearray(content)
    first = random.randrange(len(made) // PAGE_BYTES) * PAGE_BYTES
    for _ in range(random.randint(1, FLIPS_MAX)):
        made[first + random.randrange(PAGE_BYTES)] ^= random.randint(1, 255)
    return bytes(made)


def is_damaged(file: Path) -> bool:
    with closing(engines.DRIVER.connect(str(file))) as conn:
        try:
            return bool(conn.execute("PRAGMA quick_check").fetchall() != [("ok",)])
        except (engines.DRIVER.DatabaseError, UnicodeDecodeError):
            return True


def assert_told_as_errors(answers: Answers) -> None:
    for status, body in answers:
        assert status == 200 or body["error"]["code"], body


def judged(answers: Answers, expected: Answers) -> str:
    """What would have been told of a file: the figures that it should, an error, or others."""
    if any(a[0] == 200 and a != b for a, b in zip(answers, expected, strict=True)):
        return "wrong"
    return "right" if answers == expected else "error"


def test_a_service_does_not_start_on_a_damaged_file_and_says_what_helps(
    sound: Sound, tmp_path: Path
) -> None:
    service = Service(tmp_path / "data")
    service.data_dir.mkdir()
    content = bytearray(sound.file.read_bytes())
    # The second page is the root of a table; what begins a page says what it is.
    content[PAGE_BYTES : PAGE_BYTES + 8] = bytes(8)
    (service.data_dir / "trader.db").write_bytes(content)
    service.launch()
    try:
        assert service.process.wait(READY_WAIT_S) == Damaged.exit_code
    except subprocess.TimeoutExpired:
        pytest.fail("it goes on")
    finally:
        service.kill()
    said = service.log.read_text()
    assert "the database is damaged: restore a backup" in said
    assert "Traceback" not in said
