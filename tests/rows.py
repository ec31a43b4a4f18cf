"""Positions in the rows that the application keeps: as the oracle tells them, and as stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import text

from app.domain import instants
from app.domain.executions import Key
from app.domain.positions import FIRST_LEG, SECOND_LEG, Position, position_id
from app.services.resources import Resources
from tests import oracle
from tests.oracle import Fill
from tests.streams import POINT_VALUES

_NOWHERE = (None, None, None)


def micros(money: Decimal) -> int:
    return int(money.scaleb(6))


def nanos(price: Decimal) -> int:
    return int(price.scaleb(9))


def instant_us(moment: datetime) -> int:
    return instants.from_datetime(moment)


def key(fill: Fill) -> Key:
    return Key(instant_us(fill.executed_at), fill.sequence, fill.execution_id)


def place(position: Position) -> tuple[str, Key, int]:
    """By contract, and in each in the order of opening."""
    return position.contract, position.open_key, position.open_leg


def id_of(account_id: str, position: oracle.Position) -> str:
    """The id, which nothing but the account, the contract and the first execution decides."""
    return position_id(account_id, position.opening.contract, position.opening.execution_id)


def positions(account_id: str, fills: Sequence[Fill]) -> list[Position]:
    """All positions that the fills make, each in its place."""
    told = oracle.positions(fills, POINT_VALUES)
    closing = {each.closing for each in told}
    found = [_position(account_id, p, through_zero=p.opening in closing) for p in told]
    return sorted(found, key=place)


def _position(account_id: str, told: oracle.Position, *, through_zero: bool) -> Position:
    opening, closing = told.opening, told.closing
    closed_at_us, close_sequence, close_execution_id = key(closing) if closing else _NOWHERE
    return Position(
        position_id=id_of(account_id, told),
        symbol=opening.contract[:-2],  # A code for the month and one for the year follow it.
        contract=opening.contract,
        side=told.side,
        quantity=told.quantity,
        max_quantity=told.max_quantity,
        entry_price_nanos=nanos(told.entry_price),
        exit_price_nanos=None if told.exit_price is None else nanos(told.exit_price),
        opened_at_us=instant_us(opening.executed_at),
        open_sequence=opening.sequence,
        open_execution_id=opening.execution_id,
        open_leg=SECOND_LEG if through_zero else FIRST_LEG,
        closed_at_us=closed_at_us,
        close_sequence=close_sequence,
        close_execution_id=close_execution_id,
        gross_micros=micros(told.gross_pnl),
        fees_micros=micros(told.fees),
        net_micros=micros(told.net_pnl),
        execution_count=told.execution_count,
        strategy=opening.strategy,
    )


_STORED = text("""
    SELECT positions.* FROM positions JOIN accounts USING (account_key)
    WHERE account_id = :account_id
""")


def stored_positions(res: Resources, account_id: str) -> list[Position]:
    """All positions that the database has, each in its place."""
    with res.db.read() as conn:
        found = conn.execute(_STORED, {"account_id": account_id}).all()
    return sorted((Position._make(row[1:]) for row in found), key=place)
