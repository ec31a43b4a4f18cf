"""The demo gateway's live hubs: SignalR's JSON protocol over WebSockets.

Records end with 0x1E; the user hub wraps what it sends as `{"action", "data"}`, as the real one
does and its documents do not say.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, request
from flask_sock import Sock
from msgspec.json import Encoder
from simple_websocket import ConnectionClosed

from app.demo_gateway import contracts
from app.demo_gateway.gateway import Gateway, Json
from app.domain import instants

END = "\x1e"
_INVOCATION, _COMPLETION, _PING = 1, 3, 6
_LOOK_S = 0.1
_PING_S = 10
# What they mean is nowhere said; it is taken from their order.
_CREATED, _UPDATED, _DELETED = 0, 1, 2
_encoder = Encoder(decimal_format="number")

# What a hub would tell now, by what names it: (event, arguments) by key.
Seen = dict[object, tuple[str, list[Any]]]


def register(app: Flask, state: Gateway) -> None:
    """Put both hubs on the application."""
    sock = Sock(app)
    for name, look in (("user", _user_look), ("market", _market_look)):
        sock.route(f"/hubs/{name}", endpoint=name)(_serving(state, look))
        path = f"/hubs/{name}/negotiate"
        app.add_url_rule(path, path, _negotiate, methods=["POST"])

    @app.before_request
    def refuse() -> Response | None:
        if request.path not in ("/hubs/user", "/hubs/market"):
            return None
        if state.tokens.is_good(_token()):
            return None
        return Response(status=HTTPStatus.UNAUTHORIZED)


def _token() -> str:
    # A browser cannot set a header on a WebSocket, so the real one takes it from the query.
    said = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return request.args.get("access_token", said)


def _negotiate() -> Response:
    transports = [{"transport": "WebSockets", "transferFormats": ["Text", "Binary"]}]
    said = {"connectionId": "demo", "negotiateVersion": 0, "availableTransports": transports}
    return Response(json.dumps(said), content_type="application/json")


def _serving(
    state: Gateway, look: Callable[[Gateway, set[tuple[str, Any]]], Seen]
) -> Callable[[Any], None]:
    def serve(ws: Any) -> None:
        try:
            _Connection(state, ws, look).run()
        except (ConnectionClosed, ValueError):
            return

    return serve


class _Connection:
    """One client: what it has subscribed to, and what it has been told."""

    def __init__(
        self, state: Gateway, ws: Any, look: Callable[[Gateway, set[tuple[str, Any]]], Seen]
    ) -> None:
        self._state = state
        self._ws = ws
        self._look = look
        self._subscribed: set[tuple[str, Any]] = set()
        self._told: Seen = {}

    def run(self) -> None:
        hello = json.loads(self._ws.receive().split(END)[0])
        if hello.get("protocol") != "json":
            self._ws.send(json.dumps({"error": "The protocol is not supported."}) + END)
            return
        self._ws.send("{}" + END)
        pinged_s = time.monotonic()
        while True:
            for record in (self._ws.receive(timeout=_LOOK_S) or "").split(END):
                if record:
                    self._heard(json.loads(record))
            self._tell()
            if time.monotonic() - pinged_s > _PING_S:
                pinged_s = time.monotonic()
                self._send({"type": _PING})

    def _heard(self, said: Json) -> None:
        if said.get("type") != _INVOCATION:
            return
        target, arguments = said["target"], said.get("arguments") or [None]
        key = (target.removeprefix("Unsubscribe").removeprefix("Subscribe"), arguments[0])
        if target.startswith("Unsubscribe"):
            self._subscribed.discard(key)
        else:
            self._subscribed.add(key)
            # What is there already is not told: it is to be asked for by REST.
            self._told |= self._look(self._state, {key})
        if "invocationId" in said:
            self._send({"type": _COMPLETION, "invocationId": said["invocationId"], "result": None})

    def _tell(self) -> None:
        seen = self._look(self._state, self._subscribed)
        for key, (event, arguments) in seen.items():
            before = self._told.get(key)
            if before != (event, arguments):
                action = _CREATED if before is None else _UPDATED
                self._send_event(event, arguments, action)
        for key, (event, arguments) in self._told.items():
            if event == "GatewayUserPosition" and key not in seen:
                self._send_event(event, [arguments[0] | {"size": 0}], _DELETED)
        self._told = seen

    def _send_event(self, event: str, arguments: list[Any], action: int) -> None:
        if event.startswith("GatewayUser"):
            arguments = [{"action": action, "data": arguments[0]}]
        self._send({"type": _INVOCATION, "target": event, "arguments": arguments})

    def _send(self, record: Json) -> None:
        self._ws.send(_encoder.encode(record).decode() + END)


def _user_look(state: Gateway, subscribed: set[tuple[str, Any]]) -> Seen:
    return {
        (event, row["id"]): (event, [row])
        for name, account_id in subscribed
        for event, row in _user_rows(state, name, account_id)
    }


def _user_rows(state: Gateway, name: str, account_id: Any) -> Iterator[tuple[str, Json]]:
    if name == "Accounts":
        yield from (("GatewayUserAccount", row) for row in state.accounts(only_active=True))
        return
    if account_id not in state.ledgers:
        return
    since_us = state.now_us() - instants.DAY_US
    rows = {
        "Orders": ("GatewayUserOrder", state.orders),
        "Trades": ("GatewayUserTrade", state.trades),
    }
    if name in rows:
        event, search = rows[name]
        yield from ((event, row) for row in search(account_id, since_us, instants.LAST_US))
    elif name == "Positions":
        yield from (("GatewayUserPosition", row) for row in state.positions(account_id))


def _market_look(state: Gateway, subscribed: set[tuple[str, Any]]) -> Seen:
    seen: Seen = {}
    for name, contract_id in subscribed:
        listed = contracts.by_id(str(contract_id), state.now_us())
        if name == "ContractQuotes" and listed:
            seen[contract_id] = ("GatewayQuote", [contract_id, state.quote(listed)])
    return seen
