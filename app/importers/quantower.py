"""Quantower, Trades: a row is a fill. Sales may be shown with a negative quantity, and what was
paid with a negative fee; the side says which way it went.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.executions import Fill
from app.importers import layout, sides
from app.importers.layout import Format, Found, Read
from app.importers.table import Context, Row, Table

_FILL = {
    "execution_id": "trade id",
    "order_id": "order id",
    "executed_at": "date/time",
    "fees": "fee",
    "broker_pnl": "gross p/l",
}


def _trades(table: Table, context: Context) -> Found:
    def fills_of(row: Row) -> Sequence[Read]:
        fill = Fill(
            account_id=context.account_id,
            execution_id=row.text("trade id"),
            symbol=row.text("symbol"),
            side=row.parsed("side", sides.of_fill),
            quantity=abs(row.integer("quantity")),
            price=row.amount("price"),
            executed_at_us=row.moment("date/time", context),
            order_id=row.optional("order id"),
            fees=abs(row.amount("fee")),
            source="quantower-csv",
            broker_pnl=row.amount("gross p/l") if row.has("gross p/l") else None,
        )
        return ((fill, _FILL),)

    return layout.in_file_order(layout.each_row(table, fills_of))


TRADES = Format(
    "quantower-trades",
    frozenset(
        {"account", "date/time", "symbol", "side", "quantity", "price", "gross p/l", "fee"}
        | {"trade id"}
    ),
    _trades,
    account="account",
)
