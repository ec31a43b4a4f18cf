"""Tradovate's four reports: fills, orders, and two of pairs of fills that were matched.

Fill ids are counted up, so they break ties. `Performance` and `Position History` show a fill in
every pair that it is part of; its parts are put together again under its own id. Only `Fills`
states fees.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from app.domain.executions import BUY, SELL, Fill
from app.importers import layout, moments, pairs, sent_orders, sides
from app.importers.layout import Format, Found, Read
from app.importers.pairs import Leg, Pair
from app.importers.sent_orders import Told
from app.importers.table import Cell, Context, Row, Table

# One source for all that is known by fill ids: a fill that two reports show is the same fill.
_SOURCE = "tradovate-csv"
_ORDERS_SOURCE = "tradovate-orders-csv"
_FILL = {
    "execution_id": "_id",
    "order_id": "_orderid",
    "symbol": "contract",
    "side": "b/s",
    "quantity": "_qty",
    "price": "_price",
    "executed_at": "_timestamp",
    "fees": "commission",
}
_ORDER = {
    "execution_id": "order id",
    "order_id": "order id",
    "symbol": "contract",
    "side": "b/s",
    "quantity": "filled qty",
    "price": "avg fill price",
    "executed_at": "fill time",
}
_SENT = _ORDER | {"quantity": "quantity", "price": "limit price", "submitted_at": "timestamp"}


class _Names(NamedTuple):
    """What the two reports of pairs call the same columns."""

    contract: str
    buy_id: str
    sell_id: str
    quantity: str
    buy_price: str
    sell_price: str
    pnl: str
    bought_at: str
    sold_at: str

    def columns(self, *, is_long: bool) -> pairs.Columns:
        entry = (self.buy_id, self.buy_price, self.bought_at)
        closing = (self.sell_id, self.sell_price, self.sold_at)
        if not is_long:
            entry, closing = closing, entry
        return pairs.Columns(
            entry[0], self.contract, entry[0], self.quantity, *entry[1:], *closing[1:], self.pnl
        )


_PERFORMANCE = _Names(
    *("symbol", "buyfillid", "sellfillid", "qty", "buyprice", "sellprice", "pnl"),
    *("boughttimestamp", "soldtimestamp"),
)
_HISTORY = _Names(
    *("contract", "buy fill id", "sell fill id", "paired qty", "buy price", "sell price", "p/l"),
    *("bought timestamp", "sold timestamp"),
)


def _fills(table: Table, context: Context) -> Found:
    def fills_of(row: Row) -> Sequence[Read]:
        fill = Fill(
            account_id=context.account_id,
            execution_id=row.text("_id"),
            symbol=row.text("contract"),
            side=row.parsed("b/s", sides.of_fill),
            quantity=row.integer("_qty"),
            price=row.decimal("_price"),
            # In UTC, to the millisecond; the time that people read beside it is local.
            executed_at_us=row.parsed("_timestamp", _in_utc),
            order_id=row.optional("_orderid"),
            fees=row.amount("commission"),
            source=_SOURCE,
        )
        return ((fill, _FILL),)

    return layout.in_id_order(layout.each_row(table, fills_of), _id)


def _in_utc(said: str) -> int:
    return moments.parse(said, moments.MONTH_FIRST, None, "+00:00")


def _orders(table: Table, context: Context) -> Found:
    def reads_of(row: Row) -> Sequence[Read]:
        filled = row.integer("filled qty") if row.has("filled qty") else 0
        fill = _order_fill(row, context, filled) if filled else None
        return *(((fill, _ORDER),) if fill else ()), *_sent(row, context, fill)

    return layout.in_id_order(layout.each_row(table, reads_of), _id)


def _order_fill(row: Row, context: Context, quantity: int) -> Fill:
    return Fill(
        account_id=context.account_id,
        execution_id=row.text("order id"),
        symbol=row.text("contract"),
        side=row.parsed("b/s", sides.of_fill),
        quantity=quantity,
        price=row.amount("avg fill price"),
        executed_at_us=row.moment("fill time", context),
        order_id=row.text("order id"),
        source=_ORDERS_SOURCE,
        average_price=True,
    )


def _sent(row: Row, context: Context, fill: Fill | None) -> Sequence[Read]:
    # Older files may end before these columns.
    if fill is None and not (row.has("status") and row.has("quantity")):
        return ()
    filled, filled_us = (fill.quantity, fill.executed_at_us) if fill else (0, None)
    ordered = row.integer("quantity") if row.has("quantity") else filled
    told = Told(
        account_id=context.account_id,
        order_id=row.text("order id"),
        symbol=row.text("contract"),
        side=row.parsed("b/s", sides.of_fill),
        quantity=max(ordered, filled),
        status=sent_orders.status_by_quantity(row, "status", filled, ordered),
        price=sent_orders.price(row, "limit price", "stop price"),
        created_at_us=_created_us(row, context, filled_us),
        ended_at_us=filled_us,
        source=_ORDERS_SOURCE,
    )
    return sent_orders.reads(fill, told, _SENT)


def _created_us(row: Row, context: Context, filled_us: int | None) -> int | None:
    """None where the order was changed after its fill: the time is that of the change then."""
    if not row.has("timestamp"):
        return None
    at_us = row.moment("timestamp", context)
    return None if filled_us is not None and at_us > filled_us else at_us


def _pairs(names: _Names) -> Callable[[Table, Context], Found]:
    def read(table: Table, context: Context) -> Found:
        seen: dict[tuple[str, str], tuple[int, Pair]] = {}

        def fills_of(row: Row) -> Sequence[Read]:
            pair, columns = _pair(row, names, context)
            line, known = seen.setdefault(pair.ids, (row.line, pair))
            if line != row.line:
                if known != pair:
                    raise Cell(names.buy_id, f"pairs the same fills in line {line} otherwise")
                return ()
            return pairs.reads(pair, columns, context, _SOURCE)

        found = layout.merged(layout.each_row(table, fills_of))
        return layout.in_id_order(found, _id)

    return read


def _pair(row: Row, names: _Names, context: Context) -> tuple[Pair, pairs.Columns]:
    bought_us, sold_us = row.moment(names.bought_at, context), row.moment(names.sold_at, context)
    buy = row.text(names.buy_id), Leg(row.decimal(names.buy_price), bought_us)
    sell = row.text(names.sell_id), Leg(row.decimal(names.sell_price), sold_us)
    is_long = (bought_us, len(buy[0]), buy[0]) <= (sold_us, len(sell[0]), sell[0])
    entry, closing = (buy, sell) if is_long else (sell, buy)
    pair = Pair(
        ids=(entry[0], closing[0]),
        contract=row.text(names.contract),
        side=BUY if is_long else SELL,
        quantity=row.integer(names.quantity),
        entry=entry[1],
        exit=closing[1],
        gross=row.amount(names.pnl),
        fees=None,
    )
    return pair, names.columns(is_long=is_long)


def _id(fill: Fill) -> str:
    return fill.execution_id


FILLS = Format(
    "tradovate-fills",
    frozenset({"_id", "_timestamp", "b/s", "_qty", "_price", "contract", "commission", "account"}),
    _fills,
    account="account",
)
ORDERS = Format(
    "tradovate-orders",
    frozenset(
        {"order id", "account", "b/s", "contract", "status", "fill time", "filled qty"}
        | {"avg fill price"}
    ),
    _orders,
    account="account",
)
PERFORMANCE = Format(
    "tradovate-performance", frozenset(_PERFORMANCE), _pairs(_PERFORMANCE), merges=True
)
POSITION_HISTORY = Format(
    "tradovate-position-history",
    frozenset({*_HISTORY, "account", "pair id"}),
    _pairs(_HISTORY),
    account="account",
    merges=True,
)
