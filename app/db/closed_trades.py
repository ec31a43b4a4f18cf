"""Closed positions one by one, as statistics take them."""

from __future__ import annotations

from sqlalchemy import Connection, text

from app.db.connection import rows
from app.domain.periods import Span
from app.domain.statistics import Trade
from app.domain.totals import ClosedTrade

WITHIN = text("""
    SELECT closed_at_us, opened_at_us, symbol, contract, side, strategy, gross_micros,
           fees_micros, net_micros
    FROM positions
    WHERE account_key = :account_key AND closed_at_us >= :start_us AND closed_at_us < :end_us
    ORDER BY closed_at_us, close_sequence, close_execution_id
""")


def within(conn: Connection, account_key: int, span: Span) -> list[Trade]:
    """An account's positions closed in a span, in closing order; all of them are held at once."""
    found = rows(conn, WITHIN, account_key=account_key, **span._asdict())
    return [Trade._make((*row[:6], ClosedTrade._make(row[6:]))) for row in found]
