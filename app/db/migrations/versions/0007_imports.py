"""Imports of files, and which executions and orders each brought in."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, ForeignKey, Index

from app.db.types import Int64, Text

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "imports",
        Column("account_key", Int64, ForeignKey("accounts.account_key"), primary_key=True),
        Column("import_number", Int64, primary_key=True),
        Column("import_id", Text, nullable=False),
        Column("file_name", Text, nullable=False),
        Column("format", Text, nullable=False),
        Column("digest", Text, nullable=False),
        Column("row_count", Int64, nullable=False),
        Column("accepted", Int64, nullable=False),
        Column("duplicates", Int64, nullable=False),
        Column("orders_accepted", Int64, nullable=False),
        Column("orders_duplicates", Int64, nullable=False),
        Column("created_at_us", Int64, nullable=False),
        Column("created_by", Text, nullable=False),
        Column("undone_at_us", Int64),
        Index("ix_imports_id", "account_key", "import_id", unique=True),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "import_executions",
        Column("account_key", Int64, ForeignKey("accounts.account_key"), primary_key=True),
        Column("import_number", Int64, primary_key=True),
        Column("execution_id", Text, primary_key=True),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "import_orders",
        Column("account_key", Int64, ForeignKey("accounts.account_key"), primary_key=True),
        Column("import_number", Int64, primary_key=True),
        Column("order_id", Text, primary_key=True),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
