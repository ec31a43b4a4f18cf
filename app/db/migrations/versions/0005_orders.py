"""Orders, and the executions of each."""

from __future__ import annotations

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, text

from app.db.types import Int64, Text

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "orders",
        Column("account_key", Int64, ForeignKey("accounts.account_key"), primary_key=True),
        Column("order_id", Text, primary_key=True),
        Column("symbol", Text, nullable=False),
        Column("contract", Text, nullable=False),
        Column("side", Text, nullable=False),
        Column("quantity", Int64, nullable=False),
        Column("price_nanos", Int64),
        Column("status", Text, nullable=False),
        Column("submitted_at_us", Int64, nullable=False),
        Column("updated_at_us", Int64, nullable=False),
        Column("strategy", Text),
        Column("source", Text, nullable=False),
        CheckConstraint("side IN ('BUY', 'SELL')", name="ck_orders_side"),
        CheckConstraint(
            "status IN ('PENDING', 'FILLED', 'CANCELLED', 'REJECTED')", name="ck_orders_status"
        ),
        sqlite_strict=True,
    )
    # Most orders are filled, and listed as their executions.
    is_listed = text("status <> 'FILLED'")
    op.create_index(
        "ix_orders_listed",
        "orders",
        ["account_key", "status", "submitted_at_us", "order_id"],
        sqlite_where=is_listed,
        postgresql_where=is_listed,
    )
    op.create_index("ix_executions_order", "executions", ["account_key", "order_id"])
