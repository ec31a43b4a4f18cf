"""How far each account is synced from its broker, who syncs, and what the broker corrected."""

from __future__ import annotations

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey

from app.db.types import Int64, Text

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "syncs",
        _account(),
        Column("broker_account_id", Int64, nullable=False),
        # The broker still lists it; one that ended is no fault of the feed.
        Column("is_listed", Int64, nullable=False),
        # Made by the sync: what it started from is found out while nothing moves.
        Column("is_unopened", Int64, nullable=False),
        # Nothing before is asked for.
        Column("since_us", Int64, nullable=False),
        Column("synced_until_us", Int64, nullable=False),
        # When all of the last days was last asked for again.
        Column("looked_back_at_us", Int64, nullable=False),
        Column("passed_at_us", Int64),
        # When a fill came, or the broker's balance changed.
        Column("moved_at_us", Int64, nullable=False),
        # JSON: fills whose contract is not known, and open positions that are not ours.
        Column("undecided", Text, nullable=False),
        Column("differing", Text, nullable=False),
        Column("differs_since_us", Int64),
        Column("balance_difference_micros", Int64, nullable=False),
        Column("fault", Text),
        sqlite_strict=True,
    )
    op.create_table(
        "sync_lease",
        Column("lease_key", Int64, primary_key=True, autoincrement=False),
        Column("holder", Text, nullable=False),
        Column("expires_at_us", Int64, nullable=False),
        Column("tried_at_us", Int64),
        Column("fault", Text),
        CheckConstraint("lease_key = 1", name="ck_sync_lease_one_row"),
        sqlite_strict=True,
    )
    op.create_table(
        "sync_corrections",
        _account(),
        Column("execution_id", Text, primary_key=True),
        # The revision that the broker's last word made; 0: it took the execution back.
        Column("revision", Int64, nullable=False),
        sqlite_strict=True,
    )


def _account() -> Column[int]:
    return Column("account_key", Int64, ForeignKey("accounts.account_key"), primary_key=True)
