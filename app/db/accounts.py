"""Accounts and their cash; a write holds its account's row from the first statement on."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, text

from app.db import outbox
from app.db.connection import first, rows, rows_among, run
from app.db.marks import with_marks
from app.db.outbox import Event
from app.domain.accounts import Account, CashMovement
from app.domain.changes import NONE, Changes

PAGE_MAX = 1_000

BY_ID = text("""
    SELECT account_key, account_id, name, status, account_type, currency, timezone, calendar,
           starting_balance_micros, created_at_us, version, stamp, outbox_seq,
           realized_net_micros, cash_micros, synced_at_us, sync_late_us, broker_balance_micros
    FROM accounts WHERE account_id = :account_id
""")


def by_id(conn: Connection, account_id: str) -> Account | None:
    """The account, as this snapshot has it."""
    row = first(conn, BY_ID, account_id=account_id)
    return None if row is None else Account(*row)


# A write that changes nothing takes the row's lock on PostgreSQL; SQLite's writer is alone anyway.
LOCK = text("""
    UPDATE accounts SET version = version WHERE account_id = :account_id
    RETURNING account_key, account_id, name, status, account_type, currency, timezone, calendar,
              starting_balance_micros, created_at_us, version, stamp, outbox_seq,
              realized_net_micros, cash_micros, synced_at_us, sync_late_us,
              broker_balance_micros
""")


def lock(conn: Connection, account_id: str) -> Account | None:
    """The account, kept from other writers until this transaction ends."""
    row = first(conn, LOCK, account_id=account_id)
    return None if row is None else Account(*row)


AFTER = text("""
    SELECT account_key, account_id, name, status, account_type, currency, timezone, calendar,
           starting_balance_micros, created_at_us, version, stamp, outbox_seq,
           realized_net_micros, cash_micros, synced_at_us, sync_late_us, broker_balance_micros
    FROM accounts WHERE account_id > :after ORDER BY account_id LIMIT :limit
""")


def after(conn: Connection, account_id: str, limit: int = PAGE_MAX) -> list[Account]:
    """The accounts that follow an id, in the order of their ids; from `""` on, the first."""
    return [Account(*row) for row in rows(conn, AFTER, after=account_id, limit=limit)]


def new_stamp() -> int:
    """A number that no other state of any account has: versions repeat in another database, and
    in one that was restored from a backup.
    """
    return secrets.randbits(62)


STATES = with_marks("""
    SELECT a.account_key, a.version,
           CASE WHEN a.synced_at_us + a.sync_late_us <= :now_us THEN 'stale'
                WHEN a.synced_at_us + a.sync_late_us > :now_us THEN 'live'
                ELSE 'manual' END, {held},
           (SELECT prices_version FROM service_state WHERE state_key = 1)
    FROM accounts a WHERE a.account_key IN :ids
""").bindparams(bindparam("ids", expanding=True))


def states(
    conn: Connection, account_keys: Iterable[int], now_us: int
) -> dict[int, tuple[object, ...]]:
    """Where some accounts stand: their versions, how their feeds are, the last prices of what they
    hold, and the version of all prices.
    """
    found = rows_among(conn, STATES, account_keys, now_us=now_us)
    return {key: tuple(state) for key, *state in found}


HEARD = text("""
    UPDATE accounts SET synced_at_us = :now_us, sync_late_us = :late_us
    WHERE account_key = :account_key
""")


def heard(conn: Connection, account_key: int, now_us: int, late_us: int) -> None:
    """Note that all of the account's fills are known by now, and for how long that is good."""
    run(conn, HEARD, account_key=account_key, now_us=now_us, late_us=late_us)


SET_BROKER_BALANCE = text("""
    UPDATE accounts SET broker_balance_micros = :micros WHERE account_key = :account_key
""")


def set_broker_balance(conn: Connection, account_key: int, micros: int) -> None:
    """Note the balance that the broker states."""
    run(conn, SET_BROKER_BALANCE, account_key=account_key, micros=micros)


IDS = text("""
    SELECT account_key, account_id FROM accounts WHERE account_key IN :ids
""").bindparams(bindparam("ids", expanding=True))


