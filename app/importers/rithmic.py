"""Rithmic's R|Trader: the order history, and the performance report of one contract after another.

Lone cells stand above the tables: what kind of orders follow, or account and contract. The zone of
the times is in the column's name, `Update Time (EDT)`, if it is anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.domain.executions import Fill
from app.importers import layout, pairs, sent_orders, sides
from app.importers.layout import Format, Found, Read
from app.importers.pairs import Leg, Pair
from app.importers.sent_orders import Told
from app.importers.table import Cell, Context, Row, Table

_ORDERS_SOURCE = "rithmic-csv"
_PERFORMANCE_SOURCE = "rithmic-performance-csv"
_ORDER = {
    "execution_id": "order number",
    "order_id": "order number",
    "side": "buy/sell",
    "quantity": "qty filled",
    "price": "avg fill price",
    "executed_at": "update time",
    "fees": "commission fill rate",
}
_SENT = _ORDER | {
    "quantity": "qty to fill",
    "price": "limit price",
    "submitted_at": "create time",
    "updated_at": "update time",
}
_TRADE = pairs.Columns(
    row_id="entry order number",
    contract="contract",
    side="entry buy/sell",
    quantity="fill size",
    entry_price="entry price",
    entered_at="entry time",
    exit_price="exit price",
    exited_at="exit time",
    pnl="trade p&l",
)
_SECTIONS = frozenset({"working orders", "completed orders"})


def _orders(table: Table, context: Context) -> Found:
    def reads_of(row: Row) -> Sequence[Read]:
        quantity = row.integer("qty filled") if row.has("qty filled") else 0
        fill = _fill(row, context, quantity) if quantity else None
        return *(((fill, _ORDER),) if fill else ()), *_sent(row, context, fill)

    found = layout.each_row(table, reads_of)
    return layout.in_id_order(found, lambda fill: fill.execution_id)


def _fill(row: Row, context: Context, quantity: int) -> Fill:
    return Fill(
        account_id=context.account_id,
        execution_id=row.text("order number"),
        symbol=row.text("symbol"),
        side=row.parsed("buy/sell", sides.of_fill),
        quantity=quantity,
        price=row.amount("avg fill price"),
        executed_at_us=row.moment("update time", context),
        order_id=row.text("order number"),
        fees=_fees(row, quantity),
        source=_ORDERS_SOURCE,
        average_price=True,
    )


def _sent(row: Row, context: Context, fill: Fill | None) -> Sequence[Read]:
    # The user chooses the columns; where nothing was filled, these alone tell of the order.
    if fill is None and not (row.has("status") and row.has("qty to fill")):
        return ()
    filled = fill.quantity if fill else 0
    ordered = row.integer("qty to fill") if row.has("qty to fill") else filled
    told = Told(
        account_id=context.account_id,
        order_id=row.text("order number"),
        symbol=row.text("symbol"),
        side=row.parsed("buy/sell", sides.of_fill),
        quantity=max(ordered, filled),
        status=sent_orders.status_by_quantity(row, "status", filled, ordered),
        price=sent_orders.price(row, "limit price", "trigger price"),
        created_at_us=row.moment("create time", context) if row.has("create time") else None,
        ended_at_us=row.moment("update time", context) if row.has("update time") else None,
        source=_ORDERS_SOURCE,
    )
    return sent_orders.reads(fill, told, _SENT)


def _fees(row: Row, quantity: int) -> Decimal | None:
    if row.has("commission"):
        return row.amount("commission")
    # What a contract costs on one side.
    return (
        row.amount("commission fill rate") * quantity if row.has("commission fill rate") else None
    )


def _performance(table: Table, context: Context) -> Found:
    ids = pairs.RowIds()

    def fills_of(row: Row) -> Sequence[Read]:
        if not row.titles:
            raise Cell("contract", "does not stand above the table")
        # A row names its orders, not their fills: an order can be in several rows with one fill,
        # or with several, so nothing is merged.
        orders = row.text("entry order number"), row.text("exit order number")
        entry = Leg(row.amount("entry price"), row.moment("entry time", context), orders[0])
        closing = Leg(row.amount("exit price"), row.moment("exit time", context), orders[1])
        quantity = row.integer("fill size")
        clock = row.clock("entry time"), row.clock("exit time")
        prices = entry.price, closing.price
        pair = Pair(
            ids=pairs.leg_ids(ids.of(row.titles[-1], quantity, *orders, *prices, *clock)),
            contract=row.titles[-1],
            side=row.parsed("entry buy/sell", sides.of_fill),
            quantity=quantity,
            entry=entry,
            exit=closing,
            gross=row.amount("trade p&l"),
            fees=row.amount("commission & fees"),
        )
        return pairs.reads(pair, _TRADE, context, _PERFORMANCE_SOURCE)

    return layout.each_row(table, fills_of)


ORDERS = Format(
    "rithmic-orders",
    frozenset(
        {"account", "symbol", "buy/sell", "qty filled", "avg fill price", "update time"}
        | {"order number", "commission fill rate"}
    ),
    _orders,
    account="account",
    is_title=lambda cell: cell.lower() in _SECTIONS,
)
PERFORMANCE = Format(
    "rithmic-performance",
    frozenset(
        {"entry order number", "entry buy/sell", "entry price", "entry time", "exit order number"}
        | {"exit price", "exit time", "fill size", "trade p&l", "commission & fees"}
    ),
    _performance,
    # A line that was cut after its first cell holds an order's number.
    is_title=lambda cell: not cell.isdigit(),
)
