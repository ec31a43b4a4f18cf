"""Sessions of the dashboard, each kept as the hash of its id and belonging to a token."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, text

from app.db import tokens
from app.db.connection import first, run


class Session(NamedTuple):
    """A session without its id."""

    digest: str
    token_key: int
    created_at_us: int
    seen_at_us: int
    expires_at_us: int
    selected_account_id: str | None


BY_DIGEST = text("""
    SELECT digest, token_key, created_at_us, seen_at_us, expires_at_us, selected_account_id
    FROM sessions WHERE digest = :digest
""")


def by_digest(conn: Connection, digest: str) -> Session | None:
    """The session with a hash, over or not."""
    row = first(conn, BY_DIGEST, digest=digest)
    return None if row is None else Session._make(row)


INSERT = text("""
    INSERT INTO sessions (digest, token_key, created_at_us, seen_at_us, expires_at_us,
                          selected_account_id)
    SELECT :digest, token_key, :now_us, :now_us, :expires_at_us, selected_account_id
    FROM tokens WHERE name = :name AND revoked_at_us IS NULL
""")


def insert(conn: Connection, digest: str, name: str, *, now_us: int, expires_at_us: int) -> bool:
    """Begin a session of the token of this name, with what that has selected; False when the
    token was revoked.
    """
    values = {"digest": digest, "name": name, "now_us": now_us, "expires_at_us": expires_at_us}
    return run(conn, INSERT, **values) > 0


TOUCH = text("""
    UPDATE sessions SET seen_at_us = :now_us, expires_at_us = :expires_at_us
    WHERE digest = :digest AND seen_at_us < :now_us
""")


def touch(conn: Connection, digest: str, *, now_us: int, expires_at_us: int) -> None:
    """Note that a session is in use."""
    run(conn, TOUCH, digest=digest, now_us=now_us, expires_at_us=expires_at_us)


SELECT_ACCOUNT = text("""
    UPDATE sessions SET selected_account_id = :account_id WHERE digest = :digest
""")


def select_account(conn: Connection, digest: str, account_id: str) -> None:
    """Make an account the one that is meant where the session's requests name none."""
    run(conn, SELECT_ACCOUNT, digest=digest, account_id=account_id)
    tokens.advance_epoch(conn)


DELETE = text("DELETE FROM sessions WHERE digest = :digest")


def delete(conn: Connection, digest: str) -> None:
    """End a session, in every process at once; nothing happens where there is none."""
    if run(conn, DELETE, digest=digest):
        tokens.advance_epoch(conn)


DELETE_EXPIRED = text("DELETE FROM sessions WHERE expires_at_us <= :now_us")


def delete_expired(conn: Connection, now_us: int) -> None:
    """Forget the sessions that are over."""
    run(conn, DELETE_EXPIRED, now_us=now_us)


DELETE_SURPLUS = text("""
    DELETE FROM sessions WHERE digest IN (
        SELECT s.digest FROM tokens t JOIN sessions s ON s.token_key = t.token_key
        WHERE t.name = :name ORDER BY s.seen_at_us DESC, s.digest DESC LIMIT 1000 OFFSET :kept
    )
""")


def delete_surplus(conn: Connection, name: str, kept: int) -> None:
    """End all sessions of a token but those that were in use last."""
    if run(conn, DELETE_SURPLUS, name=name, kept=kept):
        tokens.advance_epoch(conn)
