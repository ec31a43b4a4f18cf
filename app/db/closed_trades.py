"""Closed positions one by one, as the columns of trades are made of them."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, text

from app.db.connection import first, rows
from app.domain.periods import Span
from app.domain.trade_columns import Kind


class Closing(NamedTuple):
    """A closed position's times, result and kind."""

    closed_at_us: int
    held_us: int
    gross_micros: int
    fees_micros: int
    kind: Kind


WITHIN = text("""
    SELECT closed_at_us, closed_at_us - opened_at_us, gross_micros, fees_micros,
           symbol, contract, side, strategy
    FROM positions
    WHERE account_key = :account_key AND closed_at_us >= :start_us AND closed_at_us < :end_us
    ORDER BY closed_at_us, close_sequence, close_execution_id
""")


def within(conn: Connection, account_key: int, span: Span) -> list[Closing]:
    """An account's positions closed in a span, in closing order; all of them are held at once."""
    found = rows(conn, WITHIN, account_key=account_key, **span._asdict())
    return [Closing._make((*row[:4], Kind._make(row[4:]))) for row in found]


NEXT = text("""
    SELECT closed_at_us FROM positions
    WHERE account_key = :account_key AND closed_at_us >= :from_us
    ORDER BY closed_at_us, close_sequence, close_execution_id LIMIT 1
""")


def next_from(conn: Connection, account_key: int, from_us: int) -> int | None:
    """When the first position is closed from an instant on."""
    found = first(conn, NEXT, account_key=account_key, from_us=from_us)
    return None if found is None else int(found[0])
