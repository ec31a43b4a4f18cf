"""What is put around every request: its id, its caller's rights, its headers, its log line, and
its place in the counts.
"""

from __future__ import annotations

import gzip
import logging
import re
import secrets
import time
from http import HTTPStatus

from flask import Flask, Response, g
from flask import request as flask_request

from app import telemetry
from app.blueprints import failures, rights
from app.errors import AppError
from app.metrics import counts
from app.telemetry import Timing

COMPRESS_ABOVE_BYTES = 1_024
SLOW_S = 1.0
_PATH_SHOWN_MAX = 200
# Asked every few seconds by whoever watches the service.
_WATCHED = frozenset({"/health/live", "/health/ready", "/metrics"})
# Where no route says what a part of a path is, it may be a token.
_MAY_BE_SECRET = re.compile(rf"[^/]{{{telemetry.SECRET_LENGTH_MIN},}}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

_log = telemetry.logger(__name__)


def register(app: Flask) -> None:
    """Surround every request of the application."""
    app.before_request(_begin)
    failures.register(app)
    app.before_request(rights.authorize)
    app.after_request(_end)


def _begin() -> None:
    g.started_s = time.perf_counter()
    g.timing = Timing()
    telemetry.timing.set(g.timing)
    environ = flask_request.environ
    telemetry.presented.set(
        f"{environ.get('HTTP_AUTHORIZATION', '')} {environ.get('HTTP_COOKIE', '')}"
        f" {environ.get('QUERY_STRING', '')}"
    )
    given = environ.get("HTTP_X_REQUEST_ID", "")
    is_good = _REQUEST_ID.fullmatch(given) and not given.startswith(telemetry.TOKEN_PREFIX)
    telemetry.request_id.set(given if is_good else secrets.token_hex(8))


def _end(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["X-Request-ID"] = telemetry.request_id.get()
    if flask_request.method == "OPTIONS" and response.status_code == HTTPStatus.OK:
        response.status_code = HTTPStatus.NO_CONTENT
        del response.headers["Content-Type"]
    _compress(response)
    taken_s = time.perf_counter() - g.started_s
    response.headers["Server-Timing"] = _server_timing(response, taken_s)
    refused: AppError | None = g.get("refused")
    _count(response, refused, taken_s)
    _tell(response, refused, taken_s)
    return response


def _server_timing(response: Response, taken_s: float) -> str:
    timing: Timing = g.timing
    said = []
    if tier := response.headers.get("X-Cache"):
        said.append(f'cache;desc="{tier}";dur={timing.spent_s["cache"] * 1000:.2f}')
    if statements := timing.times["database"]:
        said.append(f'db;desc="{statements}";dur={timing.spent_s["database"] * 1000:.2f}')
    return ", ".join([*said, f"total;dur={taken_s * 1000:.2f}"])


def _count(response: Response, refused: AppError | None, taken_s: float) -> None:
    route = str(flask_request.url_rule or counts.NO_ROUTE)
    try:
        counts.request(
            method=flask_request.method,
            route=route,
            status=response.status_code,
            # A request that was held was not slow.
            duration_s=taken_s - g.timing.spent_s["waiting"],
        )
        if tier := response.headers.get("X-Cache"):
            counts.answered_from(route, tier)
        if refused:
            counts.error(refused.code)
    except counts.FAULTS:
        # Nobody's answer is worth less for not being counted.
        _log.warning("not counted", exc_info=True)


def _tell(response: Response, refused: AppError | None, taken_s: float) -> None:
    status = response.status_code
    waited_s = g.timing.spent_s["waiting"]
    level = _level(status, taken_s - waited_s)
    if not _log.isEnabledFor(level):
        return
    _log.log(
        level,
        "request",
        method=flask_request.method,
        route=str(flask_request.url_rule or ""),
        path=_path(),
        status=status,
        duration_ms=round(taken_s * 1000, 2),
        waited_ms=round(waited_s * 1000, 2),
        caller=g.caller.name if "caller" in g else None,
        code=refused.code if refused else None,
        # Why a call was refused is told in words that it brought itself; the caller has them.
        reason=refused.message if refused and _is_ours(status) else None,
    )


def _is_ours(status: int) -> bool:
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _level(status: int, taken_s: float) -> int:
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return logging.ERROR
    if _is_ours(status) or taken_s > SLOW_S:
        return logging.WARNING
    is_watch = status == HTTPStatus.OK and flask_request.path in _WATCHED
    return logging.DEBUG if is_watch else logging.INFO


def _path() -> str:
    path = flask_request.path
    if flask_request.url_rule is None:
        path = _MAY_BE_SECRET.sub(telemetry.MASK, path)
    return path[:_PATH_SHOWN_MAX]


def _compress(response: Response) -> None:
    """gzip, once the entity tag is settled: a weak one stands for both encodings."""
    large = response.is_sequence and len(response.get_data()) > COMPRESS_ABOVE_BYTES
    if not large or not flask_request.accept_encodings["gzip"]:
        return
    response.set_data(gzip.compress(response.get_data(), compresslevel=1, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