def ids(conn: Connection, account_keys: Iterable[int]) -> dict[int, str]:
    """The ids of some accounts, by their keys."""
    return dict(rows_among(conn, IDS, account_keys))


INSERT = text("""
    INSERT INTO accounts (account_id, name, status, account_type, currency, timezone, calendar,
                          starting_balance_micros, created_at_us, version, stamp, outbox_seq,
                          realized_net_micros, cash_micros)
    VALUES (:account_id, :name, 'active', :account_type, :currency, :timezone, :calendar,
            :starting_balance_micros, :created_at_us, 0, :stamp, 0, 0, 0)
    ON CONFLICT (account_id) DO NOTHING
""")


def insert(conn: Connection, account: Account) -> bool:
    """Add an account, whose key the database chooses; False when its id is taken."""
    return run(conn, INSERT, **account._asdict()) > 0


UPDATE = text("""
    UPDATE accounts
    SET name = :name, account_type = :account_type, currency = :currency, timezone = :timezone,
        calendar = :calendar, starting_balance_micros = :starting_balance_micros
    WHERE account_key = :account_key
""")


def update(conn: Connection, account: Account) -> None:
    """Store what can be set of an account."""
    run(conn, UPDATE, **account._asdict())


ADVANCE = text("""
    UPDATE accounts
    SET version = version + 1, stamp = :stamp, outbox_seq = outbox_seq + 1,
        realized_net_micros = realized_net_micros + :realized_net_micros,
        cash_micros = cash_micros + :cash_micros
    WHERE account_key = :account_key
    RETURNING version, outbox_seq
""")


def advance(
    conn: Connection,
    account_key: int,
    *,
    event: str,
    now_us: int,
    realized_net_micros: int = 0,
    cash_micros: int = 0,
    changes: Changes = NONE,
) -> int:
    """Raise the version with what a write added to the balance, and announce it; the version."""
    version, seq = first(
        conn,
        ADVANCE,
        account_key=account_key,
        stamp=new_stamp(),
        realized_net_micros=realized_net_micros,
        cash_micros=cash_micros,
    )
    outbox.insert(conn, account_key, Event(seq, version, now_us, event, changes))
    return int(version)


CASH_BY_ID = text("""
    SELECT cash_id, amount_micros, occurred_at_us, note
    FROM cash_movements WHERE account_key = :account_key AND cash_id = :cash_id
""")


def cash_by_id(conn: Connection, account_key: int, cash_id: str) -> CashMovement | None:
    """One deposit or withdrawal."""
    row = first(conn, CASH_BY_ID, account_key=account_key, cash_id=cash_id)
    return None if row is None else CashMovement._make(row)


INSERT_CASH = text("""
    INSERT INTO cash_movements (account_key, cash_id, amount_micros, occurred_at_us, note)
    VALUES (:account_key, :cash_id, :amount_micros, :occurred_at_us, :note)
""")


def insert_cash(conn: Connection, account_key: int, movement: CashMovement) -> None:
    """Note a deposit or withdrawal."""
    run(conn, INSERT_CASH, account_key=account_key, **movement._asdict())


CASH_WITHIN = text("""
    SELECT occurred_at_us, amount_micros FROM cash_movements
    WHERE account_key = :account_key AND occurred_at_us >= :start_us AND occurred_at_us < :end_us
    ORDER BY occurred_at_us
""")


def cash_within(
    conn: Connection, account_key: int, start_us: int, end_us: int
) -> list[tuple[int, int]]:
    """When and how much came in, or went out, between two instants; oldest first."""
    values = {"account_key": account_key, "start_us": start_us, "end_us": end_us}
    return [(int(at), int(amount)) for at, amount in rows(conn, CASH_WITHIN, **values)]


CASH_BEFORE = text("""
    SELECT CAST(coalesce(sum(amount_micros), 0) AS BIGINT) FROM cash_movements
    WHERE account_key = :account_key AND occurred_at_us < :before_us
""")


def cash_before(conn: Connection, account_key: int, before_us: int) -> int:
    """All cash movements before an instant, added up in micro-units."""
    return int(first(conn, CASH_BEFORE, account_key=account_key, before_us=before_us)[0])
