"""Executions beside what their broker says of them."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, text

from app.db.connection import rows
from app.domain.periods import Span


class Compared(NamedTuple):
    """An execution: what it realized and cost by our books, and what the broker stated when it
    first came or corrected it; a P&L of None was never stated.
    """

    executed_at_us: int
    execution_id: str
    contract: str
    gross_micros: int
    fees_micros: int
    broker_gross_micros: int | None
    broker_fees_micros: int


# The first leg alone realizes anything: a second one opens a position.
WITHIN = text("""
    SELECT e.executed_at_us, e.execution_id, e.contract, e.gross_micros, x.fees_micros,
           coalesce(x.broker_pnl_micros, v.broker_pnl_micros),
           coalesce(v.fees_micros, x.fees_micros)
    FROM position_effects e
    JOIN executions x ON x.account_key = e.account_key AND x.execution_id = e.execution_id
    LEFT JOIN sync_corrections c
      ON c.account_key = e.account_key AND c.execution_id = e.execution_id
    LEFT JOIN execution_versions v
      ON v.account_key = e.account_key AND v.execution_id = e.execution_id
      AND v.revision = coalesce(c.revision, 1)
    WHERE e.account_key = :account_key AND e.leg = 0
      AND e.executed_at_us >= :start_us AND e.executed_at_us < :end_us
    ORDER BY e.executed_at_us, e.sequence, e.execution_id
""")


def within(conn: Connection, account_key: int, span: Span) -> list[Compared]:
    """An account's executions of a span, in their order."""
    found = rows(conn, WITHIN, account_key=account_key, **span._asdict())
    return [Compared._make(row) for row in found]


# Tombstones are few: people and brokers seldom take a fill back.
DELETED = text("""
    SELECT v.executed_at_us, v.execution_id, v.contract, 0, 0, v.broker_pnl_micros, v.fees_micros
    FROM execution_tombstones t
    JOIN execution_versions v
      ON v.account_key = t.account_key AND v.execution_id = t.execution_id AND v.revision = 1
    LEFT JOIN sync_corrections c
      ON c.account_key = t.account_key AND c.execution_id = t.execution_id AND c.revision = 0
    WHERE t.account_key = :account_key AND c.revision IS NULL
      AND v.executed_at_us >= :start_us AND v.executed_at_us < :end_us
    ORDER BY t.execution_id
""")


def deleted(conn: Connection, account_key: int, span: Span) -> list[Compared]:
    """What was deleted by hand, as it came; in no order of time."""
    found = rows(conn, DELETED, account_key=account_key, **span._asdict())
    return [Compared._make(row) for row in found]
