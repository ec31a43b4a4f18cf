"""The trades log as a file: streamed from one snapshot, in bounded memory, however long it is.

Its first columns are the fields of an execution under their names, so that the project's own
import makes the same account of it.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from itertools import islice
from typing import Literal

from msgspec import Struct

from app.domain import instants
from app.domain.accounts import Account
from app.domain.orders import Order
from app.services import accounts, trade_log
from app.services.bodies import money, price
from app.services.kinds import Instant, Milliseconds, Money, Price
from app.services.rendering import head, rendered
from app.services.resources import Resources
from app.services.trade_log import FILLED, Item, Wanted
from app.services.trades import fill_time_ms

# So many rows are read and sent at once; others are answered in between.
ROWS_AT_ONCE = 100
# Not zero: a worker would then go on with what it has at hand, fifty pieces of it, and look at its
# sockets only afterwards.
_PAUSE_S = 0.0005

ExportForm = Literal["csv", "ndjson"]


class ExportedTrade(Struct):
    """An execution by its own fields, then what came of it; an order has no execution's fields."""

    account_id: str
    execution_id: str | None
    order_id: str | None
    symbol: str
    contract: str
    side: str
    quantity: int
    price: Price | None
    fees: Money | None
    executed_at: Instant | None
    sequence: int | None
    strategy: str | None
    source: str
    broker_pnl: Money | None
    fx_rate: Price | None
    average_price: bool | None
    status: str
    timestamp: Instant
    pnl: Money
    net_pnl: Money
    position_id: str | None
    position_strategy: str | None
    fill_time_ms: Milliseconds | None


def pieces(
    res: Resources, account: Account, wanted: Wanted, form: ExportForm
) -> Generator[bytes, None, None]:
    """The whole window piece by piece; what can be refused is, in place of the first piece.

    RateLimited while too many exports run: each holds a connection of the database until its
    pieces are all taken, or closed.
    """
    with res.exports.one(), res.db.read() as conn:
        account = accounts.load(conn, account.account_id)
        asked = trade_log.ask(account, wanted, None, res.now_us())
        chosen = trade_log.choose(conn, account, wanted, asked.window)
        items = trade_log.log(conn, chosen, wanted.kind, asked.place, ROWS_AT_ONCE)
        yield head(ExportedTrade, form)
        while some := list(islice(items, ROWS_AT_ONCE)):
            yield rendered((_exported(account.account_id, each) for each in some), form)
            # A reader who takes all at once must not keep the others of a worker waiting.
            time.sleep(_PAUSE_S)


def _exported(account_id: str, item: Item) -> ExportedTrade:
    if isinstance(item.what, Order):
        return _of_order(account_id, item.what)
    each = item.what.execution
    executed_at = instants.text(each.executed_at_us)
    return ExportedTrade(
        account_id=account_id,
        execution_id=each.execution_id,
        order_id=each.order_id,
        symbol=each.symbol,
        contract=each.contract,
        side=each.side,
        quantity=each.quantity,
        price=price(each.price_nanos),
        fees=money(each.fees_micros),
        executed_at=executed_at,
        sequence=each.sequence,
        strategy=each.strategy,
        source=each.source,
        broker_pnl=None if each.broker_pnl_micros is None else money(each.broker_pnl_micros),
        fx_rate=None if each.fx_rate_nanos is None else price(each.fx_rate_nanos),
        average_price=bool(each.average_price),
        status=FILLED,
        timestamp=executed_at,
        pnl=money(item.what.gross_micros),
        net_pnl=money(item.what.gross_micros - each.fees_micros),
        position_id=item.what.position_id,
        position_strategy=item.what.position_strategy,
        fill_time_ms=fill_time_ms(item.what),
    )


def _of_order(account_id: str, order: Order) -> ExportedTrade:
    return ExportedTrade(
        account_id=account_id,
        execution_id=None,
        order_id=order.order_id,
        symbol=order.symbol,
        contract=order.contract,
        side=order.side,
        quantity=order.quantity,
        price=None if order.price_nanos is None else price(order.price_nanos),
        fees=None,
        executed_at=None,
        sequence=None,
        strategy=order.strategy,
        source=order.source,
        broker_pnl=None,
        fx_rate=None,
        average_price=None,
        status=order.status,
        timestamp=instants.text(order.submitted_at_us),
        pnl=money(0),
        net_pnl=money(0),
        position_id=None,
        position_strategy=None,
        fill_time_ms=None,
    )
