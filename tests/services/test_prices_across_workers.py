"""Prices in several workers that share a Redis: the tier is told, a fetch is for all of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.cache.memory import Memory
from app.cache.read_through import ReadThrough
from app.cache.shared import Nothing, Redis
from app.domain import instants
from app.errors import UpstreamUnavailable
from app.services import turns
from app.services.bar_pages import PricesQuestion
from app.services.resources import Resources
from tests.bar_notes import FakeSource, minutes, put
from tests.cache.redis_server import RedisServer
from tests.conftest import Clock
from tests.databases import CHOSEN
from tests.services.test_prices import told

LAST_TEN = PricesQuestion("MNQZ5", "1m", 10, instants.parse("2025-11-07T15:10:00Z"))


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    server = RedisServer(tmp_path)
    server.start()
    yield server.url
    server.close()


def worker(res: Resources, redis_url: str | None, source: FakeSource | None = None) -> Resources:
    """Another process's resources on the same stores."""
    shared = Redis(redis_url) if redis_url else Nothing()
    return replace(res, cache=ReadThrough(Memory(), shared), bar_source=source)


@pytest.mark.feature("PAM-BARS-11", "PAM-BARS-12", "PAM-BARS-13")
def test_what_one_worker_read_the_others_have_from_redis(
    sqlite_res: Resources, redis_url: str
) -> None:
    put(sqlite_res, "MNQZ5", minutes("2025-11-07T15:00:00Z", 1))
    one, other = (worker(sqlite_res, redis_url) for _ in range(2))
    sources = [told(each, LAST_TEN)["source"] for each in (one, other, other)]
    assert sources == [f"{CHOSEN}_cache", "redis_cache", "memory_cache"]


def test_what_one_worker_fetched_the_others_have_without_the_broker(
    sqlite_res: Resources, redis_url: str
) -> None:
    source = FakeSource()
    bodies = [told(worker(sqlite_res, redis_url, source), LAST_TEN) for _ in range(2)]
    assert [each["source"] for each in bodies] == ["topstepx_api", "redis_cache"]
    assert [each["cache_status"]["hit"] for each in bodies] == [False, True]
    assert len(source.asked) == 1


@pytest.fixture(params=["with Redis", "without"])
def maybe_redis(request: pytest.FixtureRequest) -> str | None:
    url: str = request.getfixturevalue("redis_url") if request.param == "with Redis" else ""
    return url or None


@pytest.mark.feature("PAM-BARS-13")
def test_workers_that_miss_the_same_at_once_cost_one_fetch(
    res: Resources, maybe_redis: str | None
) -> None:
    source, found = FakeSource(), list[Any]()
    source.may_answer.clear()
    workers = [worker(res, maybe_redis, source) for _ in range(4)]
    questions = [LAST_TEN._replace(limit=10 - n % 2) for n in range(4)]
    threads = [
        threading.Thread(target=lambda pair=pair: found.append(told(*pair)["count"]))
        for pair in zip(workers, questions, strict=True)
    ]
    threads[0].start()
    assert source.reached.wait(10)
    for each in threads[1:]:
        each.start()
    source.may_answer.set()
    for each in threads:
        each.join(30)
    assert sorted(found) == [9, 9, 10, 10]
    assert len(source.asked) == 1


def test_who_dies_in_its_turn_keeps_the_others_out_no_longer_than_a_turn(
    res: Resources, clock: Clock
) -> None:
    turn = turns.taken(res, "bars:MNQ:24311:60")
    turn.__enter__()  # And nothing comes after.
    with (
        pytest.raises(UpstreamUnavailable, match="others"),
        turns.taken(res, "bars:MNQ:24311:60", 0),
    ):
        pass
    with turns.taken(res, "bars:MNQ:24311:300", 0):
        clock.now_us += turns.TURN_S * instants.SECOND_US
    with turns.taken(res, "bars:MNQ:24311:60", 0):
        pass
