"""A real Redis for the whole run, and a way to it that fails on demand."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from app.cache.shared import Redis
from tests.cache.proxy import Proxy
from tests.cache.redis_server import RedisServer


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.close()


@pytest.fixture
def server(started: RedisServer) -> RedisServer:
    """The one server, empty."""
    started.client.flushall()
    return started


@pytest.fixture
def proxy(server: RedisServer) -> Iterator[Proxy]:
    made = Proxy(server.port)
    yield made
    made.close()


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Threads take turns after every few instructions, so that a gap between two is found."""
    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual_s)


@pytest.fixture
def shared(server: RedisServer) -> Iterator[Redis]:
    """The shared tier on it."""
    made = Redis(server.url)
    yield made
    made._client.close()
