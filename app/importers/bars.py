"""Files of bars: a header that names time, open, high, low, close and volume, and a bar a line.

Read line by line and never held, since such files are long. A time is ISO 8601 with an offset or
in seconds since 1970; a header of other names, more columns and other delimiters is fine.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from app.domain import bars, fixed, instants
from app.domain.bars import Bar
from app.importers.delimited import DELIMITERS
from app.importers.layout import BadLine

LINE_MAX = 1_024
_NAMES = {
    "timestamp": ("timestamp", "time", "datetime", "date", "date_time", "t"),
    "open": ("open", "o"),
    "high": ("high", "h"),
    "low": ("low", "l"),
    "close": ("close", "c", "last"),
    "volume": ("volume", "vol", "v"),
}
_EPOCH_S_MAX = 10**11


class Layout(NamedTuple):
    """The delimiter, and the column of each field."""

    delimiter: str
    columns: tuple[int, ...]


class Reading(NamedTuple):
    """How the bars of a file are meant: their timeframe, whether times are ends, and the time now,
    after which no bar opens.
    """

    timeframe_s: int
    is_stamped_at_end: bool
    now_us: int


def layout(header: str) -> Layout:
    """What a file's first line says; ValueError names what it lacks."""
    if not header.strip():
        raise ValueError("the file is empty, or its first line is")
    delimiter = max(DELIMITERS, key=header.count)
    said = [cell.strip().strip('"').lower() for cell in header.lstrip("\ufeff").split(delimiter)]
    columns = []
    for field, names in _NAMES.items():
        place = next((said.index(name) for name in names if name in said), None)
        if place is None:
            raise ValueError(f"has no column {field} in its first line")
        columns.append(place)
    return Layout(delimiter, tuple(columns))


def read(lines: Iterable[str], how: Reading) -> Iterator[Bar | BadLine]:
    """The bars of a file line by line, or what is wrong with a line."""
    remaining = enumerate(lines, start=1)
    _, header = next(remaining, (1, ""))
    try:
        found = layout(header)
    except ValueError as error:
        yield BadLine(1, "timestamp", str(error))
        return
    shift_us = how.timeframe_s * instants.SECOND_US if how.is_stamped_at_end else 0
    for number, line in remaining:
        if line.strip():
            yield _bar(number, line, found, how, shift_us)


def _bar(number: int, line: str, found: Layout, how: Reading, shift_us: int) -> Bar | BadLine:
    if len(line) > LINE_MAX:
        return BadLine(number, "timestamp", f"the line has more than {LINE_MAX} characters")
    cells = _cells(line, found.delimiter)
    values = []
    for (name, parse), place in zip(_PARSERS, found.columns, strict=True):
        try:
            values.append(parse(cells[place].strip()))
        except IndexError:
            return BadLine(number, name, "is missing")
        except ValueError as error:
            return BadLine(number, name, str(error))
    bar = Bar(values[0] - shift_us, *values[1:])
    fault = bars.fault(bar, how.timeframe_s, how.now_us)
    return BadLine(number, *fault) if fault else bar


def _cells(line: str, delimiter: str) -> list[str]:
    if '"' in line:
        return next(csv.reader([line], delimiter=delimiter))
    return line.split(delimiter)


def _time(said: str) -> int:
    if said.isdecimal():
        if int(said) > _EPOCH_S_MAX:
            raise ValueError("must be ISO 8601 with an offset, or seconds since 1970")
        return instants.checked(int(said) * instants.SECOND_US)
    return instants.parse(said)


# A price is said again and again: by the four of a bar, and by those of its neighbours.
@lru_cache(maxsize=16_384)
def _price(said: str) -> int:
    return fixed.price_nanos(fixed.parse(said))


def _volume(said: str) -> int:
    if said.isascii() and said.isdigit():
        return int(said)
    value = fixed.parse(said)
    if value != value.to_integral_value():
        raise ValueError("must be a whole number of contracts")
    return int(value)


_PARSERS: tuple[tuple[str, Callable[[str], int]], ...] = (
    ("timestamp", _time),
    *((name, _price) for name in ("open", "high", "low", "close")),
    ("volume", _volume),
)
