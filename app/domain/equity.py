"""An account's equity along all that moved it: its fills, its cash, and prices of what it held.

At one instant a session's beginning comes first, then prices, then cash, then fills. Equity is
known where every contract that is held has a price no older, by trading time, than is allowed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import NamedTuple

from app.domain import fixed, sessions
from app.domain.sessions import Hours


class Traded(NamedTuple):
    """What a contract is; without a value where it is priced in another currency."""

    point_value_micros: int
    hours: Hours
    has_value: bool


class Cut(NamedTuple):
    """Where another stretch begins, and with it, unless `session` is None, that session day."""

    at_us: int
    session: int | None


class Price(NamedTuple):
    """The last price of a contract."""

    at_us: int
    contract: str
    nanos: int


class Cash(NamedTuple):
    """A deposit or a withdrawal."""

    at_us: int
    amount_micros: int


class Fill(NamedTuple):
    """An execution: its signed quantity, and what it realized less its fees."""

    at_us: int
    contract: str
    quantity: int
    price_nanos: int
    net_micros: int


Event = Cut | Price | Cash | Fill
_IN_ORDER: Mapping[type, int] = {Cut: 0, Price: 1, Cash: 2, Fill: 3}


class Point(NamedTuple):
    """The account at an instant: what its session made and moved so far, and what it holds is
    worth, None where that is not known.
    """

    at_us: int
    session: int
    stretch_us: int
    made_micros: int
    cash_micros: int
    unrealized_micros: int | None

    @property
    def gained_micros(self) -> int | None:
        """Equity less the balance at the session's start and the cash since."""
        known = self.unrealized_micros
        return None if known is None else self.made_micros + known

    @property
    def moved_micros(self) -> int | None:
        """Equity less the balance at the session's start."""
        gained = self.gained_micros
        return None if gained is None else gained + self.cash_micros


class _Book:
    """What is held of a contract, first in, first out."""

    __slots__ = ("_lots", "cost", "quantity")

    def __init__(self) -> None:
        self._lots: deque[tuple[int, int]] = deque()
        self.quantity = 0
        self.cost = 0

    def take(self, quantity: int, price_nanos: int) -> None:
        """Close what is held the other way round, open the rest."""
        self.quantity += quantity
        while quantity and self._lots and (self._lots[0][0] > 0) != (quantity > 0):
            held, entered_nanos = self._lots.popleft()
            self.cost -= held * entered_nanos
            if abs(held) > abs(quantity):
                self._lots.appendleft((held + quantity, entered_nanos))
                self.cost += (held + quantity) * entered_nanos
                return
            quantity += held
        if quantity:
            self._lots.append((quantity, price_nanos))
            self.cost += quantity * price_nanos


class Walk:
    """An account on its way along its events; `traded` has to know each contract that comes."""

    def __init__(self, traded: Mapping[str, Traded], mark_age_us: int) -> None:
        self._traded = traded
        self._mark_age_us = mark_age_us
        self._books: dict[str, _Book] = {}
        self._prices: dict[str, Price] = {}
        self._session = self._stretch_us = 0
        self._made_micros = self._cash_micros = 0

    @property
    def held(self) -> dict[str, int]:
        """The signed quantity of each contract that is held."""
        return {contract: book.quantity for contract, book in self._books.items()}

    def before(self, events: Iterable[Event]) -> None:
        """Take what happened before anything is judged."""
        for each in sorted(events, key=_place):
            self._take(each)

    def along(self, events: Iterable[Event]) -> Iterator[Point]:
        """The account after each instant's cut and prices, after its cash, and after each fill.

        Prices that follow one another are left out where what is held was worth as little before:
        no loss is reached there that was not.
        """
        lowest: int | None = None
        for (at_us, kind), found in groupby(sorted(events, key=_place), key=_step):
            is_price = kind is Price
            for each in found:
                self._take(each)
                is_price = is_price and type(each) is Price
                if kind is Fill:
                    yield self.at(at_us)
            if not is_price:
                lowest = None
            if kind is not Fill:
                worth = self._unrealized(at_us)
                if worth is not None and (lowest is None or worth < lowest):
                    lowest = worth
                    yield self.at(at_us)
                elif not is_price:
                    yield self.at(at_us)

    def at(self, at_us: int) -> Point:
        """The account at an instant, nothing having happened since the last event."""
        return Point(
            at_us,
            self._session,
            self._stretch_us,
            self._made_micros,
            self._cash_micros,
            self._unrealized(at_us),
        )

    def oldest_price_us(self) -> int | None:
        """When the oldest price of what is held was the last; None without one for everything."""
        prices = [self._prices.get(contract) for contract in self._books]
        known = [each.at_us for each in prices if each]
        return min(known, default=None) if len(known) == len(prices) else None

    def _take(self, event: Event) -> None:
        if isinstance(event, Price):
            self._prices[event.contract] = event
        elif isinstance(event, Fill):
            self._made_micros += event.net_micros
            book = self._books.setdefault(event.contract, _Book())
            book.take(event.quantity, event.price_nanos)
            if not book.quantity:
                del self._books[event.contract]
        elif isinstance(event, Cash):
            self._cash_micros += event.amount_micros
        else:
            self._stretch_us = event.at_us
            if event.session is not None:
                self._session = event.session
                self._made_micros = self._cash_micros = 0

    def _unrealized(self, at_us: int) -> int | None:
        total_micros = 0
        for contract, book in self._books.items():
            price, traded = self._prices.get(contract), self._traded[contract]
            if price is None or not traded.has_value or self._is_old(price, traded, at_us):
                return None
            gained_nanos = book.quantity * price.nanos - book.cost
            total_micros += fixed.divide(gained_nanos * traded.point_value_micros, fixed.NANO)
        return total_micros

    def _is_old(self, price: Price, traded: Traded, at_us: int) -> bool:
        age_max_us = self._mark_age_us
        if at_us - price.at_us <= age_max_us:
            return False
        enough_us = age_max_us + 1
        return sessions.open_between(traded.hours, price.at_us, at_us, enough_us) > age_max_us


def _place(event: Event) -> tuple[int, int]:
    return event.at_us, _IN_ORDER[type(event)]


def _step(event: Event) -> tuple[int, type]:
    """Cuts and prices of an instant are one step, as is all of its cash."""
    return event.at_us, Price if isinstance(event, Cut) else type(event)
