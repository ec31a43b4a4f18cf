"""What a transaction is on each database, and which SQLite is refused."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import text

from app.db import accounts, connection, schema
from app.db.connection import Database, first
from app.db.engines import SQLITE_VERSION, UnsafeSQLite, check_sqlite
from app.errors import DatabaseDamaged, DatabaseUnavailable
from app.services.accounts import new_account
from app.services.resources import Resources


@pytest.mark.parametrize(
    "version",
    [(3, 7, 0), (3, 40, 1), (3, 44, 5), (3, 50, 6), (3, 51, 2), (3, 52, 0), (3, 45, 0)],
)
def test_a_sqlite_that_can_corrupt_a_shared_database_is_refused(version: tuple[int, ...]) -> None:
    with pytest.raises(UnsafeSQLite, match="pysqlite3"):
        check_sqlite(version)


@pytest.mark.parametrize(
    "version", [(3, 44, 6), (3, 50, 7), (3, 51, 3), (3, 53, 0), (3, 53, 4), (4, 0, 0)]
)
def test_a_sqlite_without_the_fault_is_taken(version: tuple[int, ...]) -> None:
    check_sqlite(version)


def test_the_linked_sqlite_is_a_safe_one() -> None:
    check_sqlite(SQLITE_VERSION)


@pytest.mark.feature("TPA-03")
@pytest.mark.sqlite_only("PostgreSQL's server has these settings")
@pytest.mark.parametrize("opened", [Database.read, Database.write])
def test_every_connection_has_the_settings_that_keep_money_safe(
    opened: Callable[[Database], object], sqlite_res: Resources
) -> None:
    with opened(sqlite_res.db) as conn:  # type: ignore[attr-defined]
        found = {
            name: first(conn, text(f"PRAGMA {name}"))[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "mmap_size")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "mmap_size": 0}


@pytest.mark.sqlite_only("PostgreSQL knows no loose types")
def test_every_table_of_ours_is_strict(sqlite_res: Resources) -> None:
    with sqlite_res.db.read() as conn:
        tables = conn.execute(text("PRAGMA table_list")).mappings().all()
    ours = {
        row["name"]: row["strict"]
        for row in tables
        if not row["name"].startswith(("sqlite_", "alembic_"))
    }
    assert len(ours) > 10
    assert set(ours.values()) == {1}


def test_a_reader_cannot_write(res: Resources) -> None:
    with pytest.raises(DatabaseUnavailable), res.db.read() as conn:
        accounts.insert(conn, new_account(res, "a"))


@pytest.mark.feature("TPA-23")
def test_a_reader_sees_one_snapshot_while_a_writer_commits(res: Resources) -> None:
    with res.db.read() as reader:
        assert accounts.by_id(reader, "a") is None
        with res.db.write() as writer:
            accounts.insert(writer, new_account(res, "a"))
        assert accounts.by_id(reader, "a") is None
    with res.db.read() as reader:
        assert accounts.by_id(reader, "a") is not None


def test_an_exception_rolls_a_write_back(res: Resources) -> None:
    with pytest.raises(ZeroDivisionError):
        _create_and_fail(res)
    with res.db.read() as conn:
        assert accounts.by_id(conn, "a") is None


def _create_and_fail(res: Resources) -> None:
    with res.db.write() as conn:
        accounts.insert(conn, new_account(res, "a"))
        raise ZeroDivisionError


def test_writers_of_one_process_wait_for_each_other(res: Resources) -> None:
    with res.db.write() as conn:
        accounts.insert(conn, new_account(res, "a"))

    def raise_version() -> None:
        for _ in range(25):
            with res.db.write() as conn:
                account = accounts.lock(conn, "a")
                assert account is not None
                accounts.advance(conn, account.account_key, event="test", now_us=0)

    threads = [threading.Thread(target=raise_version) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with res.db.read() as conn:
        account = accounts.by_id(conn, "a")
    assert account is not None
    assert (account.version, account.outbox_seq) == (100, 100)


def test_a_write_that_cannot_begin_in_time_is_unavailable(
    another_process: Database, sqlite_res: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    _create(sqlite_res)
    monkeypatch.setattr(connection, "WRITE_WAIT_S", 0.1)
    with another_process.write() as held:
        accounts.lock(held, "a")
        with pytest.raises(DatabaseUnavailable, match="try again"), sqlite_res.db.write() as conn:
            accounts.lock(conn, "a")


def test_a_write_begins_as_soon_as_another_process_is_done(
    another_process: Database, sqlite_res: Resources
) -> None:
    with another_process.write():
        waiting = threading.Thread(target=_create, args=(sqlite_res,))
        waiting.start()
    waiting.join()
    with sqlite_res.db.read() as conn:
        assert accounts.by_id(conn, "a") is not None


def _create(res: Resources) -> None:
    with res.db.write() as conn:
        accounts.insert(conn, new_account(res, "a"))


def test_a_database_that_is_not_there_is_unavailable() -> None:
    db = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(DatabaseUnavailable), db.read():
        pass


def test_a_file_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "trader.db").write_bytes(b"not a database at all" * 100)
    db = Database(f"sqlite:///{tmp_path / 'trader.db'}")
    with pytest.raises(DatabaseDamaged), db.read() as conn:
        accounts.by_id(conn, "a")


def test_the_migrations_end_at_the_revision_that_the_code_expects(database: Database) -> None:
    assert schema.current(database) == schema.REVISION


def test_an_upgraded_database_is_left_as_it_is(database: Database) -> None:
    assert schema.upgrade(database) is False


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_an_empty_database_is_at_no_revision(kind: str, request: pytest.FixtureRequest) -> None:
    db = Database(request.getfixturevalue(f"bare_{kind}_url"))
    assert schema.current(db) is None
    db.close()


def test_a_database_of_a_newer_version_is_left_alone_and_told_of(sqlite_res: Resources) -> None:
    with sqlite_res.db.write() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseUnavailable, match="revision 9999, which this version does not"):
        schema.upgrade(sqlite_res.db)
    assert schema.current(sqlite_res.db) == "9999"


def test_what_is_looked_at_in_a_glance_is_never_what_an_earlier_one_saw(
    sqlite_res: Resources,
) -> None:
    count = text("SELECT count(*) FROM accounts")
    for number in range(3):
        for _ in range(2):
            with sqlite_res.db.glance() as conn:
                assert conn.execute(count).scalar() == number
            with sqlite_res.db.glance() as conn:
                assert first(conn, count) == (number,)
        with sqlite_res.db.write() as conn:
            accounts.insert(conn, new_account(sqlite_res, f"A{number}"))


@pytest.mark.sqlite_only("each of SQLite's connections has a cache of its own")
def test_many_reads_at_once_leave_no_caches_behind(sqlite_res: Resources) -> None:
    db = sqlite_res.db
    with ExitStack() as reads:
        for _ in range(8):
            reads.enter_context(db.read())
        assert db._reader.pool.checkedout() == 8  # type: ignore[attr-defined]
    kept = db._reader.pool.checkedout(), db._reader.pool.checkedin()  # type: ignore[attr-defined]
    assert kept == (1, 1)  # The one that is ready, and one more.
