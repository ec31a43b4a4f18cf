"""Closed trades: a row is an entry and an exit, and becomes the two executions that made it.

Where times tie, exits come before entries, save that no row's exit precedes its entry.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from app.domain import fixed
from app.domain.executions import BUY, Fill
from app.errors import AppError
from app.importers import sides
from app.importers.layout import Read
from app.importers.table import Cell, Context

_EXIT_OF_EARLIER, _ENTRY, _EXIT_OF_SAME_INSTANT = 0, 1, 2
_ID_DIGITS = 20


class Leg(NamedTuple):
    """The entry or the exit of a closed trade."""

    price: Decimal
    at_us: int
    order_id: str | None = None


class Pair(NamedTuple):
    """A closed trade and the ids of its executions; `gross` is what the file states, fees None
    where it states none.
    """

    ids: tuple[str, str]
    contract: str
    side: str
    quantity: int
    entry: Leg
    exit: Leg
    gross: Decimal | None
    fees: Decimal | None


class Columns(NamedTuple):
    """Where a format says the parts of a pair, to name the cell that is at fault."""

    row_id: str
    contract: str
    side: str
    quantity: str
    entry_price: str
    entered_at: str
    exit_price: str
    exited_at: str
    pnl: str

    def leg(self, *, is_exit: bool) -> Mapping[str, str]:
        """The column of each field of an execution."""
        return {
            "execution_id": self.row_id,
            "symbol": self.contract,
            "side": self.side,
            "quantity": self.quantity,
            "price": self.exit_price if is_exit else self.entry_price,
            "executed_at": self.exited_at if is_exit else self.entered_at,
            "broker_pnl": self.pnl,
        }


def reads(pair: Pair, columns: Columns, context: Context, source: str) -> Sequence[Read]:
    """The two fills of a row; Cell where its P&L is not what its prices make."""
    if pair.exit.at_us < pair.entry.at_us:
        raise Cell(columns.exited_at, f"is earlier than {columns.entered_at}")
    if pair.gross is not None:
        _check_gross(pair, pair.gross, columns, context)
    entry, closing = _fills(pair, context.account_id, source)
    return (entry, columns.leg(is_exit=False)), (closing, columns.leg(is_exit=True))


def made(pair: Pair, columns: Columns, context: Context) -> Decimal:
    """The gross P&L that a pair's prices make; Cell: the contract is not known."""
    try:
        instrument, _ = context.catalogue.resolve(pair.contract, None, pair.exit.at_us)
    except AppError as error:
        raise Cell(columns.contract, error.message) from None
    direction = 1 if pair.side == BUY else -1
    points = (pair.exit.price - pair.entry.price) * direction * pair.quantity
    return points * Decimal(instrument.point_value_micros) / Decimal(fixed.MICRO)


def _check_gross(pair: Pair, gross: Decimal, columns: Columns, context: Context) -> None:
    """The broker's P&L proves that contract, point value and side were understood."""
    ours = made(pair, columns, context)
    if not agree(ours, gross):
        raise Cell(columns.pnl, f"is {gross}, but the prices make {ours}: is the symbol right?")


def agree(one: Decimal, other: Decimal) -> bool:
    """Whether two amounts are the same to the cent."""
    return not round(one - other, 2)


def leg_ids(row_id: str) -> tuple[str, str]:
    """Ids of an entry and an exit that only their row has one for."""
    return f"{row_id}:entry", f"{row_id}:exit"


class RowIds:
    """Ids for rows that have none: made of what a row says, so that a second import knows it."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def of(self, *values: object) -> str:
        """The id of a row that says these values; a row that says the same again gets another."""
        plain = [
            format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)
            for value in values
        ]
        digest = hashlib.sha256("\n".join(plain).encode()).hexdigest()[:_ID_DIGITS]
        self._seen[digest] += 1
        return digest if self._seen[digest] == 1 else f"{digest}-{self._seen[digest]}"


def _fills(pair: Pair, account_id: str, source: str) -> tuple[Fill, Fill]:
    fees_micros = None if pair.fees is None else fixed.money_micros(pair.fees)
    half_micros = None if fees_micros is None else fees_micros // 2
    ties = pair.entry.at_us == pair.exit.at_us
    entry = Fill(
        account_id=account_id,
        execution_id=pair.ids[0],
        symbol=pair.contract,
        side=pair.side,
        quantity=pair.quantity,
        price=pair.entry.price,
        executed_at_us=pair.entry.at_us,
        order_id=pair.entry.order_id,
        fees=_money(half_micros),
        sequence=_ENTRY,
        source=source,
    )
    closing = entry._replace(
        execution_id=pair.ids[1],
        side=sides.opposite(pair.side),
        price=pair.exit.price,
        executed_at_us=pair.exit.at_us,
        order_id=pair.exit.order_id,
        # The odd micro-unit is paid at the exit.
        fees=_money(None if fees_micros is None else fees_micros - fees_micros // 2),
        sequence=_EXIT_OF_SAME_INSTANT if ties else _EXIT_OF_EARLIER,
        broker_pnl=pair.gross,
    )
    return entry, closing


def _money(micros: int | None) -> Decimal | None:
    return None if micros is None else Decimal(micros).scaleb(-fixed.MONEY_PLACES)
