"""The service with faults in how it writes or in what it keeps, to see tests find them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from typing import Any
from unittest.mock import patch
from wsgiref.types import WSGIApplication

from flask import Flask

from app.db import connection
from app.db.connection import Connection, Database
from app.errors import DatabaseUnavailable
from app.factory import create_app
from tests.figures import figure

LATER_S = 0.2
LEAK_BYTES = figure("SOAK_LEAK_BYTES", 0)
_written_well = Database.write


def create() -> Flask:
    """The application that acknowledges what it could not commit."""
    patch.object(Database, "write", _write).start()
    return create_app()


def create_impatient() -> Flask:
    """The application that waits for no other writer."""
    patch.object(connection, "WRITE_WAIT_S", 0).start()
    return create_app()


def create_behind() -> Flask:
    """The application that acknowledges fills and stores them a little later."""
    app = create_app()
    app.wsgi_app = partial(_behind, app.wsgi_app)  # type: ignore[method-assign]
    return app


def create_leaking() -> Flask:
    """The application that keeps something of every request."""
    app = create_app()
    app.wsgi_app = partial(_leaking, app.wsgi_app, [])  # type: ignore[method-assign]
    return app


def _leaking(
    answer: WSGIApplication, kept: list[bytes], environ: Any, start_response: Any
) -> Iterable[bytes]:
    kept.append(b"x" * LEAK_BYTES)
    return answer(environ, start_response)


def _behind(answer: WSGIApplication, environ: Any, start_response: Any) -> Iterable[bytes]:
    if environ["REQUEST_METHOD"] != "POST":
        return answer(environ, start_response)
    body = environ["wsgi.input"].read()
    later = {**environ, "wsgi.input": BytesIO(body)}
    threading.Timer(LATER_S, lambda: list(answer(later, _unread))).start()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "2")])
    return [b"{}"]


def _unread(*_: Any) -> Callable[[bytes], object]:
    return len


@contextmanager
def _write(db: Database) -> Iterator[Connection]:
    is_done = False
    try:
        with _written_well(db) as conn:
            yield conn
            is_done = True
    except DatabaseUnavailable:
        if not is_done:
            raise
