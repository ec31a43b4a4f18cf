"""Closed trades as columns, and what statistics need of a day beside its totals."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, ForeignKey, Index, LargeBinary

from app.db.types import Int64, Text

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    _kinds()
    _columns()
    _days()


def _key() -> Column[int]:
    return Column("account_key", Int64, ForeignKey("accounts.account_key"), primary_key=True)


def _int(name: str) -> Column[int]:
    return Column(name, Int64, nullable=False)


def _kinds() -> None:
    op.create_table(
        "trade_kinds",
        _key(),
        Column("kind", Int64, primary_key=True),
        Column("label", Text, nullable=False),  # The rest as one text, to be found by.
        Column("symbol", Text, nullable=False),
        Column("contract", Text, nullable=False),
        Column("side", Text, nullable=False),
        Column("strategy", Text),
        Index("ix_trade_kinds_label", "account_key", "label", unique=True),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _columns() -> None:
    # A UTC day a row, whatever the account's zone. What is asked for alone comes first: to reach
    # a column, SQLite has to walk through those before it.
    names = ("held_us", "closed_at_us", "gross_micros", "fees_micros", "kinds")
    op.create_table(
        "trade_columns",
        _key(),
        Column("day", Int64, primary_key=True),
        *(Column(name, LargeBinary, nullable=False) for name in names),
        sqlite_strict=True,
    )


def _days() -> None:
    op.create_table(
        "statistics_day",
        _key(),
        Column("calendar", Text, primary_key=True),
        Column("day", Int64, primary_key=True),
        Column("squares", Text, nullable=False),  # In digits: it need not fit into 64 bits.
        _int("held_us"),
        *(_int(f"{name}_run") for name in ("leading", "trailing", "winning", "losing")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
