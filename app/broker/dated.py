"""Which contract a fill is of where the broker tells only its product (`F.US.ENQ`).

Counting by product would merge two expiries at a roll, so a fill gets the contract of its order,
else the only one of its product that is open then; what stays undecided is told, never guessed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from app.broker.model import BrokerOrder, BrokerTrade
from app.domain.executions import BUY

_DATED = "CON."


class Dated(NamedTuple):
    """Fills with their contracts, in order, and those of which only the product is known."""

    trades: list[BrokerTrade]
    undecided: list[BrokerTrade]


def dated(trades: Iterable[BrokerTrade], orders: Iterable[BrokerOrder] = ()) -> Dated:
    """The fills of one account, oldest first and from a time when it was flat."""
    found, known = Dated([], []), list(trades)
    of_orders = {each.order_id: each.contract_id for each in orders}
    of_orders |= {each.order_id: each.contract_id for each in known if _is_dated(each.contract_id)}
    held: Counter[str] = Counter()
    for trade in known:
        contract_id = _contract_id(trade, of_orders, held)
        if contract_id is None:
            found.undecided.append(trade)
            continue
        found.trades.append(trade._replace(contract_id=contract_id))
        if not trade.is_voided:
            held[contract_id] += trade.quantity if trade.side == BUY else -trade.quantity
    return found


def _contract_id(trade: BrokerTrade, of_orders: dict[int, str], held: Counter[str]) -> str | None:
    if _is_dated(trade.contract_id):
        return trade.contract_id
    of_order = of_orders.get(trade.order_id, "")
    if _is_dated(of_order):
        return of_order
    product = f"{_DATED}{trade.contract_id}."
    open_now = [each for each, quantity in held.items() if quantity and each.startswith(product)]
    return open_now[0] if len(open_now) == 1 else None


def _is_dated(contract_id: str) -> bool:
    return contract_id.startswith(_DATED)
