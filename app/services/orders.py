"""The way in for an order: what became of it, told once or many times, in any order."""

from __future__ import annotations

from collections.abc import Sequence

from app.db import accounts, orders
from app.db.connection import Connection
from app.domain.orders import Order, SentOrder, admit, is_news
from app.errors import AccountNotFound
from app.services.accounts import lock_or_create
from app.services.admission import each_admitted
from app.services.bodies import AccountVersion, OrdersRecorded
from app.services.instruments import catalogue
from app.services.resources import Resources

_EVENT = "orders"


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
    news, accepted = _news(conn, account.account_key, told)
    version = account.version
    if news:
        orders.upsert(conn, account.account_key, news)
        version = accounts.advance(conn, account.account_key, event=_EVENT, now_us=res.now_us())
    recorded.accepted += accepted
    recorded.duplicates += len(told) - accepted
    recorded.accounts[account_id] = AccountVersion(version)


def _news(conn: Connection, account_key: int, told: Sequence[Order]) -> tuple[list[Order], int]:
    """The latest of each order that is news, and how many were."""
    known = orders.by_ids(conn, account_key, {each.order_id for each in told})
    latest: dict[str, Order] = {}
    accepted = 0
    for order in told:
        before = latest.get(order.order_id) or known.get(order.order_id)
        if before is None or is_news(order, before):
            latest[order.order_id] = order
            accepted += 1
    return list(latest.values()), accepted
