"""A page of the trades log, and what the whole window of it comes to."""

from __future__ import annotations

from itertools import islice
from typing import NamedTuple

from msgspec import Struct

from app.cache.keys import Dependencies
from app.db import rollups, trades
from app.db.connection import Connection
from app.db.trades import Chosen, Filled, FilledTotals
from app.domain import fixed
from app.domain.accounts import Account
from app.domain.orders import Order
from app.services import trade_log, windows
from app.services.bodies import instant, money, price
from app.services.kinds import FillSide, Instant, Milliseconds, Money, Number, OrderStatus, Price
from app.services.market import Standing
from app.services.numbers import number
from app.services.trade_log import FILLED, Item, Wanted

LIMIT_MAX = 500

_MILLI_PLACES = 3


class TradeBody(Struct):
    """An execution, or an order without one; an order has no P&L and no position."""

    id: str
    order_id: str | None
    symbol: str
    contract: str
    side: FillSide
    quantity: int
    price: Price | None
    pnl: Money
    fees: Money
    net_pnl: Money
    status: OrderStatus
    strategy: str | None
    timestamp: Instant
    position_id: str | None
    fill_time_ms: Milliseconds | None


class TradesSummary(Struct):
    """The whole window and every status, whatever the page shows; P&L by execution."""

    total: int
    filled: int
    cancelled: int
    pending: int
    rejected: int
    avg_fill_time_ms: Milliseconds
    gross_pnl: Money
    net_pnl: Money
    fees: Money


class TradesBody(Struct):
    """A page of the log."""

    account_id: str
    start: Instant
    end: Instant
    items: list[TradeBody]
    next_cursor: str | None
    summary: TradesSummary


class TradesQuestion(NamedTuple):
    """A page of the log."""

    wanted: Wanted
    limit: int
    cursor: str | None

    def dependencies(self, account: Account, now_us: int) -> Dependencies:
        """Without an end, the window moves on with the minute."""
        asked = trade_log.ask(account, self.wanted, self.cursor, now_us)
        moves_on = self.wanted.end is None and self.cursor is None
        return Dependencies(
            resource="trades",
            account_key=account.account_key,
            version=account.version,
            stamp=account.stamp,
            parameters=(self.wanted, asked.window, asked.place, self.limit),
            until_us=asked.window.end_us if moves_on else None,
        )

    def body(self, conn: Connection, standing: Standing, now_us: int) -> TradesBody:
        """One page and the summary of all; UnknownSymbol for a root that nobody knows."""
        account = standing.account
        asked = trade_log.ask(account, self.wanted, self.cursor, now_us)
        chosen = trade_log.choose(conn, account, self.wanted, asked.window)
        wanted = self.limit + 1
        found = list(
            islice(trade_log.log(conn, chosen, self.wanted.kind, asked.place, wanted), wanted)
        )
        page = found[: self.limit]
        is_last = len(found) == len(page)
        return TradesBody(
            account_id=account.account_id,
            start=str(instant(asked.window.start_us)),
            end=str(instant(asked.window.end_us)),
            items=[_body(each) for each in page],
            next_cursor=None if is_last else trade_log.next_cursor(asked, page[-1]),
            summary=_summary(conn, account, chosen),
        )


def _body(item: Item) -> TradeBody:
    return of_order(item.what) if isinstance(item.what, Order) else of_execution(item.what)


def of_execution(filled: Filled) -> TradeBody:
    """An execution as the log tells it."""
    each = filled.execution
    return TradeBody(
        id=each.execution_id,
        order_id=each.order_id,
        symbol=each.symbol,
        contract=each.contract,
        side=each.side,
        quantity=each.quantity,
        price=price(each.price_nanos),
        pnl=money(filled.gross_micros),
        fees=money(each.fees_micros),
        net_pnl=money(filled.gross_micros - each.fees_micros),
        status=FILLED,
        strategy=filled.position_strategy,
        timestamp=str(instant(each.executed_at_us)),
        position_id=filled.position_id,
        fill_time_ms=fill_time_ms(filled),
    )


def fill_time_ms(filled: Filled) -> Number | None:
    """From the order's submission to its execution; null where the order is not known."""
    if filled.submitted_at_us is None:
        return None
    return _millis(filled.execution.executed_at_us - filled.submitted_at_us)


def of_order(order: Order) -> TradeBody:
    """An order without an execution as the log tells it."""
    return TradeBody(
        id=order.order_id,
        order_id=order.order_id,
        symbol=order.symbol,
        contract=order.contract,
        side=order.side,
        quantity=order.quantity,
        price=None if order.price_nanos is None else price(order.price_nanos),
        pnl=money(0),
        fees=money(0),
        net_pnl=money(0),
        status=order.status,
        strategy=order.strategy,
        timestamp=str(instant(order.submitted_at_us)),
        position_id=None,
        fill_time_ms=None,
    )


def _summary(conn: Connection, account: Account, chosen: Chosen) -> TradesSummary:
    filled, others = _filled_totals(conn, account, chosen), trades.order_counts(conn, chosen)
    timed, sum_us = trades.fill_times(conn, chosen)
    return TradesSummary(
        total=filled.executions + sum(others),
        filled=filled.executions,
        cancelled=others.cancelled,
        pending=others.pending,
        rejected=others.rejected,
        avg_fill_time_ms=_millis(fixed.divide(sum_us, timed) if timed else 0),
        gross_pnl=money(filled.gross_micros),
        net_pnl=money(filled.gross_micros - filled.fees_micros),
        fees=money(filled.fees_micros),
    )


def _filled_totals(conn: Connection, account: Account, chosen: Chosen) -> FilledTotals:
    parts = windows.parted(account.cut, chosen.window)
    if parts is None or any((chosen.symbol, chosen.contract, chosen.strategy)):
        return trades.filled_totals(conn, chosen)
    # As for positions: what days made is kept, and with it how many executions they had.
    kept = rollups.added(conn, account.account_key, account.calendar, parts.days)
    cut = [trades.filled_totals(conn, chosen._replace(window=each)) for each in parts.ends]
    whole = FilledTotals(kept.fills, kept.executed_gross_micros, kept.executed_fees_micros)
    return FilledTotals._make(map(sum, zip(whole, *cut, strict=True)))


def _millis(duration_us: int) -> Number:
    return number(duration_us, _MILLI_PLACES)
