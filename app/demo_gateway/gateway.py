"""The demo gateway's state: whom it lets in, what they own, and how it says so."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from app.demo_gateway import contracts
from app.demo_gateway.access import TOKEN_LIFE_S, Limits, Tokens
from app.demo_gateway.contracts import Listed
from app.demo_gateway.faults import Faults
from app.demo_gateway.ledger import Booked, Ledger, Order
from app.domain import instants

NAMES = ("50KTC-V2-1001-10000001", "EXPRESS-V2-1001-10000002", "PRAC-V2-1001-10000003")
_CLOSED = "50KTC-V2-1001-10000000"
_LONG, _SHORT = 1, 2

Json = dict[str, Any]


class User(NamedTuple):
    """The one user whom the gateway knows."""

    username: str = "demo"
    api_key: str = "demo-gateway-key-of-nobody"


class Gateway:
    """Accounts made from a seed that have traded for some days and go on as the clock does."""

    def __init__(
        self,
        seed: int = 7,
        *,
        days: int = 45,
        user: User | None = None,
        faults: Faults | None = None,
        now_us: Callable[[], int] = lambda: time.time_ns() // 1000,
        token_life_s: int = TOKEN_LIFE_S,
    ) -> None:
        self.seed = seed
        self.user = user or User()
        self.now_us = now_us
        self.faults = faults or Faults(seed)
        self.tokens = Tokens(now_us, token_life_s)
        self.limits = Limits(now_us)
        # The most rows that a search gives; what the real one's is nobody says.
        self.rows_max = 5_000
        first_day = contracts.first_day(now_us(), days)
        self.first_us = contracts.start_us(first_day)
        made = (Ledger(n, name, seed, first_day) for n, name in enumerate(NAMES, start=1))
        self.ledgers = {each.account_id: each for each in made}

    def accounts(self, *, only_active: bool) -> list[Json]:
        """The rows of Account/search."""
        now_us = self.now_us()
        rows = [_account(each, each.balance(now_us)) for each in self.ledgers.values()]
        closed = {"id": 12_694_400, "name": _CLOSED, "balance": Decimal("47988.16")}
        shut = {"canTrade": False, "isVisible": False, "simulated": True}
        return rows if only_active else [*rows, closed | shut]

    def account(self, account_id: int) -> Json:
        """One row of Account/search."""
        ledger = self.ledgers[account_id]
        return _account(ledger, ledger.balance(self.now_us()))

    def trades(self, account_id: int, start_us: int, end_us: int) -> list[Json]:
        """The rows of Trade/search."""
        booked = self.ledgers[account_id].booked(self.now_us())
        rows = [
            _trade(account_id, each) for each in booked if start_us <= each.half.at_us <= end_us
        ]
        return rows[-self.rows_max :]

    def orders(self, account_id: int, start_us: int, end_us: int) -> list[Json]:
        """The rows of Order/search."""
        orders = self.ledgers[account_id].orders(self.now_us())
        rows = [
            _order(account_id, each) for each in orders if start_us <= each.created_at_us <= end_us
        ]
        return rows[-self.rows_max :]

    def open_orders(self, account_id: int) -> list[Json]:
        """The rows of Order/searchOpen."""
        rows = self.orders(account_id, instants.FIRST_US, instants.LAST_US)
        return [row for row in rows if row["status"] == 1]

    def positions(self, account_id: int) -> list[Json]:
        """The rows of Position/searchOpen."""
        return list(self._positions(account_id))

    def contracts(self) -> list[Json]:
        """The rows of Contract/available."""
        return [contract(each) for each in contracts.available(self.now_us())]

    def quote(self, listed: Listed) -> Json:
        """What the market hub says of a contract now."""
        now_us = self.now_us()
        price = contracts.tick(self.seed, listed.root, now_us) * listed.tick_size
        return {
            "symbol": listed.symbol_id,
            "lastPrice": price,
            "bestBid": price - listed.tick_size,
            "bestAsk": price + listed.tick_size,
            "lastUpdated": moment(now_us),
            "timestamp": moment(now_us),
        }

    def _positions(self, account_id: int) -> Iterator[Json]:
        for lots in self.ledgers[account_id].lots(self.now_us()).values():
            size = sum(lot.size for lot in lots)
            half = lots[0].half
            yield {
                "id": half.trade_id,
                "accountId": account_id,
                "contractId": half.contract.contract_id,
                "contractDisplayName": half.contract.code,
                "creationTimestamp": moment(half.at_us),
                "type": _LONG if size > 0 else _SHORT,
                "size": abs(size),
                "averagePrice": sum(lot.size * lot.half.price for lot in lots) / size,
            }


def contract(listed: Listed) -> Json:
    """A contract as the gateway lists it."""
    return {
        "id": listed.contract_id,
        "name": listed.code,
        "description": listed.description,
        "tickSize": listed.tick_size,
        "tickValue": listed.tick_size * listed.point_value,
        "activeContract": True,
        "symbolId": listed.symbol_id,
    }


def moment(at_us: int) -> str:
    """A time as the gateway writes it."""
    return instants.text(at_us).replace("Z", "+00:00")


def _account(ledger: Ledger, balance: Decimal) -> Json:
    return {
        "id": ledger.account_id,
        "name": ledger.name,
        "balance": balance,
        "canTrade": True,
        "isVisible": True,
        "simulated": True,
    }


def _trade(account_id: int, booked: Booked) -> Json:
    half = booked.half
    named = half.contract
    return {
        "id": half.trade_id,
        "accountId": account_id,
        "contractId": named.symbol_id if half.has_short_id else named.contract_id,
        "creationTimestamp": moment(half.at_us),
        "price": half.price.normalize(),
        "profitAndLoss": booked.pnl if booked.pnl is None else booked.pnl.normalize(),
        "fees": half.fees,
        "commissions": None,
        "side": 0 if half.sign > 0 else 1,
        "size": half.size,
        "voided": booked.is_voided,
        "orderId": half.order_id,
    }


def _order(account_id: int, order: Order) -> Json:
    return {
        "id": order.order_id,
        "accountId": account_id,
        "contractId": order.contract.contract_id,
        "symbolId": order.contract.symbol_id,
        "creationTimestamp": moment(order.created_at_us),
        "updateTimestamp": moment(order.updated_at_us),
        "status": order.status,
        "type": order.kind,
        "side": 0 if order.sign > 0 else 1,
        "size": order.size,
        "limitPrice": order.limit_price if order.kind == 1 else None,
        "stopPrice": None if order.kind == 1 else order.limit_price,
        "fillVolume": order.filled,
        "filledPrice": order.filled_price,
        "customTag": None,
    }
