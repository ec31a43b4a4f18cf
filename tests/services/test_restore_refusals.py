"""What is no good backup, or would meet somebody at work, is not put back, and changes nothing."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

import pytest

from app.db import copies, presence
from app.db.connection import Database
from app.errors import Conflict, DatabaseUnavailable, InvalidBody
from app.services import backups, restoring
from tests.arrival import record
from tests.conftest import resources_on
from tests.services.machines import HISTORY, Machine, executions


def cut(packed: bytes) -> bytes:
    return packed[: len(packed) // 2]


def flipped(packed: bytes) -> bytes:
    return packed[:-2000] + bytes([packed[-2000] ^ 1]) + packed[-1999:]


def other(packed: bytes) -> bytes:
    return gzip.compress(packed)


def with_statement(packed: bytes, statement: str) -> bytes:
    """The backup, after something was done to what is in it."""
    file = Path(os.environ["TMP_COPY"])
    file.write_bytes(gzip.decompress(packed))
    with copies._connected(file) as connection:
        connection.execute(statement)
        connection.commit()
    return gzip.compress(file.read_bytes())


def newer(packed: bytes) -> bytes:
    return with_statement(packed, "UPDATE alembic_version SET version_num = '9999'")


def wrong(packed: bytes) -> bytes:
    return with_statement(packed, "UPDATE executions SET price_nanos = price_nanos + 250000000")


def orphaned(packed: bytes) -> bytes:
    return with_statement(packed, "INSERT INTO token_accounts VALUES (99, 'A')")


def of_another_service(packed: bytes) -> bytes:
    return with_statement(packed, "DROP TABLE alembic_version")


def torn(packed: bytes) -> bytes:
    """With a page of zeros in the middle."""
    content = gzip.decompress(packed)
    middle = len(content) // 2 // 4096 * 4096
    return gzip.compress(content[:middle] + bytes(4096) + content[middle + 4096 :])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (cut, "damaged"),
        (flipped, "damaged"),
        (other, "no SQLite database"),
        (torn, "damaged"),
        (wrong, "not what its executions make"),
        (orphaned, "SQLite finds faults"),
        (newer, "9999.*newer"),
        (of_another_service, "no database of this service"),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_a_file_that_is_no_good_backup_is_refused_and_nothing_changed(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: Any, message: str
) -> None:
    monkeypatch.setenv("TMP_COPY", str(tmp_path / "spoilt.db"))
    file = machine.backup()
    file.with_name(f"{file.name}.sha256").unlink()
    file.write_bytes(spoil(file.read_bytes()))
    record(machine.res, "A", HISTORY[30:])
    with pytest.raises((InvalidBody, Conflict), match=message):
        machine.restore(file)
    assert executions(machine.start().db) == 40
    assert sorted(each.name for each in tmp_path.iterdir() if "before" in each.name) == []
    assert not (tmp_path / ".restoring").exists()


def test_a_file_that_is_not_what_its_checksum_says_is_refused(machine: Machine) -> None:
    file = machine.backup()
    file.write_bytes(gzip.compress(gzip.decompress(file.read_bytes()), 9))
    with pytest.raises(InvalidBody, match="sha256"):
        machine.restore(file)


def test_a_database_that_is_there_is_not_replaced_without_force(machine: Machine) -> None:
    with pytest.raises(Conflict, match="--force"):
        machine.restore(machine.backup(), is_forced=False)


@pytest.mark.parametrize("who", ["a process of the service", "another program"])
def test_nothing_is_restored_while_the_database_is_in_use(machine: Machine, who: str) -> None:
    file = machine.backup()
    machine.stop()
    if who == "another program":
        with copies._connected(machine.place) as connection:
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
            connection.execute("SELECT count(*) FROM accounts").fetchall()
            refuse(machine, file)
    else:
        beside = Database(f"sqlite:///{machine.place}")
        assert executions(beside) == 30
        refuse(machine, file)
        beside.close()
    assert machine.restore(file).aside


def refuse(machine: Machine, file: Path) -> None:
    with pytest.raises(Conflict, match="in use"):
        restoring.restore(machine.res, file, is_forced=True, must_revoke=False)


def test_nobody_opens_the_database_while_it_is_replaced(machine: Machine) -> None:
    machine.stop()
    with presence.alone(machine.place), pytest.raises(DatabaseUnavailable, match="being restored"):
        executions(machine.res.db)
    assert executions(machine.res.db) == 30


def test_no_backup_is_made_of_what_is_being_put_aside(machine: Machine) -> None:
    machine.stop()
    with presence.alone(machine.place), pytest.raises(DatabaseUnavailable, match="being restored"):
        machine.backup()
    assert machine.backup().exists()


def test_a_log_that_sqlite_left_goes_with_its_database(tmp_path: Path) -> None:
    for name in ("trader.db", "trader.db-wal", "copy"):
        (tmp_path / name).write_text(name)
    aside = restoring._swap(tmp_path / "copy", tmp_path / "trader.db", "20251107T180000Z")
    assert aside
    found = {each.name: each.read_text() for each in tmp_path.iterdir()}
    assert found == {
        "trader.db": "copy",
        aside.name: "trader.db",
        f"{aside.name}-wal": "trader.db-wal",
    }


def test_other_databases_have_tools_of_their_own(machine: Machine) -> None:
    elsewhere = resources_on(Database("postgresql+psycopg://127.0.0.1/nowhere"), machine.clock)
    with pytest.raises(backups.NotSQLite):
        backups.make(elsewhere, machine.folder / "b")
    with pytest.raises(backups.NotSQLite):
        restoring.restore(elsewhere, machine.place, is_forced=True, must_revoke=False)
    assert not (machine.folder / "b").exists()
