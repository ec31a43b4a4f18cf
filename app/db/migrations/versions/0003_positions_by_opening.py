"""Positions in the order of their opening, in which they are listed."""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0003"
down_revision = "0002"

_BY_OPENING = ("account_key", "opened_at_us", "open_sequence", "open_execution_id")


def upgrade() -> None:
    # The closing comes last, so that a window is judged in the index.
    op.create_index("ix_positions_opened", "positions", [*_BY_OPENING, "closed_at_us"])
    is_open = text("closed_at_us IS NULL")
    op.create_index(
        "ix_positions_open_by_opening",
        "positions",
        list(_BY_OPENING),
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
