"""The rows of ProjectX's answers: each in its shape there, and what it says in our terms."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Raw, Struct

from app.broker.model import (
    BrokerAccount,
    BrokerBar,
    BrokerContract,
    BrokerOrder,
    BrokerPosition,
    BrokerTrade,
)
from app.domain import fixed, instants
from app.domain.executions import BUY, SELL

# The numbers that every store holds.
_Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
_Count = Annotated[int, Meta(ge=0, le=10**9)]
_Size = Annotated[int, Meta(ge=1, le=10**9)]
_Name = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[ -~]+$")]
_Text = Annotated[str, Meta(max_length=512)]

_NULL = b"null"
_LONG, _SHORT = 1, 2
_SIDES = {0: BUY, 1: SELL}
# 8, Suspended, is a part of a bracket that waits. What is new is not known to be over.
_STATUSES = {2: "FILLED", 3: "CANCELLED", 4: "CANCELLED", 5: "REJECTED"}
_PENDING = "PENDING"


class Account(Struct, rename="camel"):
    """A row of Account/search."""

    id: _Id
    name: _Name
    balance: Raw
    can_trade: bool
    is_visible: bool
    simulated: bool = False

    def told(self) -> BrokerAccount:
        """In our terms."""
        balance = _money(self.balance)
        return BrokerAccount(
            self.id, self.name, balance, self.can_trade, self.is_visible, self.simulated
        )


class Contract(Struct, rename="camel"):
    """A row of Contract/search and Contract/available."""

    id: _Name
    name: _Name
    description: _Text
    tick_size: Raw
    tick_value: Raw
    active_contract: bool
    symbol_id: _Name

    def told(self) -> BrokerContract:
        """In our terms."""
        tick_size, tick_value = _price(self.tick_size), _money(self.tick_value)
        if min(tick_size, tick_value) <= 0:
            raise ValueError("a tick that is nothing")
        return BrokerContract(
            self.id,
            self.symbol_id,
            self.name,
            self.description,
            tick_size,
            tick_value,
            self.active_contract,
        )


class Bar(Struct):
    """A row of History/retrieveBars."""

    t: str
    o: Raw
    h: Raw
    l: Raw  # noqa: E741 (the broker's name)
    c: Raw
    v: _Count

    def told(self) -> BrokerBar:
        """In our terms."""
        bar = BrokerBar(
            instants.parse(self.t),
            _price(self.o),
            _price(self.h),
            _price(self.l),
            _price(self.c),
            self.v,
        )
        if not bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high:
            raise ValueError("a bar whose prices lie outside its high and low")
        return bar


class Order(Struct, rename="camel"):
    """A row of Order/search and Order/searchOpen."""

    id: _Id
    account_id: _Id
    contract_id: _Name
    creation_timestamp: str
    status: int
    side: int
    size: _Size
    update_timestamp: str | None = None
    fill_volume: _Count | None = None
    filled_price: Raw = Raw(_NULL)
    limit_price: Raw = Raw(_NULL)
    stop_price: Raw = Raw(_NULL)

    def told(self) -> BrokerOrder:
        """In our terms."""
        filled_quantity = self.fill_volume or 0
        if filled_quantity > self.size:
            raise ValueError("an order that was filled beyond its size")
        created_at_us = instants.parse(self.creation_timestamp)
        updated = self.update_timestamp
        return BrokerOrder(
            self.id,
            self.account_id,
            self.contract_id,
            created_at_us,
            created_at_us if updated is None else instants.parse(updated),
            _STATUSES.get(self.status, _PENDING),
            _side(self.side),
            self.size,
            filled_quantity,
            _optional(self.filled_price, _price),
            _optional(self.limit_price, _price) or _optional(self.stop_price, _price),
        )


class Position(Struct, rename="camel"):
    """A row of Position/searchOpen."""

    id: _Id
    account_id: _Id
    contract_id: _Name
    creation_timestamp: str
    type: int
    size: _Count
    average_price: Raw

    def told(self) -> BrokerPosition:
        """In our terms."""
        if self.size and self.type not in (_LONG, _SHORT):
            raise ValueError("a position that is neither long nor short")
        return BrokerPosition(
            self.id,
            self.account_id,
            self.contract_id,
            instants.parse(self.creation_timestamp),
            -self.size if self.type == _SHORT else self.size,
            _price(self.average_price),
        )


class Trade(Struct, rename="camel"):
    """A row of Trade/search: half a round turn."""

    id: _Id
    account_id: _Id
    contract_id: _Name
    creation_timestamp: str
    price: Raw
    fees: Raw
    side: int
    size: _Size
    voided: bool
    order_id: _Id
    profit_and_loss: Raw
    commissions: Raw = Raw(_NULL)

    def told(self) -> BrokerTrade:
        """In our terms."""
        fees = _optional(self.fees, _money) or Decimal(0)
        fees += _optional(self.commissions, _money) or Decimal(0)
        if fees < 0:
            raise ValueError("fees that are paid out")
        return BrokerTrade(
            self.id,
            self.account_id,
            self.contract_id,
            self.order_id,
            instants.parse(self.creation_timestamp),
            _side(self.side),
            self.size,
            _price(self.price),
            _optional(self.profit_and_loss, _money),
            fees,
            self.voided,
        )


def _side(said: int) -> str:
    if said not in _SIDES:
        raise ValueError("a side that is neither bid nor ask")
    return _SIDES[said]


def _number(said: Raw, places: int) -> Decimal:
    """The number, exact up to its last decimal that counts: brokers reckon in binary fractions,
    and what is 0.74 there may be written 0.7400000000000001.
    """
    value = fixed.parse(bytes(said).decode("ascii", "replace"))
    rounded = value.quantize(Decimal((0, (1,), -places)))
    fixed.scaled(rounded, places)
    return rounded


def _price(said: Raw) -> Decimal:
    return _number(said, fixed.PRICE_PLACES)


def _money(said: Raw) -> Decimal:
    return _number(said, fixed.MONEY_PLACES)


def _optional(said: Raw, parse: Callable[[Raw], Decimal]) -> Decimal | None:
    return None if bytes(said) == _NULL else parse(said)
