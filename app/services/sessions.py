"""Sessions of the dashboard: a token is shown once, a cookie stands for it from then on.

A session is never better than its token: what the token may see, and whether it is still good, is
looked up with the session.
"""

from __future__ import annotations

import hmac
import secrets
from typing import NamedTuple

from app.db import sessions, tokens
from app.domain import instants
from app.errors import DatabaseUnavailable, Unauthenticated
from app.services import access
from app.services.callers import Caller
from app.services.resources import Resources

# A dashboard that is left open polls, so only a closed one is idle.
IDLE_S = 12 * 3600
LIFETIME_S = 30 * 24 * 3600
# How late a session's last use may be noted: a poll must not cost a write.
TOUCH_S = 15 * 60
SESSIONS_MAX = 20
_ID_BYTES = 32


class Started(NamedTuple):
    """A new session: the id that only its browser has from now on, and who it stands for."""

    session_id: str
    caller: Caller


def start(res: Resources, login: Caller, former_id: str | None) -> Started:
    """Begin a session of a caller who sent a good token, in place of the one it had."""
    session_id, now_us = secrets.token_urlsafe(_ID_BYTES), res.now_us()
    digest = _digest(res, session_id)
    with res.db.write() as conn:
        sessions.delete_expired(conn, now_us)
        if former_id:
            sessions.delete(conn, _digest(res, former_id))
        sessions.delete_surplus(conn, login.name, SESSIONS_MAX - 1)
        expires_at_us = _expires_at_us(now_us, now_us)
        begun = sessions.insert(
            conn, digest, login.name, now_us=now_us, expires_at_us=expires_at_us
        )
    if not begun:
        raise Unauthenticated("the token was revoked")
    return Started(session_id, _looked_up(res, digest, now_us))


def caller(res: Resources, session_id: str, epoch: int) -> Caller:
    """Who a session stands for in an epoch; Unauthenticated when it is over."""
    digest, now_us = _digest(res, session_id), res.now_us()
    known = res.callers.get(digest, epoch, now_us)
    if known is None:
        known = _touched(res, _looked_up(res, digest, now_us), now_us)
        res.callers.put(digest, epoch, known, look_again_at_us(known))
    return known


def end(res: Resources, session_id: str) -> None:
    """End a session in every process; one that is over already stays so."""
    with res.db.write() as conn:
        sessions.delete(conn, _digest(res, session_id))


def look_again_at_us(known: Caller) -> int | None:
    """When a caller's session has to be looked up again; None: never, for a token has no time."""
    session = known.session
    if session is None:
        return None
    return min(session.seen_at_us + TOUCH_S * instants.SECOND_US, session.expires_at_us)


def _looked_up(res: Resources, digest: str, now_us: int) -> Caller:
    with res.db.read() as conn:
        session = sessions.by_digest(conn, digest)
        token = session and tokens.by_key(conn, session.token_key)
        if not session or not token or now_us >= session.expires_at_us or token.revoked_at_us:
            raise Unauthenticated("the session is over: log in again")
        known = access.caller_of(conn, token)
    return known._replace(session=session, selected_account_id=session.selected_account_id)


def _touched(res: Resources, known: Caller, now_us: int) -> Caller:
    session = known.session
    if session is None or now_us < session.seen_at_us + TOUCH_S * instants.SECOND_US:
        return known
    expires_at_us = _expires_at_us(session.created_at_us, now_us)
    try:
        with res.db.write() as conn:
            sessions.touch(conn, session.digest, now_us=now_us, expires_at_us=expires_at_us)
    except DatabaseUnavailable:
        pass  # Reading goes on; the next look notes it.
    seen = session._replace(seen_at_us=now_us, expires_at_us=expires_at_us)
    return known._replace(session=seen)


def _expires_at_us(created_at_us: int, seen_at_us: int) -> int:
    lifetime_us, idle_us = LIFETIME_S * instants.SECOND_US, IDLE_S * instants.SECOND_US
    return min(created_at_us + lifetime_us, seen_at_us + idle_us)


def _digest(res: Resources, session_id: str) -> str:
    return hmac.digest(res.secret_key.bytes(), session_id.encode(), "sha256").hex()
