"""A trades log told the simple way: all of it in one list, sorted and filtered in memory."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from random import Random
from typing import NamedTuple

from app.domain import instants
from app.domain.executions import Fill
from app.domain.orders import SentOrder
from app.services import ingest, orders
from app.services.resources import Resources

START_US = instants.parse("2025-11-03T15:00:00Z")
CONTRACTS = ("MNQZ5", "MNQZ5", "MNQH6", "MESZ5")
STRATEGIES = (None, "breakout", "fade")
STATUSES = ("PENDING", "FILLED", "CANCELLED", "REJECTED")
# Few instants and fewer sequences, so that most items stand beside others of the same.
INSTANTS = 6
SEQUENCES = (0, 0, 0, 1, -1)
FIRST_LETTERS = ("", "a", "B", "~", "=", "-")


class Filter(NamedTuple):
    """What a page shows; what is None is any."""

    kind: str
    symbol: str | None
    strategy: str | None
    start_us: int
    end_us: int


class Book:
    """One account's fills and orders, in the database and in memory."""

    def __init__(self, res: Resources, account_id: str, rng: Random) -> None:
        self._res = res
        self._account_id = account_id
        self._rng = rng
        self._fills: dict[str, Fill] = {}
        self._orders: dict[str, SentOrder] = {}
        self._made = 0

    def add(self, number: int) -> None:
        """Record some fills and orders, and cancel some that were pending."""
        fills = [self._fill() for _ in range(number)]
        sent = [self._order() for _ in range(number)]
        pending = [each for each in self._orders.values() if each.status == "PENDING"]
        later_us = START_US + 10**9
        sent += [each._replace(status="CANCELLED", updated_at_us=later_us) for each in pending[:1]]
        if fills:
            ingest.record(self._res, fills)
        if sent:
            orders.record(self._res, sent)
        self._fills |= {each.execution_id: each for each in fills}
        self._orders |= {each.order_id: each for each in sent}

    def remove(self, number: int) -> None:
        """Delete some executions."""
        for each in self._rng.sample(sorted(self._fills), min(number, len(self._fills))):
            ingest.delete(self._res, self._account_id, each)
            del self._fills[each]

    def listed(self, asked: Filter) -> list[str]:
        """The ids that match, newest first."""
        found = [*self._executions(asked), *self._open_orders(asked)]
        return [place[-1] for place in sorted(found, reverse=True)]

    def _executions(self, asked: Filter) -> Iterable[tuple[int, int, int, str]]:
        if asked.kind in ("all", "filled"):
            for fill, strategy in self._with_strategies():
                if _passes(asked, fill.executed_at_us, fill.symbol, strategy):
                    yield fill.executed_at_us, 1, fill.sequence or 0, fill.execution_id

    def _open_orders(self, asked: Filter) -> Iterable[tuple[int, int, int, str]]:
        filled = {each.order_id for each in self._fills.values()} | {None}
        for each in self._orders.values():
            is_open = each.status != "FILLED" and each.order_id not in filled
            is_asked = is_open and asked.kind in ("all", each.status.lower())
            if is_asked and _passes(asked, each.submitted_at_us, each.symbol, each.strategy):
                yield each.submitted_at_us, 0, 0, each.order_id

    def _with_strategies(self) -> Iterable[tuple[Fill, str | None]]:
        """Each fill with the strategy of its position: of a reversal, the closed one's."""
        net: dict[str, int] = {}
        opened_by: dict[str, str | None] = {}
        for fill in sorted(
            self._fills.values(), key=lambda e: (e.executed_at_us, e.sequence or 0, e.execution_id)
        ):
            before = net.get(fill.symbol, 0)
            after = before + (fill.quantity if fill.side == "BUY" else -fill.quantity)
            if before == 0:
                opened_by[fill.symbol] = fill.strategy
            yield fill, opened_by[fill.symbol]
            if before * after < 0:
                opened_by[fill.symbol] = fill.strategy
            net[fill.symbol] = after

    def _fill(self) -> Fill:
        return Fill(
            account_id=self._account_id,
            execution_id=self._id("e"),
            symbol=self._rng.choice(CONTRACTS),
            side=self._rng.choice(("BUY", "SELL")),
            quantity=self._rng.randint(1, 3),
            price=Decimal(self._rng.randint(-40, 40)) / 4,
            executed_at_us=self._instant(),
            sequence=self._rng.choice(SEQUENCES),
            order_id=self._rng.choice((None, *sorted(self._orders)[:40])),
            strategy=self._rng.choice(STRATEGIES),
        )

    def _order(self) -> SentOrder:
        return SentOrder(
            self._account_id,
            self._id("o"),
            self._rng.choice(CONTRACTS),
            "BUY",
            1,
            self._rng.choice(STATUSES),
            self._instant(),
            strategy=self._rng.choice(STRATEGIES),
        )

    def _id(self, kind: str) -> str:
        self._made += 1
        return f"{self._rng.choice(FIRST_LETTERS)}{kind}{self._made}"

    def _instant(self) -> int:
        return START_US + self._rng.randrange(INSTANTS)


def _passes(asked: Filter, at_us: int, contract: str, strategy: str | None) -> bool:
    return (
        asked.start_us <= at_us < asked.end_us
        and (asked.symbol is None or contract.startswith(asked.symbol))
        and (asked.strategy is None or strategy == asked.strategy)
    )
