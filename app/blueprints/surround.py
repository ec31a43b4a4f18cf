"""What is put around every request: its id, its caller's rights, its headers and its log line."""

from __future__ import annotations

import gzip
import re
import secrets
import time
from http import HTTPStatus

from flask import Flask, Response, g
from flask import request as flask_request

from app import telemetry
from app.blueprints import failures, rights
from app.errors import AppError

COMPRESS_ABOVE_BYTES = 1_024
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
    app.before_request(rights.authorize)
    app.after_request(_end)
    failures.register(app)


def _begin() -> None:
    g.started_s = time.perf_counter()
    given = flask_request.headers.get("X-Request-ID", "")
    telemetry.request_id.set(given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8))


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
