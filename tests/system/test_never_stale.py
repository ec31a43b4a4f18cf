"""No answer is older than a write that was acknowledged before, whatever happens to Redis.

All in all 100,000 answers, by some 10,000 connections.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cache.proxy import Proxy
from tests.cache.redis_server import RedisServer
from tests.service import Service, free_port
from tests.system.freshness import faults
from tests.system.watch import QUESTIONS, History, Watch, waited_for

# For each thing that happens to Redis, and for none; a long run takes more of them.
READS_EACH = int(os.environ.get("NEVER_STALE_READS", "6250"))
# A machine that is busy with other things has not to get there.
READS_MAX_S = READS_EACH / 625
READS_MIN = 1_000
SECONDS_EACH = 5
WORKERS = 4
PAUSE_S = 0.2
HEALED_MAX_S = 3
# Nobody waits for Redis: with its client's own defaults it would be seconds.
P99_MAX_S = 0.5
FOUND_MAX_S = 30
# Each figure of each version is made once, not once in each worker; a write in between adds some.
MAKINGS_MAX = 1.5


class Cached(NamedTuple):
    """A service, its Redis, and the way between them."""

    service: Service
    redis: RedisServer
    proxy: Proxy
    folder: Path


@pytest.fixture(scope="module")
def cached(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cached]:
    folder = tmp_path_factory.mktemp("never_stale")
    redis = RedisServer(folder)
    redis.start()
    proxy = Proxy(redis.port)
    service = served(folder, proxy.url)
    service.start()
    yield Cached(service, redis, proxy, folder)
    service.kill()
    proxy.close()
    redis.close()


def served(folder: Path, redis_url: str) -> Service:
    return Service(folder / "data", workers=WORKERS, REDIS_URL=redis_url, LOG_LEVEL="WARNING")


def watch(cached: Cached, name: str, happens: Callable[[], None]) -> tuple[History, float]:
    """Let something happen to Redis under readers and writers; and when it was over."""
    watch = Watch(cached.service, name, pause_s=PAUSE_S)
    with watch.running():
        time.sleep(SECONDS_EACH / 4)
        happens()
        healed_s = time.monotonic()
        waited_for(lambda: is_shared_again(watch.history, healed_s), HEALED_MAX_S)
        read_enough(watch.history)
    return watch.history, healed_s


def read_enough(history: History) -> None:
    waited_for(lambda: len(history.reads) >= READS_EACH, READS_MAX_S)
    assert len(history.reads) >= READS_MIN


def is_shared_again(history: History, since_s: float) -> bool:
    """Whether Redis gave an answer to a question that was put since."""
    latest = history.reads[-500:]
    return any(read.tier == "redis" and read.began_s > since_s for read in latest)


def wiped(cached: Cached) -> None:
    until_s = time.monotonic() + SECONDS_EACH / 2
    while time.monotonic() < until_s:
        cached.redis.client.flushall()


def frozen(cached: Cached) -> None:
    cached.redis.freeze()
    time.sleep(SECONDS_EACH / 2)
    cached.redis.thaw()


def full(cached: Cached) -> None:
    cached.redis.fill()
    time.sleep(SECONDS_EACH / 2)
    cached.redis.make_room()


def killed(cached: Cached) -> None:
    cached.redis.kill()
    time.sleep(SECONDS_EACH / 2)
    cached.redis.start()


def restored(cached: Cached) -> None:
    cached.redis.dump(cached.folder / "old.rdb")
    time.sleep(SECONDS_EACH / 4)
    cached.redis.restore(cached.folder / "old.rdb")
    time.sleep(SECONDS_EACH / 4)


def half_open(cached: Cached) -> None:
    cached.proxy.break_by("half-open")
    time.sleep(SECONDS_EACH / 2)
    cached.proxy.heal()


def slow(cached: Cached) -> None:
    cached.proxy.break_by("slow")
    time.sleep(SECONDS_EACH / 2)
    cached.proxy.heal()


def up(_: Cached) -> None:
    time.sleep(SECONDS_EACH / 2)


@pytest.mark.feature("TPA-26", "TPA-31", "TPA-16", "TPA-06", "TPA-24", "TPA-25")
@pytest.mark.parametrize(
    "happens",
    [up, wiped, frozen, full, killed, restored, half_open, slow],
    ids=lambda each: each.__name__,
)
def test_every_answer_is_fresh_whatever_happens_to_redis(
    cached: Cached, happens: Callable[[Cached], None]
) -> None:
    history, healed_s = watch(cached, happens.__name__, lambda: happens(cached))
    assert faults(history.writes, history.reads) == []
    assert is_healed_in_time(history, healed_s)
    tiers = Counter(read.tier for read in history.reads)
    assert {"memory", "redis", "miss", "304"} <= set(tiers)
    assert p99_s(history) < P99_MAX_S
    if happens is up:
        assert tiers["miss"] <= MAKINGS_MAX * len(history.writes) * len(QUESTIONS)


def is_healed_in_time(history: History, healed_s: float) -> bool:
    return any(
        read.tier == "redis" and healed_s < read.began_s < healed_s + HEALED_MAX_S
        for read in history.reads
    )


def p99_s(history: History) -> float:
    waits_s = sorted(read.ended_s - read.began_s for read in history.reads)
    return waits_s[len(waits_s) * 99 // 100]


@pytest.mark.feature("TPA-26", "TPA-31")
def test_every_answer_is_fresh_where_redis_never_was(tmp_path: Path) -> None:
    nobody = f"redis://127.0.0.1:{free_port()}/0"
    service = served(tmp_path, nobody)
    service.start()
    try:
        watch = Watch(service, "absent", pause_s=PAUSE_S)
        with watch.running():
            read_enough(watch.history)
    finally:
        service.kill()
    assert faults(*watch.history) == []
    assert {read.tier for read in watch.history.reads} == {"memory", "miss", "304"}


def test_names_without_the_version_that_are_deleted_after_a_write_are_found_stale(
    cached: Cached, tmp_path: Path
) -> None:
    service = served(tmp_path, cached.redis.url)
    naive = "tests.system.naive:create()"
    service.launch(sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", naive)
    try:
        service.wait_for("/health/ready")
        watch = Watch(service, "naive", pause_s=0)
        with watch.running():
            waited_for(lambda: is_stale(watch.history), FOUND_MAX_S, every_s=1)
    finally:
        service.kill()
    assert is_stale(watch.history)


def is_stale(history: History) -> bool:
    # Copies, since it goes on being written.
    found = faults(list(history.writes), list(history.reads))
    return any(": stale, " in each for each in found)
