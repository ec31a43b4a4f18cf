"""What is put around every request: its caller's rights, its headers, and what is told of it."""

from __future__ import annotations

import gzip
from http import HTTPStatus

from flask import Flask, Response, g
from flask import request as flask_request

from app.blueprints import failures, rights, telling
from app.blueprints.replay import AGAIN, Again
from app.blueprints.telling import Outcome

COMPRESS_ABOVE_BYTES = 1_024

# Where an answer has none of its own; each also by the name that tells whether it has.
_HEADERS = [
    (name.lower(), (name, value))
    for name, value in {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }.items()
]


def register(app: Flask) -> None:
    """Surround every request of the application."""
    app.before_request(_begin)
    failures.register(app)
    app.before_request(rights.authorize)
    app.after_request(_end)


def _begin() -> None:
    g.timing = telling.begin(flask_request.environ)


def _end(response: Response) -> Response:
    # In one go: to set a header of its own searches all of them.
    present = {name.lower() for name, _ in response.headers}
    response.headers.extend([header for name, header in _HEADERS if name not in present])
    if flask_request.method == "OPTIONS" and response.status_code == HTTPStatus.OK:
        response.status_code = HTTPStatus.NO_CONTENT
        del response.headers["Content-Type"]
    _compress(response)
    outcome = _outcome(response)
    if "lasting" in g and "Set-Cookie" not in response.headers:
        flask_request.environ[AGAIN] = Again(g.lasting, outcome)
    response.headers.extend(telling.end(outcome, g.timing))
    return response


def _outcome(response: Response) -> Outcome:
    rule = flask_request.url_rule
    return Outcome(
        method=flask_request.method,
        route=None if rule is None else str(rule),
        path=flask_request.path,
        status=response.status_code,
        tier=response.headers.get("X-Cache"),
        caller=g.caller.name if "caller" in g else None,
        refused=g.get("refused"),
    )


def _compress(response: Response) -> None:
    """gzip, once the entity tag is settled: a weak one stands for both encodings."""
    large = response.is_sequence and len(response.get_data()) > COMPRESS_ABOVE_BYTES
    if not large or not flask_request.accept_encodings["gzip"]:
        return
    response.set_data(gzip.compress(response.get_data(), compresslevel=1, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
