"""Every route of an application as calls: how each names the account that it is about, and who may
use it. The routes come from the application, so a new one is either known here or found missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from flask import Flask

# What the contract opens to callers without a token, and nothing else.
OPEN_PATHS = re.compile(r"/health/.*|/metrics|/openapi\.json|/docs(/.*)?|/dashboard/?.*")
OPEN_CALLS = {("POST", "/api/session")}

# How a route names its account where its path does not; most answer below /api and at the root.
BY_QUERY = {
    *("/performance", "/performance/daily", "/performance/weekly", "/performance/monthly"),
    *("/performance/history", "/performance/export", "/positions", "/positions/<position_id>"),
    *("/statistics", "/imports", "/imports/<import_id>", "/trades", "/trades/export"),
    *("/udf/marks", "/udf/timescale_marks", "/risk", "/risk/gate"),
}
BY_BODY = {"/account/switch", "/risk/reset"}
BY_ROWS = {"/executions", "/orders"}
# These are about what the caller may see, or about no account at all.
BY_NOTHING = {
    *("/accounts", "/account/info", "/instruments", "/statistics/definitions"),
    *("/health", "/metrics", "/session", "/history", "/bars", "/ws", "/ws-ticket"),
    "/risk/presets",
    *("/udf/config", "/udf/symbols", "/udf/search", "/udf/history", "/udf/time"),
}

# Every other route needs `read` to be read and `write` to be written.
SCOPES = {
    ("POST", "/account/switch"): "read",
    ("DELETE", "/session"): "read",
    ("POST", "/ws-ticket"): "read",
    ("PUT", "/accounts/<account_id>"): "admin",
    ("POST", "/risk/reset"): "admin",
}

_PARAMETER = re.compile(r"<(?:[^:<>]+:)?(\w+)>")
_GARBAGE = "foo=1&limit=x&date=nonsense&start=2025-11-08&end=2025-11-01&format=xml&wait=x"


class Route(NamedTuple):
    """One method of one rule."""

    method: str
    rule: str

    @property
    def resource(self) -> str:
        """The rule without the prefix under which most resources answer, too."""
        return self.rule.removeprefix("/api") or self.rule

    @property
    def is_open(self) -> bool:
        """Whether the contract opens it."""
        return bool(OPEN_PATHS.fullmatch(self.rule)) or tuple(self) in OPEN_CALLS

    @property
    def names_account(self) -> bool:
        """Whether it is about an account that the request names."""
        named = BY_QUERY | BY_BODY | BY_ROWS
        return "<account_id>" in self.rule or self.resource in named

    @property
    def is_known(self) -> bool:
        """Whether it is said here how it names its account."""
        return self.is_open or self.names_account or self.resource in BY_NOTHING

    @property
    def scope(self) -> str:
        """The least scope that a caller needs."""
        usual = "read" if self.method in ("GET", "HEAD") else "write"
        return SCOPES.get((self.method, self.resource), usual)

    def path(self, account_id: str, **ids: str) -> str:
        """The path about an account and some of its things."""
        values = ids | {"account_id": account_id}
        path = _PARAMETER.sub(lambda match: values.get(match[1], "x"), self.rule)
        return f"{path}?account_id={account_id}" if self.resource in BY_QUERY else path


class Call(NamedTuple):
    """A request as werkzeug's test client takes it."""

    method: str
    path: str
    options: Mapping[str, Any]


def routes(app: Flask) -> list[Route]:
    """All methods of all rules but OPTIONS, which Flask answers."""
    return [
        Route(method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"OPTIONS"})
    ]


def guarded(app: Flask) -> list[Route]:
    """The routes that need a token."""
    return [each for each in routes(app) if not each.is_open]


def unknown(app: Flask) -> list[Route]:
    """The routes of which nothing is said here."""
    return [each for each in routes(app) if not each.is_known]


def calls_about(route: Route, account_id: str, **ids: str) -> Iterator[Call]:
    """A route's calls about an account: as they should be, and with every other fault."""
    path = route.path(account_id, **ids)
    faulty = f"{path}{'&' if '?' in path else '?'}{_GARBAGE}"
    for body in _bodies(route, account_id):
        yield Call(route.method, path, body)
        yield Call(route.method, faulty, body)
    if route.resource in BY_QUERY:
        cached = {"headers": {"If-None-Match": "*", "Accept": "text/csv"}}
        yield Call(route.method, path, cached)
        yield Call(route.method, f"{path}&account_id=MINE", {})
        yield Call(route.method, f"{path}&cursor={ids['cursor']}", {})


def _bodies(route: Route, account_id: str) -> list[Mapping[str, Any]]:
    named = {"account_id": account_id}
    if route.resource in BY_BODY:
        return [{"json": named}, {"json": named | {"foo": 1}}]
    if route.resource in BY_ROWS and route.method == "POST":
        mine = {"account_id": "MINE"}
        return [{"json": named}, {"json": [mine, named | {"quantity": "x"}, 7]}]
    if route.method in ("GET", "HEAD", "DELETE"):
        return [{}]
    text = {"data": "{", "content_type": "text/plain"}
    return [{"json": {}}, {"json": {"foo": 1, "account_id": "MINE"}}, text]
