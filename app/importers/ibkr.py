"""Interactive Brokers: a Flex query's trades, and the trades of an activity statement.

Quantities are signed, commissions are negative when paid, realized P&L is net of them and
therefore not kept. Other things than futures are left out.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.domain import fixed
from app.domain.executions import BUY, SELL, Fill
from app.errors import AppError
from app.importers import layout, pairs
from app.importers.layout import Format, Found, Read
from app.importers.table import Cell, Context, Row, Table

_FLEX_SOURCE = "ibkr-flex-csv"
_ACTIVITY_SOURCE = "ibkr-activity-csv"
_FLEX = {
    "execution_id": "tradeid",
    "order_id": "iborderid",
    "side": "quantity",
    "price": "tradeprice",
    "executed_at": "datetime",
    "fees": "ibcommission",
}
_ACTIVITY = {
    "execution_id": "line",
    "side": "quantity",
    "price": "t. price",
    "executed_at": "date/time",
    "fees": "comm/fee",
}
# Of some contracts the price is in cents, while the multiplier is in dollars.
_CENTS = 100


def _flex(table: Table, context: Context) -> Found:
    def fills_of(row: Row) -> Sequence[Read]:
        if row.text("assetclass").upper() != "FUT":
            return ()
        quantity = row.integer("quantity")
        fill = Fill(
            account_id=context.account_id,
            execution_id=row.text("tradeid"),
            symbol=row.text("symbol"),
            side=_side(row, quantity),
            quantity=abs(quantity),
            price=row.amount("tradeprice"),
            executed_at_us=row.moment("datetime", context),
            order_id=row.optional("iborderid"),
            fees=-row.amount("ibcommission"),
            source=_FLEX_SOURCE,
        )
        _check_multiplier(row, fill, context)
        return ((fill, _FLEX),)

    found = layout.each_row(table, fills_of)
    return layout.in_id_order(found, lambda fill: fill.execution_id)


def _side(row: Row, quantity: int) -> str:
    side = BUY if quantity > 0 else SELL
    # A cancelled trade says `BUY (Ca.)`.
    if row.has("buy/sell") and row.text("buy/sell").upper() != side:
        said = row.text("buy/sell")[:40]
        raise Cell("buy/sell", f"is {said!r} where the quantity is {quantity}: was it cancelled?")
    return side


def _check_multiplier(row: Row, fill: Fill, context: Context) -> None:
    if not row.has("multiplier"):
        return
    try:
        instrument, _ = context.catalogue.resolve(fill.symbol, None, fill.executed_at_us)
    except AppError as error:
        raise Cell("symbol", error.message) from None
    ours = fixed.text(instrument.point_value_micros, fixed.MONEY_PLACES)
    theirs = row.amount("multiplier") * fixed.MICRO
    if instrument.point_value_micros not in (theirs, theirs / _CENTS):
        said = row.text("multiplier")
        raise Cell("multiplier", f"is {said[:40]}, but a point of {instrument.root} is {ours}")


def _activity(table: Table, context: Context) -> Found:
    # A statement may show every order and its executions below it; the orders then are enough.
    kinds = {row.peek("datadiscriminator").lower() for row in table.rows()}
    kind = "order" if "order" in kinds else "trade"
    ids = pairs.RowIds()

    def fills_of(row: Row) -> Sequence[Read]:
        if row.text("asset category").lower() != "futures":
            return ()
        quantity, price = row.integer("quantity", "."), row.amount("t. price")
        fill = Fill(
            account_id=context.account_id,
            execution_id=ids.of(row.text("symbol"), quantity, price, row.clock("date/time")),
            symbol=row.text("symbol"),
            side=BUY if quantity > 0 else SELL,
            quantity=abs(quantity),
            price=price,
            executed_at_us=row.moment("date/time", context),
            fees=-row.amount("comm/fee"),
            source=_ACTIVITY_SOURCE,
            average_price=kind == "order",
        )
        return ((fill, _ACTIVITY),)

    chosen = table.only(lambda row: row.peek("datadiscriminator").lower() == kind)
    return layout.in_file_order(layout.each_row(chosen, fills_of))


def _is_execution(row: Row) -> bool:
    return row.peek("levelofdetail").upper() == "EXECUTION"


def _is_trade(row: Row) -> bool:
    return (row.peek("trades").lower(), row.peek("header").lower()) == ("trades", "data")


FLEX = Format(
    "ibkr-flex",
    frozenset(
        {"clientaccountid", "assetclass", "symbol", "tradeid", "datetime", "quantity"}
        | {"tradeprice", "ibcommission", "levelofdetail"}
    ),
    _flex,
    account="clientaccountid",
    is_row=_is_execution,
)
ACTIVITY = Format(
    "ibkr-activity",
    frozenset(
        {"trades", "header", "datadiscriminator", "asset category", "symbol", "date/time"}
        | {"quantity", "t. price", "comm/fee"}
    ),
    _activity,
    account="account",
    is_row=_is_trade,
)
