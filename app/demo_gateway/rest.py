"""The demo gateway's REST side: POST with JSON, and 200 also where the answer is no."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from http import HTTPStatus
from itertools import islice
from typing import Any

from flask import Flask, Response, request
from msgspec.json import Encoder

from app.demo_gateway import contracts, gateway
from app.demo_gateway.faults import spoiled
from app.demo_gateway.gateway import Gateway, Json
from app.domain import instants
from app.domain.periods import Span

BODY_BYTES_MAX = 64 * 1024
BARS_MAX = 20_000
_FOUND_MAX = 20
_BAD_CREDENTIALS, _NOT_FOUND = 3, 1
_UNIT_INVALID, _NUMBER_INVALID, _LIMIT_INVALID = 2, 3, 4
_NUMBER_MAX = 1_000
_OPEN = ("/api/Auth/loginKey",)
_PAGE = b"<!DOCTYPE html><html><body>We will be back soon.</body></html>"
_encoder = Encoder(decimal_format="number")

Answer = Callable[[Json], Json]


class BadRequest(Exception):
    """A question whose fields are missing or are none."""


def make(state: Gateway) -> Flask:
    """The application of a gateway."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES_MAX
    app.add_url_rule("/api/Status/ping", view_func=lambda: Response("pong"))
    views = _Views(state)
    for path, answer in views.by_path().items():
        app.add_url_rule(path, path, _view(state, path, answer), methods=["POST"])
    return app


class _Views:
    """What each question is answered."""

    def __init__(self, state: Gateway) -> None:
        self._state = state

    def by_path(self) -> dict[str, Answer]:
        return {
            "/api/Auth/loginKey": self._login,
            "/api/Auth/validate": lambda _: _said(newToken=self._state.tokens.make()),
            "/api/Account/search": self._accounts,
            "/api/Contract/available": self._available,
            "/api/Contract/search": self._contracts_like,
            "/api/Contract/searchById": self._contract,
            "/api/History/retrieveBars": self._bars,
            "/api/Order/search": self._orders,
            "/api/Order/searchOpen": self._open_orders,
            "/api/Position/searchOpen": self._positions,
            "/api/Trade/search": self._trades,
        }

    def _login(self, asked: Json) -> Json:
        if (asked.get("userName"), asked.get("apiKey")) != self._state.user:
            return _said(_BAD_CREDENTIALS, token=None)
        return _said(token=self._state.tokens.make())

    def _accounts(self, asked: Json) -> Json:
        only_active = _field(asked, "onlyActiveAccounts", bool)
        return _said(accounts=self._state.accounts(only_active=only_active))

    def _available(self, asked: Json) -> Json:
        # Simulated accounts get nothing of the live feed, and no word why.
        return _said(contracts=[] if _field(asked, "live", bool) else self._state.contracts())

    def _contracts_like(self, asked: Json) -> Json:
        text = _field(asked, "searchText", str).upper()
        listed = self._available(asked)["contracts"]
        return _said(contracts=[each for each in listed if text in each["name"]][:_FOUND_MAX])

    def _contract(self, asked: Json) -> Json:
        found = contracts.by_id(_field(asked, "contractId", str), self._state.now_us())
        if found is None:
            return _said(_NOT_FOUND, contract=None)
        return _said(contract=gateway.contract(found))

    def _bars(self, asked: Json) -> Json:
        state, limit = self._state, _field(asked, "limit", int)
        unit, number = _field(asked, "unit", int), _field(asked, "unitNumber", int)
        listed = contracts.by_id(_field(asked, "contractId", str), state.now_us())
        faults = {
            _NOT_FOUND: listed is None or _field(asked, "live", bool),
            _UNIT_INVALID: unit not in contracts.UNITS,
            _NUMBER_INVALID: not 1 <= number <= _NUMBER_MAX,
            _LIMIT_INVALID: not 1 <= limit <= BARS_MAX,
        }
        if listed is None or any(faults.values()):
            return _said(next(code for code, is_so in faults.items() if is_so), bars=None)
        span = Span(
            max(_moment(asked, "startTime", None), state.first_us),
            min(_moment(asked, "endTime", None), state.now_us()),
        )
        wants_partial = _field(asked, "includePartialBar", bool)
        found = contracts.bars(state.seed, listed.root, unit, number, span, state.now_us())
        wanted = (bar for bar, is_over in found if is_over or wants_partial)
        return _said(bars=[_bar(bar, listed.tick_size) for bar in islice(wanted, limit)])

    def _orders(self, asked: Json) -> Json:
        return self._searched("orders", asked, self._state.orders)

    def _trades(self, asked: Json) -> Json:
        return self._searched("trades", asked, self._state.trades)

    def _open_orders(self, asked: Json) -> Json:
        return self._of_account("orders", asked, self._state.open_orders)

    def _positions(self, asked: Json) -> Json:
        return self._of_account("positions", asked, self._state.positions)

    def _searched(
        self, name: str, asked: Json, rows: Callable[[int, int, int], list[Json]]
    ) -> Json:
        start_us = _moment(asked, "startTimestamp", None)
        end_us = _moment(asked, "endTimestamp", instants.LAST_US)
        return self._of_account(name, asked, lambda account: rows(account, start_us, end_us))

    def _of_account(self, name: str, asked: Json, rows: Callable[[int], list[Json]]) -> Json:
        account_id = _field(asked, "accountId", int)
        if account_id not in self._state.ledgers:
            return {name: None} | _said(_NOT_FOUND)
        return {name: rows(account_id)} | _said()


