"""Access tokens, kept as the hash that they are looked up by."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, text

from app.db.connection import first, many, rows, run

PAGE_MAX = 1_000


class Token(NamedTuple):
    """A token without its secret; `revoked_at_us` is None while it is good."""

    token_key: int
    name: str
    scope: str
    is_restricted: int
    created_at_us: int
    revoked_at_us: int | None
    selected_account_id: str | None


BY_DIGEST = text("""
    SELECT token_key, name, scope, is_restricted, created_at_us, revoked_at_us,
           selected_account_id
    FROM tokens WHERE digest = :digest
""")


def by_digest(conn: Connection, digest: str) -> Token | None:
    """The token with a hash, revoked or not."""
    row = first(conn, BY_DIGEST, digest=digest)
    return None if row is None else Token._make(row)


BY_KEY = text("""
    SELECT token_key, name, scope, is_restricted, created_at_us, revoked_at_us,
           selected_account_id
    FROM tokens WHERE token_key = :token_key
""")


def by_key(conn: Connection, token_key: int) -> Token:
    """The token that a session belongs to, revoked or not."""
    return Token._make(first(conn, BY_KEY, token_key=token_key))


BY_NAME = text("""
    SELECT token_key, name, scope, is_restricted, created_at_us, revoked_at_us,
           selected_account_id
    FROM tokens WHERE name = :name
""")


def by_name(conn: Connection, name: str) -> Token | None:
    """The token of a name, revoked or not; no name is given twice."""
    row = first(conn, BY_NAME, name=name)
    return None if row is None else Token._make(row)


ACCOUNTS = text("SELECT account_id FROM token_accounts WHERE token_key = :token_key")


def accounts(conn: Connection, token_key: int) -> frozenset[str]:
    """The accounts that a restricted token is for."""
    return frozenset(row[0] for row in rows(conn, ACCOUNTS, token_key=token_key))


AFTER = text("""
    SELECT token_key, name, scope, is_restricted, created_at_us, revoked_at_us,
           selected_account_id
    FROM tokens WHERE name > :after ORDER BY name LIMIT :limit
""")


def after(conn: Connection, name: str, limit: int = PAGE_MAX) -> list[Token]:
    """The tokens that follow a name, in the order of their names; from `""` on, the first."""
    return [Token._make(row) for row in rows(conn, AFTER, after=name, limit=limit)]


INSERT = text("""
    INSERT INTO tokens (name, digest, scope, is_restricted, created_at_us)
    VALUES (:name, :digest, :scope, :is_restricted, :created_at_us)
    ON CONFLICT (name) DO NOTHING RETURNING token_key
""")

INSERT_ACCOUNT = "INSERT INTO token_accounts (token_key, account_id) VALUES (?, ?)"


def insert(
    conn: Connection,
    *,
    name: str,
    digest: str,
    scope: str,
    account_ids: Iterable[str],
    now_us: int,
) -> bool:
    """Add a token, restricted when it lists accounts; False when its name is taken."""
    listed = sorted(set(account_ids))
    values = {"name": name, "digest": digest, "scope": scope, "created_at_us": now_us}
    row = first(conn, INSERT, **values, is_restricted=int(bool(listed)))
    if row is None:
        return False
    many(conn, INSERT_ACCOUNT, [(row[0], account_id) for account_id in listed])
    advance_epoch(conn)
    return True


REVOKE = text("""
    UPDATE tokens SET revoked_at_us = :now_us WHERE name = :name AND revoked_at_us IS NULL
""")


def revoke(conn: Connection, name: str, now_us: int) -> bool:
    """End a token; False when there is none of that name that is still good."""
    revoked = run(conn, REVOKE, name=name, now_us=now_us) > 0
    advance_epoch(conn)
    return revoked


SELECT_ACCOUNT = text("""
    UPDATE tokens SET selected_account_id = :account_id WHERE name = :name
""")


def select_account(conn: Connection, name: str, account_id: str) -> None:
    """Make an account the one that is meant where the token's holder names none."""
    run(conn, SELECT_ACCOUNT, name=name, account_id=account_id)
    advance_epoch(conn)


ADVANCE_EPOCH = text("UPDATE service_state SET token_epoch = token_epoch + 1 WHERE state_key = 1")


def advance_epoch(conn: Connection) -> None:
    """Make every process look at tokens and sessions again."""
    run(conn, ADVANCE_EPOCH)


# On PostgreSQL it takes the row's lock; SQLite's writer is alone anyway.
LOCK_EPOCH = text("UPDATE service_state SET token_epoch = token_epoch WHERE state_key = 1")


def lock_epoch(conn: Connection) -> None:
    """Keep other writers of the epoch out until this transaction ends."""
    run(conn, LOCK_EPOCH)
