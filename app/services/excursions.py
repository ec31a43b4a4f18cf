"""How far positions went against their trader and for him, where the bars of their own contracts
are known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from app.db import bars as rows
from app.db import position_pages as pages
from app.db.connection import Connection
from app.domain import bars, excursions, instants
from app.domain.excursions import Excursions, Fill, Range
from app.domain.executions import BUY
from app.domain.instruments import SHIPPED, Delivery
from app.domain.periods import Span
from app.domain.positions import LONG, Position
from app.services.instruments import catalogue
from app.services.market import Standing

# A longer life is looked at by coarser bars, save at its ends.
BARS_MAX = 2_000
# Daily bars may be of other days than the session's.
_TIMEFRAMES_S = [each for each in bars.LADDER if each < bars.DAY_S]
_ONE_ENTRY_AND_ONE_EXIT = 2


def of_positions(
    conn: Connection, standing: Standing, found: Sequence[Position]
) -> Iterator[Excursions | None]:
    """Each position's, in account currency; None where bars of its life are missing, or in another
    currency. Those of an open one are as far as bars are known.
    """
    known = _Known(conn, min((each.opened_at_us for each in found), default=0))
    instruments = catalogue(conn) if found else SHIPPED
    for each in found:
        instrument = instruments.find(each.symbol)
        if instrument is None or instrument.currency != standing.account.currency:
            yield None
            continue
        if not known.months(instrument.root):
            yield None
            continue
        delivery = instruments.delivery(each.symbol, each.contract, each.opened_at_us)
        lived = known.lived(delivery, each)
        fills = _fills(conn, standing.account.account_key, each) if lived else []
        yield lived and excursions.excursions(fills, *lived, instrument.point_value_micros)


class _Lived(NamedTuple):
    """The prices of a position's life, until it closed or as far as they are known."""

    ranges: list[Range]
    until_us: int


class _Known:
    """What is known of prices from an instant on, looked up once for all that ask for it."""

    def __init__(self, conn: Connection, since_us: int) -> None:
        self._conn = conn
        self._since_us = since_us
        self._keys: dict[str, dict[int, int]] = {}
        self._covered: dict[int, list[tuple[int, Span]]] = {}

    def lived(self, delivery: Delivery, position: Position) -> _Lived | None:
        """The prices of a position's life by the finest bars that are known from its beginning to
        its end; None where none are.
        """
        key = self.months(delivery.instrument.root).get(delivery.month)
        for timeframe_s, known in self._spans(key) if key else ():
            first_us = bars.around(timeframe_s, position.opened_at_us).start_us
            ended_at_us = position.closed_at_us or position.opened_at_us
            ends_us = bars.around(timeframe_s, ended_at_us).end_us
            if key and known.start_us <= first_us and ends_us <= known.end_us:
                until_us = ends_us if position.closed_at_us else known.end_us
                return _Lived(self._ranges(key, timeframe_s, Span(first_us, until_us)), until_us)
        return None

    def months(self, root: str) -> Mapping[int, int]:
        """The months of delivery of which there are bars, with the keys of their contracts."""
        if root not in self._keys:
            found = rows.contracts(self._conn, root)
            self._keys[root] = {each.delivery_month: each.contract_key for each in found}
        return self._keys[root]

    def _spans(self, key: int) -> list[tuple[int, Span]]:
        if key not in self._covered:
            found = rows.covered_since(self._conn, key, self._since_us)
            self._covered[key] = [each for each in found if each[0] in _TIMEFRAMES_S]
        return self._covered[key]

    def _ranges(self, key: int, timeframe_s: int, span: Span) -> list[Range]:
        """By bars of one timeframe; in the middle of a long span by coarser ones, made of these."""
        amount_s = (span.end_us - span.start_us) // instants.SECOND_US
        enough = [each for each in _TIMEFRAMES_S if amount_s <= each * BARS_MAX]
        coarse_s = max(timeframe_s, enough[0] if enough else _TIMEFRAMES_S[-1])
        middle = bars.whole(coarse_s, span)
        found = self._between(key, coarse_s, middle) if middle else []
        for end in bars.missing(span, [middle] if middle else []):
            found += self._between(key, timeframe_s, end)
        return sorted(found)

    def _between(self, key: int, timeframe_s: int, span: Span) -> list[Range]:
        return [
            Range(*bars.span(timeframe_s, each.opened_at_us), each.low_nanos, each.high_nanos)
            for each in rows.between(self._conn, key, timeframe_s, span)
        ]


def _fills(conn: Connection, account_key: int, position: Position) -> list[Fill]:
    """What its executions did; one entry and one exit are known from the position itself."""
    at_us, price_nanos = position.closed_at_us, position.exit_price_nanos
    if position.execution_count == _ONE_ENTRY_AND_ONE_EXIT and at_us and price_nanos is not None:
        entered = position.max_quantity * (1 if position.side == LONG else -1)
        return [
            Fill(position.opened_at_us, entered, position.entry_price_nanos, 0),
            Fill(at_us, -entered, price_nanos, position.gross_micros),
        ]
    return [
        Fill(
            each.executed_at_us,
            each.quantity if each.side == BUY else -each.quantity,
            each.price_nanos,
            each.gross_micros,
        )
        for each in pages.pieces(conn, account_key, position)
    ]
