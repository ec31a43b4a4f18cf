"""Price bars by contract, timeframe and time; what is known of time; and a version a contract."""

from __future__ import annotations

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, UniqueConstraint

from app.db.types import Int64, Text

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "price_contracts",
        Column("contract_key", Int64, primary_key=True, autoincrement=True),
        Column("root", Text, nullable=False),
        # Months since year 0, as one digit names a year of every decade; 0 is the bare root.
        Column("delivery_month", Int64, nullable=False),
        Column("contract", Text, nullable=False),
        # Grow and change with every write of the contract's bars; caches are named by them.
        Column("version", Int64, nullable=False),
        Column("stamp", Int64, nullable=False),
        UniqueConstraint("root", "delivery_month", name="uq_price_contracts_root"),
        sqlite_strict=True,
    )
    op.create_table(
        "bars",
        _contract(),
        Column("timeframe_s", Int64, primary_key=True),
        Column("opened_at_us", Int64, primary_key=True),
        Column("open_nanos", Int64, nullable=False),
        Column("high_nanos", Int64, nullable=False),
        Column("low_nanos", Int64, nullable=False),
        Column("close_nanos", Int64, nullable=False),
        Column("volume", Int64, nullable=False),
        # Made from finer bars; a bar that was given takes its place, never the other way round.
        Column("is_built", Int64, nullable=False),
        CheckConstraint("is_built IN (0, 1)", name="ck_bars_is_built"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "bar_coverage",
        _contract(),
        Column("timeframe_s", Int64, primary_key=True),
        Column("end_us", Int64, primary_key=True),
        Column("start_us", Int64, nullable=False),
        Column("fetched_at_us", Int64, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _contract() -> Column[int]:
    key = ForeignKey("price_contracts.contract_key")
    return Column("contract_key", Int64, key, primary_key=True)
