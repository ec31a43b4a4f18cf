"""What the database of a service holds, in the words of the tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from app.db.connection import Database
from tests.oracle import Fill
from tests.system.survival import Cash, Content, Key, Rows

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

EXECUTIONS = text("""
    SELECT account_id, execution_id, contract, side, quantity, price_nanos, fees_micros,
           executed_at_us, sequence, strategy
    FROM executions JOIN accounts USING (account_key)
""")
CASH = text("""
    SELECT account_id, cash_id, amount_micros, occurred_at_us
    FROM cash_movements JOIN accounts USING (account_key)
""")
DAMAGE = text("PRAGMA integrity_check")


def rows(db: Database) -> list[tuple[Key, Content]]:
    """All executions and cash movements of all accounts, of one moment."""
    with db.read() as conn:
        fills = [_fill(*row) for row in conn.execute(EXECUTIONS).all()]
        cash = [_cash(*row) for row in conn.execute(CASH).all()]
    return [*fills, *cash]


def damage(db: Database) -> list[str]:
    """What SQLite finds wrong with its file; PostgreSQL's server was not killed."""
    if not db.is_sqlite:
        return []
    with db.read() as conn:
        return [row[0] for row in conn.execute(DAMAGE).all() if row[0] != "ok"]


def fills_of(found: Rows, account_id: str) -> list[Fill]:
    """The executions of one account."""
    return [c for key, c in found if key.account_id == account_id and isinstance(c, Fill)]


def cash_of(found: Rows, account_id: str) -> Decimal:
    """What came into one account, less what went out of it."""
    amounts = [c.amount for key, c in found if key.account_id == account_id and isinstance(c, Cash)]
    return sum(amounts, Decimal(0))


def _fill(account_id: str, execution_id: str, *rest: Any) -> tuple[Key, Content]:
    contract, side, quantity, price_nanos, fees_micros, at_us, sequence, strategy = rest
    fill = Fill(
        execution_id=execution_id,
        contract=contract,
        side=side,
        quantity=quantity,
        price=Decimal(price_nanos).scaleb(-9),
        fees=Decimal(fees_micros).scaleb(-6),
        executed_at=_moment(at_us),
        sequence=sequence,
        strategy=strategy,
    )
    return Key(account_id, "execution", execution_id), fill


def _cash(account_id: str, cash_id: str, micros: int, at_us: int) -> tuple[Key, Content]:
    return Key(account_id, "cash", cash_id), Cash(Decimal(micros).scaleb(-6), _moment(at_us))


def _moment(at_us: int) -> datetime:
    return EPOCH + timedelta(microseconds=at_us)
