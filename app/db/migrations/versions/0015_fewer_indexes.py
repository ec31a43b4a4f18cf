"""Executions kept by their ids, and no index that says what another one says.

A contract's executions are found by what they did, a position's by the places between its first
and its last, a root's contracts by their names.
"""

from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, text

from app.db.types import Int64, Text

revision = "0015"
down_revision = "0014"

_COLUMNS = (
    *("account_key", "execution_id", "order_id", "symbol", "contract", "side", "quantity"),
    *("price_nanos", "fees_micros", "executed_at_us", "sequence", "strategy", "source"),
    *("broker_pnl_micros", "fx_rate_nanos", "average_price", "revision", "recorded_at_us"),
)


def upgrade() -> None:
    op.drop_index("ix_position_effects_position", "position_effects")
    op.drop_index("ix_positions_symbol", "positions")
    for name in ("ix_executions_contract", "ix_executions_source", "ix_executions_order"):
        op.drop_index(name, "executions")
    if op.get_bind().dialect.name == "sqlite":
        _keep_by_ids()
    op.create_index(
        "ix_executions_source",
        "executions",
        ["account_key", "contract", "source", "executed_at_us"],
    )
    has_order = text("order_id IS NOT NULL")
    op.create_index(
        "ix_executions_order",
        "executions",
        ["account_key", "order_id"],
        sqlite_where=has_order,
        postgresql_where=has_order,
    )


def _keep_by_ids() -> None:
    """Without numbers of their own, the rows need no second tree that leads from ids to them."""
    op.rename_table("executions", "executions_by_number")
    account = ForeignKey("accounts.account_key")
    op.create_table(
        "executions",
        Column("account_key", Int64, account, primary_key=True),
        Column("execution_id", Text, primary_key=True),
        Column("order_id", Text),
        _text("symbol"),
        _text("contract"),
        _text("side"),
        _int("quantity"),
        _int("price_nanos"),
        _int("fees_micros"),
        _int("executed_at_us"),
        _int("sequence"),
        Column("strategy", Text),
        _text("source"),
        Column("broker_pnl_micros", Int64),
        Column("fx_rate_nanos", Int64),
        _int("average_price"),
        _int("revision"),
        _int("recorded_at_us"),
        CheckConstraint("side IN ('BUY', 'SELL')", name="ck_executions_side"),
        CheckConstraint("quantity > 0", name="ck_executions_quantity"),
        CheckConstraint("fees_micros >= 0", name="ck_executions_fees"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    columns = ", ".join(_COLUMNS)
    op.execute(
        f"INSERT INTO executions ({columns}) SELECT {columns} FROM executions_by_number"  # noqa: S608
        " ORDER BY account_key, execution_id"
    )
    op.drop_table("executions_by_number")


def _int(name: str) -> Column[Any]:
    return Column(name, Int64, nullable=False)


def _text(name: str) -> Column[Any]:
    return Column(name, Text, nullable=False)
