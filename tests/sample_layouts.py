"""What NinjaTrader, TopstepX and TradingView make of the same trader's fills."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.domain.executions import BUY, Fill
from tests.invented_rows import (
    ACCOUNT,
    american_time,
    closed,
    comma,
    fees,
    first_id,
    gross,
    local,
    month_name,
    orders,
    plain,
    unfilled,
    word,
    written,
)


def ninjatrader_executions(fills: list[Fill]) -> str:
    header = "Instrument,Action,Quantity,Price,Time,ID,E/X,Position,Order ID,Name,Commission,Rate"
    rows: list[Sequence[object]] = [[*header.split(","), "Account", "Connection", ""]]
    held: dict[str | None, int] = {}
    for n, fill in enumerate(fills):
        was = held.get(fill.contract, 0)
        now = was + (fill.quantity if fill.side == BUY else -fill.quantity)
        held[fill.contract] = now
        action = word(
            fill, "Buy to cover" if was < 0 else "Buy", "Sell" if was > 0 else "Sell short"
        )
        position = f"{abs(now)} {'L' if now > 0 else 'S'}" if now else "-"
        moment = local(fill)
        shown = (
            f"{moment.month}/{moment.day}/{moment:%Y} {moment.hour % 12 or 12}:{moment:%M:%S %p}"
        )
        name = "Entry" if abs(now) > abs(was) else "Exit"
        rows.append(
            (
                month_name(fill),
                action,
                fill.quantity,
                plain(fill.price),
                shown,
                f"{first_id(fills) + n:x}",
                name,
                position,
                fill.order_id,
                name,
                f"${fill.fees:.2f}",
                1,
                ACCOUNT,
                "Sim",
                "",
            )
        )
    return written(rows)


def ninjatrader_trades(fills: list[Fill]) -> str:
    """As a German PC writes it."""
    header = "Trade number,Instrument,Account,Strategy,Market pos.,Qty,Entry price,Exit price"
    more = "Entry time,Exit time,Entry name,Exit name,Profit,Cum. net profit,Commission,"
    rows: list[Sequence[object]] = [[*header.split(","), *more.split(",")]]
    total = Decimal(0)
    for n, pair in enumerate(closed(fills), start=1):
        net = gross(pair) - fees(pair)
        total += net
        rows.append(
            (
                n,
                month_name(pair.entry),
                ACCOUNT,
                "",
                word(pair.entry, "Long", "Short"),
                pair.size,
                comma(pair.entry.price),
                comma(pair.exit.price),
                *tuple(f"{local(leg):%d.%m.%Y %H:%M:%S}" for leg in (pair.entry, pair.exit)),
                "Entry",
                "Exit",
                f"{comma(net)} $",
                f"{comma(total)} $",
                f"{comma(fees(pair))} $",
                "",
            )
        )
    return written(rows, ";")


def topstepx_orders(fills: list[Fill]) -> str:
    header = (
        "Id,AccountName,ContractName,Status,Type,Size,Side,CreatedAt,TradeDay,FilledAt,CancelledAt,"
        "TriggeredAt,StopPrice,LimitPrice,ExecutePrice,TriggeredPrice,PositionDisposition,"
        "CreationDisposition,RejectionReason,ExchangeOrderId,PlatformOrderId"
    )
    rows: list[Sequence[object]] = [header.split(",")]
    for n, order in enumerate(orders(fills)):
        zone = f"{local(order.fill):%z}"
        time = f"{american_time(order.fill)} {zone[:3]}:{zone[3:]}"
        what = order.quantity, word(order.fill, "Bid", "Ask"), time, time
        rows.append(
            (
                order.number * 2,
                ACCOUNT,
                order.fill.contract,
                "Filled",
                "Market",
                *what,
                time,
                "",
                "",
                "",
                "",
                f"{order.price:.9f}",
                "",
                "Opening",
                "Trader",
                "",
                "",
                "",
            )
        )
        if n % 4 == 0:
            rows.append(
                (
                    order.number * 2 + 1,
                    ACCOUNT,
                    order.fill.contract,
                    unfilled(n),
                    "Stop",
                    *what,
                    "",
                    time,
                    "",
                    f"{order.fill.price:.9f}",
                    "",
                    "",
                    "",
                    "Undetermined",
                    "StopLoss",
                    "",
                    "",
                    "",
                )
            )
    return written(rows)


def tradingview(fills: list[Fill]) -> str:
    """Newest first; the front contract of a chart has no date."""
    header = (
        "Symbol,Side,Type,Qty,Limit Price,Stop Price,Fill Price,Status,Commission,Placing Time,"
        "Closing Time,Order ID,Level ID,Leverage,Margin"
    )
    rows: list[Sequence[object]] = []
    for n, order in enumerate(orders(fills)):
        time = f"{local(order.fill):%Y-%m-%d %H:%M:%S}"
        what = f"CME_MINI:{order.fill.symbol}1!", word(order.fill)
        rows.append(
            (
                *what,
                "Market",
                order.quantity,
                "",
                "",
                plain(order.price),
                "Filled",
                "",
                time,
                time,
                order.number * 2,
                "",
                "20:1",
                "87,465.63 USD",
            )
        )
        if n % 4 == 0:
            rows.append(
                (
                    *what,
                    "Limit",
                    order.quantity,
                    order.fill.price,
                    "",
                    "",
                    unfilled(n),
                    "",
                    time,
                    time,
                    order.number * 2 + 1,
                    "",
                    "20:1",
                    "",
                )
            )
    return written([header.split(","), *reversed(rows)])
