"""A restored database answers as it did, nothing of the lost one is taken for its own, and what
is no good backup changes nothing.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import text

from app.db import copies, schema, timelines
from app.errors import Unauthenticated
from app.services import access, accounts, answers, restoring, verification
from app.services.position_pages import PositionsQuestion
from app.services.resources import Resources
from tests.arrival import record
from tests.bar_notes import minutes, put
from tests.cache.redis_server import RedisServer
from tests.conftest import resources_on
from tests.db import revisions
from tests.oracle import Fill
from tests.services.machines import HISTORY, Machine, executions

EVERY = PositionsQuestion("all", None, None, None, None, None, 500, None)


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    made = RedisServer(tmp_path)
    made.start()
    yield made
    made.close()


def version(res: Resources) -> int:
    [account] = accounts.every(res)
    return account.version


# --- What is there afterwards --------------------------------------------------------------------


@pytest.mark.feature("TPA-32")
def test_a_restored_database_holds_what_was_backed_up_and_the_old_one_is_kept(
    machine: Machine,
) -> None:
    file = machine.backup()
    record(machine.res, "A", HISTORY[30:])
    done = machine.restore(file)
    assert done.contents == copies.Contents(1, 30)
    assert executions(machine.res.db) == 30
    assert [*verification.differences(machine.res, "A")] == []
    assert done.aside
    with copies.opened(done.aside) as old:
        assert executions(old) == 40
    assert record(machine.res, "A", HISTORY[30:]).accepted == 10
    assert machine.place.stat().st_mode & 0o777 == 0o600
    assert not (machine.folder / ".restoring").exists()


def test_what_a_killed_service_left_in_its_log_is_put_back_with_its_file(
    machine: Machine, tmp_path: Path
) -> None:
    (tmp_path / "lost").mkdir()
    for name in ("trader.db", "trader.db-wal"):
        shutil.copy(machine.folder / name, tmp_path / "lost")
    record(machine.res, "A", HISTORY[30:])
    assert machine.restore(tmp_path / "lost" / "trader.db").contents == copies.Contents(1, 30)
    assert [*verification.differences(machine.res, "A")] == []


def test_versions_go_on_above_those_that_callers_saw(machine: Machine) -> None:
    file = machine.backup()
    for fill in HISTORY[30:]:
        machine.clock.now_us += 2_000
        record(machine.res, "A", [fill])
    seen = version(machine.res)
    machine.restore(file)
    assert version(machine.res) > seen


def test_where_nothing_was_a_backup_is_put_without_force(machine: Machine, tmp_path: Path) -> None:
    file = machine.backup()
    (tmp_path / "other").mkdir()
    other = Machine(tmp_path / "other")
    other.stop()
    other.place.unlink()
    assert other.restore(file, is_forced=False).aside is None
    assert executions(other.res.db) == 30
    other.stop()


@pytest.mark.parametrize("revision", ["0001", "0005"])
def test_a_backup_of_an_earlier_version_is_brought_up(
    machine: Machine, tmp_path: Path, revision: str
) -> None:
    old = revisions.empty_at(f"sqlite:///{tmp_path / 'old.db'}", revision)
    revisions.copy(machine.res.db, old)
    old.close()
    done = machine.restore(tmp_path / "old.db")
    assert done.revision == revision
    assert schema.current(machine.res.db) == schema.REVISION
    assert [*verification.differences(machine.res, "A")] == []


def test_an_earlier_version_that_other_tools_put_back_is_brought_up(
    machine: Machine, tmp_path: Path
) -> None:
    old = revisions.empty_at(f"sqlite:///{tmp_path / 'old.db'}", "0005")
    revisions.copy(machine.res.db, old)
    put_back = resources_on(old, machine.clock)
    restoring.renew(put_back, must_revoke=False)
    assert schema.current(old) == schema.REVISION
    assert version(put_back) > version(machine.res)
    assert [*verification.differences(put_back, "A")] == []
    old.close()


# --- Nothing of the lost course of events --------------------------------------------------------


def trade() -> list[Fill]:
    """Bought at 15:00:30, sold at 15:03:10."""
    at = datetime(2025, 11, 7, 15, tzinfo=UTC)
    moments = [("BUY", at.replace(second=30)), ("SELL", at.replace(minute=3, second=10))]
    return [
        Fill(f"e{n}", "MNQZ5", side, 1, Decimal(21_000), Decimal(0), moment, 0, None)
        for n, (side, moment) in enumerate(moments)
    ]


class Seen(NamedTuple):
    """How far the one position went for its trader, and what told so."""

    mfe: float
    tag: str
    tier: str


def seen(res: Resources) -> Seen:
    account = access.state(res, "A").account
    assert account is not None
    found = answers.answer(res, answers.ask(res, account, EVERY))
    [position] = json.loads(found.content)["items"]
    return Seen(position["mfe"], found.tag, found.tier)


def two_courses(folder: Path, redis_url: str) -> tuple[Seen, Seen]:
    """What is seen of prices that came after a backup, and of others that came once that was put
    back: beside the prices nothing has changed.
    """
    machine = Machine(folder, redis_url)
    record(machine.res, "A", trade())
    file = machine.backup()
    put(machine.res, "MNQZ5", minutes("2025-11-07T15:00:00Z", 21_000, 21_010, 21_010, 21_000))
    lost = seen(machine.res)
    machine.restore(file)
    put(machine.res, "MNQZ5", minutes("2025-11-07T15:00:00Z", 21_000, 21_500, 21_500, 21_000))
    now = seen(machine.res)
    machine.stop()
    assert (lost.mfe, lost.tier) == (20.0, "miss")
    return lost, now


@pytest.mark.feature("TPA-32", "TPA-31")
def test_nothing_that_redis_or_a_browser_kept_of_the_lost_course_is_current(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    lost, now = two_courses(tmp_path, redis_server.url)
    assert (now.mfe, now.tier) == (1000.0, "miss")
    assert now.tag != lost.tag


def test_without_a_new_course_an_answer_of_the_lost_one_is_served(
    tmp_path: Path, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timelines, "begin", lambda *_: None)
    lost, now = two_courses(tmp_path, redis_server.url)
    assert now == lost._replace(tier="redis")


def test_a_feed_is_late_until_it_was_synced_again(machine: Machine) -> None:
    with machine.res.db.write() as conn:
        now_us = machine.clock.now_us
        conn.execute(
            text("UPDATE accounts SET synced_at_us = :now_us, sync_late_us = :late"),
            {"now_us": now_us, "late": 10**12},
        )
    machine.restore(machine.backup())
    [account] = accounts.every(machine.res)
    assert (account.synced_at_us, account.sync_late_us) == (now_us, 0)


# --- Tokens --------------------------------------------------------------------------------------


def is_good(res: Resources, secret: str) -> bool:
    try:
        access.authenticate(res, secret, access.state(res, "A").token_epoch, "address")
    except Unauthenticated:
        return False
    return True


def test_a_token_that_was_revoked_after_the_backup_stays_revoked(machine: Machine) -> None:
    kept, ended = (access.create_token(machine.res, name, "read", ()) for name in ("k", "e"))
    file = machine.backup()
    access.revoke_token(machine.res, "e")
    made_since = access.create_token(machine.res, "m", "read", ())
    done = machine.restore(file)
    assert [is_good(machine.res, each) for each in (kept, ended, made_since)] == [
        True,
        False,
        False,
    ]
    assert done.rights == restoring.Rights(["e"], ["m"], ["k"], is_certain=True)


def test_where_the_old_database_cannot_be_read_it_is_said_which_tokens_are_good_again(
    machine: Machine,
) -> None:
    ended = access.create_token(machine.res, "e", "read", ())
    file = machine.backup()
    access.revoke_token(machine.res, "e")
    machine.stop()
    machine.place.write_bytes(b"damaged beyond any reading" * 1000)
    done = machine.restore(file)
    assert done.rights == restoring.Rights([], [], ["e"], is_certain=False)
    assert is_good(machine.res, ended)
    assert done.aside
    assert done.aside.read_bytes().startswith(b"damaged")


def test_all_tokens_end_where_that_is_asked_for(machine: Machine) -> None:
    secrets = [access.create_token(machine.res, name, "admin", ()) for name in ("a", "b")]
    done = machine.restore(machine.backup(), must_revoke=True)
    assert done.rights == restoring.Rights(["a", "b"], [], [], is_certain=True)
    assert not any(is_good(machine.res, each) for each in secrets)


def test_a_caller_that_is_remembered_is_looked_up_again(machine: Machine) -> None:
    secret = access.create_token(machine.res, "e", "read", ())
    file = machine.backup()
    assert is_good(machine.res, secret)
    remembered = machine.res.callers
    machine.restore(file, must_revoke=True)
    assert not is_good(replace(machine.res, callers=remembered), secret)


def test_sessions_and_tickets_for_sockets_end(machine: Machine) -> None:
    access.create_token(machine.res, "e", "read", ())
    with machine.res.db.write() as conn:
        for statement in (
            "INSERT INTO sessions SELECT 'd', token_key, 0, 0, 9e15, NULL FROM tokens",
            "INSERT INTO socket_tickets VALUES ('t', 'e', 'd', 9000000000000000)",
        ):
            conn.execute(text(statement))
    machine.restore(machine.backup())
    with machine.res.db.read() as conn:
        for table in ("sessions", "socket_tickets"):
            assert conn.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0
