"""A delimited file as rows of named cells, whatever program, locale or encoding wrote it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from app.domain import fixed, instants, periods
from app.domain.executions import Fill
from app.domain.instruments import Catalogue

FILE_MAX_BYTES = 256 * 1024 * 1024
CELL_MAX = 4_096

_BOMS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
_DELIMITERS = ",;\t"
# What a spreadsheet would run as a formula goes out with this in front, and comes back without.
_DEFUSED = "'"


class BadLine(NamedTuple):
    """Where a file is at fault: its line from 1, the column's name, and what is wrong there."""

    line: int
    column: str
    message: str


class Cell(ValueError):
    """A cell that does not say what its column should."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


class Context(NamedTuple):
    """What reading a file needs beside it; `zone` is that of times without an offset."""

    account_id: str
    catalogue: Catalogue
    zone: str | None


class Row:
    """One line's cells by the name of their column, in lower case; blanks around them are gone."""

    __slots__ = ("_cells", "_left_over", "line")

    def __init__(self, line: int, cells: Mapping[str, str], left_over: Sequence[str]) -> None:
        self.line = line
        self._cells = cells
        self._left_over = left_over

    def refuse_more_cells_than_columns(self) -> None:
        """Cell where something stands behind the last column: a number's comma may have cut it."""
        if any(self._left_over):
            raise Cell("line", "has more cells than there are columns: is a comma not quoted?")

    def has(self, column: str) -> bool:
        """Whether the line has something in a column."""
        return bool(self._cells.get(column, ""))

    def text(self, column: str) -> str:
        """What stands in a column; Cell where nothing does."""
        cell = self._cells.get(column, "")
        if not cell:
            raise Cell(column, "is empty")
        if len(cell) > CELL_MAX:
            raise Cell(column, f"has more than {CELL_MAX} characters")
        return cell[1:] if cell.startswith(_DEFUSED) else cell

    def optional(self, column: str) -> str | None:
        """What stands in a column, None where nothing does."""
        return self.text(column) if self.has(column) else None

    def decimal(self, column: str) -> Decimal:
        """A plain decimal."""
        try:
            return fixed.parse(self.text(column))
        except ValueError as error:
            raise Cell(column, str(error)) from None

    def integer(self, column: str) -> int:
        """A whole number."""
        value = self.decimal(column)
        if value != value.to_integral_value() or abs(value) >= 2**63:
            raise Cell(column, f"must be a whole number (got {self.text(column)[:40]!r})")
        return int(value)

    def instant(self, column: str, iso: str | None = None) -> int:
        """A column's time in microseconds, from the ISO 8601 that it says with an offset."""
        try:
            return instants.parse(iso or self.text(column))
        except ValueError as error:
            raise Cell(column, str(error)) from None

    def wall_time(self, column: str, iso: str, context: Context) -> int:
        """A column's time in microseconds, from ISO 8601 without an offset: the file's zone."""
        if context.zone is None:
            raise Cell(column, "has no offset from UTC: name the zone of the file's times (--tz)")
        try:
            return periods.at_wall_time(context.zone, datetime.fromisoformat(iso))
        except ValueError as error:
            raise Cell(column, str(error)) from None


class Table(NamedTuple):
    """A file's columns, in lower case, and its rows."""

    columns: frozenset[str]
    rows: Sequence[Row]


class Origin(NamedTuple):
    """Where a fill comes from: a line, and the columns of its fields where they differ."""

    line: int
    columns: Mapping[str, str]

    def column(self, field: str) -> str:
        """The column that says a field."""
        return self.columns.get(field, field)


class Found(NamedTuple):
    """What a table's rows mean: fills, where each comes from, and the bad lines."""

    fills: list[Fill]
    origins: list[Origin]
    bad_lines: list[BadLine]


# A fill, and the column of each of its fields that is not named like it.
Read = tuple[Fill, Mapping[str, str]]


def each_row(table: Table, fills_of: Callable[[Row], Sequence[Read]]) -> Found:
    """Read row by row, so that one bad line does not hide another."""
    found = Found([], [], [])
    for row in table.rows:
        try:
            row.refuse_more_cells_than_columns()
            for fill, columns in fills_of(row):
                found.fills.append(fill)
                found.origins.append(Origin(row.line, columns))
        except Cell as cell:
            found.bad_lines.append(BadLine(row.line, cell.column, str(cell)))
    return found


def read(content: bytes) -> Table:
    """The rows under the first line, blank ones left out; ValueError: it is no table."""
    if len(content) > FILE_MAX_BYTES:
        raise ValueError(f"the file is larger than {FILE_MAX_BYTES // 2**20} MiB")
    text = _decoded(content)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        header = [name.strip().lower() for name in next(lines, [])]
        twice = {name for name in header if name and header.count(name) > 1}
        if twice:
            raise ValueError(f"column {min(twice)!r} is there twice")
        return Table(frozenset(header) - {""}, list(_rows(lines, header)))
    except csv.Error as error:
        raise ValueError(f"line {lines.line_num}: {error}") from None


def _rows(lines: Iterator[list[str]], header: Sequence[str]) -> Iterator[Row]:
    line_num = 1
    for cells in lines:
        line_num = getattr(lines, "line_num", line_num + 1)
        stripped = [cell.strip() for cell in cells]
        if any(stripped):
            named = dict(zip(header, stripped, strict=False))
            yield Row(line_num, named, stripped[len(header) :])


def _decoded(content: bytes) -> str:
    encodings = [each for mark, each in _BOMS if content.startswith(mark)] or ["utf-8", "cp1252"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValueError("this is no text in UTF-8, UTF-16 or Windows-1252")


def _delimiter(text: str) -> str:
    header = text.partition("\n")[0]
    return max(_DELIMITERS, key=header.count)
