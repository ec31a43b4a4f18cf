"""What a view may ask of its request: who calls, about which account, with which typed values.

Every message about a bad query, header or body is made here.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar, get_args

import msgspec
from flask import current_app, g
from flask import request as flask_request
from msgspec import Struct, ValidationError

from app.blueprints import document
from app.domain import fixed, instants, periods
from app.domain.accounts import Account
from app.errors import (
    AppError,
    Detail,
    InvalidParameter,
    PayloadTooLarge,
    UnsupportedMediaType,
)
from app.services import access
from app.services.access import State
from app.services.callers import Caller
from app.services.rendering import MEDIA_TYPES, Form
from app.services.resources import Resources

BODY_MAX_BYTES = 1024 * 1024
BATCH_MAX_BYTES = 32 * 1024 * 1024
BATCH_MAX = 10_000
JSON = "application/json"
NDJSON = "application/x-ndjson"

# What browsers and dashboards add to get past caches; it changes nothing here.
_IGNORED = frozenset({"_", "_t", "refresh"})
_BEARER = re.compile(r"Bearer +(?P<secret>[\x21-\x7e]{1,512}) *", re.IGNORECASE)
_PLUS_LOST = re.compile(r"(?P<time>.*T.*) (?P<offset>\d{2}:?\d{2})")

_S = TypeVar("_S", bound=Struct)
_Q = TypeVar("_Q", bound="Query")


class Zone:
    """A zone of the IANA time zone database."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Day(date):
    """A date that every store and zone table can hold."""


class Bound:
    """The end of a window: a date, or an instant in microseconds."""

    __slots__ = ("value",)

    def __init__(self, value: date | int) -> None:
        self.value = value


class NoQuery(Struct, forbid_unknown_fields=True):
    """No query parameters at all."""


class Query(Struct, forbid_unknown_fields=True, kw_only=True):
    """The query parameters of a resource that belongs to an account."""

    account_id: str | None = None
    format: Form | None = None


def form(asked: Query) -> Form:
    """The representation: what `format` says, else the first known one of `Accept`, else JSON."""
    if asked.format:
        return asked.format
    known = {media_type.partition(";")[0]: each for each, media_type in MEDIA_TYPES.items()}
    accepted = flask_request.accept_mimetypes
    best = accepted.best_match(list(known)) if accepted else None
    return known[best] if best else "json"


def resources() -> Resources:
    """The stores and the clock of this process."""
    found: Resources = current_app.extensions["resources"]
    return found


def state() -> State:
    """How the service and the account that the request names stand; one statement a request."""
    if "state" not in g:
        named = (flask_request.view_args or {}).get("account_id")
        said = named or flask_request.args.get("account_id") or resources().default_account_id
        g.state = access.state(resources(), said or "")
    found: State = g.state
    return found


def caller() -> Caller:
    """Who calls; Unauthenticated without a good token."""
    if "caller" not in g:
        match = _BEARER.fullmatch(flask_request.headers.get("Authorization", ""))
        secret = match["secret"] if match else None
        g.caller = access.authenticate(resources(), secret, state().token_epoch)
    found: Caller = g.caller
    return found


def query(kind: type[_Q]) -> tuple[Account, _Q]:
    """The account that the request is about, and its query; the account's fault comes first."""
    given = flask_request.args.to_dict(flat=False)
    return account(given.get("account_id", [None])[0]), _converted(given, kind)


def account(account_id: str | None) -> Account:
    """An account that was named, or the one that is clear; AccountNotFound if the caller may not
    see it, or if there is none.
    """
    return access.account_for(resources(), caller(), account_id, state())


def options(kind: type[_S]) -> _S:
    """The query of a resource that belongs to no single account."""
    return _converted(flask_request.args.to_dict(flat=False), kind)


def body() -> Any:
    """The JSON value that was sent."""
    _refuse_encoded()
    if flask_request.mimetype != JSON:
        raise UnsupportedMediaType(f"send {JSON} (Content-Type was {_media_type()})")
    return document.parse(_bytes(BODY_MAX_BYTES))


def batch() -> list[Any]:
    """The JSON values that were sent: one, an array, or NDJSON's one a line."""
    _refuse_encoded()
    if flask_request.mimetype == NDJSON:
        lines = _bytes(BATCH_MAX_BYTES).splitlines()
        sent = [document.parse(line) for line in lines if line.strip()]
    elif flask_request.mimetype == JSON:
        value = document.parse(_bytes(BATCH_MAX_BYTES))
        sent = value if isinstance(value, list) else [value]
    else:
        raise UnsupportedMediaType(f"send {JSON} or {NDJSON} (Content-Type was {_media_type()})")
    if len(sent) > BATCH_MAX:
        raise PayloadTooLarge(f"at most {BATCH_MAX} at once (got {len(sent)}): send several")
    return sent


