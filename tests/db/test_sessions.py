"""Sessions come back as they were stored and end alike on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest

from app.db import sessions, state, tokens
from app.db.connection import Connection, Database
from app.db.sessions import Session


@pytest.fixture
def db(database: Database) -> Database:
    """A database with the tokens `bot` and `other`."""
    with database.write() as conn:
        for name in ("bot", "other"):
            tokens.insert(conn, name=name, digest=name, scope="read", account_ids=(), now_us=0)
    return database


def begin(conn: Connection, digest: str, name: str = "bot", now_us: int = 1) -> bool:
    return sessions.insert(conn, digest, name, now_us=now_us, expires_at_us=now_us + 100)


def left(db: Database, *digests: str) -> list[str]:
    """Which of some sessions are there."""
    with db.read() as conn:
        return [each for each in digests if sessions.by_digest(conn, each)]


def epoch(db: Database) -> int:
    return state.look_up(db, "").token_epoch


def test_a_session_comes_back_as_it_was_stored_and_used(db: Database) -> None:
    with db.write() as conn:
        tokens.select_account(conn, "bot", "A")
        assert begin(conn, "s", now_us=5)
        sessions.touch(conn, "s", now_us=9, expires_at_us=109)
        sessions.touch(conn, "s", now_us=8, expires_at_us=108)
    with db.read() as conn:
        found = sessions.by_digest(conn, "s")
        assert found is not None
        assert tokens.by_key(conn, found.token_key).name == "bot"
    assert found == Session("s", found.token_key, 5, 9, 109, "A")


def test_a_revoked_token_begins_no_session(db: Database) -> None:
    with db.write() as conn:
        tokens.revoke(conn, "bot", 1)
        assert not begin(conn, "s")
        assert not begin(conn, "s", "nobody")
    assert left(db, "s") == []


def test_every_process_hears_of_what_ended_and_of_what_was_selected(db: Database) -> None:
    with db.write() as conn:
        begin(conn, "s")
        begin(conn, "t")
    before = epoch(db)
    with db.write() as conn:
        sessions.select_account(conn, "s", "A")
    assert epoch(db) == before + 1
    with db.write() as conn:
        sessions.delete(conn, "s")
    assert epoch(db) == before + 2
    with db.write() as conn:
        sessions.delete(conn, "s")
        sessions.delete_surplus(conn, "bot", 1)
    assert epoch(db) == before + 2
    with db.write() as conn:
        sessions.delete_surplus(conn, "bot", 0)
    assert epoch(db) == before + 3
    assert left(db, "s", "t") == []


def test_of_a_token_those_in_use_last_are_kept(db: Database) -> None:
    with db.write() as conn:
        for number, digest in enumerate("abcd"):
            begin(conn, digest, now_us=number)
        begin(conn, "x", "other")
        sessions.touch(conn, "a", now_us=9, expires_at_us=109)
        sessions.delete_surplus(conn, "bot", 2)
    assert left(db, *"abcdx") == ["a", "d", "x"]


def test_those_that_are_over_are_forgotten(db: Database) -> None:
    with db.write() as conn:
        for number, digest in enumerate("abc"):
            begin(conn, digest, now_us=number)
        sessions.delete_expired(conn, 101)
    assert left(db, *"abc") == ["c"]
