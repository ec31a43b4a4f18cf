"""Positions, cut from one contract's executions by the flow of quantity: 0 -> +/- -> 0.

The only position builder. A position opens when the net quantity leaves zero and closes when it
is back at zero; an execution that crosses zero is cut in two, the first part closes one position
and the second opens the next.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from app.domain import fixed, lots
from app.domain.executions import BUY, LAST_KEY, Execution, Key

LONG = "LONG"
SHORT = "SHORT"

# The opening part of an execution that crosses zero comes after its closing part.
FIRST_LEG = 0
SECOND_LEG = 1


class Part(NamedTuple):
    """What one execution does in one position, before its P&L is known; `quantity` is signed."""

    execution: Execution
    leg: int
    quantity: int
    fees_micros: int


class Effect(NamedTuple):
    """What one execution did in one position; the columns of its table, in their order."""

    executed_at_us: int
    sequence: int
    execution_id: str
    leg: int
    contract: str
    position_id: str
    quantity: int
    gross_micros: int
    fees_micros: int


class Position(NamedTuple):
    """One position; the columns of its table, in their order. An open one has no `closed_…`."""

    position_id: str
    symbol: str
    contract: str
    side: str
    quantity: int
    max_quantity: int
    entry_price_nanos: int
    exit_price_nanos: int | None
    opened_at_us: int
    open_sequence: int
    open_execution_id: str
    open_leg: int
    closed_at_us: int | None
    close_sequence: int | None
    close_execution_id: str | None
    gross_micros: int
    fees_micros: int
    net_micros: int
    execution_count: int
    strategy: str | None

    @property
    def open_key(self) -> Key:
        """The place of the opening execution in the account's order."""
        return Key(self.opened_at_us, self.open_sequence, self.open_execution_id)

    @property
    def close_key(self) -> Key:
        """The place of the closing execution; behind every place while it is open."""
        if self.closed_at_us is None:
            return LAST_KEY
        return Key(self.closed_at_us, self.close_sequence or 0, self.close_execution_id or "")


class Built(NamedTuple):
    """A position and what each execution did in it, in order."""

    position: Position
    effects: tuple[Effect, ...]


def position_id(account_id: str, contract: str, first_execution_id: str) -> str:
    """The id of the position that an execution opened: the same wherever and whenever built."""
    content = f"{account_id}/{contract}/{first_execution_id}".encode()
    return hashlib.blake2b(content, digest_size=12).hexdigest()


def whole(executions: Iterable[Execution]) -> Iterator[Part]:
    """Each execution as one part, with all of its quantity and fees."""
    for each in executions:
        quantity = each.quantity if each.side == BUY else -each.quantity
        yield Part(each, FIRST_LEG, quantity, each.fees_micros)


def build(account_id: str, point_value_micros: int, parts: Iterable[Part]) -> Iterator[Built]:
    """Fold one contract's parts, in order and from a flat point, into positions; the last may be
    open. Every part lands in one position, or in two when it carries the quantity through zero.
    """
    held: _Holding | None = None
    for part in parts:
        for piece in _cut_at_zero(part, held.quantity if held else 0):
            held = held or _Holding(account_id, point_value_micros, piece)
            held.take(piece)
            if not held.quantity:
                yield held.built()
                held = None
    if held:
        yield held.built()


def _cut_at_zero(part: Part, quantity: int) -> tuple[Part, ...]:
    if quantity * (quantity + part.quantity) >= 0:
        return (part,)
    # The closing part's share of the fees is rounded down, the opening part pays the rest.
    closing_fees = part.fees_micros * abs(quantity) // abs(part.quantity)
    closing = part._replace(quantity=-quantity, fees_micros=closing_fees)
    opening = part._replace(
        leg=SECOND_LEG,
        quantity=part.quantity + quantity,
        fees_micros=part.fees_micros - closing_fees,
    )
    return (closing, opening)


class _Lot:
    """Contracts entered at one price that are still held."""

    __slots__ = ("price_nanos", "quantity")

    def __init__(self, quantity: int, price_nanos: int) -> None:
        self.quantity = quantity
        self.price_nanos = price_nanos


class _Holding:
    """The position that is being built; made once for every few executions, so kept light."""

    __slots__ = (
        *("quantity", "_id", "_point_value_micros", "_opening", "_direction", "_lots", "_effects"),
        *("_max_quantity", "_entered", "_exited", "_entry_value", "_exit_value"),
        *("_gross_micros", "_fees_micros", "_last"),
    )

    def __init__(self, account_id: str, point_value_micros: int, opening: Part) -> None:
        first = opening.execution
        self.quantity = 0
        self._id = position_id(account_id, first.contract, first.execution_id)
        self._point_value_micros = point_value_micros
        self._opening = opening
        self._direction = 1 if opening.quantity > 0 else -1
        self._lots: deque[_Lot] = deque()
        self._effects: list[Effect] = []
        self._max_quantity = 0
        self._entered = self._exited = 0
        self._entry_value = self._exit_value = 0
        self._gross_micros = self._fees_micros = 0
        self._last = first

    def take(self, part: Part) -> None:
        """Add to the position or realize some of it."""
        execution, leg, quantity, fees_micros = part
        is_entry = quantity * self._direction > 0
        gross_micros = 0 if is_entry else self._exit(execution, abs(quantity))
        if is_entry:
            self._enter(execution, abs(quantity))
        self.quantity += quantity
        self._max_quantity = max(self._max_quantity, abs(self.quantity))
        self._gross_micros += gross_micros
        self._fees_micros += fees_micros
        self._last = execution
        self._effects.append(
            Effect(
                execution.executed_at_us,
                execution.sequence,
                execution.execution_id,
                leg,
                execution.contract,
                self._id,
                quantity,
                gross_micros,
                fees_micros,
            )
        )

    def _enter(self, execution: Execution, quantity: int) -> None:
        self._lots.append(_Lot(quantity, execution.price_nanos))
        self._entered += quantity
        self._entry_value += quantity * execution.price_nanos

    def _exit(self, execution: Execution, left: int) -> int:
        """First in, first out; the realized gross P&L, rounded half-even once for this part."""
        price_nanos = execution.price_nanos
        self._exited += left
        self._exit_value += left * price_nanos
        gained = 0
        while left:
            lot = self._lots[0]
            matched = min(left, lot.quantity)
            gained += matched * (price_nanos - lot.price_nanos)
            left -= matched
            lot.quantity -= matched
            if lot.quantity == 0:
                self._lots.popleft()
        return lots.money_micros(
            gained * self._direction, self._point_value_micros, execution.fx_rate_nanos
        )

    def built(self) -> Built:
        first, last, is_closed = self._opening.execution, self._last, not self.quantity
        exited = self._exited
        position = Position(
            self._id,
            first.symbol,
            first.contract,
            LONG if self._direction > 0 else SHORT,
            abs(self.quantity),
            self._max_quantity,
            fixed.divide(self._entry_value, self._entered),
            fixed.divide(self._exit_value, exited) if exited else None,
            first.executed_at_us,
            first.sequence,
            first.execution_id,
            self._opening.leg,
            last.executed_at_us if is_closed else None,
            last.sequence if is_closed else None,
            last.execution_id if is_closed else None,
            self._gross_micros,
            self._fees_micros,
            self._gross_micros - self._fees_micros,
            len(self._effects),
            first.strategy,
        )
        return Built(position, tuple(self._effects))