def fields(value: Any, kind: type[_S], row: int | None = None) -> _S | list[Detail]:
    """One object as a typed struct, or the fault of every field that is not what it should be."""
    if not isinstance(value, dict):
        return [Detail("body", "must be a JSON object", row)]
    odd = [Detail(*fault, row) for fault in _odd_numbers(value, kind)]
    try:
        return odd or msgspec.convert(value, kind)
    except ValidationError:
        faults = _faults(value, kind, strict=True)
        return odd + [Detail(*fault, row) for fault in faults]


def _media_type() -> str:
    return flask_request.mimetype or "missing"


def _refuse_encoded() -> None:
    if flask_request.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedMediaType("send the body uncompressed, without Content-Encoding")


def _bytes(limit: int) -> bytes:
    # One byte more than allowed: a body without a length that ends at the limit may go on.
    flask_request.max_content_length = limit + 1
    sent = flask_request.get_data(cache=False)
    if len(sent) > limit:
        raise PayloadTooLarge(f"the body is larger than {limit} bytes: send several")
    return sent


def _converted(given: Mapping[str, list[str]], kind: type[_S]) -> _S:
    values = {name: said[0] for name, said in given.items() if name not in _IGNORED}
    twice = [name for name, said in given.items() if len(said) > 1 and name not in _IGNORED]
    if twice:
        raise _invalid([(name, f"{name} is given more than once") for name in twice])
    nulls = list(_nulls(values, kind))
    if nulls:
        raise _invalid(nulls)
    try:
        return msgspec.convert(values, kind, strict=False, dec_hook=_custom)
    except ValidationError:
        raise _invalid(_faults(values, kind, strict=False)) from None


def _invalid(faults: list[tuple[str, str]]) -> AppError:
    details = [Detail(name, message) for name, message in faults]
    return InvalidParameter(details[0].message, details)


def _faults(
    values: Mapping[str, Any], kind: type[Struct], *, strict: bool
) -> list[tuple[str, str]]:
    """Every fault of some values, where converting them together tells only the first."""
    known = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    faults = [(name, _unknown(name, known)) for name in values if name not in known]
    for name, field in known.items():
        if name in values:
            try:
                msgspec.convert(values[name], field.type, strict=strict, dec_hook=_custom)
            except ValidationError as error:
                faults.append((name, f"{name}: {error}"))
        elif field.required:
            faults.append((name, f"{name} is required"))
    return faults


def _odd_numbers(value: Mapping[str, Any], kind: type[Struct]) -> Iterator[tuple[str, str]]:
    """Numbers sent as text that only Python would read: `1_000`, digits of other scripts."""
    for name in _decimal_fields(kind):
        said = value.get(name)
        if isinstance(said, str):
            try:
                fixed.parse(said)
            except ValueError as error:
                yield name, f"{name} {error}"


@cache
def _decimal_fields(kind: type[Struct]) -> tuple[str, ...]:
    fields = msgspec.structs.fields(kind)
    return tuple(f.encode_name for f in fields if Decimal in (f.type, *get_args(f.type)))


def _nulls(values: Mapping[str, str], kind: type[Struct]) -> Iterator[tuple[str, str]]:
    """`null` as a value, which would be taken for a parameter that is left out."""
    for field in msgspec.structs.fields(kind):
        takes_text = str in (field.type, *get_args(field.type))
        if not takes_text and values.get(field.encode_name, "").lower() == "null":
            yield field.encode_name, f"{field.encode_name} must not be null: leave it out"


def _unknown(name: str, known: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.7)
    others = f"known are {', '.join(sorted(known))}" if known else "nothing is"
    hint = f"did you mean {near[0]}?" if near else others
    return f"{name[:64]!r} is not known here: {hint}"


def _custom(kind: type, value: Any) -> Any:
    parse: Callable[[str], Any] | None = _CUSTOM.get(kind)
    if parse is None or not isinstance(value, str):
        raise NotImplementedError(kind)
    return parse(value)


def _zone(value: str) -> Zone:
    if not periods.is_zone(value):
        raise ValueError(f"must be an IANA time zone such as Europe/Berlin (got {value[:64]!r})")
    return Zone(value)


def _day(value: str) -> Day:
    try:
        day = Day.fromisoformat(value)
    except ValueError:
        raise ValueError(f"must be a date such as 2025-11-07 (got {value[:64]!r})") from None
    instants.checked(periods.number(day) * instants.DAY_US)
    return day


def _bound(value: str) -> Bound:
    if len(value) <= len("2025-11-07"):
        return Bound(_day(value))
    lost = _PLUS_LOST.fullmatch(value)  # A `+` that was not escaped arrives as a space.
    return Bound(instants.parse(f"{lost['time']}+{lost['offset']}" if lost else value))


_CUSTOM: Mapping[type, Callable[[str], Any]] = {Zone: _zone, Day: _day, Bound: _bound}
