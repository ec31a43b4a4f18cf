"""What webhooks have yet to be told, and which process tells it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, text

from app.db.connection import first, many, rows, run


class Behind(NamedTuple):
    """An account with events that were not looked at; a `seq` of None: none ever was."""

    account_key: int
    account_id: str
    outbox_seq: int
    seq: int | None


class Lease(NamedTuple):
    """Who delivers, until when, and when the first one began."""

    holder: str
    until_us: int
    since_us: int


class Delivery(NamedTuple):
    """A body that a target has yet to take; the columns of its table, in their order."""

    account_key: int
    delivery_id: str
    target: str
    body: str
    created_at_us: int
    attempts: int
    next_at_us: int


HELD = text("SELECT holder, until_us, since_us FROM webhook_lease WHERE lease_key = 1")


def held(conn: Connection) -> Lease | None:
    """Who has the lease, or had it last."""
    row = first(conn, HELD)
    return None if row is None else Lease._make(row)


TAKE = text("""
    INSERT INTO webhook_lease (lease_key, holder, until_us, since_us)
    VALUES (1, :holder, :until_us, :now_us)
    ON CONFLICT (lease_key) DO UPDATE SET holder = excluded.holder, until_us = excluded.until_us
    WHERE webhook_lease.holder = excluded.holder OR webhook_lease.until_us <= :now_us
""")


def take(conn: Connection, holder: str, *, now_us: int, until_us: int) -> None:
    """Become or stay the one who delivers, unless another is."""
    run(conn, TAKE, holder=holder, now_us=now_us, until_us=until_us)


AFTER = text("""
    SELECT a.account_key, a.account_id, a.outbox_seq, p.seq
    FROM accounts a LEFT JOIN webhook_places p ON p.account_key = a.account_key
    WHERE a.account_id > :after ORDER BY a.account_id LIMIT :limit
""")


def after(conn: Connection, account_id: str, limit: int) -> list[Behind]:
    """Accounts in the order of their ids, and how far each was looked through."""
    return [Behind(*row) for row in rows(conn, AFTER, after=account_id, limit=limit)]


PUT = """
    INSERT INTO webhook_deliveries
        (account_key, delivery_id, target, body, created_at_us, attempts, next_at_us)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (account_key, delivery_id, target) DO NOTHING
"""


def put(conn: Connection, deliveries: Sequence[Delivery]) -> None:
    """Note what has to be told."""
    many(conn, PUT, deliveries)


MOVE = text("""
    INSERT INTO webhook_places (account_key, seq) VALUES (:account_key, :seq)
    ON CONFLICT (account_key) DO UPDATE SET seq = excluded.seq
""")


def put_events(conn: Connection, account_key: int, seq: int, told: Sequence[Delivery]) -> None:
    """Note that an account was looked through up to an event, and what that has to be told."""
    put(conn, told)
    run(conn, MOVE, account_key=account_key, seq=seq)


TOLD_OF_LIMITS = text("""
    SELECT limit_name, reached_at_us FROM webhook_limits WHERE account_key = :account_key
""")


def told_of_limits(conn: Connection, account_key: int) -> dict[str, int]:
    """The limits that were told to be reached, and when they were."""
    return dict(rows(conn, TOLD_OF_LIMITS, account_key=account_key))


TELL_OF_LIMIT = text("""
    INSERT INTO webhook_limits (account_key, limit_name, reached_at_us)
    VALUES (:account_key, :limit_name, :reached_at_us)
    ON CONFLICT (account_key, limit_name) DO UPDATE SET reached_at_us = excluded.reached_at_us
""")


def put_limit(
    conn: Connection, account_key: int, limit_name: str, at_us: int, told: Sequence[Delivery]
) -> None:
    """Note that a limit was reached, and what that has to be told."""
    values = {"limit_name": limit_name, "reached_at_us": at_us}
    run(conn, TELL_OF_LIMIT, account_key=account_key, **values)
    put(conn, told)


FORGET_LIMIT = text("""
    DELETE FROM webhook_limits WHERE account_key = :account_key AND limit_name = :limit_name
""")


def forget_limit(conn: Connection, account_key: int, limit_name: str) -> None:
    """Note that a limit is not reached any more."""
    run(conn, FORGET_LIMIT, account_key=account_key, limit_name=limit_name)


DUE = text("""
    SELECT account_key, delivery_id, target, body, created_at_us, attempts, next_at_us
    FROM webhook_deliveries WHERE target = :target AND next_at_us <= :now_us
    ORDER BY next_at_us LIMIT 1
""")


def due(conn: Connection, target: str, now_us: int) -> Delivery | None:
    """What a target is to be sent next by now; None where that is nothing."""
    row = first(conn, DUE, target=target, now_us=now_us)
    return None if row is None else Delivery(*row)


OVERDUE = text("""
    SELECT account_key, delivery_id, target, body, created_at_us, attempts, next_at_us
    FROM webhook_deliveries WHERE next_at_us <= :before_us ORDER BY next_at_us LIMIT :limit
""")


def overdue(conn: Connection, before_us: int, limit: int) -> list[Delivery]:
    """What should have been sent long ago: its target is not one any more."""
    return [Delivery(*row) for row in rows(conn, OVERDUE, before_us=before_us, limit=limit)]


DELETE = text("""
    DELETE FROM webhook_deliveries
    WHERE account_key = :account_key AND delivery_id = :delivery_id AND target = :target
""")


def delete(conn: Connection, sent: Delivery) -> None:
    """Forget what was taken, or is given up."""
    run(conn, DELETE, **_named(sent))


PUT_OFF = text("""
    UPDATE webhook_deliveries SET attempts = attempts + 1, next_at_us = :next_at_us
    WHERE account_key = :account_key AND delivery_id = :delivery_id AND target = :target
""")


def put_off(conn: Connection, failed: Delivery, next_at_us: int) -> None:
    """Note another attempt, and when the next one is due."""
    run(conn, PUT_OFF, **_named(failed), next_at_us=next_at_us)


def _named(each: Delivery) -> dict[str, object]:
    account_key, delivery_id, target = each[:3]
    return {"account_key": account_key, "delivery_id": delivery_id, "target": target}
