"""POST /api/orders: what became of orders, so that the log can tell those that came to nothing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from msgspec import Struct, structs

from app.blueprints import request, response
from app.blueprints.described import Link, described
from app.blueprints.request import JSON, NDJSON, NoQuery
from app.blueprints.values import Id, Moment, Name, Price, Quantity, Side, Symbol
from app.domain import instants
from app.domain.orders import SentOrder, Status
from app.errors import AccountNotFound, Detail, InvalidBody, UnknownSymbol
from app.services import admission, orders
from app.services.bodies import OrdersRecorded

bp = Blueprint("orders", __name__)


class OrderBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """An order as it is sent; `price` is its limit or stop."""

    account_id: Id
    order_id: Id
    symbol: Symbol
    side: Side
    quantity: Quantity
    status: Status
    submitted_at: Moment
    updated_at: Moment | None = None
    contract: Symbol | None = None
    price: Price | None = None
    strategy: Name | None = None
    source: Name | None = None


@bp.post("")
@described(
    query=NoQuery,
    takes={JSON: OrderBody | list[OrderBody], NDJSON: str},
    gives=OrdersRecorded,
    fails=(AccountNotFound, UnknownSymbol),
    leads_to=(Link("trades.list_some", {"account_id": "$request.body#/account_id"}),),
)
def record() -> Response:
    """Store one order, an array or NDJSON of them, each in place of what was known of its id."""
    sent = request.batch_of(request.batch_bytes())
    request.refuse_foreign(sent)
    request.options(NoQuery)
    res = request.resources()
    read = res.runner(len(sent))(lambda: [_order(each, row) for row, each in enumerate(sent, 1)])
    admission.refuse(
        InvalidBody, [fault for each in read if isinstance(each, list) for fault in each]
    )
    told = [each for each in read if isinstance(each, SentOrder)]
    may_create = request.caller().account_ids is None
    return response.ok(orders.record(res, told, may_create_accounts=may_create))


def _order(value: Any, row: int) -> SentOrder | list[Detail]:
    body = request.fields(value, OrderBody, row)
    if isinstance(body, list):
        return body
    values = structs.asdict(body)
    faults = []
    for field in ("submitted_at", "updated_at"):
        said = values.pop(field)
        try:
            values[f"{field}_us"] = None if said is None else instants.parse(said)
        except ValueError as error:
            faults.append(Detail(field, f"{field} {error}", row))
    return faults or SentOrder(**values)
