"""Bars that a source is asked for: what is missing and nothing else, and of which contract."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from app.cache.memory import Memory
from app.cache.read_through import ReadThrough
from app.cache.shared import Nothing
from app.domain import instants
from app.domain.bars import Bar
from app.domain.instruments import Delivery
from app.domain.periods import Span
from app.errors import CacheMiss, UpstreamUnavailable, UpstreamUnknown
from app.services.bar_pages import PricesQuestion
from app.services.resources import Resources
from tests.bar_notes import FakeSource, bar, minutes, put
from tests.conftest import Clock
from tests.services.test_prices import MINUTE, told


def with_source(res: Resources, source: FakeSource) -> Resources:
    return replace(res, bar_source=source)


LAST_TEN = MINUTE._replace(limit=10, end=instants.parse("2025-11-07T15:10:00Z"))


@pytest.mark.feature("PAM-BARS-13")
def test_only_what_is_missing_is_fetched_and_nothing_twice(res: Resources) -> None:
    source = FakeSource(quiet=["2025-11-07T15:08:00Z"])
    res = with_source(res, source)
    put(res, "MNQZ5", minutes("2025-11-07T15:03:00Z", 3, None, 5))
    body = told(res, LAST_TEN)
    assert (body["source"], body["cache_status"]["hit"]) == ("topstepx_api", False)
    assert source.asked == [
        ("MNQZ5", "2025-11-07T15:00:00Z", "2025-11-07T15:03:00Z"),
        ("MNQZ5", "2025-11-07T15:06:00Z", "2025-11-07T15:10:00Z"),
        # Two of these minutes are quiet, so ten bars reach further back.
        ("MNQZ5", "2025-11-07T13:50:00Z", "2025-11-07T15:00:00Z"),
    ]
    assert [each["close"] for each in body["bars"]] == [1, 1, 1, 1, 1, 3, 5, 1, 1, 1]
    # Known by now, the quiet minutes too: by this process and by one whose memory is empty.
    fresh = replace(res, cache=ReadThrough(Memory(), Nothing()))
    for each in (res, fresh):
        assert told(each, LAST_TEN)["count"] == 10
    wider = LAST_TEN._replace(limit=80)
    assert told(fresh, wider)["count"] == 80
    assert source.asked[3:] == [("MNQZ5", "2025-11-07T04:30:00Z", "2025-11-07T13:50:00Z")]


def test_a_bar_that_was_given_in_progress_is_fetched_when_it_has_closed(
    res: Resources, clock: Clock
) -> None:
    res = with_source(res, FakeSource())
    clock.set("2025-11-07T15:01:30Z")
    put(res, "MNQZ5", minutes("2025-11-07T15:00:00Z", 3, 7))
    clock.set("2025-11-07T15:02:00Z")
    question = MINUTE._replace(limit=2, end=instants.parse("2025-11-07T15:02:00Z"))
    assert [each["close"] for each in told(res, question)["bars"]] == [3, 1]


def test_a_bar_in_progress_is_not_kept_as_fetched(res: Resources, clock: Clock) -> None:
    source = FakeSource()
    res = with_source(res, source)
    clock.set("2025-11-07T15:01:30Z")
    question = MINUTE._replace(limit=2, end=instants.parse("2025-11-07T15:02:00Z"))
    assert told(res, question)["bars"][-1]["timestamp"] == "2025-11-07T15:00:00Z"
    clock.set("2025-11-07T15:02:00Z")
    assert told(res, question)["bars"][-1]["timestamp"] == "2025-11-07T15:01:00Z"
    assert [each[1:] for each in source.asked] == [
        ("2025-11-07T15:00:00Z", "2025-11-07T15:01:00Z"),
        ("2025-11-07T14:46:00Z", "2025-11-07T15:00:00Z"),
        ("2025-11-07T15:01:00Z", "2025-11-07T15:02:00Z"),
    ]


def test_a_coarser_bar_of_known_minutes_is_not_fetched(res: Resources) -> None:
    source = FakeSource()
    put(res, "MNQZ5", minutes("2025-11-07T15:00:00Z", *range(1, 11)))
    body = told(with_source(res, source), LAST_TEN._replace(timeframe="5m", limit=2))
    assert [each["close"] for each in body["bars"]] == [5, 10]
    assert (source.asked, body["cache_status"]["hit"]) == ([], True)


def test_a_root_without_bars_is_fetched_as_its_listed_front_contract(res: Resources) -> None:
    source = FakeSource()
    told(with_source(res, source), LAST_TEN._replace(symbol="MNQ", limit=1))
    assert source.asked == [("MNQZ5", "2025-11-07T15:09:00Z", "2025-11-07T15:10:00Z")]


@pytest.mark.feature("PAM-BARS-13")
def test_many_who_miss_the_same_cost_one_fetch(res: Resources) -> None:
    source = FakeSource()
    source.may_answer.clear()
    res = with_source(res, source)
    counts: list[int] = []
    # Different windows, so that they share no answer, only what they miss.
    questions = [LAST_TEN._replace(limit=10 - n % 3) for n in range(8)]
    threads = [
        threading.Thread(target=lambda each=each: counts.append(told(res, each)["count"]))
        for each in questions
    ]
    threads[0].start()
    assert source.reached.wait(10)
    for each in threads[1:]:
        each.start()
    source.may_answer.set()
    for each in threads:
        each.join(30)
    assert sorted(counts) == sorted(each.limit for each in questions)
    assert source.asked == [("MNQZ5", "2025-11-07T15:00:00Z", "2025-11-07T15:10:00Z")]


def test_a_source_that_fails_fails_its_callers_and_the_next_one_tries(res: Resources) -> None:
    class Broken(FakeSource):
        def fetch(self, *_: object) -> Any:
            raise UpstreamUnavailable("the broker does not answer")

    with pytest.raises(UpstreamUnavailable):
        told(with_source(res, Broken()), LAST_TEN)
    assert told(with_source(res, FakeSource()), LAST_TEN)["count"] == 10


@pytest.mark.feature("PAM-BARS-13")
def test_a_bar_that_the_source_has_late_is_asked_for_again(res: Resources, clock: Clock) -> None:
    late = instants.parse("2025-11-07T15:01:00Z")
    source = FakeSource(quiet=["2025-11-07T15:01:00Z"])
    res = with_source(res, source)
    clock.set("2025-11-07T15:02:03Z")
    assert told(res, MINUTE._replace(limit=1))["bars"][0]["timestamp"] == "2025-11-07T15:00:00Z"
    source.quiet.remove(late)
    clock.set("2025-11-07T15:03:30Z")
    body = told(res, MINUTE._replace(limit=3))
    assert [each["timestamp"][14:16] for each in body["bars"]] == ["00", "01", "02"]
    assert source.asked[-1][1:] == ("2025-11-07T15:01:00Z", "2025-11-07T15:03:00Z")
    # By now it is settled.
    asked = len(source.asked)
    assert told(res, MINUTE._replace(limit=2))["count"] == 2
    assert len(source.asked) == asked


def test_many_small_gaps_are_asked_for_as_one(res: Resources) -> None:
    source = FakeSource()
    for minute in range(1, 10, 2):
        put(res, "MNQZ5", [bar(f"2025-11-07T15:0{minute}:00Z", 7)])
    body = told(with_source(res, source), LAST_TEN)
    assert source.asked == [("MNQZ5", "2025-11-07T15:00:00Z", "2025-11-07T15:09:00Z")]
    assert body["count"] == 10


class Knowing(FakeSource):
    """A source that has some contracts and no others."""

    def __init__(self, *contracts: str) -> None:
        super().__init__()
        self.contracts = contracts
        self.tried: list[str] = []

    def fetch(self, delivery: Delivery, timeframe_s: int, within: Span) -> Sequence[Bar]:
        self.tried.append(delivery.contract)
        if delivery.contract not in self.contracts:
            raise UpstreamUnknown("no such contract")
        return super().fetch(delivery, timeframe_s, within)


def across_the_roll(clock: Clock) -> PricesQuestion:
    """MNQU5 rolls with the session that opens on September 10th at 22:00."""
    clock.set("2025-09-11T00:00:00Z")
    return MINUTE._replace(symbol="MNQ", timeframe="1h", limit=4)


@pytest.mark.feature("PAM-BARS-02")
def test_a_root_is_fetched_as_all_that_were_its_front_contract(
    res: Resources, clock: Clock
) -> None:
    source = Knowing("MNQU5", "MNQZ5")
    assert told(with_source(res, source), across_the_roll(clock))["count"] == 4
    assert source.asked == [
        ("MNQZ5", "2025-09-10T22:00:00Z", "2025-09-11T00:00:00Z"),
        ("MNQU5", "2025-09-10T19:00:00Z", "2025-09-10T22:00:00Z"),
    ]


def test_what_the_source_no_longer_knows_the_next_contract_stands_for(
    res: Resources, clock: Clock
) -> None:
    source = Knowing("MNQZ5")
    assert told(with_source(res, source), across_the_roll(clock))["count"] == 4
    assert {each[0] for each in source.asked} == {"MNQZ5"}


def test_what_is_older_than_a_forgotten_contract_is_not_asked_for(
    res: Resources, clock: Clock
) -> None:
    source = Knowing("MNQU5", "MNQZ5")
    years = across_the_roll(clock)._replace(limit=1_500, timeframe="1d")
    told(with_source(res, source), years)
    # And of the one that is known only what lies before it is asked for, then.
    assert source.tried == ["MNQU5", "MNQM5", "MNQU5"]


def test_a_contract_that_the_source_does_not_know_is_what_is_stored_of_it(res: Resources) -> None:
    res = with_source(res, Knowing())
    with pytest.raises(CacheMiss, match="the broker knows no MNQZ5, and no 1m bars of MNQZ5 are"):
        told(res, LAST_TEN)
    put(res, "MNQZ5", minutes("2025-11-07T15:00:00Z", 1))
    body = told(res, LAST_TEN)
    assert (body["count"], body["cache_status"]["hit"]) == (1, True)


def test_the_future_is_not_asked_for(res: Resources) -> None:
    source = FakeSource()
    far = PricesQuestion("MNQ", "1h", 2, instants.parse("2199-01-01T00:00:00Z"))
    assert told(with_source(res, source), far)["bars"][-1]["timestamp"] == "2025-11-07T17:00:00Z"
    assert source.asked[0] == ("MNQZ5", "2025-11-07T17:00:00Z", "2025-11-07T18:00:00Z")
    assert {each[0] for each in source.asked} == {"MNQZ5"}


def test_stored_bars_before_a_stretch_that_nobody_asked_for_are_not_put_next_to_it(
    res: Resources,
) -> None:
    """Two bars of which the hours between are not known are no neighbours."""
    put(res, "MNQZ5", minutes("2025-11-06T15:00:00Z", 5))
    quiet = [f"2025-11-07T{hour:02}:{minute:02}:00Z" for hour in (13, 14) for minute in range(60)]
    source = FakeSource(quiet=[*quiet, *(f"2025-11-07T15:0{n}:00Z" for n in range(9))])
    body = told(with_source(res, source), LAST_TEN)
    assert [each["timestamp"] for each in body["bars"]] == ["2025-11-07T15:09:00Z"]


def test_bars_of_the_bare_root_are_no_broker_s(res: Resources) -> None:
    source = FakeSource()
    put(res, "MNQ", minutes("2025-11-07T15:00:00Z", 1))
    assert told(with_source(res, source), LAST_TEN._replace(symbol="MNQ"))["count"] == 1
    assert source.asked == []


@pytest.mark.feature("PAM-BARS-15")
def test_the_bar_in_progress_is_made_of_finer_bars_that_are_asked_for_as_they_close(
    res: Resources, clock: Clock
) -> None:
    source = FakeSource()
    live = PricesQuestion("MNQZ5", "1h", 2, live=True)
    clock.set("2025-11-07T18:17:20Z")
    bars = told(with_source(res, source), live)["bars"]
    assert [each["volume"] for each in bars] == [1, 17]
    assert [each.get("partial") for each in bars] == [None, True]
    asked = len(source.asked)
    clock.set("2025-11-07T18:17:50Z")
    assert told(with_source(res, source), live)["bars"] == bars
    assert len(source.asked) == asked
    clock.set("2025-11-07T18:18:30Z")
    assert told(with_source(res, source), live)["bars"][-1]["volume"] == 18
    assert source.asked[asked:] == [("MNQZ5", "2025-11-07T18:17:00Z", "2025-11-07T18:18:00Z")]
