"""Values from outside as typed structs; where they are none, every fault is named.

Every message about a bad query or a bad field is made here.
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
from msgspec import Meta, Struct, ValidationError
from msgspec.structs import FieldInfo

from app.domain import fixed, instants, periods

# A field, and what is wrong with it.
Fault = tuple[str, str]

_S = TypeVar("_S", bound=Struct)
_PLUS_LOST = re.compile(r"(?P<time>[^T]*T.*) (?P<offset>\d{2}:?\d{2})")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DIGITS = re.compile(r"[+-]?\d{1,9}", re.ASCII)
SECONDS = re.compile(r"[+-]?\d{1,12}", re.ASCII)
# Charts ask for times that are far ahead; the day that follows must exist, too.
_LAST_US = instants.LAST_US - 2 * instants.DAY_US
_EXPECTED: Mapping[Any, str] = {
    bool: "must be true or false",
    int: "must be a whole number",
    Decimal: "must be a number",
    str: "must be a text",
}


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


class UnixTime:
    """An instant in seconds since 1970, brought to the nearest that every store can hold."""

    __slots__ = ("value_us",)

    def __init__(self, value_us: int) -> None:
        self.value_us = value_us


def from_query(values: Mapping[str, str], kind: type[_S]) -> _S | list[Fault]:
    """Query parameters as a struct, or all that is wrong with them."""
    odd = [*_nulls(values, kind), *_odd_integers(values, kind)]
    try:
        return odd or msgspec.convert(values, kind, strict=False, dec_hook=_custom)
    except ValidationError:
        return _faults(values, kind, strict=False)


def from_json(value: Mapping[str, Any], kind: type[_S]) -> _S | list[Fault]:
    """A JSON object as a struct, or all that is wrong with it."""
    odd = list(_odd_numbers(value, kind))
    try:
        return odd or msgspec.convert(value, kind)
    except ValidationError:
        return odd + _faults(value, kind, strict=True)


def _faults(values: Mapping[str, Any], kind: type[Struct], *, strict: bool) -> list[Fault]:
    """Every fault of some values, where converting them together tells only the first."""
    known = {field.encode_name: field for field in _fields(kind)}
    faults = [(name, _unknown(name, known)) for name in values if name not in known]
    for name, field in known.items():
        if name in values:
            try:
                msgspec.convert(values[name], field.type, strict=strict, dec_hook=_custom)
            except ValidationError as error:
                expected = _range(field.type, values[name]) or _expectation(field.type) or error
                faults.append((name, f"{name} {expected}"))
        elif field.required:
            faults.append((name, f"{name} is required"))
    return faults


def _odd_numbers(value: Mapping[str, Any], kind: type[Struct]) -> Iterator[Fault]:
    """Numbers sent as text that only Python would read: `1_000`, digits of other scripts."""
    for name in _decimal_fields(kind):
        said = value.get(name)
        if isinstance(said, str):
            try:
                fixed.parse(said)
            except ValueError as error:
                yield name, f"{name} {error}"


@cache
def _fields(kind: type[Struct]) -> tuple[FieldInfo, ...]:
    # Looked at in every request, and slow to make.
    return msgspec.structs.fields(kind)


@cache
def _decimal_fields(kind: type[Struct]) -> tuple[str, ...]:
    fields = _fields(kind)
    return tuple(f.encode_name for f in fields if Decimal in parts(f.type))


def _nulls(values: Mapping[str, str], kind: type[Struct]) -> Iterator[Fault]:
    """`null` as a value, which would be taken for a parameter that is left out."""
    for name in _other_than_text(kind):
        if values.get(name, "").lower() == "null":
            yield name, f"{name} must not be null: leave it out"


@cache
def _other_than_text(kind: type[Struct]) -> tuple[str, ...]:
    return tuple(each.encode_name for each in _fields(kind) if str not in parts(each.type))


def _expectation(kind: Any) -> str:
    """What a field of a plain type must be; nothing where its own parser has said so."""
    kinds = parts(kind)
    literals = [each for each in kinds if isinstance(each, str)]
    if literals:
        return f"must be one of {', '.join(literals)}"
    return next((_EXPECTED[each] for each in kinds if each in _EXPECTED), "")


def _range(kind: Any, value: Any) -> str:
    """What a whole number must lie between, where only that can be wrong with it."""
    limits = (each for each in parts(kind) if isinstance(each, Meta) and each.ge is not None)
    return next((f"must be between {each.ge} and {each.le} (got {value})" for each in limits), "")


def _odd_integers(values: Mapping[str, str], kind: type[Struct]) -> Iterator[Fault]:
    """Whole numbers in a spelling that would be taken for one: `1e2`."""
    for name in _integers(kind):
        said = values.get(name, "null")
        if said.lower() != "null" and not _DIGITS.fullmatch(said):
            yield name, f"{name} must be a whole number"


@cache
def _integers(kind: type[Struct]) -> tuple[str, ...]:
    return tuple(each.encode_name for each in _fields(kind) if int in parts(each.type))


@cache
def parts(kind: Any) -> tuple[Any, ...]:
    """A type and all that it is made of: members of unions, values of literals, constraints."""
    return (kind, *(part for each in get_args(kind) for part in parts(each)))


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
        day = Day.fromisoformat(value if _DAY.fullmatch(value) else "")
    except ValueError:
        raise ValueError(f"must be a date such as 2025-11-07 (got {value[:64]!r})") from None
    instants.checked(periods.number(day) * instants.DAY_US)
    return day


def _bound(value: str) -> Bound:
    if len(value) <= len("2025-11-07"):
        return Bound(_day(value))
    lost = _PLUS_LOST.fullmatch(value)  # A `+` that was not escaped arrives as a space.
    return Bound(instants.parse(f"{lost['time']}+{lost['offset']}" if lost else value))


def _unix_time(value: str) -> UnixTime:
    if not SECONDS.fullmatch(value):
        raise ValueError(f"must be whole seconds since 1970 (got {value[:64]!r})")
    value_us = int(value) * instants.SECOND_US
    return UnixTime(min(max(value_us, instants.FIRST_US), _LAST_US))


_CUSTOM: Mapping[type, Callable[[str], Any]] = {
    Zone: _zone,
    Day: _day,
    Bound: _bound,
    UnixTime: _unix_time,
}
