"""The whole OpenAPI document of an application: its routes, and what they share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from app import VERSION
from app.blueprints import examples, failures, operations, schemas
from app.blueprints.described import description
from app.blueprints.failures import ErrorBody
from app.blueprints.operations import Route
from app.blueprints.request import JSON, SESSION_COOKIE
from app.blueprints.schemas import Schema

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_IN_RULE = re.compile(r"<(?:[^:<>]+:)?(\w+)>")
_ABOUT = """\
A futures trader's fills go in; right figures come out: P&L by day, week and month, history with
drawdown and balance, positions and statistics. An answer is right, or it is an error.

HEAD answers as GET without a body, OPTIONS 204 with `Allow`. Every failure has the body
`ErrorBody`, also at paths and for methods that do not exist. A request may bring `X-Request-ID`
(1 to 64 letters, digits, `.`, `_` and `-`); the answer carries it, and so does the log. A query
parameter that is not known is refused, save `_`, `_t` and `refresh`, which change nothing.
"""
_TAGS = {
    "performance": "What an account made in a day, week, month or any window.",
    "statistics": "What the closed trades of a window say.",
    "positions": "What an account holds and held.",
    "trades": "Every execution, and every order that came to nothing.",
    "risk": "How far an account is from its limits, and a gate that is shut at them.",
    "executions": "Fills in, corrected, and taken out again.",
    "imports": "Files in, and out again as a whole.",
    "orders": "What became of orders, filled or not.",
    "history": "Prices as bars.",
    "bars": "Prices in.",
    "udf": "Prices, entries and exits as TradingView's datafeed.",
    "accounts": "Who there is, and the cash that came and went.",
    "instruments": "The products that fills may be in.",
    "session": "A browser's login.",
    "stream": "What happens, as it happens.",
    "health": "Is the service alive, and can it do its work.",
    "metrics": "What the service counted about itself.",
    "openapi": "This description.",
    "dashboard": "The pages for people.",
    "root": "The same as below `/api`, for callers that know no other paths.",
}
_TEXT = {"type": "string"}
_HEADERS: Schema = {
    "X-Request-ID": {
        "description": "The request's id in the log; the caller's own, if well formed.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
    },
    "Server-Timing": {
        "description": "Milliseconds that the answer took.",
        "required": True,
        "schema": _TEXT,
    },
    "ETag": {
        "description": "Names all that can change the answer; send it back as `If-None-Match`.",
        "required": True,
        "schema": {"type": "string", "pattern": '^(W/)?"[^"]+"$'},
    },
    "Cache-Control": {"required": True, "schema": {"const": "private, no-cache"}},
    "Vary": {"required": True, "schema": _TEXT},
    "X-Cache": {
        "description": "The tier that the answer came from.",
        "required": True,
        "schema": {"enum": ["memory", "redis", "miss"]},
    },
    "Retry-After": {
        "description": "Seconds after which the same request may succeed.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "WWW-Authenticate": {"required": True, "schema": {"const": "Bearer"}},
    "Allow": {
        "description": "The methods that there are.",
        "required": True,
        "schema": _TEXT,
    },
}
# Headers of an answer beside those that every answer has.
_ALSO = {
    HTTPStatus.UNAUTHORIZED: ("WWW-Authenticate",),
    HTTPStatus.METHOD_NOT_ALLOWED: ("Allow",),
    HTTPStatus.TOO_MANY_REQUESTS: ("Retry-After",),
    HTTPStatus.SERVICE_UNAVAILABLE: ("Retry-After",),
}
_PARAMETERS: Schema = {
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The `ETag` that the caller has: 304 while it is still the answer's.",
        "schema": _TEXT,
    }
}
_SECURITY: Schema = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "`flask --app wsgi tokens create NAME --scope read|write|admin`.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION_COOKIE,
        "description": f"From `POST /api/session`; over HTTPS it is `__Host-{SESSION_COOKIE}`."
        " Writes need the service's own Origin.",
    },
}


def of_app(app: Flask) -> Schema:
    """The document, in the order of paths; what no view describes is not in it."""
    routes = list(described_routes(app))
    shapes, named = schemas.of_types([*_types(routes), ErrorBody])
    paths: dict[str, Schema] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = operations.operation(route, shapes)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Trader Performance API", "version": VERSION, "description": _ABOUT},
        "security": [{"token": []}, {"session": []}],
        "tags": [{"name": name, "description": said} for name, said in _TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": named,
            "responses": dict(_failed_responses(routes)),
            "headers": _HEADERS,
            "parameters": _PARAMETERS,
            "securitySchemes": _SECURITY,
        },
    }


def described_routes(app: Flask) -> Iterator[Route]:
    """Every route of which something was said, in the order of paths and methods."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda each: each.rule):
        view = app.view_functions[rule.endpoint]
        said = description(view)
        if said:
            names = _IN_RULE.findall(rule.rule)
            for method in methods(rule):
                yield Route(rule.endpoint, path(rule), method, names, view, said)


def path(rule: Rule) -> str:
    """A rule as the document writes it."""
    return _IN_RULE.sub(r"{\1}", rule.rule)


def methods(rule: Rule) -> list[str]:
    """The methods that a rule's view was written for; HEAD and OPTIONS come by themselves."""
    return [each for each in _METHODS if each in (rule.methods or ())]


def _types(routes: Iterable[Route]) -> Iterator[Any]:
    for route in routes:
        yield route.said.gives
        yield from route.said.takes.values()


def _failed_responses(routes: Iterable[Route]) -> Iterator[tuple[str, Schema]]:
    found = {
        operations.response_name(codes): (status, codes)
        for route in routes
        for status, codes in operations.fails(route).items()
    }
    told = {status for status, _ in found.values()}
    for kind, status in failures.STATUS.items():
        if status not in told:  # What fails before there is a route.
            found[f"{kind.code}.{int(status)}"] = (status, [kind.code])
    for name in sorted(found):
        yield name, _failed_response(*found[name])


def _failed_response(status: HTTPStatus, codes: list[str]) -> Schema:
    narrowed = {"properties": {"error": {"properties": {"code": {"enum": codes}}}}}
    schema = {"allOf": [{"$ref": "#/components/schemas/ErrorBody"}, narrowed]}
    headers = ["X-Request-ID", "Server-Timing", *_ALSO.get(status, ())]
    return {
        "description": " or ".join(f"`{each}`" for each in codes) + ".",
        "headers": operations.headers(headers),
        "content": {JSON: {"schema": schema, "example": examples.failed(codes[0])}},
    }
