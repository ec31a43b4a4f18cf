"""GET /ws: what happens, as it happens; and the tickets that browsers open it with.

The request ends as every other one does, with its log line and its count; then its connection goes
on as a WebSocket.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Annotated, Any, Literal

from flask import Blueprint, Response, g
from flask import request as flask_request
from msgspec import Meta, Struct

from app import telemetry
from app.blueprints import document, failures, request, response, rights
from app.blueprints.described import described
from app.blueprints.request import NoQuery
from app.blueprints.values import AskedAccount
from app.domain.accounts import Account
from app.errors import (
    AppError,
    Forbidden,
    Internal,
    InvalidBody,
    RateLimited,
    Unauthenticated,
    UpgradeRequired,
)
from app.metrics import counts
from app.realtime import sockets
from app.realtime.fanout import SUBSCRIPTIONS_MAX
from app.realtime.sockets import FULL, GOING_AWAY, UNAUTHENTICATED, Socket
from app.realtime.source import Subject
from app.services import access, live, tickets
from app.services.callers import Caller
from app.services.live_messages import Message
from app.services.tickets import TicketBody

bp = Blueprint("stream", __name__)

_log = telemetry.logger()

_SEQ_MAX = 2**62


class _Opening(Struct, forbid_unknown_fields=True, kw_only=True):
    ticket: Annotated[str, Meta(min_length=1, max_length=tickets.LENGTH_MAX)] | None = None


class Said(Struct, forbid_unknown_fields=True, kw_only=True):
    """What a client may say; `after` is the last event that it has."""

    type: Literal["subscribe", "unsubscribe", "ping"]
    account_id: AskedAccount | None = None
    after: Annotated[int, Meta(ge=0, le=_SEQ_MAX)] | None = None


@bp.post("/api/ws-ticket")
@rights.needs("read")
@described(query=NoQuery, gives=TicketBody, fails=(Unauthenticated, Forbidden, RateLimited))
def ticket() -> Response:
    """A ticket that opens one `GET /ws`, soon, for clients that cannot send a header with it."""
    request.options(NoQuery)
    return response.ok(tickets.issue(request.resources(), request.caller()))


# The routing keeps requests for a WebSocket apart.
@bp.get("/ws")
@bp.get("/ws", websocket=True)
@rights.refuses_by_itself
@described(
    query=_Opening,
    gives=Message,
    status=HTTPStatus.SWITCHING_PROTOCOLS,
    fails=(UpgradeRequired, Forbidden),
)
def listen() -> Response:
    """A WebSocket that tells of every write to the accounts that it is subscribed to.

    Send `{"type": "subscribe", "account_id": "A"}` for a snapshot and all that follows, with
    `"after": SEQ` for all that followed an event instead; `unsubscribe`; `ping`. Each message is a
    `Message`. Close codes: 4401 without a good login, 4403 when that ends, 4408 for a client that
    is too slow, 1001 when the service stops, 1013 when no more sockets are taken.
    """
    environ = flask_request.environ
    if "gunicorn.socket" not in environ or not _wants_upgrade():
        request.caller()  # A stranger is told that first.
        request.options(_Opening)
        raise UpgradeRequired("this is a WebSocket: connect with a client for ws:// or wss://")
    rights.refuse_foreign_page("a socket")
    asked = request.options(_Opening)
    opening = sockets.open_up(
        flask_request.path, list(flask_request.headers), environ["SERVER_PROTOCOL"]
    )
    if opening.status != HTTPStatus.SWITCHING_PROTOCOLS:
        raise UpgradeRequired(f"the handshake is not that of a WebSocket: {opening.fault}")
    upgraded = _Upgraded(_Session(_caller(asked.ticket)).run)
    upgraded.headers.extend(opening.headers)
    return upgraded


def _wants_upgrade() -> bool:
    return flask_request.headers.get("Upgrade", "").lower() == "websocket"


def _caller(ticket: str | None) -> Caller | None:
    """Who listens; None for a stranger, who is told so where browsers can see it."""
    try:
        if ticket:
            g.caller = tickets.redeem(request.resources(), ticket)
        return request.caller()
    except Unauthenticated:
        return None


class _Upgraded(Response):
    """The end of a request whose connection goes on."""

    def __init__(self, run: Callable[[Any], None]) -> None:
        super().__init__(status=HTTPStatus.SWITCHING_PROTOCOLS)
        self._run = run

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:  # noqa: ARG002
        connection = environ["gunicorn.socket"]
        lines = [f"HTTP/1.1 {self.status}"]
        lines += [f"{name}: {value}" for name, value in self.headers if name not in _OF_BODIES]
        connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
        self._run(connection)
        # How a Gunicorn worker is told that the connection is used up.
        raise StopIteration


_OF_BODIES = frozenset({"Content-Type", "Content-Length"})


class _Session:
    """One client's side of the talk."""

    def __init__(self, caller: Caller | None) -> None:
        self._res = request.resources()
        self._hub = self._res.hub
        self._caller = caller
        self._socket: Socket

    def run(self, connection: Any) -> None:
        """Talk until the connection ends."""
        res, fanout = self._res, self._hub.fanout
        self._socket = Socket(connection, lambda: sockets.frame(live.health(res)))
        try:
            with counts.socket_open():
                if self._is_let_in():
                    self._hub.look()
                self._socket.serve(self._hear)
        finally:
            fanout.leave(self._socket)

    def _is_let_in(self) -> bool:
        if self._caller is None:
            self._socket.end(UNAUTHENTICATED, "no good token, session or ticket")
        elif self._hub.is_stopping():
            self._socket.end(GOING_AWAY, "the service is stopping")
        elif not self._hub.fanout.admit(self._socket, self._caller):
            self._socket.end(FULL, "too many sockets: try again later")
        else:
            self._put(live.hello(self._res, self._caller))
            return True
        return False

    def _hear(self, sent: bytes) -> None:
        named = None
        try:
            value = document.parse(sent)
            named = _named_account(value)
            if named is not None:
                self._account(named)  # Whether it is there comes before every other fault.
            self._act(_said(value))
        except AppError as error:
            self._fail(error, named)
        except Exception:  # noqa: BLE001 (the outermost loop: the socket outlives a fault)
            _log.error("failed on a socket", exc_info=True)
            self._fail(Internal(failures.UNEXPECTED), named)

    def _fail(self, error: AppError, account_id: str | None) -> None:
        counts.error(error.code)
        self._put(live.error(self._res, failures.failure(error), account_id))

    def _act(self, said: Said) -> None:
        if said.type == "ping":
            self._put(live.pong(self._res))
            return
        account = self._account(said.account_id)
        if said.type == "unsubscribe":
            self._hub.fanout.unsubscribe(self._socket, account.account_key)
            return
        subject = Subject(account.account_key, account.account_id)
        if not self._hub.fanout.subscribe(self._socket, subject, said.after):
            raise RateLimited(f"at most {SUBSCRIPTIONS_MAX} accounts on one socket")
        self._hub.look()

    def _account(self, account_id: str | None) -> Account:
        if self._caller is None:
            raise Unauthenticated("log in first")
        known = access.state(self._res, account_id or "")
        return access.account_for(self._res, self._caller, account_id, known)

    def _put(self, message: bytes) -> None:
        if not self._socket.put([sockets.frame(message)]):
            self._socket.end(sockets.TOO_SLOW, "answers are not read", at_once=True)


def _said(value: Any) -> Said:
    said = request.fields(value, Said)
    if isinstance(said, list):
        raise InvalidBody(said[0].message, said)
    return said


def _named_account(value: Any) -> str | None:
    named = value.get("account_id") if isinstance(value, dict) else None
    return named if isinstance(named, str) else None
