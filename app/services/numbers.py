"""Fixed-point integers as the numbers of answers: exact, without an exponent.

A float where it is certain to be written as the very decimal, which is the fastest way, else text.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Raw

from app.domain import fixed
from app.services.kinds import Number

# A float is written as the shortest decimal that reads as itself. No two decimals of up to 15
# digits read as the same one, so the shortest is the one that it was made from.
_FLOAT_END = 10**15
# Below 0.0001 it would be written with an exponent.
_FLOAT_PLACES = 4
_UNITS = [int(10**places) for places in range(fixed.PRICE_PLACES + 1)]
_FLOAT_LEAST = [_UNITS[max(0, places - _FLOAT_PLACES)] for places in range(len(_UNITS))]

_MICROS_LEAST = _FLOAT_LEAST[fixed.MONEY_PLACES]


def number(units: int, places: int) -> Number:
    """A decimal in units of 10**-places."""
    if not units or _FLOAT_LEAST[places] <= abs(units) < _FLOAT_END:
        return units / _UNITS[places]
    return Raw(fixed.text(units, places).encode())


def amounts(micros: Iterable[int]) -> list[Number]:
    """Many amounts of money at once."""
    return [
        each / fixed.MICRO
        if _MICROS_LEAST <= each < _FLOAT_END or -_FLOAT_END < each <= -_MICROS_LEAST
        else number(each, fixed.MONEY_PLACES)
        for each in micros
    ]
