"""Stored bars, what they make known, and the coarser ones built of them, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.db import bars as rows
from app.domain import bars, instants
from app.domain.bars import Bar
from app.domain.instruments import SHIPPED, Delivery
from app.domain.periods import Span
from app.errors import InvalidBody
from app.services import bar_storing
from app.services.bar_storing import Stored
from app.services.resources import LIGHT_ROWS_MAX, Resources
from tests.bar_notes import MINUTE_US, bar, closes, contract, minutes, put

ALWAYS = Span(instants.FIRST_US, instants.LAST_US)
START = instants.parse("2025-11-05T23:00:00Z")


def every(res: Resources, delivery: Delivery, timeframe_s: int) -> list[Bar]:
    with res.db.read() as conn:
        (found,) = (
            each
            for each in rows.contracts(conn, delivery.instrument.root)
            if each.delivery_month == delivery.month
        )
        return rows.between(conn, found.contract_key, timeframe_s, ALWAYS)


def state(res: Resources, root: str) -> list[tuple[int, int]]:
    with res.db.read() as conn:
        return [(each.version, each.stamp) for each in rows.contracts(conn, root)]


@pytest.mark.feature("PAM-BARS-14")
def test_bars_are_kept_by_contract_timeframe_and_time(res: Resources) -> None:
    put(res, "MNQZ5", minutes("2025-11-06T15:00:00Z", 1, 2))
    put(res, "MNQH6", minutes("2025-11-06T15:00:00Z", 5))
    put(res, "MNQZ5", [bar("2025-11-06T15:00:00Z", 9)], timeframe_s=300)
    assert closes(every(res, contract("MNQZ5"), 60)) == [("15:00", 1), ("15:01", 2)]
    assert closes(every(res, contract("MNQH6"), 60)) == [("15:00", 5)]
    assert closes(every(res, contract("MNQZ5"), 300)) == [("15:00", 9)]


def test_a_second_time_nothing_changes_and_a_correction_takes_the_bar_s_place(
    res: Resources,
) -> None:
    found = minutes("2025-11-06T15:00:00Z", 1, 2, 3)
    store = bar_storing.store
    assert store(res, contract("MNQZ5"), 60, found) == Stored(3, 0, 0)
    before = state(res, "MNQ")
    assert store(res, contract("MNQZ5"), 60, found) == Stored(0, 0, 3)
    assert state(res, "MNQ") == before
    corrected = [*found[:2], bar("2025-11-06T15:02:00Z", 7)]
    assert store(res, contract("MNQZ5"), 60, corrected) == Stored(0, 1, 2)
    assert state(res, "MNQ") != before
    assert closes(every(res, contract("MNQZ5"), 60))[-1] == ("15:02", 7)


def test_many_bars_are_committed_where_they_came_from_and_not_where_they_are_worked_on(
    res: Resources,
) -> None:
    away: list[None] = []
    told: list[bool] = []

    def elsewhere(work: Any) -> Any:
        away.append(None)
        try:
            return work()
        finally:
            away.pop()

    res.db.on_commit = lambda: told.append(bool(away))
    many = minutes("2025-11-06T15:00:00Z", *[1] * (LIGHT_ROWS_MAX + 1))
    bar_storing.store(replace(res, offload=elsewhere), contract("MNQZ5"), 60, many)
    assert told == [False]


@pytest.mark.feature("PAM-BARS-14")
def test_a_coarser_bar_is_built_once_its_time_is_known_to_the_end(res: Resources) -> None:
    put(res, "MNQZ5", minutes("2025-11-06T15:00:00Z", 3, 9, 1, None))
    put(res, "MNQZ5", minutes("2025-11-06T15:02:00Z", 1, None))
    assert every(res, contract("MNQZ5"), 300) == []
    # The fourth minute is told to be quiet by the bars around it.
    put(res, "MNQZ5", minutes("2025-11-06T15:02:00Z", 1, None, 4, 6))
    made = bar("2025-11-06T15:00:00Z", 3, 9, 1, 4, volume=4)
    assert every(res, contract("MNQZ5"), 300) == [made]


def test_a_gap_leaves_the_bars_that_touch_it_out(res: Resources) -> None:
    """Of two requests nobody knows what was traded between them."""
    put(res, "MNQZ5", minutes("2025-11-06T15:00:00Z", 1, 2, 3))
    put(res, "MNQZ5", minutes("2025-11-06T15:04:00Z", 5, 6, 7, 8, 9, 10))
    assert closes(every(res, contract("MNQZ5"), 300)) == [("15:05", 10)]


def test_a_corrected_minute_corrects_what_was_built_of_it(res: Resources) -> None:
    put(res, "MNQZ5", minutes("2025-11-06T15:00:00Z", *range(1, 16)))
    assert closes(every(res, contract("MNQZ5"), 900)) == [("15:00", 15)]
    put(res, "MNQZ5", minutes("2025-11-06T15:14:00Z", 99))
    assert closes(every(res, contract("MNQZ5"), 900)) == [("15:00", 99)]
    assert closes(every(res, contract("MNQZ5"), 300))[-1] == ("15:10", 99)


def test_a_bar_that_was_given_is_never_replaced_by_a_built_one(res: Resources) -> None:
    given_bar = [bar("2025-11-06T15:00:00Z", 50)]
    put(res, "MNQZ5", given_bar, timeframe_s=300)
    put(res, "MNQZ5", minutes("2025-11-06T15:00:00Z", *range(1, 11)))
    assert closes(every(res, contract("MNQZ5"), 300)) == [("15:00", 50), ("15:05", 10)]
    put(res, "MNQZ5", [bar("2025-11-06T15:05:00Z", 60)], timeframe_s=300)
    assert closes(every(res, contract("MNQZ5"), 300)) == [("15:00", 50), ("15:05", 60)]


def test_a_session_is_built_from_hours_to_its_close(res: Resources) -> None:
    hours = [bar(instants.text(START + n * 60 * MINUTE_US), n + 1) for n in range(23)]
    put(res, "MNQZ5", hours[:-1], timeframe_s=3600)
    assert every(res, contract("MNQZ5"), 86400) == []
    put(res, "MNQZ5", hours[-2:], timeframe_s=3600)
    day = bar("2025-11-05T23:00:00Z", 1, 23, 1, 23, volume=23)
    assert every(res, contract("MNQZ5"), 86400) == [day]


def test_contracts_of_two_decades_are_two(res: Resources) -> None:
    old = SHIPPED.delivery("ESZ3", None, instants.parse("2013-10-07T15:00:00Z"))
    new = SHIPPED.delivery("ESZ3", None, instants.parse("2023-10-09T15:00:00Z"))
    bar_storing.store(res, old, 60, [bar("2013-10-07T15:00:00Z", 1)])
    bar_storing.store(res, new, 60, [bar("2023-10-09T15:00:00Z", 2)])
    assert closes(every(res, old, 60)) == [("15:00", 1)]
    both = [bar("2013-10-07T15:00:00Z", 1), bar("2023-10-09T15:00:00Z", 2)]
    with pytest.raises(InvalidBody, match="two contracts"):
        bar_storing.delivery(res, "ESZ3", None, both)


# --- Against an oracle ---------------------------------------------------------------------------

PLACES = st.lists(st.integers(0, 60), unique=True, min_size=1, max_size=25).map(sorted)
BATCHES = st.lists(st.tuples(PLACES, st.integers(1, 9)), min_size=1, max_size=5)


def expected(batches: Sequence[tuple[list[int], int]], width: int) -> list[Bar]:
    """By sets of minutes: a request speaks for all minutes from its first bar to its last."""
    known: set[int] = set()
    prices: dict[int, int] = {}
    for places, price in batches:
        known |= set(range(places[0], places[-1] + 1))
        prices |= dict.fromkeys(places, price)
    made = []
    for first in range(0, 61, width):
        inside = range(first, first + width)
        traded = [prices[each] for each in inside if each in prices]
        if traded and known.issuperset(inside):
            at = instants.text(START + first * MINUTE_US)
            order = (traded[0], max(traded), min(traded), traded[-1])
            made.append(bar(at, *order, volume=len(traded)))
    return made


@pytest.mark.feature("PAM-BARS-14")
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(batches=BATCHES)
def test_any_batches_in_any_order_build_what_an_oracle_builds(
    sqlite_res: Resources, batches: list[tuple[list[int], int]]
) -> None:
    # A contract of its own for each example.
    root = SHIPPED.by_root["MNQ"]
    with sqlite_res.db.read() as conn:
        month = 24000 + len(rows.contracts(conn, "MNQ"))
    delivery = Delivery(root, "MNQ", month)
    for places, price in batches:
        found = [bar(instants.text(START + n * MINUTE_US), price) for n in places]
        bar_storing.store(sqlite_res, delivery, 60, found)
    for width in (5, 15):
        assert every(sqlite_res, delivery, width * 60) == expected(batches, width)


def test_an_oracle_that_takes_every_silence_for_quiet_is_told_apart(sqlite_res: Resources) -> None:
    """Known bad: bars built over what nobody spoke of."""
    batches = [([0, 1], 1), ([3, 4], 2)]
    put(sqlite_res, "MNQZ5", minutes("2025-11-05T23:00:00Z", 1, 1))
    put(sqlite_res, "MNQZ5", minutes("2025-11-05T23:03:00Z", 2, 2))
    assert every(sqlite_res, contract("MNQZ5"), 300) == expected(batches, 5) == []
    told = [bar(instants.text(START + n * MINUTE_US), 1) for n in (0, 1, 3, 4)]
    assert len(list(bars.coarser(told, 300))) == 1
