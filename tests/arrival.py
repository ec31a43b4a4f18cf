"""How the fills of a stream reach the service, each in the form that a caller hands it in."""

from __future__ import annotations

from collections.abc import Iterable

from app.domain import executions, instants
from app.services import ingest
from app.services.bodies import Deleted, Recorded
from app.services.resources import Resources
from tests import streams
from tests.oracle import Fill
from tests.streams import Insert, Operation, Replace


def handed_in(account_id: str, fill: Fill) -> executions.Fill:
    """The fill as a caller says it; what the stream leaves open is left out."""
    return executions.Fill(
        account_id=account_id,
        execution_id=fill.execution_id,
        symbol=fill.contract,
        side=fill.side,
        quantity=fill.quantity,
        price=fill.price,
        executed_at_us=instants.from_datetime(fill.executed_at),
        fees=fill.fees,
        sequence=fill.sequence,
        strategy=fill.strategy,
        average_price=streams.is_averaged(fill) or None,
    )


def record(res: Resources, account_id: str, fills: Iterable[Fill]) -> Recorded:
    """POST some fills of one account."""
    return ingest.record(res, [handed_in(account_id, fill) for fill in fills])


def carry_out(res: Resources, account_id: str, operation: Operation) -> Recorded | Deleted:
    """What the service says to one operation of a history."""
    if isinstance(operation, Insert):
        return record(res, account_id, operation.fills)
    if isinstance(operation, Replace):
        return ingest.replace(res, handed_in(account_id, operation.fill))
    return ingest.delete(res, account_id, operation.execution_id)
