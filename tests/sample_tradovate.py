"""What Tradovate makes of the same trader's fills: its four reports."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.domain import instants
from app.domain.executions import BUY, Fill
from tests.invented_rows import (
    ACCOUNT,
    american_date,
    american_time,
    closed,
    first_id,
    gross,
    local,
    numbered,
    orders,
    plain,
    unfilled,
    written,
)


def dollars(amount: Decimal) -> str:
    return f"$({-amount:,.2f})" if amount < 0 else f"${amount:,.2f}"


def tradovate_fills(fills: list[Fill]) -> str:
    header = (
        "_id,_orderId,_contractId,_timestamp,_tradeDate,_action,_qty,_price,_active,_accountId,"
        "Fill ID,Order ID,Timestamp,Date,Account,B/S,Quantity,Price,_priceFormat,_priceFormatType,"
        "_tickSize,Contract,Product,Product Description,commission"
    )
    numbers = {each.fill.order_id: each.number for each in orders(fills)}
    rows: list[Sequence[object]] = [header.split(",")]
    for n, fill in enumerate(fills):
        row_id, order_id = first_id(fills) + 5000 + n, numbers[fill.order_id]
        utc = f"{instants.to_datetime(fill.executed_at_us):%Y-%m-%d %H:%M:%S.%f}"[:-3] + "Z"
        bought = fill.side == BUY
        rows.append(
            (
                row_id,
                order_id,
                4399654,
                utc,
                f"{local(fill):%Y-%m-%d}",
                int(not bought),
                fill.quantity,
                plain(fill.price),
                "true",
                1000001,
                row_id,
                order_id,
                american_time(fill),
                american_date(fill),
                ACCOUNT,
                " Buy" if bought else " Sell",
                fill.quantity,
                plain(fill.price),
                -2,
                0,
                0.25,
                fill.contract,
                fill.symbol,
                "",
                fill.fees,
            )
        )
    return written(rows)


def tradovate_performance(fills: list[Fill]) -> str:
    header = "symbol,_priceFormat,_priceFormatType,_tickSize,buyFillId,sellFillId,qty,buyPrice"
    number = numbered(fills)
    rows: list[Sequence[object]] = [
        [*header.split(","), "sellPrice", "pnl", "boughtTimestamp", "soldTimestamp", "duration"]
    ]
    for pair in closed(fills):
        buy, sell = sorted((pair.entry, pair.exit), key=lambda leg: leg.side)
        minutes = (pair.exit.executed_at_us - pair.entry.executed_at_us) // 60_000_000
        rows.append(
            (
                pair.entry.contract,
                -2,
                0,
                0.25,
                number(buy),
                number(sell),
                pair.size,
                plain(buy.price),
                plain(sell.price),
                dollars(gross(pair)),
                american_time(buy),
                american_time(sell),
                f"{minutes}min ",
            )
        )
    return written(rows)


def tradovate_position_history(fills: list[Fill]) -> str:
    header = (
        "Position ID,Timestamp,Trade Date,Net Pos,Net Price,Bought,Avg. Buy,Sold,Avg. Sell,Account,"
        "Contract,Product,Product Description,_priceFormat,_priceFormatType,_tickSize,Pair ID,"
        "Buy Fill ID,Sell Fill ID,Paired Qty,Buy Price,Sell Price,P/L,Currency,Bought Timestamp,"
        "Sold Timestamp"
    )
    number = numbered(fills)
    rows: list[Sequence[object]] = [header.split(",")]
    for n, pair in enumerate(closed(fills)):
        buy, sell = sorted((pair.entry, pair.exit), key=lambda leg: leg.side)
        times = american_time(buy), american_time(sell)
        rows.append(
            (
                first_id(fills),
                american_time(pair.exit),
                f"{local(pair.exit):%Y-%m-%d}",
                0,
                "",
                pair.size,
                plain(buy.price),
                pair.size,
                plain(sell.price),
                ACCOUNT,
                pair.entry.contract,
                pair.entry.symbol,
                "",
                -2,
                0,
                0.25,
                first_id(fills) + 2000 + n,
                number(buy),
                number(sell),
                pair.size,
                plain(buy.price),
                plain(sell.price),
                gross(pair),
                "USD",
                *times,
            )
        )
    return written(rows)


def tradovate_orders(fills: list[Fill]) -> str:
    """Every fourth order had another beside it that came to nothing."""
    header = (
        "orderId,Account,Order ID,B/S,Contract,Product,Product Description,avgPrice,filledQty,"
        "Fill Time,lastCommandId,Status,_priceFormat,_priceFormatType,_tickSize,Version ID,"
        "Timestamp,Date,Quantity,Text,Type,Limit Price,Stop Price,Filled Qty,"
        "Avg Fill Price,Currency"
    )
    rows: list[Sequence[object]] = [header.split(",")]
    for n, order in enumerate(orders(fills)):
        fill, number, price = order.fill, order.number * 2, plain(order.price)
        time, day = american_time(fill), american_date(fill)
        side = " Buy" if fill.side == BUY else " Sell"
        what = side, fill.contract, fill.symbol, ""
        rows.append(
            (
                number,
                ACCOUNT,
                number,
                *what,
                price,
                order.quantity,
                time,
                number,
                " Filled",
                -2,
                0,
                0.25,
                number,
                time,
                day,
                order.quantity,
                "Ticket",
                " Market",
                "",
                "",
                order.quantity,
                price,
                "USD",
            )
        )
        if n % 4 == 0:
            rows.append(
                (
                    number + 1,
                    ACCOUNT,
                    number + 1,
                    *what,
                    "",
                    "",
                    "",
                    number,
                    f" {unfilled(n, 'Canceled')}",
                    -2,
                    0,
                    0.25,
                    number,
                    time,
                    day,
                    order.quantity,
                    "Ticket",
                    " Limit",
                    plain(fill.price),
                    "",
                    "",
                    "",
                    "USD",
                )
            )
    return written(rows)
