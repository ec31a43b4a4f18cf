"""What an account holds now, and how it got into that."""

from __future__ import annotations

from sqlalchemy import Connection, text

from app.db.connection import rows
from app.domain.lots import Lot
from app.domain.positions import Position

OF_ACCOUNT = text("""
    SELECT position_id, symbol, contract, side, quantity, max_quantity, entry_price_nanos,
           exit_price_nanos, opened_at_us, open_sequence, open_execution_id, open_leg,
           closed_at_us, close_sequence, close_execution_id, gross_micros, fees_micros,
           net_micros, execution_count, strategy
    FROM positions WHERE account_key = :account_key AND closed_at_us IS NULL
    ORDER BY contract
""")


def of_account(conn: Connection, account_key: int) -> list[Position]:
    """The open positions, by contract."""
    return [Position._make(row) for row in rows(conn, OF_ACCOUNT, account_key=account_key)]


# Every entry is of one contract at least, so as many as there are contracts held are enough.
LAST_ENTRIES = text("""
    SELECT abs(e.quantity), x.price_nanos
    FROM position_effects e
    JOIN executions x ON x.account_key = e.account_key AND x.execution_id = e.execution_id
    WHERE e.account_key = :account_key AND e.contract = :contract
      AND e.executed_at_us >= :opened_at_us AND e.position_id = :position_id
      AND e.quantity * :direction > 0
    ORDER BY e.executed_at_us DESC, e.sequence DESC, e.execution_id DESC, e.leg DESC
    LIMIT :limit
""")


def last_entries(conn: Connection, account_key: int, held: Position, direction: int) -> list[Lot]:
    """The entries of an open position that may still be held, newest first; `direction` is 1 for a
    long one and -1 for a short one.
    """
    found = rows(
        conn,
        LAST_ENTRIES,
        account_key=account_key,
        contract=held.contract,
        opened_at_us=held.opened_at_us,
        position_id=held.position_id,
        direction=direction,
        limit=held.quantity,
    )
    return [Lot._make(row) for row in found]
