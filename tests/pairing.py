"""Fills matched to closed lots, as platforms do that export trades and not fills."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from app.domain.executions import Fill


class Pair(NamedTuple):
    """Some contracts of an entry that left with some of an exit."""

    entry: Fill
    exit: Fill
    size: int


def pairs(some: Iterable[Fill]) -> Iterator[Pair]:
    """Entries and exits of each contract, matched first in, first out."""
    held: dict[str | None, deque[tuple[Fill, int]]] = {}
    for fill in some:
        lots, left = held.setdefault(fill.contract, deque()), fill.quantity
        while left and lots and lots[0][0].side != fill.side:
            entry, size = lots.popleft()
            matched = min(left, size)
            if matched < size:
                lots.appendleft((entry, size - matched))
            left -= matched
            yield Pair(entry, fill, matched)
        if left:
            lots.append((fill, left))