def _view(state: Gateway, path: str, answer: Answer) -> Callable[[], Response]:
    def view() -> Response:
        asked = request.get_json(force=True, silent=True)
        fault = state.faults.decide()
        refused = _refused(state, path, fault)
        if refused is not None:
            return refused
        try:
            said = answer(asked if isinstance(asked, dict) else {})
        except BadRequest as error:
            return _problem(str(error))
        if fault == "null":
            said = dict.fromkeys(said) | _said(8)
        return _sent(state, fault, _encoder.encode(said))

    return view


def _refused(state: Gateway, path: str, fault: str | None) -> Response | None:
    """What is answered in place of an answer."""
    limit = "bars" if path == "/api/History/retrieveBars" else "general"
    if fault == "expired":
        state.tokens.revoke_all()
    if fault in ("busy", "busy-wait") or not state.limits.take(limit):
        headers = {"Retry-After": "1"} if fault == "busy-wait" else None
        return Response(status=HTTPStatus.TOO_MANY_REQUESTS, headers=headers)
    if fault == "broken":
        return Response(status=HTTPStatus.INTERNAL_SERVER_ERROR)
    if fault == "html":
        return Response(_PAGE, content_type="text/html; charset=utf-8")
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if path not in _OPEN and not state.tokens.is_good(token):
        headers = {"WWW-Authenticate": "Bearer"}
        return Response(status=HTTPStatus.UNAUTHORIZED, headers=headers)
    return None


def _sent(state: Gateway, fault: str | None, content: bytes) -> Response:
    content = state.faults.mutate(spoiled(fault, content))
    if fault == "slow":
        time.sleep(state.faults.slow_s)
    if fault != "drop":
        return Response(content, content_type="application/json; charset=utf-8")
    # Not looked up later: by then the request is over.
    line: socket.socket = request.environ["werkzeug.socket"]
    answer = Response(_dropped(content, line), content_type="application/json; charset=utf-8")
    answer.content_length = len(content)
    return answer


def _dropped(content: bytes, line: socket.socket) -> Iterator[bytes]:
    yield content[: len(content) // 2]
    line.shutdown(socket.SHUT_RDWR)


def _said(code: int = 0, **payload: object) -> Json:
    return payload | {"success": code == 0, "errorCode": code, "errorMessage": None}


def _problem(field: str) -> Response:
    said = {
        "title": "One or more validation errors occurred.",
        "status": 400,
        "errors": {field: [f"The {field} field is required."]},
    }
    content_type = "application/problem+json; charset=utf-8"
    return Response(_encoder.encode(said), HTTPStatus.BAD_REQUEST, content_type=content_type)


def _field(asked: Json, name: str, kind: type[Any]) -> Any:
    value = asked.get(name)
    if type(value) is not kind:
        raise BadRequest(name)
    return value


def _moment(asked: Json, name: str, default_us: int | None) -> int:
    value = asked.get(name)
    if value is None and default_us is not None:
        return default_us
    try:
        return instants.parse(value or "")
    except (TypeError, ValueError, AttributeError):
        raise BadRequest(name) from None


def _bar(bar: contracts.Bar, tick_size: Decimal) -> Json:
    prices = {"o": bar.open, "h": bar.high, "l": bar.low, "c": bar.close}
    opened = {"t": gateway.moment(bar.opened_at_us)}
    return opened | {name: ticks * tick_size for name, ticks in prices.items()} | {"v": bar.volume}
