"""What the samples in the layouts of other platforms are written from: orders, lots and times.

Times are New York's, the platform's user being there.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.domain import instants
from app.domain.executions import BUY, Fill
from app.domain.instruments import SHIPPED
from tests.pairing import Pair, pairs

DISPLAY = ZoneInfo("America/New_York")
ACCOUNT = "DEMO-1"
_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_CODES = "FGHJKMNQUVXZ"
_CENT = Decimal("0.01")


class Order(NamedTuple):
    """Some fills of one order at one instant, under a number that is counted up."""

    number: int
    fill: Fill
    quantity: int
    price: Decimal
    fees: Decimal


def first_id(fills: list[Fill]) -> int:
    """Where a sample's ids begin: by its date, so that no two samples share any."""
    return int(f"{local(fills[0]):%y%m%d}0001")


def orders(fills: list[Fill]) -> list[Order]:
    """The orders that were filled, at their average prices."""
    first, by_order = first_id(fills), groupby(fills, key=lambda fill: fill.order_id)
    return [_order(first + n, list(some)) for n, (_, some) in enumerate(by_order)]


def _order(number: int, parts: list[Fill]) -> Order:
    quantity = sum(part.quantity for part in parts)
    price = sum((part.price * part.quantity for part in parts), Decimal(0)) / quantity
    fees = sum((part.fees or Decimal(0) for part in parts), Decimal(0))
    return Order(number, parts[0], quantity, price.quantize(Decimal("0.0001")), fees)


def point_value(fill: Fill) -> Decimal:
    return Decimal(SHIPPED.by_root[fill.symbol].point_value_micros).scaleb(-6)


def gross(pair: Pair) -> Decimal:
    gained = (pair.exit.price - pair.entry.price) * pair.size * point_value(pair.entry)
    return (gained if pair.entry.side == BUY else -gained).quantize(_CENT)


def fees(pair: Pair) -> Decimal:
    legs = (pair.entry, pair.exit)
    return sum((pair.size * (leg.fees or Decimal(0)) / leg.quantity for leg in legs), Decimal(0))


def local(fill: Fill) -> datetime:
    return instants.to_datetime(fill.executed_at_us).astimezone(DISPLAY)


def written(rows: Iterable[Sequence[object]], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def word(fill: Fill, buy: str = "Buy", sell: str = "Sell") -> str:
    return buy if fill.side == BUY else sell


def unfilled(n: int, cancelled: str = "Cancelled") -> str:
    """What became of the orders that came to nothing, of which there is one beside every fourth."""
    return "Rejected" if n % 16 == 8 else cancelled


def month_name(fill: Fill) -> str:
    code = fill.contract or ""
    return f"{fill.symbol} {_NAMES[_CODES.index(code[-2])]}2{code[-1]}"


def closed(fills: Iterable[Fill]) -> list[Pair]:
    return sorted(pairs(fills), key=lambda pair: pair.exit.executed_at_us)


def comma(value: Decimal, places: int = 2) -> str:
    return f"{value:,.{places}f}".translate(str.maketrans(",.", ".,"))


def american_time(fill: Fill) -> str:
    return f"{local(fill):%m/%d/%Y %H:%M:%S}"


def american_date(fill: Fill) -> str:
    moment = local(fill)
    return f"{moment.month}/{moment.day}/{moment:%y}"


def numbered(fills: list[Fill]) -> Callable[[Fill], int]:
    first = first_id(fills)
    numbers = {fill.execution_id: first + n for n, fill in enumerate(fills)}
    return lambda fill: numbers[fill.execution_id]


def plain(price: Decimal) -> str:
    return f"{price.normalize():f}"
