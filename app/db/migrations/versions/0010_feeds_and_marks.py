"""What a sync says of an account, the last price of a contract, and a version of all prices."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, text

from app.db.types import Int64

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    # When the sync had last seen everything, and for how long that is enough to know.
    op.add_column("accounts", Column("synced_at_us", Int64))
    op.add_column("accounts", Column("sync_late_us", Int64))
    op.add_column("accounts", Column("broker_balance_micros", Int64))
    op.add_column("price_contracts", Column("mark_nanos", Int64))
    op.add_column("price_contracts", Column("mark_at_us", Int64))
    # Grows whenever more is known of the past's prices.
    version = Column("prices_version", Int64, nullable=False, server_default=text("0"))
    op.add_column("service_state", version)
