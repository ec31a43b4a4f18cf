"""Who calls, and what they may see: decided here for every way in."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from app.db import sessions, tokens
from app.db.connection import Connection, Database
from app.db.state import State as State  # noqa: PLC0414 (views name it, from here)
from app.db.state import look_up
from app.db.tokens import Token
from app.domain.accounts import Account
from app.domain.executions import ID_LENGTH_MAX, is_id
from app.errors import (
    AccountNotFound,
    AccountRequired,
    Conflict,
    InvalidBody,
    NotFound,
    Unauthenticated,
)
from app.services import accounts, logins
from app.services.callers import SCOPES, Caller, Scope
from app.services.resources import Resources
from app.telemetry import TOKEN_PREFIX

FIRST_TOKEN_NAME = "admin"  # noqa: S105 (a name, not a secret)
FIRST_TOKEN_FILE = "admin-token"  # noqa: S105
_SECRET_BYTES = 32


ANYONE = Caller("anyone", "admin", None)


def authenticate(res: Resources, secret: str | None, epoch: int, address: str) -> Caller:
    """The caller that a token stands for in an epoch; Unauthenticated without a good one, and
    RateLimited when too many from this address were not good.
    """
    if not res.requires_token:
        return ANYONE
    if not secret:
        raise Unauthenticated("send a token: Authorization: Bearer TOKEN")
    digest = _digest(secret)
    caller = res.callers.get(digest, epoch, res.now_us())
    if caller is None:
        caller = _looked_up(res, digest)
        if caller is None:
            logins.refuse(res, address)
        res.callers.put(digest, epoch, caller)
    return caller


def _looked_up(res: Resources, digest: str) -> Caller | None:
    with res.db.read() as conn:
        token = tokens.by_digest(conn, digest)
        if token is None or token.revoked_at_us is not None:
            return None
        return caller_of(conn, token)


def caller_of(conn: Connection, token: Token) -> Caller:
    """Whom a good token stands for."""
    held_to = tokens.accounts(conn, token.token_key) if token.is_restricted else None
    return Caller(token.name, _scope(token.scope), held_to, token.selected_account_id)


def state(res: Resources, account_id: str) -> State:
    """How the service and an account stand now."""
    return look_up(res.db, account_id if is_id(account_id) else "")


def account_for(res: Resources, caller: Caller, account_id: str | None, known: State) -> Account:
    """The account that a request is about; AccountRequired where it is not clear.

    One that the caller may not see is as one that does not exist.
    """
    if account_id is None:
        account_id = current(res, caller) or _only(res, caller)
    # Before it is looked for, so that not even the time taken tells whether it is there.
    require_sight(caller, account_id)
    account = known.account
    if account is None or account.account_id != account_id:
        account = state(res, account_id).account
    if account is None:
        raise _no_account(account_id)
    return account


def require_sight(caller: Caller, account_id: str) -> None:
    """AccountNotFound if the caller may not see an account, there or not."""
    if not caller.may_see(account_id):
        raise _no_account(account_id)


def _no_account(account_id: str) -> AccountNotFound:
    return AccountNotFound(f"there is no account {account_id[:ID_LENGTH_MAX]!r}")


def current(res: Resources, caller: Caller) -> str | None:
    """The account that is meant where none is named: the selected one, else the default."""
    for account_id in (caller.selected_account_id, res.default_account_id):
        if account_id and caller.may_see(account_id):
            return account_id
    return None


def select(res: Resources, caller: Caller, account: Account) -> None:
    """Make an account the caller's current one; Conflict where there is no token to remember it."""
    if caller is ANYONE:
        raise Conflict("without tokens there is nobody to remember it for: name account_id")
    with res.db.write() as conn:
        if caller.session:
            sessions.select_account(conn, caller.session.digest, account.account_id)
        else:
            tokens.select_account(conn, caller.name, account.account_id)


def create_token(res: Resources, name: str, scope: str, account_ids: Sequence[str]) -> str:
    """A new token's secret, which only its holder has from now on; Conflict: name taken."""
    secret = TOKEN_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    _store(res.db, res.now_us(), name, secret, _scope(scope), account_ids)
    return secret


def every_token(res: Resources) -> list[Token]:
    """All tokens by name, revoked ones among them."""
    found: list[Token] = []
    with res.db.read() as conn:
        while page := tokens.after(conn, found[-1].name if found else ""):
            found += page
    return found


def accounts_of(res: Resources, token: Token) -> frozenset[str] | None:
    """The accounts that a token is held to; None: all of them."""
    if not token.is_restricted:
        return None
    with res.db.read() as conn:
        return tokens.accounts(conn, token.token_key)


def revoke_token(res: Resources, name: str) -> None:
    """End a token at once; NotFound if none of that name is good."""
    with res.db.write() as conn:
        revoked = tokens.revoke(conn, name, res.now_us())
    if not revoked:
        raise NotFound(f"there is no token {name!r} that is still good")


def first_token(res: Resources, given: str | None, data_dir: Path) -> Path | None:
    """On the first start: the given token becomes the admin's, else one is made and kept in a
    file of the data folder that only its owner reads; the file's place.
    """
    if every_token(res):
        return None
    secret = given or TOKEN_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    place = None if given else data_dir / FIRST_TOKEN_FILE
    if place:
        # Kept before it is valid: a crash between the two leaves a file that opens nothing.
        _write_private(place, secret)
    try:
        _store(res.db, res.now_us(), FIRST_TOKEN_NAME, secret, "admin", ())
    except Conflict:
        return None  # Another machine's first start was faster.
    return place


def _store(
    db: Database, now_us: int, name: str, secret: str, scope: Scope, account_ids: Sequence[str]
) -> None:
    for each in (name, *account_ids):
        if not is_id(each):
            raise InvalidBody(f"{each!r} must be 1 to 128 printable ASCII characters without '/'")
    with db.write() as conn:
        stored = tokens.insert(
            conn,
            name=name,
            digest=_digest(secret),
            scope=scope,
            account_ids=account_ids,
            now_us=now_us,
        )
    if not stored:
        raise Conflict(f"a token named {name!r} exists already")


def _only(res: Resources, caller: Caller) -> str:
    seen = [each.account_id for each in accounts.every(res) if caller.may_see(each.account_id)]
    if len(seen) != 1:
        raise AccountRequired(
            f"say which account: account_id is needed where there are {len(seen)} to choose from"
        )
    return seen[0]


def _scope(text: str) -> Scope:
    for scope in SCOPES:
        if scope == text:
            return scope
    raise InvalidBody(f"scope must be one of {', '.join(SCOPES)} (got {text!r})")


def _digest(secret: str) -> str:
    # Tokens are random and long, so a plain hash cannot be guessed back.
    return hashlib.sha256(secret.encode()).hexdigest()


def _write_private(path: Path, secret: str) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret + "\n")
