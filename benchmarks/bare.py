"""A Flask route that answers a ready text of a day's length, and does nothing else.

It is served by the service's own gunicorn.conf.py, which looks for some parts of the service.
"""

from __future__ import annotations

from types import SimpleNamespace

from flask import Flask, Response

TEXT = b'{"daily_pnl":125.5}'.ljust(720)

app = Flask(__name__)
_nothing = SimpleNamespace(close=lambda: None)
app.extensions |= {
    "resources": SimpleNamespace(hub=SimpleNamespace(), db=_nothing),
    "webhooks": None,
}


@app.get("/")
@app.get("/health/ready")
def answer() -> Response:
    return Response(TEXT, mimetype="application/json")
