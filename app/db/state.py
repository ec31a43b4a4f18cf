"""The look-up that begins every request: one statement tells whether anything has changed."""

from __future__ import annotations

from typing import NamedTuple

from app.db.connection import Database, first
from app.db.marks import with_marks
from app.domain.accounts import Account


class State(NamedTuple):
    """The epoch of the tokens, and the account as it is now; None: there is none of that id."""

    token_epoch: int
    account: Account | None


LOOK_UP = with_marks("""
    SELECT s.token_epoch, a.account_key, a.account_id, a.name, a.status, a.account_type,
           a.currency, a.timezone, a.calendar, a.starting_balance_micros, a.created_at_us,
           a.version, a.stamp, a.outbox_seq, a.realized_net_micros, a.cash_micros,
           a.synced_at_us, a.sync_late_us, a.broker_balance_micros, {held}, s.prices_version
    FROM service_state s LEFT JOIN accounts a ON a.account_id = :account_id
    WHERE s.state_key = 1
""")


def look_up(db: Database, account_id: str) -> State:
    """The state of the service and of one account."""
    with db.glance() as conn:
        epoch, *account = first(conn, LOOK_UP, account_id=account_id)
    return State(epoch, None if account[0] is None else Account._make(account))
