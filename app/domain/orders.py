"""Orders: what was asked of the market, filled or not; they carry no P&L."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal, NamedTuple, get_args

from app.domain import executions, fixed, instants
from app.domain.executions import DEFAULT_SOURCE, QUANTITY_MAX
from app.domain.faults import Faults, Refused
from app.domain.instruments import Catalogue
from app.errors import Detail

Status = Literal["PENDING", "FILLED", "CANCELLED", "REJECTED"]
STATUSES: tuple[Status, ...] = get_args(Status)


class SentOrder(NamedTuple):
    """An order as it was handed in: typed, not yet checked against anything; None is absent."""

    account_id: str
    order_id: str
    symbol: str
    side: str
    quantity: int
    status: str
    submitted_at_us: int
    updated_at_us: int | None = None
    contract: str | None = None
    price: Decimal | None = None
    strategy: str | None = None
    source: str | None = None


class Order(NamedTuple):
    """An admitted order, every value normalized; the columns of its table, in their order.

    `price_nanos` is its limit or stop, None of an order at the market.
    """

    order_id: str
    symbol: str
    contract: str
    side: str
    quantity: int
    price_nanos: int | None
    status: str
    submitted_at_us: int
    updated_at_us: int
    strategy: str | None
    source: str


def admit(sent: SentOrder, catalogue: Catalogue) -> Order:
    """The normalized order; Refused names every fault."""
    faults = Faults()
    faults.check(executions.naming_faults(sent, "account_id", "order_id"))
    faults.check(_faults(sent))
    resolved = faults.attempt(
        "symbol", lambda: catalogue.resolve(sent.symbol, sent.contract, sent.submitted_at_us)
    )
    price_nanos = faults.attempt("price", lambda: _price(sent.price))
    if faults.found or resolved is None:
        raise Refused(faults.found)
    return Order(
        sent.order_id,
        resolved[0].root,
        resolved[1],
        sent.side,
        sent.quantity,
        price_nanos,
        sent.status,
        sent.submitted_at_us,
        sent.submitted_at_us if sent.updated_at_us is None else sent.updated_at_us,
        sent.strategy,
        sent.source or DEFAULT_SOURCE,
    )


def is_news(order: Order, known: Order) -> bool:
    """Whether an order says something that is not known yet: feeds repeat themselves, and bring
    what they said in another order. At one instant what became of an order comes after it was sent.
    """
    return order != known and _stage(order) >= _stage(known)


def _stage(order: Order) -> tuple[int, bool]:
    return order.updated_at_us, order.status != "PENDING"


def _faults(sent: SentOrder) -> Iterator[Detail]:
    if sent.status not in STATUSES:
        yield Detail("status", f"status must be one of {', '.join(STATUSES)}")
    if not 1 <= sent.quantity <= QUANTITY_MAX:
        yield Detail("quantity", f"quantity must be 1 to {QUANTITY_MAX} (got {sent.quantity})")
    for field in ("submitted_at", "updated_at"):
        at_us = getattr(sent, f"{field}_us")
        if at_us is not None and not instants.FIRST_US <= at_us < instants.LAST_US:
            yield Detail(field, f"{field} must lie between the years 1900 and 2199")
    if sent.updated_at_us is not None and sent.updated_at_us < sent.submitted_at_us:
        yield Detail("updated_at", "updated_at must not be before submitted_at")


def _price(price: Decimal | None) -> int | None:
    return None if price is None else fixed.price_nanos(price)
