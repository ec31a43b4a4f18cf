"""A body in the representation that was asked for: JSON, CSV, NDJSON, or text for people."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Literal, NamedTuple, get_args, get_origin

import msgspec
from msgspec import UNSET, Raw, Struct
from msgspec.structs import astuple, fields

from app.services.bodies import PeriodBody

Form = Literal["json", "csv", "text", "ndjson"]

MEDIA_TYPES: Mapping[Form, str] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "text": "text/plain; charset=utf-8",
    "ndjson": "application/x-ndjson",
}
# A spreadsheet would run a text that begins like this; the mark that defuses it is marked, too,
# so that an import can tell it from one that was there.
_DEFUSE = "'"
_DEFUSED = frozenset(("=", "+", "-", "@", "\t", "\r", _DEFUSE))
_ROW_FIELDS = ("items", "points", "groups", "bars")


def render(body: Struct, form: Form) -> bytes:
    """The body's bytes; CSV and NDJSON hold the rows of a body that has rows, else one row."""
    if form == "json":
        return msgspec.json.encode(body)
    if form == "ndjson":
        return rendered(_rows(body), "ndjson")
    if form == "csv":
        return to_csv(_rows(body))
    return _text(body).encode()


def to_csv(rows: Iterable[Struct]) -> bytes:
    """A header and a line a row, by RFC 4180; texts that would run as a formula are defused."""
    left = iter(rows)
    first = next(left, None)
    if first is None:
        return b""
    names = [name for name, _ in _flat(first)]
    return _lines([names]) + rendered([first, *left], "csv")


def head(kind: type[Struct], form: Form) -> bytes:
    """What comes before the rows of a kind."""
    return _lines([[each.heading for each in _columns(kind)]]) if form == "csv" else b""


def rendered(rows: Iterable[Struct], form: Form) -> bytes:
    """The lines of some rows, as CSV or NDJSON."""
    if form == "csv":
        return _lines(map(_cell, _values(row)) for row in rows)
    return b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


def _lines(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _rows(body: Struct) -> Iterable[Struct]:
    for name in _ROW_FIELDS:
        if hasattr(body, name):
            found: Iterable[Struct] = getattr(body, name)
            return found
    return [body]


class _Column(NamedTuple):
    """A field, its heading, and the headings of the struct that it may hold."""

    field: str
    heading: str
    within: tuple[str, ...]


def _flat(row: Struct, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Fields under their names, those of a struct within it behind its own; lists are left out."""
    for field, heading, within in _columns(type(row)):
        value = getattr(row, field)
        name = prefix + heading
        if isinstance(value, Struct):
            yield from _flat(value, f"{name}_")
        elif within:
            # Columns are the same whether it is there or not.
            yield from ((f"{name}_{inner}", None) for inner in within)
        elif not isinstance(value, list):
            yield name, value


def _values(row: Struct) -> Iterable[Any]:
    if _is_plain(type(row)):
        return astuple(row)
    return [value for _, value in _flat(row)]


@cache
def _is_plain(kind: type[Struct]) -> bool:
    """Whether every field is a cell; of such structs there may be millions."""
    return not any(_holds_fields(each.type) for each in fields(kind))


def _holds_fields(kind: Any) -> bool:
    origin = get_origin(kind) or kind
    is_one = isinstance(origin, type) and issubclass(origin, (Struct, list))
    return is_one or any(_holds_fields(each) for each in get_args(kind))


@cache
def _columns(kind: type[Struct]) -> Sequence[_Column]:
    # Looking a struct's fields up costs more than writing a row of them.
    return [_Column(each.name, each.encode_name, _within(each.type)) for each in fields(kind)]


def _within(kind: Any) -> tuple[str, ...]:
    """The headings of the struct that a field holds, if it is one that may be null."""
    if get_origin(kind) is list:
        return ()
    kinds = [each for each in get_args(kind) if isinstance(each, type)]
    struct = next((each for each in kinds if issubclass(each, Struct)), None)
    return tuple(each.encode_name for each in fields(struct)) if struct else ()


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return _DEFUSE + value if value[:1] in _DEFUSED else value
    if value is None or value is UNSET:
        return ""
    if isinstance(value, Raw):
        return bytes(value).decode()
    return str(value).lower() if isinstance(value, bool) else str(value)


def _text(body: Struct) -> str:
    if isinstance(body, PeriodBody):
        return _period_line(body)
    rows = [dict(_flat(row)) for row in _rows(body)]
    if rows and rows[0].keys() != dict(_flat(body)).keys():
        return _table(rows)
    return _list(dict(_flat(body)))


def _period_line(body: PeriodBody) -> str:
    trades = f"{body.total_trades} trades ({body.winning_trades} won, {body.losing_trades} lost)"
    held = f"  {body.open.quantity} open" if body.open and body.open.quantity else ""
    return (
        f"{body.date} {body.period}  {body.account_id}  {_cell(body.pnl)} {body.currency}  {trades}"
        f"  fees {_cell(body.fees)}  max drawdown {_cell(body.max_drawdown)}{held}\n"
    )


def _list(values: Mapping[str, Any]) -> str:
    width = max(map(len, values))
    return "".join(f"{name.ljust(width)}  {_plain(value)}\n" for name, value in values.items())


def _table(rows: list[dict[str, Any]]) -> str:
    cells = [list(rows[0]), *([_plain(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = (
        "  ".join(cell.rjust(n) for cell, n in zip(line, widths, strict=True)) for line in cells
    )
    return "".join(f"{line}\n" for line in lines)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else _cell(value)
