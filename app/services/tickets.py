"""Tickets for sockets: a browser cannot send a header with a WebSocket, and a token in an address
ends in logs. A ticket opens one socket, soon, and stands for whoever asked for it.
"""

from __future__ import annotations

import hashlib
import secrets

from msgspec import Struct

from app.db import sessions, socket_tickets, tokens
from app.db.connection import Connection
from app.db.socket_tickets import Ticket
from app.domain import instants
from app.errors import Unauthenticated
from app.services import access
from app.services.bodies import instant
from app.services.callers import Caller
from app.services.kinds import Instant
from app.services.resources import Resources

LIFETIME_S = 30
# Of one token at a time: the oldest make way.
TICKETS_MAX = 100
LENGTH_MAX = 64
_SECRET_BYTES = 32


class TicketBody(Struct):
    """A ticket, good for one `GET /ws?ticket=` until it expires."""

    ticket: str
    expires_at: Instant


def issue(res: Resources, caller: Caller) -> TicketBody:
    """A new ticket for a caller."""
    secret, now_us = secrets.token_urlsafe(_SECRET_BYTES), res.now_us()
    expires_at_us = now_us + LIFETIME_S * instants.SECOND_US
    session = caller.session.digest if caller.session else None
    with res.db.write() as conn:
        socket_tickets.delete_expired(conn, now_us)
        socket_tickets.delete_surplus(conn, caller.name, TICKETS_MAX - 1)
        socket_tickets.insert(conn, _digest(secret), Ticket(caller.name, session, expires_at_us))
    return TicketBody(secret, str(instant(expires_at_us)))


def redeem(res: Resources, secret: str) -> Caller:
    """Whom a ticket stands for, which is used up by this; Unauthenticated where it is no good."""
    if not res.requires_token:
        return access.ANYONE
    found = _taken(res, _digest(secret))
    if found is None:
        raise Unauthenticated("the ticket is unknown, used or too old: ask for another one")
    return found


def is_good(res: Resources, caller: Caller) -> bool:
    """Whether a caller who was let in once would be let in again."""
    if caller is access.ANYONE:
        return True
    now_us = res.now_us()
    session = caller.session.digest if caller.session else None
    with res.db.read() as conn:
        return _caller(conn, Ticket(caller.name, session, now_us), now_us) is not None


def _taken(res: Resources, digest: str) -> Caller | None:
    now_us = res.now_us()
    # Looked up first, so that strangers with tickets of their own making write nothing.
    with res.db.glance() as conn:
        if not socket_tickets.is_known(conn, digest):
            return None
    with res.db.write() as conn:
        ticket = socket_tickets.take(conn, digest)
        is_good = ticket is not None and now_us < ticket.expires_at_us
        return _caller(conn, ticket, now_us) if ticket and is_good else None


def _caller(conn: Connection, ticket: Ticket, now_us: int) -> Caller | None:
    token = tokens.by_name(conn, ticket.token_name)
    if token is None or token.revoked_at_us is not None:
        return None
    known = access.caller_of(conn, token)
    if ticket.session_digest is None:
        return known
    session = sessions.by_digest(conn, ticket.session_digest)
    if session is None or now_us >= session.expires_at_us:
        return None
    return known._replace(session=session, selected_account_id=session.selected_account_id)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret[:LENGTH_MAX].encode()).hexdigest()
