"""How every answer leaves: JSON, the headers that all have, and the one table error -> status."""

from __future__ import annotations

import gzip
import re
import secrets
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from flask import Flask, Response, current_app, g
from flask import request as flask_request
from werkzeug.exceptions import HTTPException

from app import errors, telemetry
from app.blueprints import request
from app.blueprints.request import Query
from app.domain.accounts import Account
from app.errors import AppError
from app.services import answers, performance
from app.services.answers import Question
from app.services.callers import Scope
from app.services.rendering import MEDIA_TYPES

RETRY_AFTER_S = 1
COMPRESS_ABOVE_BYTES = 1_024
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

# The one place where a failure becomes a status.
STATUS: dict[type[AppError], HTTPStatus] = {
    errors.InvalidParameter: HTTPStatus.BAD_REQUEST,
    errors.InvalidBody: HTTPStatus.BAD_REQUEST,
    errors.InvalidCursor: HTTPStatus.BAD_REQUEST,
    errors.AccountRequired: HTTPStatus.BAD_REQUEST,
    errors.UnknownSymbol: HTTPStatus.BAD_REQUEST,
    errors.CurrencyMismatch: HTTPStatus.BAD_REQUEST,
    errors.Unauthenticated: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.AccountNotFound: HTTPStatus.NOT_FOUND,
    errors.MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.SourceOverlap: HTTPStatus.CONFLICT,
    errors.PayloadTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.Internal: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.FeedStale: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.DatabaseUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

# What the routing and the server's parts raise by themselves, in this service's words.
_HTTP_ERRORS: dict[int, tuple[type[AppError], str]] = {
    HTTPStatus.BAD_REQUEST: (errors.InvalidBody, "the request cannot be read"),
    HTTPStatus.NOT_FOUND: (errors.NotFound, "there is nothing at this path"),
    HTTPStatus.METHOD_NOT_ALLOWED: (errors.MethodNotAllowed, "this method is not allowed here"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (errors.PayloadTooLarge, "the body is too large"),
}

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_OPEN = "is_open_to_all"
_SCOPE = "needs_scope"
_View = TypeVar("_View", bound=Callable[..., Response])

_log = telemetry.logger(__name__)


def ok(value: Any, status: int = HTTPStatus.OK) -> Response:
    """A value as JSON."""
    return Response(msgspec.json.encode(value), status=status, mimetype=request.JSON)


def answer(account: Account, question: Question, asked: Query) -> Response:
    """A question's answer, read through the cache; 304 when the caller has it already, and still
    has it after `wait` seconds.
    """
    res, form = request.resources(), request.form(asked)
    known = flask_request.if_none_match.contains_weak
    deadline_s = time.monotonic() + asked.wait
    pending = answers.ask(res, account, question, form)
    if asked.require:
        performance.require_live_feed(pending.dependencies.feed)
    while known(pending.tag) and answers.wait(res, pending, deadline_s):
        pending = answers.ask(res, request.account_again(account), question, form)
    if known(pending.tag):
        return _cacheable(Response(status=HTTPStatus.NOT_MODIFIED), pending.tag)
    found = answers.answer(res, pending)
    response = _cacheable(Response(found.content, content_type=MEDIA_TYPES[form]), found.tag)
    response.headers["X-Cache"] = found.tier
    return response


def _cacheable(response: Response, tag: str) -> Response:
    response.set_etag(tag, weak=True)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Accept, Accept-Encoding, Authorization, Cookie"
    return response


def surround(app: Flask) -> None:
    """Put around every request: its id, its caller's rights, its errors, headers and log line."""
    app.before_request(_begin)
    app.before_request(_authorize)
    app.after_request(_end)
    app.register_error_handler(AppError, _failed)
    app.register_error_handler(HTTPException, _failed_in_http)
    app.register_error_handler(Exception, _failed_unexpectedly)


def open_to_all(view: _View) -> _View:
    """Mark a view that answers without a token."""
    setattr(view, _OPEN, True)
    return view


def needs(scope: Scope) -> Callable[[_View], _View]:
    """Mark a view that needs another scope than its method tells."""

    def mark(view: _View) -> _View:
        setattr(view, _SCOPE, scope)
        return view

    return mark


def _begin() -> None:
    g.started_s = time.perf_counter()
    given = flask_request.headers.get("X-Request-ID", "")
    telemetry.request_id.set(given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8))


def _authorize() -> None:
    """Every route needs a token of the scope that its method asks for, unless it is open."""
    if flask_request.url_rule is None:
        return  # The routing answers that there is nothing, to anyone.
    view = current_app.view_functions[flask_request.endpoint or ""]
    if getattr(view, _OPEN, False):
        return
    is_safe = flask_request.method in _SAFE_METHODS
    request.caller().require(getattr(view, _SCOPE, "read" if is_safe else "write"))


def _end(response: Response) -> Response:
    duration_ms = (time.perf_counter() - g.started_s) * 1000
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["X-Request-ID"] = telemetry.request_id.get()
    response.headers["Server-Timing"] = f"total;dur={duration_ms:.2f}"
    if flask_request.method == "OPTIONS" and response.status_code == HTTPStatus.OK:
        response.status_code = HTTPStatus.NO_CONTENT
        del response.headers["Content-Type"]
    _compress(response)
    refused: AppError | None = g.get("refused")
    _log.info(
        "request",
        method=flask_request.method,
        route=str(flask_request.url_rule or ""),
        path=flask_request.path,
        status=response.status_code,
        duration_ms=round(duration_ms, 2),
        caller=g.caller.name if "caller" in g else None,
        code=refused.code if refused else None,
        reason=refused.message if refused else None,
    )
    return response


def _compress(response: Response) -> None:
    """gzip, once the entity tag is settled: a weak one stands for both encodings."""
    large = response.is_sequence and len(response.get_data()) > COMPRESS_ABOVE_BYTES
    if not large or not flask_request.accept_encodings["gzip"]:
        return
    response.set_data(gzip.compress(response.get_data(), compresslevel=1, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")


def _failed(error: AppError) -> Response:
    body: dict[str, Any] = {
        "code": error.code,
        "message": error.message,
        "retryable": error.retryable,
        "request_id": telemetry.request_id.get(),
        "details": [
            {name: value for name, value in each._asdict().items() if value is not None}
            for each in error.details
        ],
    }
    response = ok({"error": body}, _status(error))
    if error.retryable:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    if isinstance(error, errors.Unauthenticated):
        response.headers["WWW-Authenticate"] = "Bearer"
    g.refused = error
    return response


def _status(error: AppError) -> HTTPStatus:
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def _failed_in_http(error: HTTPException) -> Response:
    kind, message = _HTTP_ERRORS.get(error.code or 0, (errors.Internal, "the request failed"))
    response = _failed(kind(message))
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _failed_unexpectedly(error: Exception) -> Response:
    _log.error("failed", exc_info=error)
    return _failed(errors.Internal("this is a fault of the service; its log has the details"))
