"""/api/session: a browser shows its token once and comes with a cookie from then on."""

from __future__ import annotations

from flask import Blueprint, Response
from flask import request as flask_request
from msgspec import Struct

from app.blueprints import request, response, rights
from app.blueprints.described import described
from app.blueprints.request import JSON, NoQuery
from app.domain import instants
from app.errors import Forbidden, InvalidBody, RateLimited, Unauthenticated
from app.services import access, sessions
from app.services.callers import Caller, Scope
from app.services.kinds import Instant

bp = Blueprint("session", __name__)


class TokenBody(Struct, forbid_unknown_fields=True):
    """The token that the session is to stand for."""

    token: str


class CallerBody(Struct):
    """Who calls: the token's name, and what it may do and see (`accounts` is null for all)."""

    name: str
    scope: Scope
    accounts: list[str] | None
    selected_account_id: str | None
    expires_at: Instant | None


class Ended(Struct):
    """Whether there was a session to leave."""

    ended: bool


@bp.post("")
@rights.open_to_all
@described(
    query=NoQuery,
    takes={JSON: TokenBody},
    gives=CallerBody,
    fails=(Unauthenticated, Forbidden, RateLimited),
)
def begin() -> Response:
    """Log in; the session that the browser had before ends."""
    request.options(NoQuery)
    body = request.fields(request.body(), TokenBody)
    if isinstance(body, list):
        raise InvalidBody(body[0].message, body)
    login = request.login(body.token)
    if login is access.ANYONE:
        return response.ok(_told(login))
    started = sessions.start(request.resources(), login, request.session_id())
    answer = response.ok(_told(started.caller))
    _set_cookie(answer, started.session_id, sessions.LIFETIME_S)
    return answer


@bp.get("")
@described(query=NoQuery, gives=CallerBody)
def who() -> Response:
    """Who calls, what they may do and see, and until when their session lasts."""
    request.options(NoQuery)
    return response.ok(_told(request.caller()))


@bp.delete("")
@rights.needs("read")
@rights.takes_ended_session
@described(query=NoQuery, gives=Ended, fails=(Unauthenticated, Forbidden, RateLimited))
def leave() -> Response:
    """Log out; a repetition with the same cookie is as good."""
    request.options(NoQuery)
    session_id = request.session_id()
    if session_id is None:
        return response.ok(Ended(ended=False))
    sessions.end(request.resources(), session_id)
    answer = response.ok(Ended(ended=True))
    _set_cookie(answer, "", 0)
    return answer


def _told(caller: Caller) -> CallerBody:
    session = caller.session
    return CallerBody(
        name=caller.name,
        scope=caller.scope,
        accounts=None if caller.account_ids is None else sorted(caller.account_ids),
        selected_account_id=access.current(request.resources(), caller),
        expires_at=instants.text(session.expires_at_us) if session else None,
    )


def _set_cookie(answer: Response, value: str, max_age_s: int) -> None:
    answer.set_cookie(
        request.session_cookie(),
        value,
        max_age=max_age_s,
        path="/",
        secure=flask_request.is_secure,
        httponly=True,
        samesite="Strict",
    )
