"""Imports: the files that brought executions and orders in, and which ones each of them brought."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, text

from app.db.connection import first, many, rows, run
from app.db.executions import Stored
from app.domain.executions import Execution

_WIDTH = len(Execution._fields)


class Import(NamedTuple):
    """A file that brought something in; the columns of its table, in their order."""

    import_number: int
    import_id: str
    file_name: str
    format: str
    digest: str
    row_count: int
    accepted: int
    duplicates: int
    orders_accepted: int
    orders_duplicates: int
    created_at_us: int
    created_by: str
    undone_at_us: int | None


NEXT_NUMBER = text("""
    SELECT coalesce(max(import_number), 0) + 1 FROM imports WHERE account_key = :account_key
""")


def next_number(conn: Connection, account_key: int) -> int:
    """The number of an account's next import; its row must be locked."""
    return int(first(conn, NEXT_NUMBER, account_key=account_key)[0])


INSERT = """
    INSERT INTO imports (account_key, import_number, import_id, file_name, format, digest,
        row_count, accepted, duplicates, orders_accepted, orders_duplicates, created_at_us,
        created_by, undone_at_us)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""

INSERT_EXECUTION = """
    INSERT INTO import_executions (account_key, import_number, execution_id) VALUES (?, ?, ?)
"""

INSERT_ORDER = """
    INSERT INTO import_orders (account_key, import_number, order_id) VALUES (?, ?, ?)
"""


def insert(
    conn: Connection,
    account_key: int,
    new: Import,
    execution_ids: Iterable[str],
    order_ids: Iterable[str],
) -> None:
    """Note an import with the executions and the orders that came in by it."""
    many(conn, INSERT, [(account_key, *new)])
    number = new.import_number
    many(conn, INSERT_EXECUTION, [(account_key, number, each) for each in execution_ids])
    many(conn, INSERT_ORDER, [(account_key, number, each) for each in order_ids])


BEFORE = text("""
    SELECT import_number, import_id, file_name, format, digest, row_count, accepted, duplicates,
           orders_accepted, orders_duplicates, created_at_us, created_by, undone_at_us
    FROM imports WHERE account_key = :account_key AND import_number < :number
    ORDER BY import_number DESC LIMIT :limit
""")


def before(conn: Connection, account_key: int, number: int, limit: int) -> list[Import]:
    """The last imports before a number, newest first."""
    values = {"account_key": account_key, "number": number, "limit": limit}
    return [Import._make(row) for row in rows(conn, BEFORE, **values)]


BY_ID = text("""
    SELECT import_number, import_id, file_name, format, digest, row_count, accepted, duplicates,
           orders_accepted, orders_duplicates, created_at_us, created_by, undone_at_us
    FROM imports WHERE account_key = :account_key AND import_id = :import_id
""")


def by_id(conn: Connection, account_key: int, import_id: str) -> Import | None:
    """The import, if the account has it."""
    row = first(conn, BY_ID, account_key=account_key, import_id=import_id)
    return None if row is None else Import._make(row)


# The order makes SQLite begin with the import's own rows, which lie together.
LIVE = text("""
    SELECT e.execution_id, e.order_id, e.symbol, e.contract, e.side, e.quantity, e.price_nanos,
           e.fees_micros, e.executed_at_us, e.sequence, e.strategy, e.source,
           e.broker_pnl_micros, e.fx_rate_nanos, e.average_price, e.revision
    FROM import_executions i
    JOIN executions e ON e.account_key = i.account_key AND e.execution_id = i.execution_id
    WHERE i.account_key = :account_key AND i.import_number = :number
    ORDER BY i.execution_id
""")


def live(conn: Connection, account_key: int, number: int) -> list[Stored]:
    """The executions of an import that have not been deleted, as they are by now."""
    found = rows(conn, LIVE, account_key=account_key, number=number)
    return [Stored(Execution._make(row[:_WIDTH]), row[_WIDTH]) for row in found]


DELETE_EXECUTIONS = text("""
    DELETE FROM executions WHERE account_key = :account_key AND execution_id IN
        (SELECT execution_id FROM import_executions
         WHERE account_key = :account_key AND import_number = :number)
""")

DELETE_VERSIONS = text("""
    DELETE FROM execution_versions WHERE account_key = :account_key AND execution_id IN
        (SELECT execution_id FROM import_executions
         WHERE account_key = :account_key AND import_number = :number)
""")

DELETE_TOMBSTONES = text("""
    DELETE FROM execution_tombstones WHERE account_key = :account_key AND execution_id IN
        (SELECT execution_id FROM import_executions
         WHERE account_key = :account_key AND import_number = :number)
""")

DELETE_NOTES = text("""
    DELETE FROM import_executions WHERE account_key = :account_key AND import_number = :number
""")

DELETE_ORDERS = text("""
    DELETE FROM orders WHERE account_key = :account_key AND order_id IN
        (SELECT order_id FROM import_orders
         WHERE account_key = :account_key AND import_number = :number)
""")

DELETE_ORDER_NOTES = text("""
    DELETE FROM import_orders WHERE account_key = :account_key AND import_number = :number
""")

MARK_UNDONE = text("""
    UPDATE imports SET undone_at_us = :now_us
    WHERE account_key = :account_key AND import_number = :number
""")


class TakenOut(NamedTuple):
    """What an undo took out beside the executions that were there."""

    tombstones: int
    orders: int


def undo(conn: Connection, account_key: int, number: int, now_us: int) -> TakenOut:
    """Take out all that an import brought, earlier versions and tombstones included, as if it had
    never come.
    """
    which = {"account_key": account_key, "number": number}
    run(conn, DELETE_EXECUTIONS, **which)
    run(conn, DELETE_VERSIONS, **which)
    lifted = run(conn, DELETE_TOMBSTONES, **which)
    run(conn, DELETE_NOTES, **which)
    orders = run(conn, DELETE_ORDERS, **which)
    run(conn, DELETE_ORDER_NOTES, **which)
    run(conn, MARK_UNDONE, **which, now_us=now_us)
    return TakenOut(lifted, orders)
