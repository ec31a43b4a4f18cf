"""How an account stands in a snapshot, in one statement: itself, and what it holds."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection

from app.db.connection import first
from app.db.marks import with_marks
from app.domain.accounts import Account

_COLUMNS = len(Account._fields)


class Held(NamedTuple):
    """An account's open positions, counted and added up over all its contracts."""

    positions: int
    quantity: int
    realized_net_micros: int


class Standing(NamedTuple):
    """An account, what it holds, and when it last executed anything."""

    account: Account
    held: Held
    last_executed_at_us: int | None


STANDING = with_marks("""
    SELECT a.account_key, a.account_id, a.name, a.status, a.account_type, a.currency, a.timezone,
           a.calendar, a.starting_balance_micros, a.created_at_us, a.version, a.stamp,
           a.outbox_seq, a.realized_net_micros, a.cash_micros, a.synced_at_us, a.sync_late_us,
           a.broker_balance_micros, {held},
           (SELECT prices_version FROM service_state WHERE state_key = 1),
           count(p.position_id), CAST(coalesce(sum(p.quantity), 0) AS BIGINT),
           CAST(coalesce(sum(p.net_micros), 0) AS BIGINT),
           (SELECT max(executed_at_us) FROM position_effects e
            WHERE e.account_key = a.account_key)
    FROM accounts a
    LEFT JOIN positions p ON p.account_key = a.account_key AND p.closed_at_us IS NULL
    WHERE a.account_id = :account_id
    GROUP BY a.account_key
""")


def standing(conn: Connection, account_id: str) -> Standing | None:
    """How the account stands; None: there is none of that id."""
    row = first(conn, STANDING, account_id=account_id)
    if row is None:
        return None
    *held, last_executed_at_us = row[_COLUMNS:]
    return Standing(Account._make(row[:_COLUMNS]), Held._make(held), last_executed_at_us)
