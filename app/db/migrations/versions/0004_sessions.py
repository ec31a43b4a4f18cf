"""Sessions of the dashboard, and the failed logins of the last minute."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, ForeignKey, Index

from app.db.types import Int64, Text

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "sessions",
        Column("digest", Text, primary_key=True),
        Column("token_key", Int64, ForeignKey("tokens.token_key"), nullable=False),
        Column("created_at_us", Int64, nullable=False),
        Column("seen_at_us", Int64, nullable=False),
        Column("expires_at_us", Int64, nullable=False),  # Unless it is used before.
        Column("selected_account_id", Text),
        Index("ix_sessions_token", "token_key", "seen_at_us", "digest"),
        Index("ix_sessions_expiry", "expires_at_us"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "failed_logins",
        Column("failure_key", Int64, primary_key=True, autoincrement=True),
        Column("address", Text, nullable=False),
        Column("failed_at_us", Int64, nullable=False),
        Index("ix_failed_logins_address", "address", "failed_at_us"),
        Index("ix_failed_logins_at", "failed_at_us"),
        sqlite_strict=True,
    )
