"""Permits for requests to a broker."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Index

from app.db.types import Int64, Text

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "broker_permits",
        Column("permit_key", Int64, primary_key=True, autoincrement=True),
        Column("limit_name", Text, nullable=False),
        Column("counted_until_us", Int64, nullable=False),
        Index("ix_broker_permits_limit", "limit_name", "counted_until_us"),
        Index("ix_broker_permits_until", "counted_until_us"),
        sqlite_strict=True,
    )
