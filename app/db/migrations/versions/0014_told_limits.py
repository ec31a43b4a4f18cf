"""Which limits that were reached webhooks were told of."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, ForeignKey

from app.db.types import Int64, Text

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "webhook_limits",
        Column("account_key", Int64, ForeignKey("accounts.account_key"), primary_key=True),
        Column("limit_name", Text, primary_key=True),
        Column("reached_at_us", Int64, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
