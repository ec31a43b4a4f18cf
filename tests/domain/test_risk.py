"""Limits along a way: terms in force, balances at sessions' ends, and where a limit was reached."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import risk
from app.domain.equity import Point
from app.domain.risk import Closed, Ledger, Low, MaxLoss, Reached, Terms

START = 50_000
LEDGER = Ledger(START, [(3, 1_500), (4, -400), (7, 1_900)])
NONE = Terms(100)


def point(at_us: int, session: int, moved: int | None, cash: int = 0, stretch: int = 0) -> Point:
    """Where equity had moved so far from the session's start, a part of it by cash."""
    return Point(at_us, session, stretch, 0, cash, None if moved is None else moved - cash)


# --- Balances ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("session", "closed"),
    [
        (2, Closed(1, START, START)),
        (3, Closed(2, START, START)),
        (4, Closed(3, 51_500, 51_500)),
        (5, Closed(4, 51_100, 51_500)),
        (7, Closed(4, 51_100, 51_500)),
        (8, Closed(7, 53_000, 53_000)),
    ],
)
def test_a_session_begins_with_what_the_last_one_before_it_ended_with(
    session: int, closed: Closed
) -> None:
    assert LEDGER.before(session) == closed
    assert LEDGER.start_micros == START


def test_a_balance_that_only_falls_leaves_the_start_the_highest() -> None:
    assert Ledger(START, [(1, -5)]).before(2) == Closed(1, START - 5, START)


@pytest.mark.parametrize(
    ("session", "mode", "floor"),
    # As the contract has it: 51,500 at the highest, then 53,000.
    [(3, "eod", 48_000), (5, "eod", 49_500), (8, "eod", 50_000), (8, "static", 48_000)],
)
def test_the_floor_follows_the_highest_balance_up_to_the_start(
    session: int, mode: risk.Mode, floor: int
) -> None:
    assert LEDGER.floor_micros(session, MaxLoss(2_000, mode)) == floor


def test_a_highest_balance_below_the_start_moves_no_floor() -> None:
    assert MaxLoss(2_000, "eod").floor_micros(START, START - 700) == START - 2_000


# --- Terms ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at_us", "daily"),
    [(0, 500), (99, 500), (149, 500), (150, 500), (199, 500), (200, 700), (299, 700), (300, None)],
)
def test_the_first_limit_holds_for_all_time_before_and_a_later_one_from_its_instant(
    at_us: int, daily: int | None
) -> None:
    history = [NONE, Terms(150, 500), Terms(200, 700), Terms(300)]
    assert risk.daily_loss(history, at_us) == daily
    assert risk.max_loss([NONE, Terms(150, max_loss_micros=9)], at_us) == MaxLoss(9, "eod")


def test_who_was_never_limited_has_no_limit() -> None:
    assert risk.daily_loss([NONE], 500) is None
    assert risk.max_loss([], 500) is None
    lifted = [Terms(1, max_loss_micros=9, mode="static"), Terms(5)]
    assert risk.max_loss(lifted, 4) == MaxLoss(9, "static")
    assert risk.max_loss(lifted, 5) is None


# --- What is used, and where it was reached ------------------------------------------------------


def test_what_is_used_is_never_negative_and_unknown_where_equity_is() -> None:
    used = [risk.used_daily(point(0, 1, moved)) for moved in (-7, 0, 7, None)]
    assert used == [7, 0, 0, None]
    # Cash is no gain.
    assert risk.used_daily(point(0, 1, 90, cash=100)) == 10
    limit = MaxLoss(2_000, "eod")
    some = [risk.used_max(equity, 48_000, limit) for equity in (47_000, 48_000, 49_500, 50_500)]
    assert some == [3_000, 2_000, 500, 0]


def test_a_daily_loss_is_reached_at_the_first_point_that_has_used_it_up() -> None:
    way = [point(1, 4, -499), point(2, 4, None), point(3, 4, -500), point(4, 4, -900)]
    assert risk.daily_reached(way, [Terms(0, 500)], 51_500) == Reached(3, 51_000, 51_000)
    assert risk.daily_reached(way[:2], [Terms(0, 500)], 51_500) is None
    assert risk.daily_reached(way, [NONE], 51_500) is None
    paid_in = [point(3, 4, -600, cash=100)]
    assert risk.daily_reached(paid_in, [Terms(0, 500)], 51_500) == Reached(3, 50_900, 51_100)


