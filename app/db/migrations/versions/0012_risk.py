"""Limits of loss, when they were lifted, and the lowest equity of each stretch that has ended."""

from __future__ import annotations

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey
from sqlalchemy.schema import SchemaItem

from app.db.types import Int64, Text

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    # What an account is held to since an instant; the latest row is what it is held to now.
    _table(
        "risk_terms",
        Column("since_us", Int64, primary_key=True),
        Column("daily_loss_micros", Int64),
        Column("max_loss_micros", Int64),
        Column("mode", Text, nullable=False),
        Column("profit_target_micros", Int64),
        Column("consistency_share", Int64),
        Column("minimum_days", Int64),
        Column("warning_shares", Text, nullable=False),
        CheckConstraint("mode IN ('eod', 'static')", name="ck_risk_terms_mode"),
    )
    _table(
        "risk_resets",
        Column("at_us", Int64, primary_key=True),
        Column("reset_by", Text, nullable=False),
    )
    # Of every stretch in which equity was known; less the balance at its session's start.
    _table(
        "risk_lows",
        Column("session", Int64, primary_key=True),
        Column("start_us", Int64, primary_key=True),
        Column("moved_micros", Int64, nullable=False),
    )
    # The first session whose lows are not kept yet, and how old the prices behind them may be.
    _table(
        "risk_kept",
        Column("until_session", Int64, nullable=False),
        Column("mark_age_us", Int64, nullable=False),
    )


def _table(name: str, *items: SchemaItem) -> None:
    account = ForeignKey("accounts.account_key")
    key = Column("account_key", Int64, account, primary_key=True)
    op.create_table(name, key, *items, sqlite_strict=True, sqlite_with_rowid=False)
