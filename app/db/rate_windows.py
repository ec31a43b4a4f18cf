"""Permits for requests to a broker, and turns to ask it; no restart, no wiped cache loses any."""

from __future__ import annotations

from sqlalchemy import Connection, text

from app.db import tokens
from app.db.connection import first, rows, run

DELETE_UNTIL = text("DELETE FROM broker_permits WHERE counted_until_us <= :now_us")


def delete_until(conn: Connection, now_us: int) -> None:
    """Forget the permits that count no more."""
    run(conn, DELETE_UNTIL, now_us=now_us)


HELD = text("SELECT count(*) FROM broker_permits WHERE limit_name = :limit_name")


def held(conn: Connection, limit_name: str) -> int:
    """How many permits count against a limit."""
    found: int = first(conn, HELD, limit_name=limit_name)[0]
    return found


USED = text("""
    SELECT count(*) FROM broker_permits
    WHERE limit_name = :limit_name AND counted_until_us > :now_us
""")


def used(conn: Connection, limit_name: str, now_us: int) -> int:
    """How many permits count against a limit at an instant, the ended ones still there left out."""
    found: int = first(conn, USED, limit_name=limit_name, now_us=now_us)[0]
    return found


FREE_AT = text("""
    SELECT counted_until_us FROM broker_permits WHERE limit_name = :limit_name
    ORDER BY counted_until_us LIMIT 1 OFFSET :surplus
""")


def free_at_us(conn: Connection, limit_name: str, surplus: int) -> int:
    """When there is room again under a limit that so many permits more than one have to leave."""
    found: int = first(conn, FREE_AT, limit_name=limit_name, surplus=surplus)[0]
    return found


INSERT = text("""
    INSERT INTO broker_permits (limit_name, counted_until_us)
    VALUES (:limit_name, :counted_until_us) RETURNING permit_key
""")


def insert(conn: Connection, limit_name: str, counted_until_us: int) -> int:
    """The key of a new permit."""
    values = {"limit_name": limit_name, "counted_until_us": counted_until_us}
    found: int = first(conn, INSERT, **values)[0]
    return found


COUNT_UNTIL = text("""
    UPDATE broker_permits SET counted_until_us = :counted_until_us
    WHERE permit_key = :permit_key
""")


def count_until(conn: Connection, permit_key: int, counted_until_us: int) -> None:
    """Let a permit count until another instant."""
    run(conn, COUNT_UNTIL, permit_key=permit_key, counted_until_us=counted_until_us)


IS_HELD = text("""
    SELECT 1 FROM broker_permits
    WHERE limit_name = :limit_name AND counted_until_us > :now_us LIMIT 1
""")


def is_held(conn: Connection, limit_name: str, now_us: int) -> bool:
    """Whether any permit counts against a limit."""
    return bool(rows(conn, IS_HELD, limit_name=limit_name, now_us=now_us))


DELETE = text("DELETE FROM broker_permits WHERE permit_key = :permit_key")


def delete(conn: Connection, permit_key: int) -> None:
    """Forget a permit."""
    run(conn, DELETE, permit_key=permit_key)


def alone(conn: Connection) -> None:
    """Keep other takers out until this transaction ends."""
    tokens.lock_epoch(conn)
