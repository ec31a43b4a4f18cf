"""Accounts, executions and all that is derived from them.

Prices are in 1e-9, money in 1e-6, instants in microseconds UTC, days counted from 1970-01-01.
"""

from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, text
from sqlalchemy.schema import SchemaItem

from app.db.types import Int64, Text

revision = "0001"
down_revision = None


def upgrade() -> None:
    _accounts()
    _executions()
    _positions()
    _derived_days()
    _tokens()


def _table(name: str, *items: SchemaItem, clustered: bool = False) -> None:
    # A clustered table is kept in the order of its key, so that ranges of it are read in one go.
    op.create_table(name, *items, sqlite_strict=True, sqlite_with_rowid=not clustered)


def _int(name: str, **options: Any) -> Column[int]:
    return Column(name, Int64, nullable=False, **options)


def _key() -> Column[int]:
    # An account's rows go with nothing else: accounts are never deleted.
    return Column("account_key", Int64, ForeignKey("accounts.account_key"), primary_key=True)


def _text(name: str, **options: Any) -> Column[str]:
    return Column(name, Text, nullable=False, **options)


def _accounts() -> None:
    _table(
        "accounts",
        Column("account_key", Int64, primary_key=True, autoincrement=True),
        _text("account_id", unique=True),
        _text("name"),
        _text("status"),
        _text("account_type"),
        _text("currency"),
        _text("timezone"),
        _text("calendar"),
        _int("starting_balance_micros"),
        _int("created_at_us"),
        _int("version"),  # Grows with every change of the account's data; caches are named by it.
        _int("outbox_seq"),
        _int("realized_net_micros"),  # All executions' P&L less their fees.
        _int("cash_micros"),  # All cash movements.
        CheckConstraint("calendar IN ('civil', 'session')", name="ck_accounts_calendar"),
    )
    _table(
        "cash_movements",
        _key(),
        Column("cash_id", Text, primary_key=True),
        _int("amount_micros"),
        _int("occurred_at_us"),
        Column("note", Text),
        Index("ix_cash_movements_at", "account_key", "occurred_at_us", "amount_micros"),
        clustered=True,
    )
    _table(
        "outbox",
        _key(),
        Column("seq", Int64, primary_key=True),
        _int("version"),
        _int("created_at_us"),
        _text("event"),
        clustered=True,
    )
    _table(
        "instruments",
        Column("root", Text, primary_key=True),
        _text("name"),
        _text("exchange"),
        _int("tick_nanos"),
        _int("point_value_micros"),
        _text("currency"),
        _text("projectx_symbol_id"),
        _text("contract_months"),
        _int("is_micro"),
        clustered=True,
    )


def _execution_columns() -> list[Column[Any]]:
    return [
        Column("order_id", Text),
        _text("symbol"),
        _text("contract"),
        _text("side"),
        _int("quantity"),
        _int("price_nanos"),
        _int("fees_micros"),
        _int("executed_at_us"),
        _int("sequence"),
        Column("strategy", Text),
        _text("source"),
        Column("broker_pnl_micros", Int64),
        Column("fx_rate_nanos", Int64),
        _int("average_price"),
    ]


def _executions() -> None:
    in_order = ("executed_at_us", "sequence", "execution_id")
    _table(
        "executions",
        _key(),
        Column("execution_id", Text, primary_key=True),
        *_execution_columns(),
        _int("revision"),
        _int("recorded_at_us"),
        CheckConstraint("side IN ('BUY', 'SELL')", name="ck_executions_side"),
        CheckConstraint("quantity > 0", name="ck_executions_quantity"),
        CheckConstraint("fees_micros >= 0", name="ck_executions_fees"),
        Index("ix_executions_contract", "account_key", "contract", *in_order),
        Index("ix_executions_source", "account_key", "contract", "source", "executed_at_us"),
    )
    # What an execution said before it was corrected or deleted; saying it again changes nothing.
    _table(
        "execution_versions",
        _key(),
        Column("execution_id", Text, primary_key=True),
        Column("revision", Int64, primary_key=True),
        *_execution_columns(),
        _int("superseded_at_us"),
    )
    _table(
        "execution_tombstones",
        _key(),
        Column("execution_id", Text, primary_key=True),
        _int("deleted_at_us"),
        clustered=True,
    )


