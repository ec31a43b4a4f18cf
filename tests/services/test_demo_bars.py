"""The bars of the generated history: of the same prices as its fills, and as far as it has gone."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

import pytest

from app.domain import fixed, instants
from app.domain.bars import Bar
from app.services import demo, demo_bars
from app.services.bar_pages import PricesQuestion
from app.services.demo import Demo
from app.services.resources import Resources
from tests.bar_notes import MINUTE_US, read
from tests.conftest import NOON, Clock
from tests.services.test_demo import CHICAGO

DEMO = Demo("DEMO-50K", 7)
DATES = demo.dates(NOON, 2)
ALL = PricesQuestion("MNQZ5", "1m", 5_000)


@pytest.fixture
def made(sqlite_res: Resources) -> int:
    """How many bars two dates have that lie around now."""
    return demo_bars.record(sqlite_res, DEMO, DATES)


def by_minute(found: list[Bar]) -> dict[int, Bar]:
    return {each.opened_at_us: each for each in found}


def opened(bar: Bar) -> datetime:
    return datetime.fromtimestamp(bar.opened_at_us / 10**6, CHICAGO)


def test_every_fill_lies_within_its_minute(sqlite_res: Resources, made: int) -> None:
    assert made
    bars = {
        code: by_minute(read(sqlite_res, ALL._replace(symbol=code)))
        for code in ("MNQZ5", "MESZ5", "MGCZ5")
    }
    fills = demo.fills(DEMO, DATES, NOON)
    assert len(fills) > 20
    for fill in fills:
        start_us = fill.executed_at_us - fill.executed_at_us % MINUTE_US
        bar = bars[fill.contract or ""].get(start_us)
        assert bar, fill
        assert bar.low_nanos <= fixed.price_nanos(fill.price) <= bar.high_nanos


def test_they_are_of_the_sessions_and_end_with_the_last_whole_minute(
    sqlite_res: Resources, made: int
) -> None:
    found = read(sqlite_res, ALL)
    assert made == 3 * len(found)
    assert [f"{opened(each):%a %H:%M}" for each in (found[0], found[-1])] == [
        "Wed 17:00",
        "Fri 11:59",
    ]
    assert not any(opened(each).hour == 16 for each in found)
    assert all(each.open_nanos == before.close_nanos for before, each in _neighbours(found))


def _neighbours(found: list[Bar]) -> list[tuple[Bar, Bar]]:
    return [
        (one, two)
        for one, two in pairwise(found)
        if two.opened_at_us - one.opened_at_us == MINUTE_US
    ]


def test_a_second_time_adds_what_has_gone_by_since(
    sqlite_res: Resources, clock: Clock, made: int
) -> None:
    assert demo_bars.record(sqlite_res, DEMO, DATES) == 0
    before = read(sqlite_res, ALL)
    clock.now_us += 10 * MINUTE_US
    assert demo_bars.record(sqlite_res, DEMO, DATES) == 3 * 10
    assert read(sqlite_res, ALL)[: len(before)] == before
    assert made


def test_only_the_last_dates_have_them(sqlite_res: Resources) -> None:
    demo_bars.record(sqlite_res, DEMO, demo.dates(NOON, 20))
    days = read(sqlite_res, ALL._replace(timeframe="1d", live=True))
    assert len(days) == demo_bars.DATES
    assert days[-1].opened_at_us == instants.parse("2025-11-06T23:00:00Z")
