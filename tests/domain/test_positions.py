"""Positions by hand, where another currency is in play."""

from __future__ import annotations

from app.domain import positions
from tests.domain.test_lots import POINT_VALUE_MICROS, fill

NANO = 10**9


def test_what_a_fill_realizes_is_converted_by_its_own_rate_once() -> None:
    fills = [
        fill(0, 3, 100 * NANO)._replace(fx_rate_nanos=2 * NANO),
        fill(1, -1, 110 * NANO)._replace(fx_rate_nanos=NANO // 2),
        # A third of a micro-unit, and two thirds.
        fill(2, -1, 100 * NANO + 1_000)._replace(fx_rate_nanos=NANO // 6),
        fill(3, -1, 100 * NANO + 1_000)._replace(fx_rate_nanos=NANO // 3),
    ]
    (built,) = positions.build("A", POINT_VALUE_MICROS, positions.whole(fills))
    assert [each.gross_micros for each in built.effects] == [0, 10_000_000, 0, 1]
    assert built.position.gross_micros == built.position.net_micros == 10_000_001
