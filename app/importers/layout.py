"""What a format is: the columns it always has and its reader; and what reading a file finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from app.domain.executions import Fill
from app.domain.orders import SentOrder
from app.importers.table import Cell, Context, Row, Table


class BadLine(NamedTuple):
    """Where a file is at fault: its line from 1, the column's name, and what is wrong there."""

    line: int
    column: str
    message: str


class Origin(NamedTuple):
    """Where something was read: a line, and the columns of its fields where they differ."""

    line: int
    columns: Mapping[str, str]

    def column(self, field: str) -> str:
        """The column that says a field."""
        return self.columns.get(field, field)


class Found(NamedTuple):
    """What a table's rows mean: fills, where each comes from, the bad lines, how many rows there
    are, how many of them hold nothing, and orders with where each comes from. The last `hints` of
    the orders are made up from fills: they say nothing of an order that is known.
    """

    fills: list[Fill]
    origins: list[Origin]
    bad_lines: list[BadLine]
    rows: int
    left_out: int
    orders: list[SentOrder]
    order_origins: list[Origin]
    hints: int = 0


class Format(NamedTuple):
    """A layout by the columns that it always has, and the function that reads it.

    `account` is the column that tells accounts apart. `merges` says that rows share fills, so that
    a file may hold only a part of one.
    """

    name: str
    columns: frozenset[str]
    read: Callable[[Table, Context], Found]
    account: str | None = None
    merges: bool = False
    is_title: Callable[[str], bool] | None = None
    is_row: Callable[[Row], bool] | None = None


# A fill or an order, and the column of each of its fields that is not named like it.
Read = tuple[Fill | SentOrder, Mapping[str, str]]


def each_row(table: Table, reads_of: Callable[[Row], Sequence[Read]]) -> Found:
    """Read row by row, so that one bad line does not hide another."""
    found = Found([], [], [], 0, 0, [], [])
    rows = left_out = 0
    for row in table.rows():
        rows += 1
        try:
            row.refuse_more_cells_than_columns()
            reads = reads_of(row)
        except Cell as cell:
            found.bad_lines.append(BadLine(row.line, cell.column, str(cell)))
            continue
        left_out += not reads
        for each, columns in reads:
            _add(found, each, Origin(row.line, columns))
    return found._replace(rows=rows, left_out=left_out)


def _add(found: Found, each: Fill | SentOrder, origin: Origin) -> None:
    if isinstance(each, Fill):
        found.fills.append(each)
        found.origins.append(origin)
    else:
        found.orders.append(each)
        found.order_origins.append(origin)


def merged(found: Found) -> Found:
    """One fill for all the parts of it that rows show; a part that contradicts is a bad line."""
    whole: dict[str, tuple[Fill, Origin]] = {}
    bad_lines = list(found.bad_lines)
    for part, origin in zip(found.fills, found.origins, strict=True):
        fill, first = whole.get(part.execution_id, (None, origin))
        if fill is None:
            whole[part.execution_id] = (part, origin)
        elif _identity(fill) == _identity(part):
            whole[part.execution_id] = (_joined(fill, part), first)
        else:
            column = origin.column("execution_id")
            message = f"{part.execution_id!r} is another fill in line {first.line}"
            bad_lines.append(BadLine(origin.line, column, message))
    return found._replace(
        fills=[fill for fill, _ in whole.values()],
        origins=[origin for _, origin in whole.values()],
        bad_lines=bad_lines,
    )


def _identity(fill: Fill) -> tuple[object, ...]:
    return fill.symbol, fill.side, fill.price, fill.executed_at_us


def _joined(fill: Fill, part: Fill) -> Fill:
    stated = [each.broker_pnl for each in (fill, part) if each.broker_pnl is not None]
    return fill._replace(
        quantity=fill.quantity + part.quantity,
        broker_pnl=sum(stated, Decimal(0)) if stated else None,
    )


def in_file_order(found: Found) -> Found:
    """Break ties in time by the order of the lines, which may begin with the newest.

    Sequences count from 0 within an instant, so that a longer export gives the same ones.
    """
    times = [fill.executed_at_us for fill in found.fills]
    newest_first = bool(times) and times[0] > times[-1]
    return _sequenced(found, reversed(range(len(times))) if newest_first else range(len(times)))


def in_id_order(found: Found, ids: Callable[[Fill], str]) -> Found:
    """Break ties in time by ids that a broker counts up."""

    def place(index: int) -> tuple[int, str]:
        counted = ids(found.fills[index])
        return len(counted), counted

    return _sequenced(found, sorted(range(len(found.fills)), key=place))


def _sequenced(found: Found, order: Iterable[int]) -> Found:
    fills = list(found.fills)
    seen: dict[tuple[str, int], list[Fill]] = {}
    for index in order:
        tied = seen.setdefault((fills[index].symbol, fills[index].executed_at_us), [])
        if fills[index] not in tied:  # A row that stands twice is one fill.
            tied.append(fills[index])
        fills[index] = fills[index]._replace(sequence=tied.index(fills[index]))
    return found._replace(fills=fills)
