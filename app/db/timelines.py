"""A database that was put back begins another course of events than the one that was lost.

Whatever was named by the lost one must never be taken for a name of this one: a kept answer, an
entity tag, a remembered caller.
"""

from __future__ import annotations

import secrets

from sqlalchemy import text

from app.db import accounts
from app.db.connection import Connection, first, many, rows, run

EVENT = "restored"
_MS_US = 1_000
_STAMP_BITS = 62

LAST_CHANGE = text("SELECT coalesce(max(created_at_us), 0) FROM outbox")
SKIP = text("UPDATE accounts SET version = version + :skipped, outbox_seq = outbox_seq + :skipped")
# What was synced was lost: feeds are late until a sync has passed over them.
LATE = text("UPDATE accounts SET sync_late_us = 0 WHERE synced_at_us IS NOT NULL")
SERVICE = text("""
    UPDATE service_state SET token_epoch = :now_us, prices_version = :now_us WHERE state_key = 1
""")
PRICES = text("SELECT contract_key FROM price_contracts")
RESTAMP = "UPDATE price_contracts SET stamp = ? WHERE contract_key = ?"
END_SESSIONS = text("DELETE FROM sessions")
END_TICKETS = text("DELETE FROM socket_tickets")


def begin(conn: Connection, now_us: int) -> None:
    """Begin one: new stamps, versions above all that were given out, no session, no live feed.

    What was lost is later than the last change that is known, and no account takes a write a
    millisecond: so versions go on above those that callers saw, who may refuse lower ones.
    """
    (changed_at_us,) = first(conn, LAST_CHANGE)
    if changed_at_us:
        run(conn, SKIP, skipped=max(0, now_us - changed_at_us) // _MS_US)
    run(conn, LATE)
    _advance_all(conn, now_us)
    # Above whatever was counted in any other course: they count changes, of which none took
    # less than a microsecond.
    run(conn, SERVICE, now_us=now_us)
    stamped = [(secrets.randbits(_STAMP_BITS), key) for (key,) in rows(conn, PRICES)]
    many(conn, RESTAMP, stamped)
    run(conn, END_SESSIONS)
    run(conn, END_TICKETS)


def _advance_all(conn: Connection, now_us: int) -> None:
    page = accounts.after(conn, "")
    while page:
        for account in page:
            accounts.advance(conn, account.account_key, event=EVENT, now_us=now_us)
        page = accounts.after(conn, page[-1].account_id)
