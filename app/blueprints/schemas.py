"""JSON schemas of what views take and give, made from the very types that they use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo

from app.blueprints import values
from app.blueprints.typed import SECONDS, Bound, Day, UnixTime, Zone

Schema = dict[str, Any]

_PLACE = "#/components/schemas/{name}"
# What the types say that have a parser of their own.
_PARSED: Mapping[type, Schema] = {
    Zone: {
        "type": "string",
        "pattern": "^[A-Za-z0-9_+/-]{1,64}$",
        "description": "A zone of the IANA time zone database; by default the account's.",
        "examples": ["Europe/Berlin"],
    },
    Day: {
        "type": "string",
        "pattern": values.DATE_PATTERN,
        "description": "A date; by default today.",
        "examples": ["2025-11-07"],
    },
    Bound: {
        "type": "string",
        "pattern": values.BOUND_PATTERN,
        "description": "A date (`end` includes that day) or an instant with an offset"
        " (`end` excludes it).",
        "examples": ["2025-11-07", "2025-11-07T14:30:00Z"],
    },
    UnixTime: {
        "type": "string",
        "pattern": f"^{SECONDS.pattern}$",
        "description": "Whole seconds since 1970.",
        "examples": ["1762527600"],
    },
}


def of_types(kinds: Iterable[Any]) -> tuple[dict[Any, Schema], dict[str, Schema]]:
    """The schema of each type, and the named schemas that these refer to, by name."""
    every = list(dict.fromkeys(kinds))
    found, named = msgspec.json.schema_components(every, schema_hook=_parsed, ref_template=_PLACE)
    plain = {name: _told(schema) for name, schema in sorted(named.items())}
    return dict(zip(every, map(_told, found), strict=True)), plain


def parameters(kind: type[Struct]) -> Iterator[Schema]:
    """The query parameters that a struct stands for."""
    for field in msgspec.structs.fields(kind):
        (schema,), _ = msgspec.json.schema_components(
            [_without_null(field.type)], schema_hook=_parsed
        )
        yield _parameter(field, _told(schema))


def _parameter(field: FieldInfo, schema: Schema) -> Schema:
    about = schema.pop("description", None)
    examples = schema.pop("examples", None)
    if field.default is not NODEFAULT and field.default is not None:
        schema["default"] = field.default
    said: Schema = {"name": field.encode_name, "in": "query", "schema": schema}
    if about:
        said["description"] = about
    if examples:
        said["examples"] = {
            f"{n}": {"summary": each, "value": each} for n, each in enumerate(examples)
        }
    return said


def _without_null(kind: Any) -> Any:
    """The type of a parameter that may be left out, which is not the same as null."""
    if get_origin(kind) not in (Union, UnionType):
        return kind
    rest = [each for each in get_args(kind) if each is not type(None)]
    return Union[tuple(rest)]  # noqa: UP007 (there is no other way to write it for a list)


def _parsed(kind: type) -> Schema:
    try:
        return dict(_PARSED[kind])
    except KeyError:
        raise NotImplementedError(kind) from None


def _told(schema: Any) -> Any:
    """Without titles, which only repeat names; decimals as they may be sent."""
    if isinstance(schema, list):
        return [_told(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {
        name: _told(value)
        for name, value in schema.items()
        if not (name == "title" and isinstance(value, str))
    }
    if plain.get("format") == "decimal":
        del plain["format"]
        plain["type"] = ["string", "number"]
    if {} in plain.get("anyOf", ()):  # Whatever else it says, it lets everything through.
        del plain["anyOf"]
    if "enum" in plain and all(isinstance(each, str) for each in plain["enum"]):
        plain["type"] = "string"
    return plain
