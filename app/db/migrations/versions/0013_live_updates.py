"""What each write changed, for live updates; tickets for sockets; and the delivery of webhooks."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, ForeignKey, Index

from app.db.types import Int64, Text

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("outbox", Column("changes", Text, nullable=False, server_default="{}"))
    op.create_table(
        "socket_tickets",
        Column("digest", Text, primary_key=True),
        Column("token_name", Text, nullable=False),
        Column("session_digest", Text),
        Column("expires_at_us", Int64, nullable=False),
        Index("ix_socket_tickets_expires", "expires_at_us"),
        Index("ix_socket_tickets_token", "token_name", "expires_at_us", "digest"),
        sqlite_strict=True,
    )
    # How far each account's outbox has been looked through for what webhooks are told.
    op.create_table(
        "webhook_places",
        Column("account_key", Int64, ForeignKey("accounts.account_key"), primary_key=True),
        Column("seq", Int64, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "webhook_deliveries",
        Column("account_key", Int64, ForeignKey("accounts.account_key"), primary_key=True),
        Column("delivery_id", Text, primary_key=True),
        Column("target", Text, primary_key=True),
        Column("body", Text, nullable=False),
        Column("created_at_us", Int64, nullable=False),
        Column("attempts", Int64, nullable=False),
        Column("next_at_us", Int64, nullable=False),
        Index("ix_webhook_deliveries_next", "next_at_us"),
        Index("ix_webhook_deliveries_target", "target", "next_at_us"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    # One row: the process that delivers, until when, and when the first one began.
    op.create_table(
        "webhook_lease",
        Column("lease_key", Int64, primary_key=True),
        Column("holder", Text, nullable=False),
        Column("until_us", Int64, nullable=False),
        Column("since_us", Int64, nullable=False),
        sqlite_strict=True,
    )
