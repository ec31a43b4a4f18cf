"""The formats that are read, and which one a file is in."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from app.importers import own, table, topstepx_trades
from app.importers.table import Context, Found, Table


class Reading(NamedTuple):
    """What a file holds, and the format that it was read in."""

    format: str
    rows: int
    found: Found


class Format(NamedTuple):
    """A layout by the columns that it always has, and the function that reads it."""

    name: str
    columns: frozenset[str]
    read: Callable[[Table, Context], Found]


FORMATS = (
    Format(own.NAME, own.COLUMNS, own.read),
    Format(topstepx_trades.NAME, topstepx_trades.COLUMNS, topstepx_trades.read),
)


def read(content: bytes, context: Context, name: str = "auto") -> Reading:
    """A file's fills; ValueError when no format, or not the named one, fits."""
    found = table.read(content)
    chosen = _chosen(found.columns, name)
    return Reading(chosen.name, len(found.rows), chosen.read(found, context))


def _chosen(columns: frozenset[str], name: str) -> Format:
    names = ", ".join(each.name for each in FORMATS)
    if name == "auto":
        fitting = [each for each in FORMATS if each.columns <= columns]
        if not fitting:
            raise ValueError(f"no known format has these columns; known are {names}")
        return fitting[0]
    for each in FORMATS:
        if each.name == name:
            missing = sorted(each.columns - columns)
            if missing:
                raise ValueError(f"a {name} file has a column {missing[0]!r}, this one has not")
            return each
    raise ValueError(f"there is no format {name!r}; known are {names}")
