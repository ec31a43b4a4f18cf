"""Exact decimals as integers: prices in billionths, money in millionths of a currency unit."""

from __future__ import annotations

import re
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation
from functools import lru_cache

PRICE_PLACES = 9
MONEY_PLACES = 6
NANO: int = 10**PRICE_PLACES
MICRO: int = 10**MONEY_PLACES

# 60 digits hold every value that passes the limits below without a rounding.
_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])
_DIGITS_MAX = 18
_EXPONENT_MAX = 18
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,6})?", re.ASCII)
# Prices and fees come again and again, and to look one up costs a tenth of working it out.
_KEPT_MAX = 16_384


@lru_cache(maxsize=_KEPT_MAX)
def parse(said: str) -> Decimal:
    """A number in plain digits; ValueError for what only Python would read, such as `1_000`."""
    if not _NUMBER.fullmatch(said):
        raise ValueError(f"must be a number such as 15234.25 (got {said[:40]!r})")
    value = Decimal(said)
    if abs(value.adjusted()) > _EXPONENT_MAX:
        raise ValueError(f"is too large or too small (got {said[:40]!r})")
    return value


def scaled(value: Decimal, places: int) -> int:
    """`value` in units of 10**-places; ValueError when it is not finite, too large or too fine."""
    if not value.is_finite():
        raise ValueError("must be a finite number")
    return _scaled(value, places)


# Equal values have equal units, however many zeros they were written with.
@lru_cache(maxsize=_KEPT_MAX)
def _scaled(value: Decimal, places: int) -> int:
    if value and value.adjusted() + places >= _DIGITS_MAX:
        raise ValueError("is too large")
    try:
        return int(_EXACT.quantize(value, Decimal((0, (1,), -places))).scaleb(places, _EXACT))
    except DecimalException:
        raise ValueError(f"must have at most {places} decimals") from None


def price_nanos(value: Decimal) -> int:
    """A price in billionths."""
    return scaled(value, PRICE_PLACES)


def money_micros(value: Decimal) -> int:
    """An amount of money in millionths."""
    return scaled(value, MONEY_PLACES)


def text(units: int, places: int) -> str:
    """The plain decimal, exact, without an exponent, with at least one decimal: `-0.5`, `18.0`."""
    sign = "-" if units < 0 else ""
    whole, part = divmod(abs(units), int(10**places))
    decimals = str(part).zfill(places).rstrip("0") or "0"
    return f"{sign}{whole}.{decimals}"


def divide(numerator: int, denominator: int) -> int:
    """The quotient, rounded half-even; the denominator is positive."""
    quotient, remainder = divmod(numerator, denominator)
    twice = 2 * remainder
    if twice > denominator or (twice == denominator and quotient % 2):
        return quotient + 1
    return quotient


def rounded(numerator: int, denominator: int, *, places: int, step_places: int) -> int:
    """`numerator / denominator` in units of 10**-places, rounded half-even to `step_places`."""
    step = int(10 ** (places - step_places))
    return divide(numerator, denominator * step) * step
