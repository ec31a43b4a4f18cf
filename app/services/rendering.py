"""A body in the representation that was asked for: JSON, CSV, NDJSON, or text for people."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, get_args

import msgspec
from msgspec import UNSET, Raw, Struct
from msgspec.structs import fields

from app.services.bodies import PeriodBody

Form = Literal["json", "csv", "text", "ndjson"]

MEDIA_TYPES: Mapping[Form, str] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "text": "text/plain; charset=utf-8",
    "ndjson": "application/x-ndjson",
}
# A spreadsheet would run a text that begins like this.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ROW_FIELDS = ("items", "points", "groups")


def render(body: Struct, form: Form) -> bytes:
    """The body's bytes; CSV and NDJSON hold the rows of a body that has rows, else one row."""
    if form == "json":
        return msgspec.json.encode(body)
    if form == "ndjson":
        return b"".join(msgspec.json.encode(row) + b"\n" for row in _rows(body))
    if form == "csv":
        return to_csv(_rows(body))
    return _text(body).encode()


def to_csv(rows: Iterable[Struct]) -> bytes:
    """A header and a line a row, by RFC 4180; texts that would run as a formula are defused."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    for number, row in enumerate(rows):
        flat = dict(_flat(row))
        if number == 0:
            writer.writerow(flat)
        writer.writerow([_cell(value) for value in flat.values()])
    return text.getvalue().encode()


def _rows(body: Struct) -> Iterable[Struct]:
    for name in _ROW_FIELDS:
        if hasattr(body, name):
            found: Iterable[Struct] = getattr(body, name)
            return found
    return [body]


def _flat(row: Struct, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Fields under their names, those of a struct within it behind its own; lists are left out."""
    for field in fields(row):
        value = getattr(row, field.name)
        name = prefix + field.encode_name
        within = _struct_in(field.type)
        if isinstance(value, Struct):
            yield from _flat(value, f"{name}_")
        elif within:
            # Columns are the same whether it is there or not.
            yield from ((f"{name}_{inner.encode_name}", None) for inner in fields(within))
        elif not isinstance(value, list):
            yield name, value


def _struct_in(kind: Any) -> type[Struct] | None:
    """The struct that a field holds, if it is one that may be null."""
    kinds = [each for each in get_args(kind) if isinstance(each, type)]
    return next((each for each in kinds if issubclass(each, Struct)), None)


def _cell(value: Any) -> str:
    if value is None or value is UNSET:
        return ""
    if isinstance(value, Raw):
        return bytes(value).decode()
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


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
