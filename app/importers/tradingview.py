"""TradingView's paper trading: the history of orders; the filled ones are executions, too.

Symbols are those of charts, `CME_MINI:ES1!`: the front contract has no date there, so it is the
bare contract of its root.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.domain.executions import Fill
from app.importers import layout, moments, sent_orders, sides
from app.importers.layout import Format, Found, Read
from app.importers.sent_orders import Told
from app.importers.table import Cell, Context, Row, Table

_ORDER = {
    "execution_id": "order id",
    "order_id": "order id",
    "quantity": "qty",
    "price": "fill price",
    "executed_at": "closing time",
    "fees": "commission",
}
_SENT = _ORDER | {
    "price": "limit price",
    "submitted_at": "placing time",
    "updated_at": "closing time",
}
_SOURCE = "tradingview-csv"
_CHART_SYMBOL = re.compile(r"(?:[A-Z_]+:)?(?P<contract>[A-Z0-9]+?)(?:\d!)?", re.ASCII)
_LONG_YEAR = re.compile(r"([FGHJKMNQUVXZ])20(\d\d)$")


def _orders(table: Table, context: Context) -> Found:
    order = context.date_order or moments.date_order(
        table.cells(("placing time", "closing time")),
        context.zone,
        is_european=table.delimiter == ";",
    )

    def reads_of(row: Row) -> Sequence[Read]:
        fill = None
        if row.text("status").lower() == "filled":
            fill = _fill(row, context, order)
        elif row.has("fill price"):
            raise Cell("status", "is not Filled, but there is a price: how much was filled?")
        return *(((fill, _ORDER),) if fill else ()), *_sent(row, context, order, fill)

    found = layout.each_row(table, reads_of)
    return layout.in_id_order(found, lambda fill: fill.execution_id)


def _fill(row: Row, context: Context, order: str) -> Fill:
    return Fill(
        account_id=context.account_id,
        execution_id=row.text("order id"),
        symbol=row.parsed("symbol", _contract),
        side=row.parsed("side", sides.of_fill),
        quantity=row.integer("qty", "."),
        price=row.amount("fill price"),
        executed_at_us=row.moment("closing time", context, order),
        order_id=row.text("order id"),
        fees=row.amount("commission") if row.has("commission") else None,
        source=_SOURCE,
        average_price=True,
    )


def _sent(row: Row, context: Context, order: str, fill: Fill | None) -> Sequence[Read]:
    created_us, ended_us = (
        row.moment(column, context, order) if row.has(column) else None
        for column in ("placing time", "closing time")
    )
    told = Told(
        account_id=context.account_id,
        order_id=row.text("order id"),
        symbol=row.parsed("symbol", _contract),
        side=row.parsed("side", sides.of_fill),
        quantity=row.integer("qty", "."),
        status=row.parsed("status", sent_orders.status),
        price=sent_orders.price(row, "limit price", "stop price"),
        created_at_us=created_us,
        ended_at_us=ended_us,
        source=_SOURCE,
    )
    return sent_orders.reads(fill, told, _SENT)


def _contract(said: str) -> str:
    match = _CHART_SYMBOL.fullmatch(said.upper())
    if match is None:
        raise ValueError(f"must be a symbol such as CME_MINI:ES1! (got {said[:40]!r})")
    return _LONG_YEAR.sub(r"\1\2", match["contract"])


ORDERS = Format(
    "tradingview-paper",
    frozenset(
        {"symbol", "side", "type", "qty", "fill price", "status", "commission", "placing time"}
        | {"closing time", "order id"}
    ),
    _orders,
)
