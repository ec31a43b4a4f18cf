"""TopstepX: the Trades tab, whose rows are closed trades, and the Orders tab.

The Trades tab does not say which rows share a fill, so none are merged: quantities, P&L and fees
come out the same. Times are whole seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.domain import fixed
from app.domain.executions import Fill
from app.importers import layout, pairs, sent_orders, sides
from app.importers.layout import Format, Found, Read
from app.importers.pairs import Leg, Pair
from app.importers.sent_orders import Told
from app.importers.table import Cell, Context, Row, Table

_TRADE = pairs.Columns(
    row_id="id",
    contract="contractname",
    side="type",
    quantity="size",
    entry_price="entryprice",
    entered_at="enteredat",
    exit_price="exitprice",
    exited_at="exitedat",
    pnl="pnl",
)
_ORDER = {
    "execution_id": "id",
    "order_id": "id",
    "symbol": "contractname",
    "quantity": "size",
    "price": "executeprice",
    "executed_at": "filledat",
}
_SENT = _ORDER | {"price": "limitprice", "submitted_at": "createdat"}
_SOURCE = "topstepx-orders-csv"


def _trades(table: Table, context: Context) -> Found:
    def fills_of(row: Row) -> Sequence[Read]:
        pair = Pair(
            ids=pairs.leg_ids(row.text("id")),
            contract=row.text("contractname"),
            side=row.parsed("type", sides.of_position),
            quantity=row.integer("size"),
            entry=Leg(row.decimal("entryprice"), row.moment("enteredat", context)),
            exit=Leg(row.decimal("exitprice"), row.moment("exitedat", context)),
            gross=row.decimal("pnl"),
            fees=_fees(row),
        )
        return pairs.reads(pair, _TRADE, context, "topstepx-csv")

    return layout.each_row(table, fills_of)


def _fees(row: Row) -> Decimal:
    # Newer files have commissions in a column of their own, empty where none were taken.
    total = row.decimal("fees")
    if row.has("commissions"):
        total += row.decimal("commissions")
    try:
        fixed.money_micros(total)
    except ValueError as error:
        raise Cell("fees", str(error)) from None
    return total


def _orders(table: Table, context: Context) -> Found:
    def reads_of(row: Row) -> Sequence[Read]:
        fill = None
        if row.text("status").lower() == "filled":
            fill = _fill(row, context)
        elif row.has("executeprice"):
            raise Cell("status", "is not Filled, but there is a price: how much was filled?")
        return *(((fill, _ORDER),) if fill else ()), *_sent(row, context, fill)

    return layout.in_id_order(layout.each_row(table, reads_of), lambda fill: fill.execution_id)


def _fill(row: Row, context: Context) -> Fill:
    return Fill(
        account_id=context.account_id,
        execution_id=row.text("id"),
        symbol=row.text("contractname"),
        side=row.parsed("side", sides.of_fill),
        quantity=row.integer("size"),
        price=row.decimal("executeprice"),
        executed_at_us=row.moment("filledat", context),
        order_id=row.text("id"),
        source=_SOURCE,
        average_price=True,
    )


def _sent(row: Row, context: Context, fill: Fill | None) -> Sequence[Read]:
    ended = next((each for each in ("filledat", "cancelledat") if row.has(each)), None)
    told = Told(
        account_id=context.account_id,
        order_id=row.text("id"),
        symbol=row.text("contractname"),
        side=row.parsed("side", sides.of_fill),
        quantity=row.integer("size"),
        status=row.parsed("status", sent_orders.status),
        price=sent_orders.price(row, "limitprice", "stopprice"),
        created_at_us=row.moment("createdat", context) if row.has("createdat") else None,
        ended_at_us=row.moment(ended, context) if ended else None,
        source=_SOURCE,
    )
    return sent_orders.reads(fill, told, _SENT | {"updated_at": ended or "cancelledat"})


TRADES = Format(
    "topstepx-trades",
    frozenset(
        {"id", "contractname", "enteredat", "exitedat", "entryprice", "exitprice", "fees"}
        | {"pnl", "size", "type"}
    ),
    _trades,
)
ORDERS = Format(
    "topstepx-orders",
    frozenset(
        {"id", "accountname", "contractname", "status", "size", "side", "filledat", "executeprice"}
    ),
    _orders,
    account="accountname",
)
