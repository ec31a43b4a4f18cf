"""Equity along whatever happens, against contracts counted one by one and prices looked up anew."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.equity import Cash, Cut, Event, Fill, Point, Price, Traded, Walk

MINUTE = 60
# Traded at all times, one of them in another currency.
TRADED = {
    "A": Traded(2_000_000, "unknown", has_value=True),
    "B": Traded(50_000_000, "unknown", has_value=True),
    "C": Traded(1_000_000, "unknown", has_value=False),
}
ORDER = (Cut, Price, Cash, Fill)
TIMES = st.integers(0, 200)
CONTRACTS = st.sampled_from("AABBC")
PRICES = st.integers(1, 30).map(lambda each: each * 10**9)
QUANTITIES = st.sampled_from((-3, -2, -1, 1, 2, 3))
EVENTS = st.one_of(
    st.builds(Cut, TIMES, st.none() | st.integers(1, 9)),
    st.builds(Price, TIMES, CONTRACTS, PRICES),
    st.builds(Price, TIMES, CONTRACTS, PRICES),
    st.builds(Cash, TIMES, st.integers(-9, 9)),
    st.builds(
        Fill, TIMES, CONTRACTS, st.sampled_from((-3, -2, -1, 1, 2, 3)), PRICES, st.integers(-99, 99)
    ),
)


class Units:
    """The account, every contract that is held as a price paid."""

    def __init__(self) -> None:
        self.paid: dict[str, list[int]] = defaultdict(list)
        self.sign: dict[str, int] = {}
        self.prices: dict[str, Price] = {}
        self.session = self.stretch_us = self.made = self.cash = 0

    def take(self, event: Event) -> None:
        if isinstance(event, Cut):
            self.stretch_us = event.at_us
            if event.session is not None:
                self.session, self.made, self.cash = event.session, 0, 0
        elif isinstance(event, Price):
            self.prices[event.contract] = event
        elif isinstance(event, Cash):
            self.cash += event.amount_micros
        else:
            self._fill(event)

    def _fill(self, event: Fill) -> None:
        self.made += event.net_micros
        held, sign = self.paid[event.contract], 1 if event.quantity > 0 else -1
        for _ in range(abs(event.quantity)):
            if held and self.sign[event.contract] != sign:
                held.pop(0)
            else:
                self.sign[event.contract] = sign
                held.append(event.price_nanos)

    def held(self) -> dict[str, int]:
        return {name: self.sign[name] * len(paid) for name, paid in self.paid.items() if paid}

    def at(self, at_us: int) -> Point:
        return Point(at_us, self.session, self.stretch_us, self.made, self.cash, self.worth(at_us))

    def worth(self, at_us: int) -> int | None:
        total = 0
        for name in self.held():
            price, traded = self.prices.get(name), TRADED[name]
            if price is None or not traded.has_value or at_us - price.at_us > MINUTE:
                return None
            gained = sum(price.nanos - each for each in self.paid[name]) * self.sign[name]
            total += gained * traded.point_value_micros // 10**9
        return total

    def oldest(self) -> int | None:
        known = [self.prices.get(name) for name in self.held()]
        if None in known:
            return None
        return min((each.at_us for each in known if each), default=None)


def in_order(events: list[Event]) -> list[Event]:
    return sorted(events, key=lambda each: (each.at_us, ORDER.index(type(each))))


def steps(events: list[Event]) -> list[list[Event]]:
    """Cuts and prices of an instant are one, as is its cash; every fill is one of its own."""
    found: list[list[Event]] = []
    kind: object = None
    for each in in_order(events):
        name = "fill" if isinstance(each, Fill) else "cash" if isinstance(each, Cash) else "price"
        if name == "fill" or (each.at_us, name) != kind:
            found.append([])
        found[-1].append(each)
        kind = each.at_us, name
    return found


def expected(units: Units, events: list[Event]) -> list[Point]:
    points = []
    lowest: int | None = None
    for step in steps(events):
        for each in step:
            units.take(each)
        point = units.at(step[0].at_us)
        is_price = all(isinstance(each, Price) for each in step)
        worth = point.unrealized_micros
        is_lower = worth is not None and (lowest is None or worth < lowest)
        if not is_price or is_lower:
            points.append(point)
        if isinstance(step[0], Fill):
            lowest = None
        elif not is_price or is_lower:
            lowest = worth
    return points


@settings(max_examples=150, deadline=None)
@given(st.lists(EVENTS, max_size=5), st.lists(EVENTS, max_size=14), st.integers(0, 400))
def test_every_point_is_that_of_contracts_counted_one_by_one(
    before: list[Event], events: list[Event], later_us: int
) -> None:
    walk, units = Walk(TRADED, MINUTE), Units()
    walk.before(before)
    for each in in_order(before):
        units.take(each)
    assert walk.at(200) == units.at(200)
    events = [each for each in events if isinstance(each, Fill) or each.at_us > 0]
    assert list(walk.along(events)) == expected(units, events)
    assert walk.held == units.held()
    assert walk.oldest_price_us() == units.oldest()
    assert walk.at(later_us) == units.at(later_us)


def test_cash_moves_equity_and_is_no_gain() -> None:
    point = Point(0, 1, 0, made_micros=5, cash_micros=100, unrealized_micros=-7)
    assert (point.gained_micros, point.moved_micros) == (-2, 98)
    unknown = point._replace(unrealized_micros=None)
    assert (unknown.gained_micros, unknown.moved_micros) == (None, None)
