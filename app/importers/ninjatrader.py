"""NinjaTrader 8: the grid of executions, and the Trades grid of its performance report.

Both are exported as the PC's locale writes dates, numbers and money, in the PC's zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.domain.executions import Fill
from app.importers import amounts, layout, moments, pairs, sides
from app.importers.layout import Format, Found, Read
from app.importers.pairs import Leg, Pair
from app.importers.table import Cell, Context, Row, Table

_EXECUTIONS_SOURCE = "ninjatrader-csv"
_TRADES_SOURCE = "ninjatrader-trades-csv"
_FILL = {
    "execution_id": "id",
    "order_id": "order id",
    "symbol": "instrument",
    "side": "action",
    "executed_at": "time",
    "fees": "commission",
}
_TRADE = pairs.Columns(
    row_id="line",
    contract="instrument",
    side="market pos.",
    quantity="qty",
    entry_price="entry price",
    entered_at="entry time",
    exit_price="exit price",
    exited_at="exit time",
    pnl="profit",
)
_FEES = ("commission", "clearing fee", "exchange fee", "ip fee", "nfa fee")
# More than any broker takes for a contract in and out: what is missing then is no fee.
_HIDDEN_FEES_MAX = 25
_CURRENCY_SIGNS = "$\u20ac\xa3\xa5"


class _Locale:
    """How a file writes numbers and dates, found out from all of them."""

    def __init__(
        self, table: Table, context: Context, *, numbers: Sequence[str], times: Sequence[str]
    ) -> None:
        self.mark = amounts.decimal_mark(table.cells(numbers), table.delimiter)
        is_european = self.mark == amounts.COMMA or table.delimiter == ";"
        self.date_order = context.date_order or moments.date_order(
            table.cells(times), context.zone, is_european=is_european
        )


def _executions(table: Table, context: Context) -> Found:
    locale = _Locale(table, context, numbers=("price", "commission"), times=("time",))

    def fills_of(row: Row) -> Sequence[Read]:
        fill = Fill(
            account_id=context.account_id,
            execution_id=row.text("id"),
            symbol=row.text("instrument"),
            side=row.parsed("action", sides.of_fill),
            quantity=row.integer("quantity", locale.mark),
            price=row.amount("price", locale.mark),
            executed_at_us=row.moment("time", context, locale.date_order),
            order_id=row.optional("order id"),
            fees=row.amount("commission", locale.mark),
            source=_EXECUTIONS_SOURCE,
        )
        return ((fill, _FILL),)

    return layout.in_file_order(layout.each_row(table, fills_of))


def _trades(table: Table, context: Context) -> Found:
    numbers = ("entry price", "exit price", "profit", *_FEES)
    locale = _Locale(table, context, numbers=numbers, times=("entry time", "exit time"))
    ids = pairs.RowIds()

    def fills_of(row: Row) -> Sequence[Read]:
        pair = _pair(row, context, locale, ids)
        gross = pairs.made(pair, _TRADE, context)
        fees, stated_gross = _fees(row, gross, pair.quantity, locale.mark)
        complete = pair._replace(fees=fees, gross=stated_gross)
        return pairs.reads(complete, _TRADE, context, _TRADES_SOURCE)

    return layout.each_row(table, fills_of)


def _pair(row: Row, context: Context, locale: _Locale, ids: pairs.RowIds) -> Pair:
    side = row.parsed("market pos.", sides.of_position)
    contract = row.text("instrument")
    quantity = row.integer("qty", locale.mark)
    entry_price = row.amount("entry price", locale.mark)
    exit_price = row.amount("exit price", locale.mark)
    entered_us = row.moment("entry time", context, locale.date_order)
    exited_us = row.moment("exit time", context, locale.date_order)
    clock = [row.clock(each, locale.date_order) for each in ("entry time", "exit time")]
    row_id = ids.of(contract, side, quantity, entry_price, exit_price, *clock)
    return Pair(
        ids=pairs.leg_ids(row_id),
        contract=contract,
        side=side,
        quantity=quantity,
        entry=Leg(entry_price, entered_us),
        exit=Leg(exit_price, exited_us),
        gross=None,
        fees=None,
    )


def _fees(row: Row, gross: Decimal, quantity: int, mark: str) -> tuple[Decimal, Decimal | None]:
    """The fees of a row, and the gross P&L that it states, if it does: Profit is net of all fees,
    those in columns that were not shown among them, or gross, by a setting of the program.
    """
    profit = row.amount("profit", mark)
    stated = sum((row.amount(each, mark) for each in _FEES if row.has(each)), Decimal(0))
    if pairs.agree(gross, profit):
        return stated, profit
    if pairs.agree(gross - stated, profit):
        return stated, profit + stated
    hidden = gross - profit - stated
    is_money = any(sign in row.text("profit") for sign in _CURRENCY_SIGNS)
    if is_money and 0 < hidden <= _HIDDEN_FEES_MAX * quantity:
        return stated + hidden, None
    raise Cell(
        "profit",
        f"is {profit}, but the prices make {gross} before and {gross - stated} after fees: is the"
        " symbol right, and is profit shown in currency?",
    )


EXECUTIONS = Format(
    "ninjatrader-executions",
    frozenset({"instrument", "action", "quantity", "price", "time", "id", "commission"}),
    _executions,
    account="account",
)
TRADES = Format(
    "ninjatrader-trades",
    frozenset(
        {"instrument", "market pos.", "qty", "entry price", "exit price", "entry time"}
        | {"exit time", "profit", "commission"}
    ),
    _trades,
    account="account",
)
