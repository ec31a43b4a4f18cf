"""Who syncs this database: one process at a time, for as long as it says so again and again."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, text

from app.db.connection import first, run


class Lease(NamedTuple):
    """Who syncs, until when, and how its last pass went."""

    holder: str
    expires_at_us: int
    tried_at_us: int | None
    fault: str | None


CURRENT = text("""
    SELECT holder, expires_at_us, tried_at_us, fault FROM sync_lease WHERE lease_key = 1
""")


def current(conn: Connection) -> Lease | None:
    """The lease as it is, over or not; None: nobody ever had it."""
    row = first(conn, CURRENT)
    return None if row is None else Lease._make(row)


TAKE = text("""
    INSERT INTO sync_lease (lease_key, holder, expires_at_us) VALUES (1, :holder, :expires_at_us)
    ON CONFLICT (lease_key) DO UPDATE SET
        holder = excluded.holder, expires_at_us = excluded.expires_at_us
    WHERE sync_lease.holder = :holder OR sync_lease.holder = :taken_from
        OR sync_lease.expires_at_us <= :now_us
""")


def take(
    conn: Connection, holder: str, *, now_us: int, expires_at_us: int, taken_from: str = ""
) -> bool:
    """Have or keep the lease; False while another holds it who is not the one taken from."""
    values = {"holder": holder, "expires_at_us": expires_at_us, "taken_from": taken_from}
    return run(conn, TAKE, **values, now_us=now_us) > 0


RELEASE = text("""
    UPDATE sync_lease SET expires_at_us = 0 WHERE lease_key = 1 AND holder = :holder
""")


def release(conn: Connection, holder: str) -> None:
    """Give the lease up, if it is still held."""
    run(conn, RELEASE, holder=holder)


NOTE = text("""
    UPDATE sync_lease SET tried_at_us = :tried_at_us, fault = :fault
    WHERE lease_key = 1 AND holder = :holder
""")


def note(conn: Connection, holder: str, tried_at_us: int, fault: str | None) -> None:
    """Note how a pass went."""
    run(conn, NOTE, holder=holder, tried_at_us=tried_at_us, fault=fault)
