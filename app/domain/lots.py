"""Contracts entered at one price: what of a position is still held, first in, first out, and what
a move of the price makes of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from app.domain import fixed


class Lot(NamedTuple):
    """Contracts that were entered at one price."""

    quantity: int
    price_nanos: int


def remaining(entries: Iterable[Lot], quantity: int) -> list[Lot]:
    """What is left of a position's entries, newest first: the last ones, as the first went out."""
    left: list[Lot] = []
    for each in entries:
        if not quantity:
            break
        taken = min(quantity, each.quantity)
        left.append(Lot(taken, each.price_nanos))
        quantity -= taken
    return left


def gained_nanos(held: Iterable[Lot], price_nanos: int, direction: int) -> int:
    """By how much a price, times contracts, is better than those paid; `direction` is 1 for a long
    position and -1 for a short one.
    """
    return direction * sum(each.quantity * (price_nanos - each.price_nanos) for each in held)


def money_micros(
    gained_nanos: int, point_value_micros: int, fx_rate_nanos: int | None = None
) -> int:
    """Points times contracts as money, rounded half-even once."""
    value = gained_nanos * point_value_micros
    if fx_rate_nanos is None:
        return fixed.divide(value, fixed.NANO)
    return fixed.divide(value * fx_rate_nanos, fixed.NANO * fixed.NANO)
