"""Bars as they are asked for: windows, views over contracts, the bar in progress, and sources."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.domain import instants
from app.errors import CacheMiss
from app.services import prices
from app.services.bar_pages import PricesQuestion
from app.services.resources import Resources
from tests.bar_notes import bar, closes, minutes, put, read
from tests.conftest import Clock

# The clock stands at 18:00 UTC on Friday 2025-11-07.
MINUTE = PricesQuestion("MNQZ5", "1m", 300)


def told(res: Resources, question: PricesQuestion) -> Any:
    return json.loads(prices.answer(res, prices.ask(res, question)).content)


# --- Windows -------------------------------------------------------------------------------------


@pytest.mark.feature("PAM-BARS-05", "PAM-BARS-06")
def test_a_page_is_the_latest_bars_before_its_end(res: Resources) -> None:
    put(res, "MNQZ5", minutes("2025-11-07T15:00:00Z", 1, 2, 3, 4))
    end = instants.parse("2025-11-07T15:03:00Z")
    found = read(res, MINUTE._replace(limit=2, end=end))
    assert closes(found) == [("15:01", 2), ("15:02", 3)]


@pytest.mark.feature("PAM-BARS-06", "PAM-BARS-07")
def test_a_bar_in_progress_is_left_out_unless_it_is_asked_for(res: Resources, clock: Clock) -> None:
    put(res, "MNQZ5", minutes("2025-11-07T17:58:00Z", 1, 2, 3))
    assert closes(read(res, MINUTE)) == [("17:58", 1), ("17:59", 2)]
    assert closes(read(res, MINUTE._replace(live=True)))[-1] == ("18:00", 3)
    clock.set("2025-11-07T18:01:00Z")
    assert closes(read(res, MINUTE))[-1] == ("18:00", 3)


@pytest.mark.feature("PAM-BARS-07")
def test_the_bar_in_progress_is_made_of_the_finer_bars_that_there_are(
    res: Resources, clock: Clock
) -> None:
    put(res, "MNQZ5", minutes("2025-11-07T17:00:00Z", *range(1, 79)))
    clock.set("2025-11-07T18:17:20Z")
    hours = read(res, MINUTE._replace(timeframe="1h", live=True))
    assert closes(hours) == [("17:00", 60), ("18:00", 78)]
    assert [each.volume for each in hours] == [60, 18]
    body = told(res, MINUTE._replace(timeframe="1h", live=True))
    assert [each.get("partial") for each in body["bars"]] == [None, True]


def test_the_bar_in_progress_counts_no_trade_twice_and_leaves_none_out(
    res: Resources, clock: Clock
) -> None:
    """Only the second five minutes are known to their end, so minutes stand for the rest."""
    put(res, "MNQZ5", minutes("2025-11-07T18:00:00Z", 1, 2))
    put(res, "MNQZ5", minutes("2025-11-07T18:05:00Z", *range(6, 13)))
    clock.set("2025-11-07T18:11:30Z")
    (found,) = read(res, MINUTE._replace(timeframe="1h", live=True))
    assert found == bar("2025-11-07T18:00:00Z", 1, 12, 1, 12, volume=9)


def test_the_bar_in_progress_is_no_part_of_an_earlier_window(res: Resources, clock: Clock) -> None:
    put(res, "MNQZ5", minutes("2025-11-07T17:00:00Z", *range(1, 90)))
    clock.set("2025-11-07T18:17:20Z")
    end = instants.parse("2025-11-07T18:00:00Z")
    question = MINUTE._replace(timeframe="1h", live=True, end=end)
    assert closes(read(res, question)) == [("17:00", 60)]


@pytest.mark.feature("PAM-BARS-06")
def test_while_the_market_is_closed_the_default_end_is_the_last_close(
    res: Resources, clock: Clock
) -> None:
    clock.set("2025-11-08T12:00:00Z")
    put(res, "MNQZ5", [*minutes("2025-11-07T21:59:00Z", 1), bar("2025-11-08T10:00:00Z", 2)])
    assert closes(read(res, MINUTE._replace(adjust=False))) == [("21:59", 1)]


@pytest.mark.feature("PAM-BARS-08")
def test_bars_outside_the_exchange_s_hours_are_kept_back_unless_they_are_asked_for(
    res: Resources, clock: Clock
) -> None:
    clock.set("2025-11-10T15:00:00Z")
    inside, outside = bar("2025-11-07T21:59:00Z", 1), bar("2025-11-07T22:00:00Z", 2)
    put(res, "MNQZ5", [inside, outside, bar("2025-11-08T15:00:00Z", 3)])
    assert read(res, MINUTE) == [inside]
    assert len(read(res, MINUTE._replace(adjust=False))) == 3
    # However many of them lie before the bars that are wanted.
    assert read(res, MINUTE._replace(limit=1)) == [inside]


@pytest.mark.feature("PAM-BARS-02")
def test_a_root_is_each_day_s_front_contract(res: Resources, clock: Clock) -> None:
    clock.set("2025-12-12T00:00:00Z")
    # MNQZ5 rolls with the session that opens on the 10th at 23:00.
    put(res, "MNQZ5", [bar("2025-12-10T21:59:00Z", 1), bar("2025-12-10T23:00:00Z", 2)])
    put(res, "MNQH6", [bar("2025-12-10T21:59:00Z", 3), bar("2025-12-10T23:00:00Z", 4)])
    root = MINUTE._replace(symbol="MNQ")
    assert closes(read(res, root)) == [("21:59", 1), ("23:00", 4)]
    assert closes(read(res, root._replace(limit=1))) == [("23:00", 4)]
    put(res, "MNQ", minutes("2025-12-10T15:00:00Z", 9))
    assert closes(read(res, root)) == [("15:00", 9)]


def test_where_nothing_is_stored_there_is_no_answer(res: Resources) -> None:
    with pytest.raises(CacheMiss, match="MNQZ5"):
        told(res, MINUTE)
    put(res, "MNQZ5", minutes("2025-11-07T15:00:00Z", 1))
    assert told(res, MINUTE)["count"] == 1
    with pytest.raises(CacheMiss):
        told(res, MINUTE._replace(end=instants.parse("2025-11-07T15:00:00Z")))


# --- Tiers ---------------------------------------------------------------------------------------


@pytest.mark.feature("PAM-BARS-11", "PAM-BARS-12", "PAM-BARS-13")
def test_the_source_is_the_tier_that_had_the_bars(res: Resources) -> None:
    put(res, "MNQZ5", minutes("2025-11-07T15:00:00Z", 1))
    database = "sqlite" if res.db.is_sqlite else "postgres"
    for tier in (database, "memory", "memory"):
        body = told(res, MINUTE)
        assert body["source"] == f"{tier}_cache"
        assert body["cache_status"]["hit"] is True
        assert body["cache_status"]["tier"] == tier
        assert body["cache_status"]["latency_ms"] > 0


def test_what_is_kept_is_never_out_of_date(res: Resources, clock: Clock) -> None:
    put(res, "MNQZ5", minutes("2025-11-07T15:00:00Z", 1))
    tag = prices.ask(res, MINUTE).tag
    assert told(res, MINUTE)["bars"][-1]["close"] == 1
    put(res, "MNQZ5", minutes("2025-11-07T15:00:00Z", 2))
    assert told(res, MINUTE)["bars"][-1]["close"] == 2
    assert prices.ask(res, MINUTE).tag != tag
    # Another contract's bars are no news.
    tag = prices.ask(res, MINUTE).tag
    put(res, "MNQH6", minutes("2025-11-07T15:00:00Z", 2))
    assert prices.ask(res, MINUTE).tag == tag
    # A bar that closes is news without a write.
    put(res, "MNQZ5", minutes("2025-11-07T18:00:00Z", 7))
    assert told(res, MINUTE)["bars"][-1]["close"] == 2
    clock.set("2025-11-07T18:01:00Z")
    assert told(res, MINUTE)["bars"][-1]["close"] == 7


def test_bars_of_a_restored_database_are_told_from_others_of_the_same_version(
    sqlite_res: Resources,
) -> None:
    put(sqlite_res, "MNQZ5", minutes("2025-11-07T15:00:00Z", 1))
    tag = prices.ask(sqlite_res, MINUTE).tag
    put(sqlite_res, "MNQZ5", minutes("2025-11-07T15:00:00Z", 2))
    with sqlite_res.db.write() as conn:
        conn.exec_driver_sql("UPDATE price_contracts SET version = 1")
    assert prices.ask(sqlite_res, MINUTE).tag != tag
    assert told(sqlite_res, MINUTE)["bars"][-1]["close"] == 2


def test_a_closed_window_keeps_its_tag_as_time_goes_on(res: Resources, clock: Clock) -> None:
    put(res, "MNQZ5", minutes("2025-11-07T15:00:00Z", 1))
    closed = MINUTE._replace(end=instants.parse("2025-11-07T16:00:00Z"))
    tags = {prices.ask(res, closed).tag}
    clock.set("2025-11-09T18:00:00Z")
    assert {prices.ask(res, closed).tag} == tags
