"""Tickets that open one WebSocket each, kept as the hash that they are looked up by."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, text

from app.db.connection import first, run


class Ticket(NamedTuple):
    """Whom a ticket stands for: a token by its name, or one of its sessions."""

    token_name: str
    session_digest: str | None
    expires_at_us: int


INSERT = text("""
    INSERT INTO socket_tickets (digest, token_name, session_digest, expires_at_us)
    VALUES (:digest, :token_name, :session_digest, :expires_at_us)
""")


def insert(conn: Connection, digest: str, ticket: Ticket) -> None:
    """Keep a new ticket."""
    run(conn, INSERT, digest=digest, **ticket._asdict())


IS_KNOWN = text("SELECT 1 FROM socket_tickets WHERE digest = :digest")


def is_known(conn: Connection, digest: str) -> bool:
    """Whether there is a ticket with a hash."""
    return first(conn, IS_KNOWN, digest=digest) is not None


TAKE = text("""
    DELETE FROM socket_tickets WHERE digest = :digest
    RETURNING token_name, session_digest, expires_at_us
""")


def take(conn: Connection, digest: str) -> Ticket | None:
    """The ticket with a hash, which nobody has after this; None where there is none."""
    row = first(conn, TAKE, digest=digest)
    return None if row is None else Ticket._make(row)


DELETE_EXPIRED = text("DELETE FROM socket_tickets WHERE expires_at_us <= :now_us")


def delete_expired(conn: Connection, now_us: int) -> None:
    """Forget the tickets that nobody came with in time."""
    run(conn, DELETE_EXPIRED, now_us=now_us)


DELETE_SURPLUS = text("""
    DELETE FROM socket_tickets WHERE digest IN (
        SELECT digest FROM socket_tickets WHERE token_name = :token_name
        ORDER BY expires_at_us DESC, digest DESC LIMIT 1000 OFFSET :kept
    )
""")


def delete_surplus(conn: Connection, token_name: str, kept: int) -> None:
    """Forget all tickets of a token but the newest."""
    run(conn, DELETE_SURPLUS, token_name=token_name, kept=kept)