def _positions() -> None:
    closing = ("closed_at_us", "close_sequence", "close_execution_id")
    results = ("gross_micros", "fees_micros", "net_micros")
    _table(
        "positions",
        _key(),
        Column("position_id", Text, primary_key=True),
        _text("symbol"),
        _text("contract"),
        _text("side"),
        _int("quantity"),
        _int("max_quantity"),
        _int("entry_price_nanos"),
        Column("exit_price_nanos", Int64),
        _int("opened_at_us"),
        _int("open_sequence"),
        _text("open_execution_id"),
        _int("open_leg"),
        Column("closed_at_us", Int64),
        Column("close_sequence", Int64),
        Column("close_execution_id", Text),
        *(_int(name) for name in results),
        _int("execution_count"),
        Column("strategy", Text),
        CheckConstraint("net_micros = gross_micros - fees_micros", name="ck_positions_net"),
        CheckConstraint("(quantity = 0) = (closed_at_us IS NOT NULL)", name="ck_positions_closed"),
        Index("ix_positions_closed", "account_key", *closing, *results),
        Index("ix_positions_contract", "account_key", "contract", *closing),
        Index("ix_positions_symbol", "account_key", "symbol", "contract", "opened_at_us"),
    )
    is_open = text("closed_at_us IS NULL")
    op.create_index(
        "ix_positions_open",
        "positions",
        ["account_key", "contract"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    in_order = ("executed_at_us", "sequence", "execution_id", "leg")
    _table(
        "position_effects",
        _key(),
        Column("executed_at_us", Int64, primary_key=True),
        Column("sequence", Int64, primary_key=True),
        Column("execution_id", Text, primary_key=True),
        Column("leg", Int64, primary_key=True),
        _text("contract"),
        _text("position_id"),
        _int("quantity"),
        _int("gross_micros"),
        _int("fees_micros"),
        Index("ix_position_effects_contract", "account_key", "contract", *in_order),
        Index("ix_position_effects_position", "account_key", "position_id"),
        clustered=True,
    )


def _derived_days() -> None:
    # By both datings of P&L: positions by their closing, executions by themselves.
    by_position = (
        *("trades", "winning", "losing", "gross_micros", "fees_micros", "won_micros"),
        *("lost_micros", "largest_win_micros", "largest_loss_micros"),
        *("net_micros", "low_micros", "high_micros", "drawdown_micros"),
    )
    by_execution = (
        *("executions", "executed_gross_micros", "executed_fees_micros"),
        *("executed_net_micros", "executed_low_micros", "executed_high_micros"),
        "executed_drawdown_micros",
    )
    _table(
        "performance_day",
        _key(),
        Column("calendar", Text, primary_key=True),
        Column("day", Int64, primary_key=True),
        *(_int(name) for name in (*by_position, *by_execution)),
        clustered=True,
    )


def _tokens() -> None:
    _table(
        "tokens",
        Column("token_key", Int64, primary_key=True, autoincrement=True),
        _text("name", unique=True),
        _text("digest", unique=True),
        _text("scope"),
        _int("is_restricted"),  # Only to the accounts listed, even when none is.
        _int("created_at_us"),
        Column("revoked_at_us", Int64),
        CheckConstraint("scope IN ('read', 'write', 'admin')", name="ck_tokens_scope"),
    )
    _table(
        "token_accounts",
        Column("token_key", Int64, ForeignKey("tokens.token_key"), primary_key=True),
        Column("account_id", Text, primary_key=True),
        clustered=True,
    )
