"""The way in for an order: what became of it, told once or many times, in any order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.db import accounts, orders
from app.db.connection import Connection
from app.domain.changes import of_orders
from app.domain.orders import Order, SentOrder, admit, is_news
from app.errors import AccountNotFound
from app.services.accounts import lock_or_create
from app.services.admission import each_admitted
from app.services.bodies import AccountVersion, OrdersRecorded
from app.services.instruments import catalogue
from app.services.resources import Resources

EVENT = "orders"


class Told(NamedTuple):
    """What is said of an account's orders. Hints are made up from fills: they say nothing of an
    order that is known.
    """

    orders: Sequence[Order] = ()
    hints: Sequence[Order] = ()

    @property
    def every(self) -> Sequence[Order]:
        """Both."""
        return (*self.orders, *self.hints)


class Kept(NamedTuple):
    """What of it was news, and the ids that nothing was known of before."""

    accepted: int
    new_ids: Sequence[str]


def keep(conn: Connection, account_key: int, told: Told) -> Kept:
    """Store what is news of a locked account's orders, in the caller's transaction."""
    ids = {each.order_id for each in told.every}
    known = orders.by_ids(conn, account_key, ids)
    latest: dict[str, Order] = {}
    accepted = 0
    for order in told.orders:
        before = latest.get(order.order_id) or known.get(order.order_id)
        if before is None or is_news(order, before):
            latest[order.order_id] = order
            accepted += 1
    for hint in told.hints:
        if hint.order_id not in known and hint.order_id not in latest:
            latest[hint.order_id] = hint
            accepted += 1
    orders.upsert(conn, account_key, list(latest.values()))
    return Kept(accepted, [each for each in latest if each not in known])


def record(
    res: Resources, sent: Sequence[SentOrder], *, may_create_accounts: bool = True
) -> OrdersRecorded:
    """Store what is news of some orders; the rest counts as duplicates and changes nothing.

    InvalidBody and UnknownSymbol name the rows at fault; AccountNotFound where an account would
    have to be created and may not be.
    """
    run = res.runner(len(sent))
    with res.db.read() as conn:
        known = catalogue(conn)
    admitted = run(lambda: each_admitted(sent, lambda each: admit(each, known)))
    by_account: dict[str, list[Order]] = {}
    for each, order in zip(sent, admitted, strict=True):
        by_account.setdefault(each.account_id, []).append(order)
    recorded = OrdersRecorded(0, 0, {}, [])
    with res.db.write() as conn:
        # In sorted order, so that two batches over the same accounts cannot wait for each other.
        for account_id in sorted(by_account):
            if not may_create_accounts and accounts.by_id(conn, account_id) is None:
                raise AccountNotFound(f"there is no account {account_id!r}")
            _record(res, conn, account_id, by_account[account_id], recorded)
    return recorded


def _record(
    res: Resources,
    conn: Connection,
    account_id: str,
    told: Sequence[Order],
    recorded: OrdersRecorded,
) -> None:
    account, created = lock_or_create(res, conn, account_id)
    if created:
        recorded.accounts_created.append(account_id)
    accepted = keep(conn, account.account_key, Told(told)).accepted
    version = account.version
    if accepted:
        version = accounts.advance(
            conn,
            account.account_key,
            event=EVENT,
            now_us=res.now_us(),
            changes=of_orders(each.order_id for each in told),
        )
    recorded.accepted += accepted
    recorded.duplicates += len(told) - accepted
    recorded.accounts[account_id] = AccountVersion(version)
