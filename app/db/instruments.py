"""Instruments that an admin added to the shipped ones."""

from __future__ import annotations

from sqlalchemy import Connection, text

from app.db.connection import rows, run
from app.domain.instruments import Instrument

ADDED_MAX = 1_000

ADDED = text("""
    SELECT root, name, exchange, tick_nanos, point_value_micros, currency, projectx_symbol_id,
           contract_months, is_micro
    FROM instruments WHERE root > '' ORDER BY root LIMIT :limit
""")


def added(conn: Connection) -> list[Instrument]:
    """The added ones, by root."""
    found = rows(conn, ADDED, limit=ADDED_MAX)
    return [Instrument._make((*row[:-1], bool(row[-1]))) for row in found]


INSERT = text("""
    INSERT INTO instruments (root, name, exchange, tick_nanos, point_value_micros, currency,
                             projectx_symbol_id, contract_months, is_micro)
    VALUES (:root, :name, :exchange, :tick_nanos, :point_value_micros, :currency,
            :projectx_symbol_id, :contract_months, :is_micro)
    ON CONFLICT (root) DO NOTHING
""")


def insert(conn: Connection, instrument: Instrument) -> bool:
    """Add an instrument; False when its root is taken, since its facts price stored P&L."""
    values = instrument._asdict() | {"is_micro": int(instrument.is_micro)}
    return run(conn, INSERT, **values) > 0
