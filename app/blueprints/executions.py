"""/api/executions: fills in, corrected and taken out again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from msgspec import Struct, field, structs

from app.blueprints import plain_fills, request, response
from app.blueprints.described import Link, described
from app.blueprints.request import JSON, NDJSON, NoQuery
from app.blueprints.values import (
    BrokerPnl,
    Fees,
    Id,
    Moment,
    Name,
    Price,
    Quantity,
    Rate,
    Sequence,
    Side,
    Symbol,
)
from app.domain import instants
from app.domain.executions import Fill
from app.errors import (
    AccountNotFound,
    Conflict,
    CurrencyMismatch,
    Detail,
    InvalidBody,
    NotFound,
    SourceOverlap,
    UnknownSymbol,
)
from app.services import admission, ingest
from app.services.bodies import Deleted, Recorded

bp = Blueprint("executions", __name__)

# About what a row takes; it decides whether a body is read beside other requests or apart.
_ROW_BYTES = 150

_IN_PATH = {
    "account_id": "$request.path.account_id",
    "execution_id": "$request.path.execution_id",
}
_POSTED = {
    "account_id": "$request.body#/account_id",
    "execution_id": "$request.body#/execution_id",
}


class ExecutionBody(Struct, forbid_unknown_fields=True, kw_only=True):
    """An execution as it is sent; what may be left out is null by default."""

    account_id: Id
    execution_id: Id
    symbol: Symbol
    side: Side
    quantity: Quantity
    price: Price
    executed_at: Moment
    contract: Symbol | None = None
    order_id: Id | None = None
    fees: Fees | None = None
    sequence: Sequence | None = None
    strategy: Name | None = None
    source: Name | None = None
    broker_pnl: BrokerPnl | None = None
    fx_rate: Rate | None = None
    average_price: bool | None = None


class CorrectedBody(ExecutionBody, forbid_unknown_fields=True, kw_only=True):
    """An execution as it should be; the ids may be left to the path."""

    account_id: Id = field(default_factory=str)
    execution_id: Id = field(default_factory=str)


class _Options(Struct, forbid_unknown_fields=True):
    allow_overlap: bool = False


@bp.post("")
@described(
    query=_Options,
    takes={JSON: ExecutionBody | list[ExecutionBody], NDJSON: str},
    gives=Recorded,
    fails=(AccountNotFound, UnknownSymbol, CurrencyMismatch, Conflict, SourceOverlap),
    leads_to=(
        Link("performance.daily", {"account_id": "$request.body#/account_id"}),
        Link("positions.list_some", {"account_id": "$request.body#/account_id"}),
        Link("executions.replace", _POSTED),
        Link("executions.delete", _POSTED),
    ),
)
def record() -> Response:
    """Store one execution, an array or NDJSON of them: all, or none and every fault named."""
    fills, allow_overlap = _sent()
    caller = request.caller()
    recorded = ingest.record(
        request.resources(),
        fills,
        allow_overlap=allow_overlap,
        may_create_accounts=caller.account_ids is None,
    )
    return response.ok(recorded)


@bp.put("/<account_id>/<execution_id>")
@described(
    query=NoQuery,
    takes={JSON: CorrectedBody},
    gives=Recorded,
    fails=(NotFound, UnknownSymbol, CurrencyMismatch, SourceOverlap, Conflict),
    leads_to=(
        Link("executions.delete", _IN_PATH),
        Link("performance.daily", {"account_id": "$request.path.account_id"}),
    ),
)
def replace(account_id: str, execution_id: str) -> Response:
    """Correct an execution as a whole, or bring a deleted one back."""
    request.account(account_id)
    request.options(NoQuery)
    sent = request.body()
    named = {"account_id": account_id, "execution_id": execution_id}
    if isinstance(sent, dict):
        for name, value in named.items():
            if sent.setdefault(name, value) != value:
                raise InvalidBody(f"{name} in the body is not the one in the path")
    return response.ok(ingest.replace(request.resources(), _read([sent])[0]))


@bp.delete("/<account_id>/<execution_id>")
@described(
    query=NoQuery,
    gives=Deleted,
    fails=(NotFound,),
    leads_to=(Link("performance.daily", {"account_id": "$request.path.account_id"}),),
)
def delete(account_id: str, execution_id: str) -> Response:
    """Take an execution out; its tombstone keeps feeds from bringing it back."""
    request.account(account_id)
    request.options(NoQuery)
    return response.ok(ingest.delete(request.resources(), account_id, execution_id))


def _sent() -> tuple[list[Fill], bool]:
    """The fills that were sent, and whether they may overlap with those of another source."""
    content = request.batch_bytes()
    fills = _at_once(content)
    if fills is None:
        sent = request.batch_of(content)
        request.refuse_foreign(sent)
        options = request.options(_Options)
        return _read(sent), options.allow_overlap
    request.refuse_foreign_accounts(each.account_id for each in fills)
    return fills, request.options(_Options).allow_overlap


def _at_once(content: bytes) -> list[Fill] | None:
    if not request.sends_json():
        return None
    run = request.resources().runner(len(content) // _ROW_BYTES)
    return run(lambda: plain_fills.read(content, request.BATCH_MAX))


def _read(sent: list[Any]) -> list[Fill]:
    """The fills of a batch; one answer names every row at fault."""
    res = request.resources()
    typed = res.runner(len(sent))(lambda: _typed(sent))
    details = [detail for fault in typed if isinstance(fault, list) for detail in fault]
    fills = [fill for fill in typed if isinstance(fill, Fill)]
    if details:
        # What could be read may be at fault, too.
        rows = [row for row, fill in enumerate(typed, start=1) if isinstance(fill, Fill)]
        others = ingest.faults(res, fills)
        details += [each._replace(row=rows[(each.row or 1) - 1]) for each in others]
        admission.refuse(InvalidBody, sorted(details, key=lambda each: each.row or 0))
    return fills


def _typed(sent: list[Any]) -> list[Fill | list[Detail]]:
    return [_fill(value, row) for row, value in enumerate(sent, start=1)]


def _fill(value: Any, row: int) -> Fill | list[Detail]:
    body = request.fields(value, ExecutionBody, row)
    if isinstance(body, list):
        return body
    try:
        executed_at_us = instants.parse(body.executed_at)
    except ValueError as error:
        return [Detail("executed_at", f"executed_at {error}", row)]
    values = structs.asdict(body)
    del values["executed_at"]
    return Fill(**values, executed_at_us=executed_at_us)
