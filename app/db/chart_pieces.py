"""What an account's executions did in the positions of a contract, in order, as charts mark it."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, text

from app.db.connection import rows
from app.domain.periods import Span


class ChartPiece(NamedTuple):
    """An execution's part in a position; `quantity` is signed, `gross_micros` what it realized."""

    executed_at_us: int
    execution_id: str
    quantity: int
    gross_micros: int
    price_nanos: int
    position_side: str


OF_CONTRACT = text("""
    SELECT f.executed_at_us, f.execution_id, f.quantity, f.gross_micros, e.price_nanos, p.side
    FROM position_effects f
    JOIN executions e ON e.account_key = f.account_key AND e.execution_id = f.execution_id
    JOIN positions p ON p.account_key = f.account_key AND p.position_id = f.position_id
    WHERE f.account_key = :account_key AND f.contract = :contract
      AND f.executed_at_us >= :start_us AND f.executed_at_us < :end_us
    ORDER BY f.executed_at_us, f.sequence, f.execution_id, f.leg LIMIT :limit
""")


def of_contract(
    conn: Connection, account_key: int, contract: str, within: Span, limit: int
) -> list[ChartPiece]:
    """The first parts that executions of a span have in positions, in their order."""
    found = rows(
        conn,
        OF_CONTRACT,
        account_key=account_key,
        contract=contract,
        **within._asdict(),
        limit=limit,
    )
    return [ChartPiece._make(row) for row in found]
