"""Serves the demo gateway over HTTP: a thread for each connection, enough for tests and demos."""

from __future__ import annotations

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from app.demo_gateway import hub, rest
from app.demo_gateway.gateway import Gateway


class _Handler(WSGIRequestHandler):
    # As the real one; older clients' WebSockets ask for no less.
    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 (its name there)
        """Nothing: a hub's address holds a token."""


def make(state: Gateway, host: str = "127.0.0.1", port: int = 0) -> BaseWSGIServer:
    """A server that listens already; `serve_forever` answers."""
    app = rest.make(state)
    hub.register(app, state)
    return make_server(host, port, app, threaded=True, request_handler=_Handler)
