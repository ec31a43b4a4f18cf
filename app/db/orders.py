"""Orders; what was filled of them is in their executions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, text

from app.db.connection import many, rows_among
from app.domain.orders import Order

BY_IDS = text("""
    SELECT order_id, symbol, contract, side, quantity, price_nanos, status, submitted_at_us,
           updated_at_us, strategy, source
    FROM orders WHERE account_key = :account_key AND order_id IN :ids
""").bindparams(bindparam("ids", expanding=True))


def by_ids(conn: Connection, account_key: int, ids: Iterable[str]) -> dict[str, Order]:
    """The orders among some ids."""
    found = rows_among(conn, BY_IDS, ids, account_key=account_key)
    return {row[0]: Order._make(row) for row in found}


UPSERT = """
    INSERT INTO orders (account_key, order_id, symbol, contract, side, quantity, price_nanos,
        status, submitted_at_us, updated_at_us, strategy, source)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (account_key, order_id) DO UPDATE SET
        symbol = excluded.symbol, contract = excluded.contract, side = excluded.side,
        quantity = excluded.quantity, price_nanos = excluded.price_nanos,
        status = excluded.status, submitted_at_us = excluded.submitted_at_us,
        updated_at_us = excluded.updated_at_us, strategy = excluded.strategy,
        source = excluded.source
"""


def upsert(conn: Connection, account_key: int, orders: Sequence[Order]) -> None:
    """Store orders, each in place of what was known of its id."""
    many(conn, UPSERT, [(account_key, *each) for each in orders])
