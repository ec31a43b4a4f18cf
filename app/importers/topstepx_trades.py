"""TopstepX, Trades tab: one row is a pair of an entry and an exit, not a fill.

Each row becomes its two executions, with ids made of the row's. The file does not say which rows
share a fill, so none are merged: quantities, P&L and fees come out the same. Times are whole
seconds; where they tie, exits come before entries, save that no row's exit precedes its entry.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from app.domain import fixed
from app.domain.executions import BUY, SELL, Fill
from app.domain.instruments import Catalogue
from app.errors import AppError
from app.importers.table import Cell, Context, Found, Read, Row, Table, each_row

NAME = "topstepx-trades"
SOURCE = "topstepx-csv"
COLUMNS = frozenset(
    {"id", "contractname", "enteredat", "exitedat", "entryprice", "exitprice", "fees"}
    | {"pnl", "size", "type"}
)
_SIDES = {"long": (BUY, SELL), "short": (SELL, BUY)}
_ISO_WALL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", re.ASCII)
_TIME = re.compile(
    r"(?P<month>\d\d)/(?P<day>\d\d)/(?P<year>\d{4}) (?P<time>\d\d:\d\d:\d\d)"
    r"(?: (?P<offset>[+-]\d\d:\d\d))?"
)
_COLUMNS = {"execution_id": "id", "symbol": "contractname", "quantity": "size", "side": "type"}
_ENTRY_COLUMNS = _COLUMNS | {"price": "entryprice", "executed_at": "enteredat"}
_EXIT_COLUMNS = _COLUMNS | {"price": "exitprice", "executed_at": "exitedat", "broker_pnl": "pnl"}
_EXIT_OF_EARLIER, _ENTRY, _EXIT_OF_SAME_SECOND = 0, 1, 2


class _Pair(NamedTuple):
    """A row's values."""

    row_id: str
    contract: str
    sides: tuple[str, str]
    quantity: int
    entry_price: Decimal
    exit_price: Decimal
    entered_at_us: int
    exited_at_us: int
    fees_micros: int
    pnl: Decimal


def read(table: Table, context: Context) -> Found:
    """Two fills a row; a row whose P&L is not what its prices make is a bad line."""

    def fills_of(row: Row) -> Sequence[Read]:
        pair = _pair(row, context)
        _check_pnl(pair, context.catalogue)
        entry, closing = _fills(pair, context.account_id)
        return (entry, _ENTRY_COLUMNS), (closing, _EXIT_COLUMNS)

    return each_row(table, fills_of)


def _pair(row: Row, context: Context) -> _Pair:
    side = row.text("type").lower()
    if side not in _SIDES:
        raise Cell("type", f"must be Long or Short (got {row.text('type')[:40]!r})")
    entered_at_us, exited_at_us = _time(row, "enteredat", context), _time(row, "exitedat", context)
    if exited_at_us < entered_at_us:
        raise Cell("exitedat", "is earlier than enteredat")
    return _Pair(
        row_id=row.text("id"),
        contract=row.text("contractname"),
        sides=_SIDES[side],
        quantity=row.integer("size"),
        entry_price=row.decimal("entryprice"),
        exit_price=row.decimal("exitprice"),
        entered_at_us=entered_at_us,
        exited_at_us=exited_at_us,
        fees_micros=_fees_micros(row),
        pnl=row.decimal("pnl"),
    )


def _time(row: Row, column: str, context: Context) -> int:
    said = row.text(column)
    if _ISO_WALL.fullmatch(said):
        return row.wall_time(column, said, context)
    match = _TIME.fullmatch(said)
    if match is None and "T" in said:
        return row.instant(column)
    if match is None:
        raise Cell(column, f"must be like 05/08/2025 11:22:07 -04:00 (got {said[:40]!r})")
    iso = "{year}-{month}-{day}T{time}{offset}".format_map(match.groupdict(default=""))
    return row.instant(column, iso) if match["offset"] else row.wall_time(column, iso, context)


def _fees_micros(row: Row) -> int:
    # Newer files have commissions in a column of their own, empty where none were taken.
    total = row.decimal("fees")
    if row.has("commissions"):
        total += row.decimal("commissions")
    try:
        return fixed.money_micros(total)
    except ValueError as error:
        raise Cell("fees", str(error)) from None


def _check_pnl(pair: _Pair, catalogue: Catalogue) -> None:
    """The broker's P&L proves that contract, point value and side were understood."""
    try:
        instrument, _ = catalogue.resolve(pair.contract, None, pair.exited_at_us)
    except AppError as error:
        raise Cell("contractname", error.message) from None
    direction = 1 if pair.sides[0] == BUY else -1
    points = (pair.exit_price - pair.entry_price) * direction * pair.quantity
    ours = points * instrument.point_value_micros / fixed.MICRO
    if round(ours - pair.pnl, 2):
        raise Cell("pnl", f"is {pair.pnl}, but the prices make {ours}: is the symbol right?")


def _fills(pair: _Pair, account_id: str) -> tuple[Fill, Fill]:
    entry_fees_micros = pair.fees_micros // 2  # The odd micro-unit is paid at the exit.
    ties = pair.entered_at_us == pair.exited_at_us
    entry = Fill(
        account_id=account_id,
        execution_id=f"{pair.row_id}:entry",
        symbol=pair.contract,
        side=pair.sides[0],
        quantity=pair.quantity,
        price=pair.entry_price,
        executed_at_us=pair.entered_at_us,
        fees=_money(entry_fees_micros),
        sequence=_ENTRY,
        source=SOURCE,
    )
    closing = entry._replace(
        execution_id=f"{pair.row_id}:exit",
        side=pair.sides[1],
        price=pair.exit_price,
        executed_at_us=pair.exited_at_us,
        fees=_money(pair.fees_micros - entry_fees_micros),
        sequence=_EXIT_OF_SAME_SECOND if ties else _EXIT_OF_EARLIER,
        broker_pnl=pair.pnl,
    )
    return entry, closing


def _money(micros: int) -> Decimal:
    return Decimal(micros).scaleb(-fixed.MONEY_PLACES)
