from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from app.realtime import bus as bus_module
from app.realtime import hub as hub_module
from app.realtime.bus import RedisBus
from app.realtime.hub import Hub
from tests.cache.redis_server import RedisServer

LONG_S = 20.0


class Heard:
    """How often a listener was told."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1

    def wait_for(self, times: int) -> None:
        wait_until(lambda: self.times >= times)


def wait_until(holds: object) -> None:
    assert callable(holds)
    deadline_s = time.monotonic() + LONG_S
    while not holds():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.close()


def listening(server: RedisServer) -> tuple[RedisBus, Heard]:
    bus, heard = RedisBus(server.url), Heard()
    bus.listen(heard)
    wait_until(lambda: bus.is_listening)
    return bus, heard


def test_what_one_process_tells_every_other_one_hears(server: RedisServer) -> None:
    buses = [listening(server) for _ in range(3)]
    before = [heard.times for _, heard in buses]
    buses[0][0].tell()
    for (_, heard), times in zip(buses, before, strict=True):
        heard.wait_for(times + 1)


def test_a_process_that_listens_no_more_says_so_and_comes_back(server: RedisServer) -> None:
    bus, heard = listening(server)
    server.kill()
    wait_until(lambda: not bus.is_listening)
    bus.tell()
    server.start()
    wait_until(lambda: bus.is_listening)
    times = heard.times
    RedisBus(server.url).tell()
    heard.wait_for(times + 1)


def test_a_redis_that_hangs_is_not_taken_for_one_that_tells(server: RedisServer) -> None:
    bus, _ = listening(server)
    server.freeze()
    wait_until(lambda: not bus.is_listening)
    server.thaw()
    wait_until(lambda: bus.is_listening)


def test_telling_never_waits_for_redis(server: RedisServer) -> None:
    bus, _ = listening(server)
    server.freeze()
    started_s = time.monotonic()
    for _ in range(1_000):
        bus.tell()
    assert time.monotonic() - started_s < bus_module.TIMEOUT_S
    server.thaw()


def test_a_waiter_is_woken_by_another_process_long_before_it_would_look_itself(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "POLL_TOLD_S", LONG_S)
    versions = {1: 5}

    def read(keys: Collection[int]) -> dict[int, tuple[object, ...]]:
        return {key: (versions[key],) for key in keys}

    here, there = RedisBus(server.url), RedisBus(server.url)
    waiter = threading.Thread(target=Hub(read, here).wait, args=(1, (5,), 2 * LONG_S))
    waiter.start()
    wait_until(lambda: here.is_listening)
    time.sleep(3 * hub_module.POLL_S)  # It sleeps the long sleep by now.
    versions[1] = 6
    Hub(read, there).tell()
    waiter.join(LONG_S / 2)
    assert not waiter.is_alive()
