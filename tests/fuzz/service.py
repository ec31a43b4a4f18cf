"""The application with everything in place that a forged request could ask about."""

from __future__ import annotations

import base64
import json
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from werkzeug.test import TestResponse

from app.db import schema
from app.db.connection import Database
from app.factory import create_app
from app.services import access
from app.settings import from_env
from tests.blueprints.calls import call, exact, get, store
from tests.conftest import Client, Clock, resources_on

MINUTE_US = 60_000_000
TRADES = """
    11-05 09:00 +1 @ 21000
    11-05 09:01 -1 @ 21001 fee 0.5
    11-06 09:00 +2 @ 21000
    11-07 09:00 -3 @ 21001
"""
# All that is read under a query, and of these the pages.
READ = (
    *("/api/performance/daily", "/api/performance/weekly", "/api/performance/monthly"),
    *("/api/performance", "/api/performance/history", "/api/performance/export"),
    *("/api/statistics", "/api/positions", "/api/trades", "/api/trades/export", "/api/imports"),
    *("/api/risk", "/api/risk/gate", "/api/accounts", "/api/accounts/A/reconciliation"),
    *("/api/history", "/api/udf/symbols", "/api/udf/search", "/api/udf/history"),
    *("/api/udf/marks", "/api/udf/timescale_marks", "/api/instruments", "/api/session"),
)
PAGED = ("/api/trades", "/api/positions", "/api/performance/history")
WRITTEN = (
    *(("POST", "/api/executions"), ("PUT", "/api/executions/A/e1"), ("POST", "/api/orders")),
    *(("POST", "/api/accounts/A/cash"), ("PUT", "/api/accounts/A"), ("POST", "/api/bars")),
    *(("POST", "/api/account/switch"), ("POST", "/api/risk/reset"), ("POST", "/api/session")),
)


class Asked(NamedTuple):
    """The application, a caller who may do everything, and a cursor of each paged resource."""

    caller: Client
    clock: Clock
    cursors: dict[str, dict[str, Any]]

    def answered(self, answer: TestResponse) -> None:
        """Hold that an answer is one: no fault of the service, JSON where it refuses."""
        assert answer.status_code < 500 or answer.status_code == 503, answer.text
        if answer.status_code >= 400 and answer.mimetype == "application/json":
            assert answer.get_json()["error"]["code"]
        # So that nothing is one try too many.
        self.clock.now_us += MINUTE_US


def started() -> Asked:
    """An application of its own, whose clock is set by hand."""
    folder = tempfile.mkdtemp(prefix="fuzz-")
    app = create_app(from_env({"DATA_DIR": folder, "LOG_LEVEL": "ERROR"}))
    clock, db = Clock(), Database(f"sqlite:///{Path(folder) / 'trader.db'}")
    schema.upgrade(db)
    app.extensions["resources"] = res = resources_on(db, clock)
    caller = Client(app.test_client(), access.create_token(res, "fuzz", "admin", ()))
    store(caller, TRADES)
    return Asked(caller, clock, {path: _cursor(caller, path) for path in PAGED})


def _cursor(caller: Client, path: str) -> dict[str, Any]:
    told = exact(get(caller, path, account_id="A", limit="1"))["next_cursor"]
    said: dict[str, Any] = json.loads(base64.urlsafe_b64decode(told))
    return said


def forged(said: Any) -> str:
    """A cursor of whatever JSON."""
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode()


def sent(asked: Asked, method: str, path: str, body: bytes) -> TestResponse:
    """The answer to a body, whatever it is."""
    return call(asked.caller, method, path, data=body, content_type="application/json")
