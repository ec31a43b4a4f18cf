"""One route and what was said of its view, as an operation of the document."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from inspect import cleandoc
from typing import Any, NamedTuple

from app import errors
from app.blueprints import examples, failures, rights, schemas
from app.blueprints.described import Description, Link
from app.blueprints.request import JSON, Query, Reading
from app.blueprints.schemas import Schema
from app.blueprints.uploads import MULTIPART
from app.blueprints.values import Id
from app.errors import AppError

DERIVED_ID = {"type": "string", "pattern": "^[0-9a-f]{24}$"}
_GOOD: Mapping[int, str] = {
    HTTPStatus.SWITCHING_PROTOCOLS: "A WebSocket from here on; its messages are such.",
}
_SAFE = frozenset({"GET", "HEAD"})


class Route(NamedTuple):
    """A rule, a method, and the view that answers; `path_schemas` by the names in its path."""

    endpoint: str
    path: str
    method: str
    names: Sequence[str]
    view: Callable[..., Any]
    said: Description

    @property
    def is_open(self) -> bool:
        """Whether it answers without a token."""
        return rights.is_open(self.view)


def operation(route: Route, shapes: Mapping[Any, Schema]) -> Schema:
    """All that the document says of a route; `shapes` are the schemas of the types it names."""
    said = route.said
    made: Schema = {
        "operationId": route.endpoint,
        "tags": [re.split(r"[._]", route.endpoint)[0]],
        "summary": _summary(route.view),
        "description": cleandoc(route.view.__doc__ or ""),
        "parameters": list(_parameters(route)),
        "responses": dict(_responses(route, shapes)),
    }
    if said.takes:
        made["requestBody"] = {
            "required": True,
            "content": {
                media_type: _content(kind, shapes, media_type)
                for media_type, kind in said.takes.items()
            },
        }
    if route.is_open:
        made["security"] = []
    return made


def fails(route: Route) -> dict[HTTPStatus, list[str]]:
    """The codes that it may answer with, by their status."""
    found: dict[HTTPStatus, list[str]] = {}
    for kind in dict.fromkeys(_failures(route)):
        found.setdefault(failures.STATUS[kind], []).append(kind.code)
    return {status: sorted(found[status]) for status in sorted(found)}


def _summary(view: Callable[..., Any]) -> str:
    first = cleandoc(view.__doc__ or "").split("\n\n")[0].replace("\n", " ")
    return first.rstrip(".").partition(";")[0].partition(": ")[0].replace("`", "")


def _parameters(route: Route) -> Iterator[Schema]:
    for name in route.names:
        schema = _PATH_SCHEMAS[name]
        yield {"name": name, "in": "path", "required": True, "schema": schema}
    if route.said.query is not None:
        yield from schemas.parameters(route.said.query)
    if _tag_headers(route.said):
        yield {"$ref": "#/components/parameters/IfNoneMatch"}


def _path_schemas() -> dict[str, Schema]:
    found, _ = schemas.of_types([Id])
    return {
        "account_id": found[Id],
        "execution_id": found[Id],
        "position_id": DERIVED_ID,
        "import_id": DERIVED_ID,
        "name": {"type": "string"},
    }


_PATH_SCHEMAS = _path_schemas()


def _content(kind: Any, shapes: Mapping[Any, Schema], media_type: str) -> Schema:
    has_fields = media_type in (JSON, MULTIPART)
    made: Schema = {"schema": shapes[kind] if has_fields else {"type": "string"}}
    example = examples.of(kind, media_type)
    return made if example is None else made | {"example": example}


def _responses(route: Route, shapes: Mapping[Any, Schema]) -> Iterator[tuple[str, Schema]]:
    said = route.said
    cached = ["X-Request-ID", "Server-Timing", *_tag_headers(said)]
    good: Schema = {
        "description": _GOOD.get(said.status, "The answer."),
        "headers": headers([*cached, "X-Cache"] if said.is_read_through else cached),
        "content": {form: _content(said.gives, shapes, form) for form in said.forms},
    }
    if said.leads_to:
        good["links"] = {each.endpoint: _link(each) for each in said.leads_to}
    yield str(int(said.status)), good
    if _tag_headers(said):
        about = "`If-None-Match` names the answer as it is."
        yield "304", {"description": about, "headers": headers(cached)}
    for status, codes in fails(route).items():
        yield str(int(status)), {"$ref": f"#/components/responses/{response_name(codes)}"}


def _tag_headers(said: Description) -> Sequence[str]:
    if said.is_read_through:
        return ("ETag", "Cache-Control", "Vary")
    return ("ETag",) if said.is_revalidated else ()


def response_name(codes: Sequence[str]) -> str:
    """The name of the response that can have these codes."""
    return ".".join(codes)


def headers(names: Sequence[str]) -> Schema:
    """References to headers that all answers share."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _link(link: Link) -> Schema:
    return {"operationId": link.endpoint, "parameters": dict(link.parameters)}


def _failures(route: Route) -> Iterator[type[AppError]]:
    """What follows from what it takes, and what was said besides."""
    said = route.said
    yield from said.fails
    if not route.is_open:
        yield from (errors.Unauthenticated, errors.RateLimited, errors.DatabaseUnavailable)
    if not route.is_open and rights.scope(route.view, route.method) != "read":
        yield errors.Forbidden
    if route.method not in _SAFE:
        yield from (errors.Forbidden, errors.DatabaseUnavailable)
    if said.takes:
        yield from (errors.InvalidBody, errors.PayloadTooLarge, errors.UnsupportedMediaType)
    if said.query is not None:
        yield errors.InvalidParameter
        yield from _of_query(said.query)
    if "account_id" in route.names:
        yield errors.AccountNotFound
    yield errors.Internal


def _of_query(query: type) -> Iterator[type[AppError]]:
    if issubclass(query, Query):
        yield from (errors.AccountRequired, errors.AccountNotFound)
    if issubclass(query, Reading):
        yield errors.FeedStale
    names = set(getattr(query, "__struct_fields__", ()))
    if "symbol" in names:
        yield errors.UnknownSymbol
    if "cursor" in names:
        yield errors.InvalidCursor
