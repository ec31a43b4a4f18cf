"""The formats that are read, and which one a file is in."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from app.domain.executions import Fill
from app.errors import AppError
from app.importers import (
    ibkr,
    ninjatrader,
    own,
    quantower,
    rithmic,
    topstepx,
    tradingview,
    tradovate,
)
from app.importers.delimited import DELIMITERS, Line, Sheet
from app.importers.layout import BadLine, Format, Found
from app.importers.table import Context, Header, Table

FORMATS = (
    own.EXECUTIONS,
    topstepx.TRADES,
    topstepx.ORDERS,
    tradovate.FILLS,
    tradovate.PERFORMANCE,
    tradovate.ORDERS,
    tradovate.POSITION_HISTORY,
    ninjatrader.EXECUTIONS,
    ninjatrader.TRADES,
    rithmic.ORDERS,
    rithmic.PERFORMANCE,
    quantower.TRADES,
    ibkr.FLEX,
    ibkr.ACTIVITY,
    tradingview.ORDERS,
)
# A statement has sections before its trades; what has no header until then is no table.
HEADER_LINES_MAX = 400
_NAMED_MAX = 4
_SHOWN_MAX = 40


class Reading(NamedTuple):
    """What a file holds, and the format that it was read in; `merges` as the format has it."""

    format: str
    merges: bool
    found: Found

    @property
    def states_fees(self) -> bool:
        """Whether any fill comes with its fees."""
        return any(fill.fees is not None for fill in self.found.fills)


class _Candidate(NamedTuple):
    """A line that could be a format's header, under a delimiter."""

    format: Format
    delimiter: str
    line: Line
    missing: frozenset[str]


def read(content: bytes, context: Context, name: str = "auto") -> Reading:
    """A file's fills; ValueError when no format, or not the named one, fits."""
    sheet = Sheet(content)
    chosen = _chosen(sheet, _named(name))
    table = Table(
        sheet,
        chosen.delimiter,
        chosen.line,
        is_title=chosen.format.is_title,
        is_row=chosen.format.is_row,
    )
    account = chosen.format.account
    if account:
        table = _of_one_account(table, account, context.account_id)
    found = chosen.format.read(table, context)
    reading = Reading(chosen.format.name, chosen.format.merges, found)
    return _with_fees(reading, context) if context.fees_per_side else reading


def _named(name: str) -> Sequence[Format]:
    some = [each for each in FORMATS if name in ("auto", each.name)]
    if not some:
        raise ValueError(f"there is no format {name[:_SHOWN_MAX]!r}; known are {_known()}")
    return some


def _known() -> str:
    return ", ".join(each.name for each in FORMATS)


def _chosen(sheet: Sheet, some: Sequence[Format]) -> _Candidate:
    candidates = list(_candidates(sheet, some))
    fitting = {each.format.name: each for each in reversed(candidates) if not each.missing}
    if len(fitting) > 1:
        raise ValueError(f"this could be {' or '.join(sorted(fitting))}: name the format")
    if fitting:
        return next(iter(fitting.values()))
    only = f"this is no {some[0].name} file" if len(some) == 1 else "this is in no known format"
    raise ValueError(f"{only}; {_nearest(candidates)}known are {_known()}")


def _candidates(sheet: Sheet, some: Sequence[Format]) -> Iterator[_Candidate]:
    faults = []
    for delimiter in DELIMITERS:
        lines = itertools.islice(sheet.lines(delimiter), HEADER_LINES_MAX)
        while True:
            try:
                line = next(lines, None)
            except ValueError as fault:
                faults.append(fault)
                break
            if line is None:
                break
            names = frozenset(Header(line).names)
            for each in some:
                yield _Candidate(each, delimiter, line, each.columns - names)
    # A file that cannot be cut into lines in any way has that fault and no other.
    if len(faults) == len(DELIMITERS):
        raise faults[0]


def _nearest(candidates: Sequence[_Candidate]) -> str:
    if not candidates:
        return ""
    best = min(candidates, key=lambda each: len(each.missing) / len(each.format.columns))
    if len(best.missing) * 2 > len(best.format.columns):
        return ""
    missing = ", ".join(repr(name) for name in sorted(best.missing)[:_NAMED_MAX])
    return f"nearest is {best.format.name}, but line {best.line.number} has no column {missing}; "


def _of_one_account(table: Table, column: str, account_id: str) -> Table:
    names = set(table.cells((column,))) if column in table.columns else set()
    if len(names) < 2:  # noqa: PLR2004 (one account or none)
        return table
    if account_id in names:
        return table.only(lambda row: row.peek(column) == account_id)
    some = ", ".join(repr(name[:_SHOWN_MAX]) for name in sorted(names)[:_NAMED_MAX])
    raise ValueError(
        f"there are several accounts in it ({some}), and none of them is {account_id!r}: import"
        " it into accounts of the same names, or export one account at a time"
    )


def _with_fees(reading: Reading, context: Context) -> Reading:
    """What one contract costs on a side, where a file says nothing of fees."""
    if reading.states_fees:
        raise ValueError(f"a {reading.format} file states its fees: leave --fees-per-side out")
    fills, bad_lines = [], list(reading.found.bad_lines)
    for fill, origin in zip(reading.found.fills, reading.found.origins, strict=True):
        try:
            fills.append(fill._replace(fees=_fees(fill, context)))
        except ValueError as error:
            bad_lines.append(BadLine(origin.line, origin.column("symbol"), str(error)))
            fills.append(fill)
    return reading._replace(found=reading.found._replace(fills=fills, bad_lines=bad_lines))


def _fees(fill: Fill, context: Context) -> Decimal | None:
    try:
        instrument, _ = context.catalogue.resolve(fill.symbol, None, fill.executed_at_us)
    except AppError:
        return None  # Admission names what is wrong with it.
    per_side = context.fees_per_side.get(instrument.root)
    if per_side is None:
        raise ValueError(f"has no fees: add --fees-per-side {instrument.root}=AMOUNT")
    return per_side * fill.quantity
