"""An API that answers two polls well and then goes wrong, each path in a way of its own."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

ACCOUNT = "12694476"
CHICAGO = ZoneInfo("America/Chicago")
# A poll asks for the day and the week.
GOOD_ANSWERS = 2
HANG_S = 30.0

Body = dict[str, Any]


class FakeApi:
    """Listens on a free port; `url(fault)` is where that fault is served."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        handler = type("Handler", (_Handler,), {"api": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def url(self, fault: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{fault}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def good(period: str) -> Body:
    """What the service answers for a day or a week without a loss."""
    now = datetime.now(CHICAGO)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight if period == "daily" else midnight - timedelta(days=now.weekday())
    last = first + timedelta(days=0 if period == "daily" else 6)
    counts = {"total_trades": 2, "winning_trades": 1, "losing_trades": 0, "breakeven_trades": 1}
    return {
        "account_id": ACCOUNT,
        "period": {"daily": "day", "weekly": "week"}[period],
        "date": now.date().isoformat(),
        "week_end": last.date().isoformat(),
        "timezone": "America/Chicago",
        "start": first.astimezone(UTC).isoformat(),
        "end": (last + timedelta(days=1)).astimezone(UTC).isoformat(),
        f"{period}_pnl": 8.52,
        "gross_pnl": 10.0,
        "fees": 1.48,
        **counts,
        "open": {"positions": 0, "quantity": 0, "realized_pnl": 0.0, "unrealized_pnl": 0.0},
        "feed": {"status": "live", "last_execution_at": None},
        "version": 7,
    }


def _other(**fields: Any) -> Callable[[Body], Body]:
    return lambda body: body | fields


def _shifted(body: Body) -> Body:
    """All zero, and of the time before."""
    length = datetime.fromisoformat(body["end"]) - datetime.fromisoformat(body["start"])
    times = {
        name: (datetime.fromisoformat(body[name]) - length).isoformat() for name in ("start", "end")
    }
    days = {
        name: (datetime.fromisoformat(body[name]).date() - timedelta(days=length.days)).isoformat()
        for name in ("date", "week_end")
    }
    return _nothing(body) | times | days


def _nothing(body: Body) -> Body:
    zero = {name: 0.0 for name, value in body.items() if isinstance(value, float)}
    return body | zero | {name: 0 for name in body if name.endswith("_trades")}


def _pnl(value: Any) -> Callable[[Body], Body]:
    return lambda body: body | {name: value for name in body if name.endswith("_pnl")}


def _held(**fields: Any) -> Callable[[Body], Body]:
    return lambda body: body | {"open": body["open"] | fields}


# Answers that are 200 and must not be believed.
BODIES: dict[str, Callable[[Body], Any]] = {
    "zeros-of-another-day": _shifted,
    "another-date": _other(date="2020-01-01", week_end="2020-01-05"),
    "another-account": _other(account_id="99"),
    "another-period": _other(period="month"),
    "older-version": _other(version=6),
    "no-version": _other(version=None),
    "zone-of-nowhere": _other(timezone="Mars/Olympus"),
    "time-without-zone": _other(start="2020-01-01T00:00:00"),
    "stale-feed": _other(feed={"status": "stale"}),
    "manual-feed": _other(feed={"status": "manual"}),
    "half-a-figure": _pnl(9.99),
    "counts-that-do-not-add-up": _other(total_trades=9),
    "no-open-state": _other(open=None),
    "open-without-price": _held(positions=1, unrealized_pnl=None),
    "nan": _held(unrealized_pnl=float("nan")),
    "infinity": _held(unrealized_pnl=float("inf")),
    "text-for-a-number": _held(unrealized_pnl="0.0"),
    "true-for-a-number": _held(realized_pnl=True),
    "null-pnl": _pnl(None),
    "nothing-inside": lambda _: {},
    "a-list": lambda body: [body],
    "null": lambda _: None,
}
STATUSES = {"status-204": 204, "status-401": 401, "status-404": 404, "status-500": 500}
ODD = (
    *("hangs", "drips", "closes", "redirects", "truncated", "html", "empty", "endless"),
    *("not-modified-without-etag", "not-modified-by-another-etag", "not-modified-of-yesterday"),
    *("old-by-its-clock", "no-clock", "unavailable"),
)
FAULTS = (*BODIES, *STATUSES, *ODD)


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """Nothing: callers that give up are what many of the faults are about."""


class _Handler(BaseHTTPRequestHandler):
    api: FakeApi
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        fault, _, period = self.path.partition("?")[0].removeprefix("/").partition("/performance/")
        self.api.asked[fault] += 1
        if fault in ("fine", "not-modified") or self.api.asked[fault] <= GOOD_ANSWERS:
            unchanged = fault == "not-modified" and self.headers["If-None-Match"] == f'W/"{period}"'
            self._send(304, b"", f'W/"{period}"') if unchanged else self._say(good(period), period)
        elif fault in BODIES:
            self._say(BODIES[fault](good(period)), period)
        elif fault in STATUSES:
            # The figures stand in the body, for whoever looks no further.
            self._send(STATUSES[fault], json.dumps(good(period)).encode(), "")
        else:
            getattr(self, "_" + fault.replace("-", "_"))(period)

    def _say(self, body: Any, period: str) -> None:
        self._send(200, json.dumps(body).encode(), f'W/"{period}"')

    def _send(self, status: int, content: bytes, etag: str, **headers: str) -> None:
        self.send_response_only(status)
        now = format_datetime(datetime.now(UTC), usegmt=True)
        wanted = {"Date": now, "ETag": etag, "Content-Length": str(len(content)), **headers}
        for name, value in wanted.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _hangs(self, _: str) -> None:
        time.sleep(HANG_S)

    def _drips(self, _: str) -> None:
        for each in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * int(HANG_S / 0.05):
            self.wfile.write(bytes((each,)))
            time.sleep(0.05)

    def _closes(self, _: str) -> None:
        self.close_connection = True

    def _redirects(self, period: str) -> None:
        self._send(302, b"", "", Location=f"{self.api.url('fine')}/performance/{period}")

    def _truncated(self, period: str) -> None:
        self._send(200, json.dumps(good(period)).encode()[:-20], "", Connection="close")

    def _html(self, _: str) -> None:
        self._send(200, b"<html>Welcome to your proxy</html>", "")

    def _empty(self, _: str) -> None:
        self._send(200, b"", "")

    def _endless(self, period: str) -> None:
        self._send(200, json.dumps(good(period)).encode() + b" " * 2_000_000, "")

    def _not_modified_without_etag(self, _: str) -> None:
        self._send(304, b"", "")

    def _not_modified_by_another_etag(self, _: str) -> None:
        self._send(304, b"", 'W/"other"')

    def _not_modified_of_yesterday(self, period: str) -> None:
        self._send(304, b"", f'W/"{period}"', Date=_an_hour_ago())

    def _old_by_its_clock(self, period: str) -> None:
        self._send(200, json.dumps(good(period)).encode(), "", Date=_an_hour_ago())

    def _no_clock(self, period: str) -> None:
        self._send(200, json.dumps(good(period)).encode(), "", Date="")

    def _unavailable(self, _: str) -> None:
        error = {"error": {"code": "FEED_STALE", "message": "", "retryable": True}}
        self._send(503, json.dumps(error).encode(), "")

    def log_message(self, *_: Any) -> None:
        """Nothing: hundreds of lines that nobody reads."""


def _an_hour_ago() -> str:
    return format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
