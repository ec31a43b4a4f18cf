"""One row of what concerns the whole service; the account that a token has selected;
and a stamp for every state of an account.
"""

from __future__ import annotations

import secrets

from alembic import op
from sqlalchemy import CheckConstraint, Column, text

from app.db.types import Int64, Text

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "service_state",
        Column("state_key", Int64, primary_key=True, autoincrement=False),
        # Grows with every token made or revoked; what a process remembers of tokens is of an epoch.
        Column("token_epoch", Int64, nullable=False),
        CheckConstraint("state_key = 1", name="ck_service_state_one_row"),
        sqlite_strict=True,
    )
    op.add_column("accounts", Column("stamp", Int64, nullable=False, server_default="0"))
    conn = op.get_bind()
    for (key,) in conn.execute(text("SELECT account_key FROM accounts")).all():
        stamped = {"key": key, "stamp": secrets.randbits(62)}
        conn.execute(text("UPDATE accounts SET stamp = :stamp WHERE account_key = :key"), stamped)
    op.add_column("tokens", Column("selected_account_id", Text))
    op.execute("INSERT INTO service_state (state_key, token_epoch) VALUES (1, 0)")
