"""Orders as a trading bot sends them."""

from __future__ import annotations

from typing import Any

from tests.blueprints.calls import call, exact
from tests.conftest import Client


def order(order_id: str, status: str, submitted_at: str, **other: Any) -> dict[str, Any]:
    """An order for one contract of account A."""
    return {
        "account_id": "A",
        "order_id": order_id,
        "symbol": "MNQZ5",
        "side": "BUY",
        "quantity": 1,
        "status": status,
        "submitted_at": submitted_at,
        **other,
    }


def send(client: Client, *orders: dict[str, Any]) -> Any:
    """Post some orders; the answer's body."""
    return exact(call(client, "POST", "/api/orders", json=list(orders)))
