"""Entries and exits of an account as TradingView's UDF marks them on a chart: a column a field.

A mark stands for all that was bought, or sold, in one bar, since a chart shows few marks a bar.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from msgspec import Struct

from app.cache.keys import Dependencies
from app.db import chart_pieces, trades
from app.db.chart_pieces import ChartPiece
from app.db.connection import Connection
from app.domain import bars, fixed, instants
from app.domain.accounts import Account
from app.domain.periods import Span
from app.domain.positions import LONG
from app.errors import InvalidParameter
from app.services import udf
from app.services.instruments import catalogue
from app.services.market import Standing
from app.services.udf import UdfQuestion
from app.services.udf_symbols import meant

PIECES_MAX = 5_000
# As many as a person reads.
_LINES_MAX = 10
_SIZE = 14
_BUY, _SELL = "green", "red"
_FONT = "white"


class MarksBody(Struct, rename="camel"):
    """Marks on bars, in order."""

    id: list[str]
    time: list[int]
    color: list[str]
    text: list[str]
    label: list[str]
    label_font_color: list[str]
    min_size: list[int]


class TimescaleMarksBody(Struct):
    """Marks on the axis of time, in order."""

    id: list[str]
    time: list[int]
    color: list[str]
    label: list[str]
    tooltip: list[list[str]]


class MarksQuestion(NamedTuple):
    """What is to be marked on a chart of a symbol."""

    asked: UdfQuestion

    def dependencies(self, account: Account, now_us: int) -> Dependencies:
        """Fills change the marks, and the year that a contract is of."""
        return _dependencies("udf_marks", self.asked, account, now_us)

    def body(self, conn: Connection, standing: Standing, now_us: int) -> MarksBody:
        """A mark for each side of each bar in which something was filled."""
        groups = list(_groups(conn, self.asked, standing.account, now_us, is_buy_apart=True))
        return MarksBody(
            [f"{at_s}-{_side(pieces[0])}" for at_s, pieces in groups],
            [at_s for at_s, _ in groups],
            [_BUY if _is_buy(pieces[0]) else _SELL for _, pieces in groups],
            ["\n".join(_lines(pieces)) for _, pieces in groups],
            [_side(pieces[0])[0] for _, pieces in groups],
            [_FONT] * len(groups),
            [_SIZE] * len(groups),
        )


class TimescaleMarksQuestion(NamedTuple):
    """What is to be marked below a chart of a symbol."""

    asked: UdfQuestion

    def dependencies(self, account: Account, now_us: int) -> Dependencies:
        """Fills change the marks, and the year that a contract is of."""
        return _dependencies("udf_timescale_marks", self.asked, account, now_us)

    def body(self, conn: Connection, standing: Standing, now_us: int) -> TimescaleMarksBody:
        """A mark for each bar in which something was filled, with what it realized."""
        account = standing.account
        groups = list(_groups(conn, self.asked, account, now_us, is_buy_apart=False))
        realized = [sum(each.gross_micros for each in pieces) for _, pieces in groups]
        currency = account.currency
        return TimescaleMarksBody(
            [str(at_s) for at_s, _ in groups],
            [at_s for at_s, _ in groups],
            ["blue" if not each else _BUY if each > 0 else _SELL for each in realized],
            ["X" if any(map(_is_exit, pieces)) else "E" for _, pieces in groups],
            [
                [*_lines(pieces), f"gross {fixed.text(gross, fixed.MONEY_PLACES)} {currency}"]
                for gross, (_, pieces) in zip(realized, groups, strict=True)
            ],
        )


def _dependencies(resource: str, asked: UdfQuestion, account: Account, now_us: int) -> Dependencies:
    if asked.from_us > asked.to_us:
        raise InvalidParameter.of("from", "must not be after to")
    year = instants.to_datetime(now_us).year
    parameters = (asked, year, account.currency)
    return Dependencies(resource, account.account_key, account.version, account.stamp, parameters)


def _groups(
    conn: Connection, asked: UdfQuestion, account: Account, now_us: int, *, is_buy_apart: bool
) -> Iterable[tuple[int, Sequence[ChartPiece]]]:
    """What was filled in each bar, by the seconds that it goes by; buys apart if that is wanted."""
    timeframe_s = asked.timeframe_s

    def place(piece: ChartPiece) -> tuple[int, bool]:
        opened_at_us = bars.around(timeframe_s, piece.executed_at_us).start_us
        at_s = udf.named_at(timeframe_s, opened_at_us)
        return at_s, is_buy_apart and not _is_buy(piece)

    found = sorted(_pieces(conn, asked, account, now_us), key=place)
    for (at_s, _), pieces in groupby(found, key=place):
        yield at_s, list(pieces)


def _pieces(
    conn: Connection, asked: UdfQuestion, account: Account, now_us: int
) -> list[ChartPiece]:
    key, delivery = account.account_key, meant(catalogue(conn), asked.symbol, now_us)
    contracts = [delivery.contract]
    if not delivery.month:
        contracts = trades.contracts_of(conn, key, delivery.instrument.root)
    # The bar that goes by the last instant is on the chart as well.
    within = udf.named_within(asked.timeframe_s, Span(asked.from_us, asked.to_us + 1))
    found = [
        piece
        for each in contracts
        for piece in chart_pieces.of_contract(conn, key, each, within, PIECES_MAX + 1)
    ]
    if len(found) > PIECES_MAX:
        raise InvalidParameter.of("from", f"has more than {PIECES_MAX} fills after it")
    # Of one contract they are in their order already.
    return sorted(found, key=lambda each: each.executed_at_us)


def _lines(pieces: Sequence[ChartPiece]) -> list[str]:
    shown = pieces[:_LINES_MAX] if len(pieces) <= _LINES_MAX else pieces[: _LINES_MAX - 1]
    more = [f"and {len(pieces) - len(shown)} more"] if len(shown) < len(pieces) else []
    return [*map(_line, shown), *more]


def _line(piece: ChartPiece) -> str:
    what = "exit" if _is_exit(piece) else "entry"
    price = fixed.text(piece.price_nanos, fixed.PRICE_PLACES)
    return f"{what}: {_side(piece)} {abs(piece.quantity)} @ {price}"


def _side(piece: ChartPiece) -> str:
    return "BUY" if _is_buy(piece) else "SELL"


def _is_buy(piece: ChartPiece) -> bool:
    return piece.quantity > 0


def _is_exit(piece: ChartPiece) -> bool:
    return _is_buy(piece) != (piece.position_side == LONG)
