"""The positions behind a figure."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, text

from app.db.connection import rows
from app.db.filtered_trades import Chosen
from app.domain.periods import Span


class Behind(NamedTuple):
    """A position, and what it or an execution in it put into a figure."""

    position_id: str
    symbol: str
    side: str
    closed_at_us: int | None
    gross_micros: int
    fees_micros: int


# The casts tell PostgreSQL what a filter that is left out is.
CLOSED = text("""
    SELECT position_id, symbol, side, closed_at_us, gross_micros, fees_micros FROM positions
    WHERE account_key = :account_key AND closed_at_us >= :start_us AND closed_at_us < :end_us
      AND (CAST(:symbol AS TEXT) IS NULL OR symbol = :symbol)
      AND (CAST(:contract AS TEXT) IS NULL OR contract = :contract)
      AND (CAST(:strategy AS TEXT) IS NULL OR strategy = :strategy)
    ORDER BY closed_at_us, close_sequence, close_execution_id
""")


def closed(conn: Connection, account_key: int, span: Span, chosen: Chosen) -> list[Behind]:
    """The chosen positions closed in a span, in closing order."""
    found = rows(conn, CLOSED, account_key=account_key, **span._asdict(), **chosen._asdict())
    return [Behind._make(row) for row in found]


EXECUTED = text("""
    SELECT p.position_id, p.symbol, p.side, p.closed_at_us, e.gross_micros, e.fees_micros
    FROM position_effects e
    JOIN positions p ON p.account_key = e.account_key AND p.position_id = e.position_id
    WHERE e.account_key = :account_key
      AND e.executed_at_us >= :start_us AND e.executed_at_us < :end_us
      AND (CAST(:symbol AS TEXT) IS NULL OR p.symbol = :symbol)
      AND (CAST(:contract AS TEXT) IS NULL OR p.contract = :contract)
      AND (CAST(:strategy AS TEXT) IS NULL OR p.strategy = :strategy)
    ORDER BY e.executed_at_us, e.sequence, e.execution_id, e.leg
""")


def executed(conn: Connection, account_key: int, span: Span, chosen: Chosen) -> list[Behind]:
    """What each execution of a span put into a chosen position, with the position; in order."""
    found = rows(conn, EXECUTED, account_key=account_key, **span._asdict(), **chosen._asdict())
    return [Behind._make(row) for row in found]
