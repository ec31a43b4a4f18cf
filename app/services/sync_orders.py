"""The broker's orders, stored beside the fills."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from app.broker.model import BrokerOrder
from app.db import orders as rows
from app.db.connection import Connection
from app.domain.accounts import Account
from app.domain.orders import Order, SentOrder, admit, is_news
from app.services import orders
from app.services.admission import Row, each_admitted
from app.services.orders import Told
from app.services.sync_context import SOURCE, Synced, Syncing
from app.services.sync_contracts import is_dated


class Beside:
    """What is news of an account's orders, stored in the transaction of its fills."""

    def __init__(self, account_id: str, news: Sequence[Order]) -> None:
        self._account_id = account_id
        self._news = news

    @property
    def account_ids(self) -> Collection[str]:
        """The one account."""
        return (self._account_id,)

    @property
    def size(self) -> int:
        """How many orders."""
        return len(self._news)

    def store(self, conn: Connection, account: Account, fresh: Sequence[Row]) -> bool:
        """Store what still is news."""
        del fresh
        return orders.keep(conn, account.account_key, Told(self._news)).accepted > 0


def news(to: Syncing, account: Synced, told: Sequence[BrokerOrder]) -> list[Order]:
    """What the broker told of orders that is not stored, in the order of what it is about. Orders
    of which only the product is known are left out: they carry no P&L.
    """
    sent = [_sent(account, each) for each in told if is_dated(each.contract_id)]
    admitted = each_admitted(sent, lambda each: admit(each, account.known))
    with to.res.db.read() as conn:
        known = rows.by_ids(conn, account.key, {each.order_id for each in admitted})
    return [each for each in admitted if _is_new(each, known.get(each.order_id))]


def _is_new(order: Order, known: Order | None) -> bool:
    return known is None or is_news(order, known)


def _sent(account: Synced, order: BrokerOrder) -> SentOrder:
    return SentOrder(
        account_id=account.account_id,
        order_id=str(order.order_id),
        symbol=order.contract_id,
        side=order.side,
        quantity=order.quantity,
        status=order.status,
        submitted_at_us=order.created_at_us,
        updated_at_us=max(order.created_at_us, order.updated_at_us),
        price=order.price,
        source=SOURCE,
    )
