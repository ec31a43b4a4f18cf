"""The project's own CSV: the columns are the fields of an execution, under their names."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain import instants
from app.domain.executions import Fill
from app.importers.layout import Format, Found, Read, each_row
from app.importers.table import Cell, Context, Row, Table

_FILLED = "FILLED"
_TRUTH = {"true": True, "1": True, "false": False, "0": False}


def _executions(table: Table, context: Context) -> Found:
    """One fill a row; an export of the whole log also has orders without one."""
    return each_row(table, lambda row: _fills(row, context.account_id))


def _fills(row: Row, account_id: str) -> Sequence[Read]:
    is_fill = not row.has("status") or row.text("status").upper() == _FILLED
    return ((_fill(row, account_id), {}),) if is_fill else ()


def _fill(row: Row, account_id: str) -> Fill:
    return Fill(
        # The account is the one that is imported into, whatever the file says.
        account_id=account_id,
        execution_id=row.text("execution_id"),
        symbol=row.text("symbol"),
        side=row.text("side").upper(),
        quantity=row.integer("quantity"),
        price=row.decimal("price"),
        executed_at_us=row.parsed("executed_at", instants.parse),
        contract=row.optional("contract"),
        order_id=row.optional("order_id"),
        fees=row.decimal("fees") if row.has("fees") else None,
        sequence=row.integer("sequence") if row.has("sequence") else None,
        strategy=row.optional("strategy"),
        source=row.optional("source"),
        broker_pnl=row.decimal("broker_pnl") if row.has("broker_pnl") else None,
        fx_rate=row.decimal("fx_rate") if row.has("fx_rate") else None,
        average_price=_truth(row, "average_price"),
    )


def _truth(row: Row, column: str) -> bool | None:
    said = row.optional(column)
    if said is None:
        return None
    if said.lower() not in _TRUTH:
        raise Cell(column, f"must be true or false (got {said[:40]!r})")
    return _TRUTH[said.lower()]


EXECUTIONS = Format(
    "own-csv",
    frozenset({"execution_id", "symbol", "side", "quantity", "price", "executed_at"}),
    _executions,
    account="account_id",
)
