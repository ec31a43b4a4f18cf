"""The broker's open positions beside ours: where they differ, fills are missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct

from app.broker.model import BrokerPosition
from app.domain.instruments import Catalogue
from app.domain.positions import LONG, Position
from app.services import sync_contracts

# No differences, as they are kept.
NONE = "[]"


class Differing(Struct, frozen=True):
    """A contract of which the broker holds another quantity than we do; shorts are negative."""

    contract: str
    ours: int
    theirs: int

    @property
    def missing(self) -> int:
        """What is to be bought, or sold, to have what the broker has."""
        return self.theirs - self.ours

    @property
    def told(self) -> str:
        """For people."""
        return f"{self.contract}: {self.ours} here, {self.theirs} at the broker"


def differing(
    known: Catalogue, ours: Iterable[Position], theirs: Iterable[BrokerPosition], now_us: int
) -> list[Differing]:
    """The contracts in which the two differ, by their names."""
    held = Counter({each.contract: _signed(each) for each in ours})
    said: Counter[str] = Counter()
    for each in theirs:
        said[_contract(known, each, held, now_us)] += each.quantity
    contracts = sorted({*held, *said})
    found = (Differing(each, held[each], said[each]) for each in contracts)
    return [each for each in found if each.missing]


def persist(before: str, now: Sequence[Differing]) -> bool:
    """Whether some contract lacks the same as it did when the last differences were written."""
    last = {each.contract: each.missing for each in read(before)}
    return any(last.get(each.contract) == each.missing for each in now)


def read(written: str) -> list[Differing]:
    """Differences that were kept."""
    return msgspec.json.decode(written, type=list[Differing])


def write(found: Sequence[Differing]) -> str:
    """Differences, to be kept."""
    return msgspec.json.encode(found).decode()


def _signed(held: Position) -> int:
    return held.quantity if held.side == LONG else -held.quantity


def _contract(
    known: Catalogue, position: BrokerPosition, held: Mapping[str, int], now_us: int
) -> str:
    """Ours; where the broker names only the product, the one that we hold of it."""
    code = sync_contracts.ours(known, position.contract_id, now_us)
    if sync_contracts.is_dated(position.contract_id):
        return code
    of_product = [each for each in held if each[: -len("Z5")] == code]
    return of_product[0] if len(of_product) == 1 else code