def test_a_maximum_loss_is_reached_at_the_floor_and_not_before_it_was_lifted() -> None:
    history = [Terms(0, max_loss_micros=2_000)]
    way = [point(1, 5, -1_599), point(2, 5, None), point(3, 5, -1_600), point(4, 5, -1_700)]
    assert risk.max_reached(way, history, LEDGER, 0) == Reached(3, 49_500, 49_500)
    assert risk.max_reached(way, history, LEDGER, 3) == Reached(3, 49_500, 49_500)
    assert risk.max_reached(way, history, LEDGER, 4) == Reached(4, 49_400, 49_500)
    assert risk.max_reached(way, history, LEDGER, 5) is None
    assert risk.max_reached(way, [NONE], LEDGER, 0) is None


def test_shares_are_crossed_once_where_they_were_first_used() -> None:
    way = [
        point(1, 4, -249),
        point(2, 4, None),
        point(3, 4, -250),
        point(4, 4, -450),
        point(5, 4, -500),
    ]
    crossed = risk.daily_crossed(way, [Terms(0, 500)], (5_000, 9_000, 10_001))
    assert crossed == {5_000: 3, 9_000: 4}
    assert risk.daily_crossed(way, [NONE], (1,)) == {}
    falls = [point(1, 5, -599), point(2, 5, -600), point(3, 5, None), point(4, 5, -1_600)]
    history = [Terms(0, max_loss_micros=2_000)]
    assert risk.max_crossed(falls, history, LEDGER, (5_000, 10_000)) == {5_000: 2, 10_000: 4}
    assert risk.max_crossed(falls, [NONE], LEDGER, (1,)) == {}


def test_the_low_of_a_stretch_is_its_deepest_known_equity() -> None:
    way = [
        *(point(1, 5, 3), point(2, 5, -4), point(3, 5, None), point(4, 5, 1)),
        *(point(6, 5, 8, stretch=5), point(7, 4, 2, stretch=9), point(8, 6, None, stretch=8)),
    ]
    assert risk.lows(way) == [Low(4, 9, 2), Low(5, 0, -4), Low(5, 5, 8)]


def test_the_first_low_since_an_instant_that_reached_the_floor_is_found() -> None:
    history = [Terms(0, max_loss_micros=2_000)]
    some = [Low(5, 1, -1_599), Low(5, 2, -1_600), Low(8, 3, -3_000)]
    assert risk.first_low(some, history, LEDGER, 0) == some[1]
    assert risk.first_low(some, history, LEDGER, 2) == some[1]
    assert risk.first_low(some, history, LEDGER, 3) == some[2]
    assert risk.first_low(some, history, LEDGER, 4) is None
    assert risk.first_low(some, [NONE], LEDGER, 0) is None


WAYS = st.lists(
    st.tuples(st.integers(1, 5), st.none() | st.integers(-3_000, 3_000)), min_size=1, max_size=20
)


def points(ways: Iterable[tuple[int, int | None]]) -> list[Point]:
    """In order, each session a stretch of its own."""
    ordered = sorted(ways, key=lambda each: each[0])
    return [point(n, session, moved, stretch=session) for n, (session, moved) in enumerate(ordered)]


@settings(max_examples=100)
@given(WAYS, st.integers(1, 3_000))
def test_the_lows_tell_whether_a_maximum_loss_was_reached_at_all(
    ways: list[tuple[int, int | None]], limit: int
) -> None:
    history = [Terms(0, max_loss_micros=limit)]
    found = risk.max_reached(points(ways), history, LEDGER, 0)
    low = risk.first_low(risk.lows(points(ways)), history, LEDGER, 0)
    assert (found is None) == (low is None)
    if found and low:
        assert points(ways)[found.at_us].session == low.session


@pytest.mark.parametrize(
    ("part", "whole", "share"), [(1, 3, 3_333), (2, 3, 6_667), (1, 20_000, 0), (3, 20_000, 2)]
)
def test_a_share_is_in_ten_thousandths_and_half_even(part: int, whole: int, share: int) -> None:
    assert risk.share(part, whole) == share
