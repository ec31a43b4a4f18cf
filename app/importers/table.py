"""The rows under a file's header: cells by the name of their column, and where one is at fault."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple, TypeVar

from app.domain import fixed
from app.domain.instruments import Catalogue
from app.importers import amounts, moments
from app.importers.delimited import Line, Sheet

CELL_MAX = 4_096
# What a spreadsheet would run as a formula goes out with this in front, and comes back without.
_DEFUSED = "'"
# So many digits are a number that 64 bits hold.
_PLAIN_MAX = 18
_ZONED = re.compile(r"(?P<name>.*\btime) \((?P<zone>[a-z]{2,5})\)")

_T = TypeVar("_T")


class Cell(ValueError):
    """A cell that does not say what its column should."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


class Context(NamedTuple):
    """What reading a file needs beside it: `zone` is that of times without an offset, `date_order`
    which of day and month comes first where the file leaves it open, and `fees_per_side` what one
    contract costs on each side, by root, where the file has no fees.
    """

    account_id: str
    catalogue: Catalogue
    zone: str | None = None
    date_order: str | None = None
    fees_per_side: Mapping[str, Decimal] = {}


class Header:
    """The columns' names in lower case, and the offsets that names such as `Time (EDT)` state."""

    def __init__(self, line: Line) -> None:
        names = [" ".join(cell.lower().split()) for cell in line.cells]
        zoned = [_ZONED.fullmatch(name) for name in names]
        self.names = [
            match["name"] if match else name for name, match in zip(names, zoned, strict=True)
        ]
        self.offsets = {
            match["name"]: moments.OFFSETS[match["zone"].upper()]
            for match in zoned
            if match and match["zone"].upper() in moments.OFFSETS
        }
        self.places = {name: place for place, name in enumerate(self.names) if name}

    def refuse_repeated(self) -> None:
        """ValueError where a name stands twice: which of the two is meant is not known."""
        for name in self.places:
            if self.names.count(name) > 1:
                raise ValueError(f"column {name!r} is there twice")


class Row:
    """One line's cells by the name of their column; `titles` are the lone cells above it."""

    __slots__ = ("_cells", "_header", "_places", "line", "titles")

    def __init__(self, line: Line, header: Header, titles: Sequence[str]) -> None:
        self.line = line.number
        self.titles = titles
        self._cells = line.cells
        self._header = header
        self._places = header.places

    def refuse_more_cells_than_columns(self) -> None:
        """Cell where something stands behind the last column: a number's comma may have cut it."""
        width = len(self._header.names)
        if len(self._cells) > width and any(self._cells[width:]):
            raise Cell("line", "has more cells than there are columns: is a comma not quoted?")

    def peek(self, column: str) -> str:
        """What stands in a column, unchecked; nothing where there is no such column."""
        place = self._places.get(column)
        return self._cells[place] if place is not None and place < len(self._cells) else ""

    def has(self, column: str) -> bool:
        """Whether the line has something in a column."""
        return bool(self.peek(column))

    def text(self, column: str) -> str:
        """What stands in a column; Cell where nothing does."""
        cell = self.optional(column)
        if cell is None:
            raise Cell(column, "is empty")
        return cell

    def optional(self, column: str) -> str | None:
        """What stands in a column, None where nothing does."""
        cell = self.peek(column)
        if not cell:
            return None
        if len(cell) > CELL_MAX:
            raise Cell(column, f"has more than {CELL_MAX} characters")
        return cell[1:].strip() if cell[0] == _DEFUSED else cell

    def parsed(self, column: str, parse: Callable[[str], _T]) -> _T:
        """What a parser makes of a cell; its ValueError is the cell's fault."""
        try:
            return parse(self.text(column))
        except Cell:
            raise
        except ValueError as error:
            raise Cell(column, str(error)) from None

    def decimal(self, column: str) -> Decimal:
        """A plain decimal."""
        return self.parsed(column, fixed.parse)

    def optional_decimal(self, column: str) -> Decimal | None:
        """A plain decimal, None where nothing stands."""
        return self.decimal(column) if self.peek(column) else None

    def amount(self, column: str, mark: str = amounts.POINT) -> Decimal:
        """A number or money with thousands, brackets and currency signs as a locale has them."""
        return self.parsed(column, lambda said: amounts.parse(said, mark))

    def integer(self, column: str, mark: str | None = None) -> int:
        """A whole number; plain, or as a locale writes it."""
        said = self.peek(column)
        if not mark and len(said) <= _PLAIN_MAX and said.isdigit() and said.isascii():
            return int(said)
        value = self.amount(column, mark) if mark else self.decimal(column)
        if value != value.to_integral_value() or abs(value) >= 2**63:
            raise Cell(column, f"must be a whole number (got {self.text(column)[:40]!r})")
        return int(value)

    def moment(self, column: str, context: Context, date_order: str = moments.MONTH_FIRST) -> int:
        """A column's time in microseconds, by its own offset, its column's, or the file's zone."""
        offset = self._header.offsets.get(column)
        return self.parsed(
            column, lambda said: moments.parse(said, date_order, context.zone, offset)
        )

    def clock(self, column: str, date_order: str = moments.MONTH_FIRST) -> int:
        """What the clock showed, whatever its zone: a row's id must not change with `--tz`."""
        return self.parsed(column, lambda said: moments.parse(said, date_order, "UTC"))


class Table:
    """The lines of a sheet under the header that a format asks for, read anew at every turn."""

    def __init__(
        self,
        sheet: Sheet,
        delimiter: str,
        header: Line,
        *,
        is_title: Callable[[str], bool] | None = None,
        is_row: Callable[[Row], bool] | None = None,
    ) -> None:
        self.delimiter = delimiter
        self.columns = frozenset(Header(header).places)
        self._sheet = sheet
        self._header = header
        self._begins = [cell.lower() for cell in header.cells[:2]]
        self._is_title = is_title
        self._is_row = is_row

    def only(self, is_row: Callable[[Row], bool]) -> Table:
        """The same table with those of its rows alone that a condition holds for."""
        before = self._is_row
        return Table(
            self._sheet,
            self.delimiter,
            self._header,
            is_title=self._is_title,
            is_row=lambda row: (before is None or before(row)) and is_row(row),
        )

    def rows(self) -> Iterator[Row]:
        """Row by row; a header that is repeated, or changes, holds for the rows under it."""
        header: Header | None = None
        titles: list[str] = []
        is_under_title = False
        for line in self._sheet.lines(self.delimiter):
            if self._is_header(line):
                header = Header(line)
                header.refuse_repeated()
            elif _is_lone(line) and self._may_be_title(line, header):
                titles = [*titles, line.cells[0]] if is_under_title else [line.cells[0]]
                is_under_title = True
            elif header:
                is_under_title = False
                row = Row(line, header, titles)
                if self._is_row is None or self._is_row(row):
                    yield row

    def cells(self, columns: Sequence[str]) -> Iterator[str]:
        """Whatever stands in some columns, to see how the file writes what they hold."""
        for row in self.rows():
            yield from filter(None, map(row.peek, columns))

    def _is_header(self, line: Line) -> bool:
        if line.number == self._header.number:
            return True
        return (
            line.number > self._header.number
            and [cell.lower() for cell in line.cells[:2]] == self._begins
            and len(set(Header(line).names) & self.columns) > len(self.columns) // 2
        )

    def _may_be_title(self, line: Line, header: Header | None) -> bool:
        if self._is_title is None:
            return False
        return header is None or self._is_title(line.cells[0])


def _is_lone(line: Line) -> bool:
    return bool(line.cells[0]) and not any(line.cells[1:])
