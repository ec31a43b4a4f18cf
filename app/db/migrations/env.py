"""Runs the migrations in one transaction on the connection of the database that is upgraded."""

from __future__ import annotations

from alembic import context
from sqlalchemy import text

from app.db import accounts, kept_trades, rollups, schema
from app.db.connection import Connection, Database

# Any number that nothing else in the database locks on: one machine migrates, the others wait.
LOCK = text("SELECT pg_advisory_xact_lock(7234018)")
# However long that takes.
PATIENCE = text("SET LOCAL lock_timeout = 0")


def run() -> None:
    """Apply what is missing; the DDL of both databases is transactional."""
    database: Database = context.config.attributes["database"]
    with database.write() as conn:
        if not database.is_sqlite:
            conn.execute(PATIENCE)
            conn.execute(LOCK)
        context.configure(connection=conn, transactional_ddl=True)
        context.run_migrations()
        if context.get_context().get_current_heads() == (schema.REVISION,):
            _fill(conn)


def _fill(conn: Connection) -> None:
    """What newer tables keep is made of positions that are older than they are."""
    page = accounts.after(conn, "")
    while page:
        for account in page:
            kept_trades.fill(conn, account)
            rollups.fill(conn, account)
        page = accounts.after(conn, page[-1].account_id)


run()
