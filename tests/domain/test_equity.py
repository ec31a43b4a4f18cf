"""Equity along fills, cash and prices: what is judged at one instant, and what is not known."""

from __future__ import annotations

import pytest

from app.domain import instants
from app.domain.equity import Cash, Cut, Event, Fill, Point, Price, Traded, Walk

MINUTE = 60_000_000
TRADED = {name: Traded(2_000_000, "unknown", has_value=True) for name in ("A", "B")}
FOREIGN = {"A": Traded(2_000_000, "unknown", has_value=False)}


def points(*events: Event, traded: dict[str, Traded] = TRADED) -> list[Point]:
    return list(Walk(traded, MINUTE).along(events))


def nanos(price: float) -> int:
    return int(price * 10**9)


def fill(at_us: int, quantity: int, price: float, net: int = 0, contract: str = "A") -> Fill:
    return Fill(at_us, contract, quantity, nanos(price), net)


def price(at_us: int, value: float, contract: str = "A") -> Price:
    return Price(at_us, contract, nanos(value))


def worth(found: list[Point]) -> list[int | None]:
    return [each.unrealized_micros for each in found]


def test_what_is_held_is_worth_its_last_price_first_in_first_out() -> None:
    events: list[Event] = [
        price(0, 100),
        fill(1, 2, 100),
        fill(2, 1, 103),
        fill(3, -2, 104),
        price(4, 105),
    ]
    assert worth(points(*events)) == [0, 0, -6_000_000, -6_000_000, 4_000_000]


def test_a_fill_through_zero_is_one_step() -> None:
    found = points(price(0, 100), fill(1, 1, 100), fill(2, -3, 101, net=2_000_000))
    assert worth(found) == [0, 0, 4_000_000]
    assert found[-1].gained_micros == 6_000_000


def test_prices_of_an_instant_are_one_step_and_come_before_its_fills() -> None:
    found = points(fill(5, 1, 90), price(5, 95, "B"), price(5, 100), Cash(5, 7), Cash(5, -9))
    assert [(each.at_us, each.cash_micros) for each in found] == [(5, 0), (5, -2), (5, -2)]
    assert worth(found) == [0, 0, 20_000_000]


def test_a_session_begins_before_all_else_of_its_instant() -> None:
    found = points(Cut(0, 7), fill(1, 1, 100, net=-5), Cut(2, 8), fill(2, -1, 100, net=-3))
    assert [(each.session, each.made_micros) for each in found] == [
        (7, 0),
        (7, -5),
        (8, 0),
        (8, -3),
    ]
    (cut, *_) = points(Cut(3, None))
    assert (cut.session, cut.stretch_us) == (0, 3)


@pytest.mark.parametrize(("later_us", "known"), [(MINUTE, 0), (MINUTE + 1, None)])
def test_a_price_is_good_for_as_long_as_is_allowed(later_us: int, known: int | None) -> None:
    walk = Walk(TRADED, MINUTE)
    walk.before([price(0, 100), fill(0, 1, 100)])
    assert walk.at(later_us).unrealized_micros == known
    assert walk.oldest_price_us() == 0


def test_a_price_is_good_through_a_close_and_no_longer_than_is_traded() -> None:
    closes, opens = (instants.parse(f"2025-11-06T{hour}:00:00Z") for hour in (22, 23))
    walk = Walk({"A": Traded(2_000_000, "globex", has_value=True)}, MINUTE)
    walk.before([price(closes - MINUTE // 2, 100), fill(closes - MINUTE // 2, 1, 100)])
    assert walk.at(opens + MINUTE // 2).unrealized_micros == 0
    assert walk.at(opens + MINUTE // 2 + 1).unrealized_micros is None


def test_a_price_grows_old_over_the_end_of_a_session_too() -> None:
    ends = instants.parse("2025-11-06T23:00:00Z")
    walk = Walk(TRADED, MINUTE)
    walk.before([price(ends - MINUTE, 100), fill(ends - MINUTE, 1, 100)])
    assert walk.at(ends).unrealized_micros == 0
    assert walk.at(ends + 1).unrealized_micros is None


def test_a_price_from_before_1970_is_old_after_it() -> None:
    walk = Walk(TRADED, MINUTE)
    walk.before([price(-2 * MINUTE, 100), fill(-2 * MINUTE, 1, 100)])
    assert walk.at(1).unrealized_micros is None


def test_all_contracts_that_are_held_are_worth_something() -> None:
    found = points(
        *(price(0, 100), price(0, 50, "B"), fill(1, 1, 90), fill(1, -1, 40, contract="B"))
    )
    assert worth(found)[-1] == 0
    assert worth(points(price(0, 100), price(0, 50, "B"), fill(1, 1, 90), fill(2, 2, 49, 0, "B")))[
        -1
    ] == (20_000_000 + 4_000_000)


@pytest.mark.parametrize("side", [1, -1])
def test_a_lot_that_is_closed_whole_leaves_the_next_one(side: int) -> None:
    held = [fill(1, side, 100), fill(2, 2 * side, 110), fill(3, -side, 105), fill(4, -side, 115)]
    assert worth(points(price(0, 100), *held, price(5, 120)))[-1] == side * 20_000_000


def test_a_cut_and_the_prices_of_its_instant_are_one_step() -> None:
    found = points(price(0, 100), fill(1, 1, 100), Cut(5, 7), price(5, 90))
    assert [(each.at_us, each.unrealized_micros) for each in found] == [
        (0, 0),
        (1, 0),
        (5, -20_000_000),
    ]


def test_one_contract_without_a_price_leaves_all_unknown_until_it_is_closed() -> None:
    found = points(
        price(0, 100), fill(1, 1, 100), fill(2, 1, 50, contract="B"), fill(3, -1, 51, contract="B")
    )
    assert worth(found) == [0, 0, None, 0]
    assert worth(points(price(0, 100), fill(1, 1, 100), traded=FOREIGN)) == [0, None]


@pytest.mark.parametrize("side", [1, -1])
def test_what_is_left_of_a_position_is_worth_what_was_paid_for_it(side: int) -> None:
    held = [fill(1, 3 * side, 100), fill(2, 2 * side, 110), fill(3, -1 * side, 105)]
    found = points(*held, price(4, 120), fill(5, -2 * side, 105), price(6, 120))
    # Two at 100 and two at 110; then the two at 110 alone.
    assert worth(found)[-3:] == [side * 120_000_000, side * 40_000_000, side * 40_000_000]
    closed = points(*held, price(4, 120), fill(5, -5 * side, 105), price(6, 120))
    # A fill through zero leaves one the other way round, paid at its own price.
    assert worth(closed)[-1] == -side * 30_000_000


def test_what_came_before_is_taken_in_its_order() -> None:
    walk = Walk(TRADED, MINUTE)
    walk.before([fill(3, -1, 100), Cash(2, 5), price(3, 90), Cut(1, 4), fill(2, 2, 80, net=7)])
    assert walk.at(3) == Point(3, 4, 1, 7, 5, 20_000_000)
    assert walk.held == {"A": 1}


def test_a_billionth_of_a_price_counts_where_a_point_is_worth_millions() -> None:
    yen = {"A": Traded(12_500_000_000_000, "unknown", has_value=True)}
    walk = Walk(yen, MINUTE)
    walk.before([Price(0, "A", 6_700_001), Fill(0, "A", 1, 6_700_000, 0)])
    assert walk.at(0).unrealized_micros == 12_500
