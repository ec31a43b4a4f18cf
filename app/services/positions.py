"""One of an account's positions, with the executions that it is made of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from msgspec import UNSET, Struct, UnsetType

from app.cache.keys import Dependencies
from app.db import position_pages as pages
from app.db.connection import Connection
from app.db.position_pages import Piece
from app.domain.accounts import Account
from app.domain.excursions import Excursions
from app.domain.market import Shown
from app.domain.positions import Position
from app.errors import NotFound
from app.services import excursions, market
from app.services.bodies import instant, money, price
from app.services.kinds import FillSide, Instant, Money, Number, PositionSide, Price, Seconds
from app.services.market import Standing, Valued
from app.services.numbers import number

_ID = re.compile(r"[0-9a-f]{24}")
_SECOND_PLACES = 6


class PositionBody(Struct, kw_only=True):
    """A position; the two prices of the market are there only while it is open."""

    id: str
    account_id: str
    symbol: str
    contract: str
    side: PositionSide
    quantity: int
    max_quantity: int
    entry_price: Price
    exit_price: Price | None
    opened_at: Instant
    closed_at: Instant | None
    duration_s: Seconds | None
    gross_pnl: Money
    fees: Money
    net_pnl: Money
    execution_count: int
    strategy: str | None
    mae: Money | None
    mfe: Money | None
    current_price: Price | UnsetType | None = UNSET
    unrealized_pnl: Money | UnsetType | None = UNSET


class PieceBody(Struct):
    """An execution in a position: of one that crossed zero, the piece that lies in this one."""

    execution_id: str
    order_id: str | None
    side: FillSide
    quantity: int
    price: Price
    fees: Money
    realized_pnl: Money
    executed_at: Instant
    sequence: int
    strategy: str | None
    source: str


class WholePositionBody(PositionBody, kw_only=True):
    """A position and all that it is made of."""

    executions: list[PieceBody]


class PositionQuestion(NamedTuple):
    """One position by its id."""

    position_id: str

    def dependencies(self, account: Account, now_us: int) -> Dependencies:  # noqa: ARG002
        """The account's fills and the prices of its contracts."""
        return Dependencies(
            resource="position",
            account_key=account.account_key,
            version=account.version,
            stamp=account.stamp,
            parameters=tuple(self),
            shows=Shown.PRICES,
        )

    def body(self, conn: Connection, standing: Standing, now_us: int) -> WholePositionBody:  # noqa: ARG002
        """The position with its executions; NotFound where the account has none of this id."""
        account = standing.account
        key, is_id = account.account_key, _ID.fullmatch(self.position_id)
        found = pages.by_id(conn, key, self.position_id) if is_id else None
        if found is None:
            raise NotFound(f"there is no position {self.position_id[:40]!r} in this account")
        made_of = [_piece(each) for each in pages.pieces(conn, key, found)]
        (facts,) = described(conn, standing, [found])
        return WholePositionBody(**facts, executions=made_of)


def described(
    conn: Connection, standing: Standing, found: Sequence[Position]
) -> Iterator[dict[str, Any]]:
    """The fields of the bodies of some positions, open ones at the last prices."""
    held = [each for each in found if each.closed_at_us is None]
    values = iter(market.valued(conn, standing, held))
    gone = excursions.of_positions(conn, standing, found)
    for each, far in zip(found, gone, strict=True):
        at_market = _at_market(next(values)) if each.closed_at_us is None else {}
        yield _facts(standing.account, each) | at_market | _far(far)


def _at_market(valued: Valued) -> dict[str, Any]:
    mark, unrealized_micros = valued
    return {
        "current_price": price(mark.price_nanos) if mark and mark.is_fresh else None,
        "unrealized_pnl": None if unrealized_micros is None else money(unrealized_micros),
    }


def _far(gone: Excursions | None) -> dict[str, Any]:
    return {
        "mae": None if gone is None else money(gone.mae_micros),
        "mfe": None if gone is None else money(gone.mfe_micros),
    }


def _facts(account: Account, position: Position) -> dict[str, Any]:
    each = position
    return {
        "id": each.position_id,
        "account_id": account.account_id,
        "symbol": each.symbol,
        "contract": each.contract,
        "side": each.side,
        "quantity": each.quantity,
        "max_quantity": each.max_quantity,
        "entry_price": price(each.entry_price_nanos),
        "exit_price": None if each.exit_price_nanos is None else price(each.exit_price_nanos),
        "opened_at": instant(each.opened_at_us),
        "closed_at": instant(each.closed_at_us),
        "duration_s": _duration(each),
        "gross_pnl": money(each.gross_micros),
        "fees": money(each.fees_micros),
        "net_pnl": money(each.net_micros),
        "execution_count": each.execution_count,
        "strategy": each.strategy,
    }


def _duration(position: Position) -> Number | None:
    if position.closed_at_us is None:
        return None
    duration_us = position.closed_at_us - position.opened_at_us
    return number(duration_us, _SECOND_PLACES)


def _piece(piece: Piece) -> PieceBody:
    return PieceBody(
        piece.execution_id,
        piece.order_id,
        piece.side,
        piece.quantity,
        price(piece.price_nanos),
        money(piece.fees_micros),
        money(piece.gross_micros),
        str(instant(piece.executed_at_us)),
        piece.sequence,
        piece.strategy,
        piece.source,
    )
