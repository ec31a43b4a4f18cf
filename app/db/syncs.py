"""How far each account is synced from its broker, and what the broker corrected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, text

from app.db.connection import first, many, rows, rows_among, run

ACCOUNTS_MAX = 1_000
ORDERS_MAX = 1_000
# The revision of an execution that the broker took back.
VOIDED = 0


class Sync(NamedTuple):
    """How an account's sync stands; the columns of its table, in their order."""

    account_key: int
    broker_account_id: int
    is_listed: int
    is_unopened: int
    since_us: int
    synced_until_us: int
    looked_back_at_us: int
    passed_at_us: int | None
    moved_at_us: int
    undecided: str
    differing: str
    differs_since_us: int | None
    balance_difference_micros: int
    fault: str | None


BY_ACCOUNT = text("""
    SELECT account_key, broker_account_id, is_listed, is_unopened, since_us,
           synced_until_us, looked_back_at_us, passed_at_us, moved_at_us, undecided, differing,
           differs_since_us, balance_difference_micros, fault
    FROM syncs WHERE account_key = :account_key
""")


def by_account(conn: Connection, account_key: int) -> Sync | None:
    """How an account's sync stands; None: it was never synced."""
    row = first(conn, BY_ACCOUNT, account_key=account_key)
    return None if row is None else Sync._make(row)


PUT = """
    INSERT INTO syncs (account_key, broker_account_id, is_listed, is_unopened, since_us,
        synced_until_us, looked_back_at_us, passed_at_us, moved_at_us, undecided, differing,
        differs_since_us, balance_difference_micros, fault)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (account_key) DO UPDATE SET
        broker_account_id = excluded.broker_account_id, is_listed = excluded.is_listed,
        is_unopened = excluded.is_unopened, since_us = excluded.since_us,
        synced_until_us = excluded.synced_until_us,
        looked_back_at_us = excluded.looked_back_at_us, passed_at_us = excluded.passed_at_us,
        moved_at_us = excluded.moved_at_us,
        undecided = excluded.undecided, differing = excluded.differing,
        differs_since_us = excluded.differs_since_us,
        balance_difference_micros = excluded.balance_difference_micros, fault = excluded.fault
"""


def put(conn: Connection, sync: Sync) -> None:
    """Store how an account's sync stands."""
    many(conn, PUT, [sync])


AFTER = text("""
    SELECT account_key, broker_account_id, is_listed, is_unopened, since_us,
           synced_until_us, looked_back_at_us, passed_at_us, moved_at_us, undecided, differing,
           differs_since_us, balance_difference_micros, fault
    FROM syncs WHERE account_key > :after ORDER BY account_key LIMIT :limit
""")


def every(conn: Connection) -> list[Sync]:
    """The syncs of all accounts."""
    return [Sync._make(row) for row in rows(conn, AFTER, after=0, limit=ACCOUNTS_MAX)]


LISTED = text("UPDATE syncs SET is_listed = :is_listed WHERE account_key = :account_key")


def list_only(conn: Connection, changed: Mapping[int, bool]) -> None:
    """Note whether the broker still lists some accounts."""
    for account_key, is_listed in changed.items():
        run(conn, LISTED, account_key=account_key, is_listed=int(is_listed))


CORRECTIONS = text("""
    SELECT execution_id, revision FROM sync_corrections
    WHERE account_key = :account_key AND execution_id IN :ids
""").bindparams(bindparam("ids", expanding=True))


def corrections(conn: Connection, account_key: int, ids: Iterable[str]) -> dict[str, int]:
    """The revisions that the broker's last words made of some executions, VOIDED among them."""
    found = rows_among(conn, CORRECTIONS, ids, account_key=account_key)
    return dict(found)


CORRECT = """
    INSERT INTO sync_corrections (account_key, execution_id, revision) VALUES (?, ?, ?)
    ON CONFLICT (account_key, execution_id) DO UPDATE SET revision = excluded.revision
"""


def correct(conn: Connection, account_key: int, noted: Sequence[tuple[str, int]]) -> None:
    """Note what the broker's word makes of some executions."""
    many(conn, CORRECT, [(account_key, *each) for each in noted])


# The index knows no filled ones, which it is to be told.
WAITING = text("""
    SELECT order_id, submitted_at_us FROM orders
    WHERE account_key = :account_key AND status = 'PENDING' AND status <> 'FILLED'
    ORDER BY submitted_at_us DESC, order_id DESC LIMIT :limit
""")


def waiting_orders(conn: Connection, account_key: int) -> dict[str, int]:
    """The orders that wait by our books, and when they were sent; the latest of very many."""
    return dict(rows(conn, WAITING, account_key=account_key, limit=ORDERS_MAX))
