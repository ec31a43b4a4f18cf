"""What Rithmic, Quantower and Interactive Brokers make of the same trader's fills."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.domain import instants
from app.domain.executions import BUY, Fill
from tests.invented_rows import (
    ACCOUNT,
    closed,
    fees,
    first_id,
    gross,
    local,
    orders,
    plain,
    point_value,
    unfilled,
    word,
    written,
)
from tests.pairing import pairs


def rithmic_orders(fills: list[Fill]) -> str:
    """Newest first, the zone in the columns' names. Every sixth order was cancelled after a part
    of it was filled, and every fourth had another beside it that came to nothing.
    """
    header = (
        "Account,Status,Buy/Sell,Qty To Fill,Symbol,Price Type,Avg Fill Price,Limit Price,"
        "Order Number,Update Time (EDT),Qty Filled,Create Time (EDT),Commission,"
        "Commission Fill Rate"
    )
    rows: list[Sequence[object]] = []
    for n, order in enumerate(orders(fills)):
        time, rate = f"{local(order.fill):%Y-%m-%d %H:%M:%S}", order.fees / order.quantity
        what = word(order.fill, "B", "S"), order.fill.contract
        is_part = n % 6 == 1
        rows.append(
            (
                ACCOUNT,
                "Cancelled" if is_part else "Filled",
                what[0],
                order.quantity + is_part,
                what[1],
                "M",
                f"{order.price:.4f}",
                "",
                order.number * 2,
                time,
                order.quantity,
                time,
                "",
                rate,
            )
        )
        if n % 4 == 0:
            rows.append(
                (
                    ACCOUNT,
                    unfilled(n),
                    what[0],
                    order.quantity,
                    what[1],
                    "LMT",
                    "",
                    plain(order.fill.price),
                    order.number * 2 + 1,
                    time,
                    0,
                    time,
                    "",
                    rate,
                )
            )
    return written([["Completed Orders"], header.split(","), *reversed(rows)])


def rithmic_performance(fills: list[Fill]) -> str:
    """A table for each contract."""
    header = (
        "Entry Order Number,Entry Buy/Sell,Entry Price,Entry Time (EDT),Exit Order Number,"
        "Exit Price,Exit Time (EDT),Fill Size,Trade P&L,Trade Life Span,Commission & Fees"
    )
    numbers = {each.fill.order_id: each.number for each in orders(fills)}
    rows: list[Sequence[object]] = [[ACCOUNT]]
    for contract in sorted({fill.contract or "" for fill in fills}):
        rows += [[contract], header.split(",")]
        for pair in closed(fill for fill in fills if fill.contract == contract):
            entered, left = (f"{local(leg):%Y-%m-%d %H:%M:%S}" for leg in (pair.entry, pair.exit))
            rows.append(
                (
                    numbers[pair.entry.order_id],
                    word(pair.entry, "B", "S"),
                    plain(pair.entry.price),
                    entered,
                    numbers[pair.exit.order_id],
                    plain(pair.exit.price),
                    left,
                    pair.size,
                    gross(pair),
                    "",
                    fees(pair),
                )
            )
    return written(rows)


def quantower(fills: list[Fill]) -> str:
    header = (
        "Account,Date/Time,Symbol,Description,Symbol type,Expiration date,Strike price,Side,"
        "Order type,Quantity,Price,Gross P/L,Fee,Net P/L,Trade value,Trade ID,Order ID,Position ID,"
        "Connection name,Comment,Exchange"
    )
    gained: dict[str, Decimal] = {}
    for pair in pairs(fills):
        exit_id = pair.exit.execution_id
        gained[exit_id] = gained.get(exit_id, Decimal(0)) + gross(pair)
    rows: list[Sequence[object]] = [header.split(",")]
    for n, fill in enumerate(fills):
        moment = instants.to_datetime(fill.executed_at_us)
        shown = f"{moment:%Y-%m-%d} {moment.hour % 12 or 12}:{moment:%M:%S %p} +00:00"
        won = gained.get(fill.execution_id, Decimal(0))
        fee = fill.fees or Decimal(0)
        size = fill.quantity if fill.side == BUY else -fill.quantity
        rows.append(
            (
                ACCOUNT,
                shown,
                fill.contract,
                "",
                "Futures",
                "",
                "",
                word(fill),
                "Market",
                size,
                fill.price,
                won,
                -fee,
                won - fee,
                "",
                f"T{first_id(fills) + n}",
                fill.order_id,
                "",
                "Sim",
                "",
                "CME",
            )
        )
    return written(rows)


def ibkr_flex(fills: list[Fill]) -> str:
    header = (
        "ClientAccountID,CurrencyPrimary,AssetClass,Symbol,UnderlyingSymbol,Multiplier,TradeID,"
        "DateTime,TradeDate,Exchange,Quantity,TradePrice,IBCommission,Buy/Sell,IBOrderID,"
        "LevelOfDetail"
    )
    rows: list[Sequence[object]] = [header.split(",")]
    for n, fill in enumerate(fills):
        size = fill.quantity if fill.side == BUY else -fill.quantity
        rows.append(
            (
                ACCOUNT,
                "USD",
                "FUT",
                fill.contract,
                fill.symbol,
                f"{point_value(fill):g}",
                first_id(fills) + n,
                f"{local(fill):%Y%m%d;%H%M%S}",
                f"{local(fill):%Y%m%d}",
                "CME",
                size,
                plain(fill.price),
                -(fill.fees or 0),
                fill.side,
                fill.order_id,
                "EXECUTION",
            )
        )
    return written(rows)


def ibkr_activity(fills: list[Fill]) -> str:
    header = (
        "DataDiscriminator,Asset Category,Currency,Symbol,Date/Time,Quantity,T. Price,C. Price,"
        "Notional Value,Comm/Fee,Basis,Realized P/L,MTM P/L,Code"
    )
    rows: list[Sequence[object]] = [
        ("Statement", "Header", "Field Name", "Field Value"),
        ("Statement", "Data", "Title", "Activity Statement"),
        ("Trades", "Header", *header.split(",")),
    ]
    for order in orders(fills):
        size = order.quantity if order.fill.side == BUY else -order.quantity
        time = f"{local(order.fill):%Y-%m-%d, %H:%M:%S}"
        rows.append(
            (
                "Trades",
                "Data",
                "Order",
                "Futures",
                "USD",
                order.fill.contract,
                time,
                size,
                plain(order.price),
                "",
                "",
                -order.fees,
                "",
                "",
                "",
                "",
            )
        )
    contracts = sorted({fill.contract or "" for fill in fills})
    rows += [("Trades", "SubTotal", "", "Futures", "USD", each, "", 0) for each in contracts]
    return written(rows)
