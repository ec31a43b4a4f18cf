"""When a fill that comes again says what is known already."""

from __future__ import annotations

from app.domain.executions import Execution, Fill

# An absent field of a repeated fill says nothing, so what it defaults to is not compared.
_OPTIONAL = {
    "order_id": "order_id",
    "contract": "contract",
    "fees": "fees_micros",
    "sequence": "sequence",
    "strategy": "strategy",
    "source": "source",
    "broker_pnl": "broker_pnl_micros",
    "fx_rate": "fx_rate_nanos",
    "average_price": "average_price",
}


def differing(fill: Fill, candidate: Execution, known: Execution) -> list[str]:
    """The fields in which a fill, normalized to `candidate`, says something else than `known`;
    none of a fill that repeats it.
    """
    silent = {column for field, column in _OPTIONAL.items() if getattr(fill, field) is None}
    if fill.contract is None and candidate.contract != candidate.symbol:
        silent.discard("contract")  # A dated symbol names the contract.
    names = {column: field for field, column in _OPTIONAL.items()} | {"price_nanos": "price"}
    return [
        names.get(column, column.removesuffix("_us"))
        for column, ours, theirs in zip(known._fields, known, candidate, strict=True)
        if ours != theirs and column not in silent
    ]
