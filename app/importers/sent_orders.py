"""Rows of orders, filled or not: the words that platforms have for what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from app.domain.executions import Fill
from app.domain.orders import SentOrder, Status
from app.importers.layout import Read
from app.importers.table import Cell, Row

_STATUSES: Mapping[str, Status] = {
    **dict.fromkeys(("filled", "complete", "completed", "executed"), "FILLED"),
    **dict.fromkeys(("cancelled", "canceled", "expired"), "CANCELLED"),
    **dict.fromkeys(("rejected", "failed"), "REJECTED"),
    **dict.fromkeys(("pending", "working", "open", "accepted", "submitted", "new"), "PENDING"),
    **dict.fromkeys(("placing", "inactive", "suspended", "trigger pending"), "PENDING"),
    **dict.fromkeys(("partial", "partially filled"), "PENDING"),
}
_SHOWN_MAX = 40


class Told(NamedTuple):
    """An order as its row tells of it; `ended_at_us` is when it was filled, cancelled or changed
    last. The times are None where the row has none.
    """

    account_id: str
    order_id: str
    symbol: str
    side: str
    quantity: int
    status: Status
    price: Decimal | None
    created_at_us: int | None
    ended_at_us: int | None
    source: str


def status(said: str) -> Status:
    """What became of an order."""
    found = _STATUSES.get(said.lower())
    if found is None:
        raise ValueError(f"must be Filled, Cancelled, Rejected or Open (got {said[:_SHOWN_MAX]!r})")
    return found


def status_by_quantity(row: Row, column: str, filled: int, quantity: int) -> Status:
    """What became of an order of a platform that says how much of it was filled: a part may have
    been before it was cancelled.
    """
    if filled >= quantity:
        return "FILLED"
    found = row.parsed(column, status) if row.has(column) else "PENDING"
    if found == "FILLED" and not filled:
        raise Cell(column, "is Filled, but nothing was")
    # Less than all was filled, and nothing more will be.
    return "CANCELLED" if found == "FILLED" else found


def price(row: Row, *columns: str) -> Decimal | None:
    """The first of an order's limit and its stop that a row has."""
    return next((row.amount(column) for column in columns if row.has(column)), None)


def reads(fill: Fill | None, told: Told, columns: Mapping[str, str]) -> Sequence[Read]:
    """The order of a row. One that nothing was filled of is listed from when it ended where its
    creation is not told; of another its fill says all then. Nothing where no time says when it was.
    """
    since_us = told.created_at_us
    if since_us is None and fill is None:
        since_us = told.ended_at_us
    if since_us is None:
        return ()
    sent = SentOrder(
        account_id=told.account_id,
        order_id=told.order_id,
        symbol=told.symbol,
        side=told.side,
        quantity=told.quantity,
        status=told.status,
        submitted_at_us=since_us,
        updated_at_us=told.ended_at_us,
        price=told.price,
        source=told.source,
    )
    return ((sent, columns),)
