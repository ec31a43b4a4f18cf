"""The project's own CSV: the columns are the fields of an execution, under their names.

A log's export also has orders that came to nothing, and how long after its order a fill came.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.domain import fixed, instants
from app.domain.executions import Fill
from app.domain.orders import STATUSES, SentOrder
from app.importers.layout import Format, Found, Origin, Read, each_row
from app.importers.table import Cell, Context, Row, Table

_FILLED = "FILLED"
_SENT = {"submitted_at": "timestamp"}
_HINT = {"submitted_at": "fill_time_ms"}
_MILLI_PLACES = 3
_TRUTH = {"true": True, "1": True, "false": False, "0": False}


def _executions(table: Table, context: Context) -> Found:
    """One fill a row, or an order without any; and the orders that fills tell of."""
    found = each_row(table, lambda row: _reads(row, context.account_id))
    told = list(zip(found.orders, found.order_origins, strict=True))
    hints = _whole([each for each in told if each[0].status == _FILLED])
    ordered = [*(each for each in told if each[0].status != _FILLED), *hints]
    return found._replace(
        orders=[order for order, _ in ordered],
        order_origins=[origin for _, origin in ordered],
        hints=len(hints),
    )


def _whole(hints: Sequence[tuple[SentOrder, Origin]]) -> list[tuple[SentOrder, Origin]]:
    """One order of all the fills that tell of it."""
    whole: dict[str, tuple[SentOrder, Origin]] = {}
    for hint, origin in hints:
        known, first = whole.get(hint.order_id, (hint._replace(quantity=0), origin))
        whole[hint.order_id] = (known._replace(quantity=known.quantity + hint.quantity), first)
    return list(whole.values())


def _reads(row: Row, account_id: str) -> Sequence[Read]:
    status = row.text("status").upper() if row.has("status") else _FILLED
    if status not in STATUSES:
        raise Cell("status", f"must be one of {', '.join(STATUSES)} (got {status[:40]!r})")
    if status != _FILLED:
        return ((_order(row, account_id, status), _SENT),)
    fill = _fill(row, account_id)
    if fill.order_id is None or not row.has("fill_time_ms"):
        return ((fill, {}),)
    return (fill, {}), (_hint(fill, fill.order_id, _fill_time_us(row)), _HINT)


def _order(row: Row, account_id: str, status: str) -> SentOrder:
    return SentOrder(
        account_id=account_id,
        order_id=row.text("order_id"),
        symbol=row.text("symbol"),
        side=row.text("side").upper(),
        quantity=row.integer("quantity"),
        status=status,
        submitted_at_us=row.parsed("timestamp", instants.parse),
        contract=row.optional("contract"),
        price=row.optional_decimal("price"),
        strategy=row.optional("strategy"),
        source=row.optional("source"),
    )


def _hint(fill: Fill, order_id: str, fill_time_us: int) -> SentOrder:
    """What a fill lets know of its order."""
    return SentOrder(
        account_id=fill.account_id,
        order_id=order_id,
        symbol=fill.symbol,
        side=fill.side,
        quantity=fill.quantity,
        status=_FILLED,
        submitted_at_us=fill.executed_at_us - fill_time_us,
        contract=fill.contract,
        strategy=fill.strategy,
        source=fill.source,
    )


def _fill_time_us(row: Row) -> int:
    return row.parsed("fill_time_ms", lambda said: fixed.scaled(fixed.parse(said), _MILLI_PLACES))


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
        fees=row.optional_decimal("fees"),
        sequence=row.integer("sequence") if row.has("sequence") else None,
        strategy=row.optional("strategy"),
        source=row.optional("source"),
        broker_pnl=row.optional_decimal("broker_pnl"),
        fx_rate=row.optional_decimal("fx_rate"),
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
