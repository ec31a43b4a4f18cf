"""Closed trades as columns of whole numbers, each in closing order: a million at a glance.

Sums are exact: a column whose sums might not fit into 64 bits is taken on as Python's integers,
by the same code.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# Half of what 64 bits hold, so that a difference of two sums fits, too.
_ROOM = 2**62
_WHOLE = np.dtype("<i8")
_KIND = np.dtype("<i4")


class Kind(NamedTuple):
    """What a trade may be picked out and grouped by, beside its times."""

    symbol: str
    contract: str
    side: str
    strategy: str | None


class Columns(NamedTuple):
    """Closed trades, field by field; `kinds` are the numbers that their kinds are kept under."""

    closed_at_us: Array
    held_us: Array
    gross_micros: Array
    fees_micros: Array
    kinds: Array

    @property
    def net_micros(self) -> Array:
        """P&L less fees, ready to be added up."""
        return roomy(self.gross_micros - self.fees_micros)

    def taken(self, which: Any) -> Columns:
        """The trades of a slice, a mask, or an order."""
        return Columns._make(each[which] for each in self)

    def between(self, start_us: int, end_us: int) -> Columns:
        """The trades closed from one instant to just before another."""
        first, last = np.searchsorted(self.closed_at_us, (start_us, end_us))
        return self.taken(slice(int(first), int(last)))


FIELDS = Columns._fields


def dtype(field: str) -> np.dtype[Any]:
    """How the numbers of a field are kept."""
    return _KIND if field == "kinds" else _WHOLE


def of_rows(rows: Sequence[Sequence[int]]) -> Columns:
    """The columns of trades that come one by one, in closing order, as their fields."""
    table = list(zip(*rows, strict=True)) or [()] * len(FIELDS)
    return Columns._make(
        np.array(values, dtype(field)) for field, values in zip(FIELDS, table, strict=True)
    )


def packed(values: Array, field: str) -> bytes:
    """A field's numbers as they are kept, one after the other, the lowest byte first."""
    return values.astype(dtype(field), copy=False).tobytes()


def unpacked(pieces: Iterable[bytes], field: str) -> Array:
    """The numbers of pieces that follow one another."""
    return np.frombuffer(b"".join(pieces), dtype(field))


def roomy(values: Array) -> Array:
    """The values, as Python's integers where a sum of them all might not fit into 64 bits."""
    if not len(values) or values.dtype == object:
        return values
    largest = max(int(values.max()), -int(values.min()))
    if largest * len(values) < _ROOM:
        return values
    return values.astype(object)
