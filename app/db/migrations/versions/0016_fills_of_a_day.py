"""How many executions a day has, so that no page counts all of a history's."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column

from app.db.types import Int64

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("performance_day", Column("fills", Int64, nullable=False, server_default="0"))
