"""How far a position went against its trader and for him, by the bars of its own contract.

A bar that the position lived through only in part counts whole: nothing finer is known of it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from app.domain import lots
from app.domain.lots import Lot


class Range(NamedTuple):
    """The lowest and the highest price of a stretch of time."""

    start_us: int
    end_us: int
    low_nanos: int
    high_nanos: int


class Fill(NamedTuple):
    """What an execution did in a position: its quantity, signed, and what it realized."""

    at_us: int
    quantity: int
    price_nanos: int
    gross_micros: int


class Excursions(NamedTuple):
    """The worst (at most 0) and the best (at least 0) that the position stood at, gross."""

    mae_micros: int
    mfe_micros: int


def excursions(
    fills: Sequence[Fill], ranges: Sequence[Range], until_us: int, point_value_micros: int
) -> Excursions:
    """Of a position's executions, and the ranges of its life, disjoint and both in order; until it
    closed, or as far as prices are known.
    """
    held, realized_micros = _Held(fills[0].quantity), 0
    worst = best = 0
    for fill, ends_us in zip(fills, [*(each.at_us for each in fills[1:]), until_us], strict=True):
        held.take(fill)
        realized_micros += fill.gross_micros
        prices = [fill.price_nanos, *_prices(ranges, fill.at_us, ends_us)]
        values = [
            realized_micros + held.worth_micros(price, point_value_micros)
            for price in (min(prices), max(prices))
        ]
        worst, best = min(worst, *values), max(best, *values)
    return Excursions(worst, best)


class _Held:
    """What is held between two executions, first in, first out."""

    def __init__(self, quantity: int) -> None:
        self._direction = 1 if quantity > 0 else -1
        self._lots: deque[Lot] = deque()

    def take(self, fill: Fill) -> None:
        left = abs(fill.quantity)
        if fill.quantity * self._direction > 0:
            self._lots.append(Lot(left, fill.price_nanos))
            return
        while left:
            first = self._lots.popleft()
            if first.quantity > left:
                self._lots.appendleft(Lot(first.quantity - left, first.price_nanos))
            left -= min(left, first.quantity)

    def worth_micros(self, price_nanos: int, point_value_micros: int) -> int:
        gained_nanos = lots.gained_nanos(self._lots, price_nanos, self._direction)
        return lots.money_micros(gained_nanos, point_value_micros)


def _prices(ranges: Sequence[Range], start_us: int, end_us: int) -> list[int]:
    """The extremes of the ranges that hold any of the time from one instant to another."""
    first = bisect_right(ranges, start_us, key=lambda each: each.end_us)
    last = max(first + 1, bisect_left(ranges, end_us, key=lambda each: each.start_us))
    found = ranges[first:last]
    return [*(each.low_nanos for each in found), *(each.high_nanos for each in found)]
