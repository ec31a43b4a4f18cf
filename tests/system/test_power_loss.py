"""The power fails at any moment of what the service writes: nothing is damaged then, and nothing
that was acknowledged is lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from unittest.mock import patch

import apsw
import pytest
from sqlalchemy import text

from app.db import engines, schema
from app.db.connection import Database, rows
from app.errors import DatabaseUnavailable
from app.services import verification
from app.services.accounts import load
from tests.conftest import Clock, resources_on
from tests.figures import figure, reached, rng
from tests.system import power, stored, survival
from tests.system.apsw_driver import Driver
from tests.system.in_process import InProcess, application, token
from tests.system.power import Event, Image, Recorder
from tests.system.survival import Record
from tests.system.traders import Trader

pytestmark = pytest.mark.sqlite_only("PostgreSQL's log is its server's")

IMAGES = figure("POWER_IMAGES", 120)
# A history of so many writes is made anew for so many images of it.
IMAGES_EACH = 1_000
WRITES = 30
# Of a setting that is known to be bad.
FEW = 30
NAME = "trader.db"
ACCOUNT_IDS = ("A1", "A2", "A3")
# Far more often than the service's own, so that checkpoints are part of a short history.
CHECKPOINT_PAGES = 60
RECOMPUTED_EVERY = 25
VERSIONS = text("SELECT account_id, version FROM accounts")
_numbers = count()


class History(NamedTuple):
    """What was on the disk before, what was written to it since, and after how many of these events
    each request was sent and settled.
    """

    before: bytes
    events: Sequence[Event]
    records: Sequence[Record]
    sent: Sequence[int]
    settled: Sequence[int]


def written(folder: Path, synchronous: str, random: Random) -> History:
    """Let a trader write through the whole service, under one setting of SQLite."""
    folder.mkdir()
    file = folder / NAME
    with closing(Database(f"sqlite:///{file}")) as db:
        schema.upgrade(db)
        secret = token(db)
    before = file.read_bytes()
    trader = Trader(random.randrange(10**6), "MNQZ5", ACCOUNT_IDS)
    sent, settled = [], []
    with recording(synchronous) as events, closing(Database(f"sqlite:///{file}")) as db:
        session: Any = InProcess(application(db, folder).test_client(), secret)
        del events[:]
        for _ in range(WRITES):
            sent.append(len(events))
            assert trader.send(session, "", trader._any()) == "acknowledged"
            settled.append(len(events))
        written = [*events]
    return History(before, written, trader.records, sent, settled)


@contextmanager
def recording(synchronous: str) -> Iterator[list[Event]]:
    name = f"recorder{next(_numbers)}"
    recorder = Recorder(name)

    def adjust(statement: str) -> str:
        if statement == "PRAGMA journal_mode = WAL":
            return f"{statement}; PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}"
        if statement == "PRAGMA synchronous = FULL":
            return f"PRAGMA synchronous = {synchronous}"
        return statement

    with patch.object(engines, "sqlite", Driver(name, adjust)):
        yield recorder.events
    recorder.unregister()


def losses(folder: Path, synchronous: str, images: int, random: Random) -> Counter[str]:
    """How many images have each kind of fault; a fault that is none of a kind is its own."""
    found: Counter[str] = Counter()
    for number in range(-(-images // IMAGES_EACH)):
        history = written(folder / f"{synchronous}{number}", synchronous, random)
        some = min(images - number * IMAGES_EACH, IMAGES_EACH)
        moments = [random.randrange(len(history.events) + 1) for _ in range(some)]
        for n, image in enumerate(
            power.images({NAME: history.before}, history.events, moments, random)
        ):
            found.update(judged(folder / "image", image, history, recompute=n))
    return found


def judged(folder: Path, image: Image, history: History, *, recompute: int) -> set[str]:
    """The kinds of fault of one image, as a service finds it that starts on it."""
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name, content in image.files.items():
        (folder / name).write_bytes(content)
    with closing(Database(f"sqlite:///{folder / NAME}")) as db:
        try:
            if stored.damage(db):
                return {"damaged"}
            faults = survival.faults(known(history, image.after), stored.rows(db), versions(db))
            if not recompute % RECOMPUTED_EVERY:
                faults += derived_faults(db)
        except DatabaseUnavailable:
            return {"damaged"}
    return {kind(each) for each in faults}


def known(history: History, after: int) -> list[Record]:
    """What the clients know who were cut off behind so many events."""
    records = []
    for record, sent, settled in zip(history.records, history.sent, history.settled, strict=True):
        if settled <= after:
            records.append(record)
        elif sent <= after:
            records.append(Record(record.changes, "unknown"))
    return records


def versions(db: Database) -> dict[str, int]:
    with db.read() as conn:
        return dict(rows(conn, VERSIONS))


def derived_faults(db: Database) -> list[str]:
    res = resources_on(db, Clock())
    with db.read() as conn:
        found = [load(conn, each[0]).account_id for each in rows(conn, VERSIONS)]
    return [f"derived: {each}" for name in found for each in verification.differences(res, name)]


def kind(fault: str) -> str:
    lost = ("and is lost", "is not what was", "was deleted and is", "and now it is")
    return "lost" if any(each in fault for each in lost) else fault


def test_a_loss_of_power_damages_nothing_and_loses_nothing_acknowledged(memory_path: Path) -> None:
    assert losses(memory_path, "FULL", IMAGES, rng()) == Counter()
    reached(f"{IMAGES} images: none damaged, nothing acknowledged lost")


def test_the_setting_that_syncs_less_is_found_to_lose_and_not_to_damage(memory_path: Path) -> None:
    found = losses(memory_path, "NORMAL", FEW, rng())
    assert found["lost"] > 0
    assert not found["damaged"]
    reached(f"synchronous=NORMAL loses in {found['lost']} images of {FEW}")


def test_the_setting_that_never_syncs_is_found_to_damage(memory_path: Path) -> None:
    found = losses(memory_path, "OFF", FEW, rng())
    assert found["damaged"] > 0
    reached(f"synchronous=OFF damages {found['damaged']} images of {FEW}")


@pytest.mark.parametrize("lost", [0.0, 1.0])
def test_what_was_synced_is_kept_and_what_was_not_may_be_gone(lost: float) -> None:
    again = power.Write("f", 512, b"b" * 600)
    events: list[Event] = [power.Write("f", 0, b"a" * 600), power.Sync("f"), again]
    with patch.object(power, "LOST_SHARES", (lost,)):
        [image] = power.images({}, events, [3], Random(1))
    assert image.files["f"] == (b"a" * 600 if lost else b"a" * 512 + b"b" * 600)


def test_the_statements_of_a_string_are_all_run(tmp_path: Path) -> None:
    recorder = Recorder("whole")
    conn = Driver("whole", str).connect(str(tmp_path / NAME))
    conn.execute("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 7").close()
    assert conn.execute("PRAGMA wal_autocheckpoint").fetchall() == [(7,)]
    assert conn.execute("PRAGMA journal_mode").fetchall() == [("wal",)]
    conn.close()
    recorder.unregister()
    assert "whole" not in apsw.vfs_names()
