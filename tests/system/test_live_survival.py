"""Clients that listen while workers and Redis are killed: none misses or repeats an event."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import pytest
import requests
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from tests.cache.redis_server import RedisServer
from tests.service import Service
from tests.system.listener import LONG_S, admin, fill, post

CLIENTS = int(os.environ.get("LIVE_CLIENTS", "16"))
SECONDS = float(os.environ.get("LIVE_SECONDS", "10"))
NAIVE = 4
PAUSE_S = 0.02


class Follower(threading.Thread):
    """Listens to an account until it has an event, over as many connections as that takes; it
    remembers which events it was told of, and comes back with the last one.
    """

    def __init__(self, service: Service, after: int) -> None:
        super().__init__(daemon=True)
        self.told: list[int] = []
        self.versions: list[int] = []
        self.connections = 0
        self.last: int | None = None
        self.is_done = threading.Event()
        self._after = after
        self._url = f"ws://127.0.0.1:{service.port}/ws"
        self._headers = {"Authorization": f"Bearer {admin(service)}"}

    def run(self) -> None:
        while not self._has_all():
            try:
                self._listen()
            except (OSError, WebSocketException, EOFError):
                time.sleep(PAUSE_S)
        self.is_done.set()

    def subscription(self) -> dict[str, object]:
        """What it asks for when it comes back."""
        return {"after": self.told[-1] if self.told else self._after}

    def _listen(self) -> None:
        with connect(self._url, additional_headers=self._headers, ping_interval=None) as socket:
            self.connections += 1
            said = {"type": "subscribe", "account_id": "A"} | self.subscription()
            socket.send(json.dumps(said))
            while not self._has_all():
                try:
                    message = json.loads(socket.recv(timeout=0.2))
                except TimeoutError:
                    continue
                assert message["type"] != "error", message
                if message["type"] == "performance_update" and message["seq"] is not None:
                    self.told.append(message["seq"])
                    self.versions.append(message["data"]["version"])

    def _has_all(self) -> bool:
        return self.last is not None and bool(self.told) and self.told[-1] >= self.last


class Naive(Follower):
    """Comes back without saying what it has: it is told how the account stands, and no more."""

    def subscription(self) -> dict[str, object]:
        return {} if self.told else super().subscription()


def faults(followers: Sequence[Follower], first: int, last: int) -> list[str]:
    """Who was not told every event once, in order, with a version at least as new."""
    wanted = list(range(first, last + 1))
    return [
        f"{each.name} was told {each.told}"
        for each in followers
        if each.told != wanted or any(map(int.__gt__, each.told, each.versions))
    ]


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.close()


@pytest.fixture
def service(tmp_path: Path, redis: RedisServer) -> Iterator[Service]:
    made = Service(tmp_path / "data", workers=2, REDIS_URL=redis.url)
    made.start()
    yield made
    made.kill()


def workers(service: Service) -> list[int]:
    folder = Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children")
    return [int(each) for each in folder.read_text().split()]


@pytest.mark.feature("PAM-WS-03")
def test_every_client_is_told_every_event_once_through_kills_of_workers_and_of_redis(
    service: Service, redis: RedisServer
) -> None:
    first = post(service, fill("A", 0))["accounts"]["A"]["version"]
    followers = [Follower(service, first) for _ in range(CLIENTS)]
    naive = [Naive(service, first) for _ in range(NAIVE)]
    for each in (*followers, *naive):
        each.start()
    write_through_kills(service, redis)
    # One more than is known to be there: what was not answered may have been written.
    last = post(service, fill("A", 10**6))["accounts"]["A"]["version"]
    for each in (*followers, *naive):
        each.last = last
    for each in (*followers, *naive):
        assert each.is_done.wait(LONG_S), each.told
    assert faults(followers, first + 1, last) == []
    # They were cut off, some while something was written: else this would have tried nothing.
    assert sum(each.connections for each in followers) > len(followers)
    assert faults(naive, first + 1, last) != []


def write_through_kills(service: Service, redis: RedisServer) -> None:
    rng, end_s, number = Random(1), time.monotonic() + SECONDS, 0
    kills = iter((0.15, 0.35, 0.55, 0.8))
    next_kill = next(kills)
    session = service.session()
    while (left_s := end_s - time.monotonic()) > 0:
        number += 1
        try:
            body = fill("A", number, 1 if number % 2 else -1)
            session.post(f"{service.url}/api/executions", json=body, timeout=LONG_S)
        except requests.RequestException:
            time.sleep(PAUSE_S)
        if 1 - left_s / SECONDS > next_kill:
            next_kill = next(kills, 2.0)
            # One at a time, and at last all of them: then nobody is spared.
            every = workers(service)
            for each in every if next_kill > 1 else [rng.choice(every)]:
                os.kill(each, signal.SIGKILL)
            redis.kill()
        elif 1 - left_s / SECONDS > next_kill - 0.1 and not redis._answers():
            redis.start()
        time.sleep(PAUSE_S)
