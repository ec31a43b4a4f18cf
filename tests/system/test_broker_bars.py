"""A service of four workers that gets its bars from a broker, with Redis and without."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.broker.gateways import Clock, Served, served
from tests.cache.redis_server import RedisServer
from tests.service import Service

WORKERS = 4
AT_ONCE = 16


class Now(Clock):
    """The clock of this machine."""

    def __call__(self) -> int:
        return time.time_ns() // 1000


class Counted:
    """A gateway, and how many questions for bars reached it."""

    def __init__(self, gateway: Served) -> None:
        self.gateway = gateway
        self.asked = 0
        take = gateway.gateway.limits.take

        def counted(name: str) -> bool:
            self.asked += name == "bars"
            return take(name)

        gateway.gateway.limits.take = counted  # type: ignore[method-assign]


@pytest.fixture(params=["with Redis", "without"])
def redis_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    if request.param == "without":
        yield {}
        return
    server = RedisServer(tmp_path)
    server.start()
    yield {"REDIS_URL": server.url}
    server.close()


@pytest.fixture
def gateway() -> Iterator[Counted]:
    with served(Now(), days=20, has_limits=True) as found:
        yield Counted(found)


@pytest.fixture
def service(tmp_path: Path, gateway: Counted, redis_settings: dict[str, str]) -> Iterator[Service]:
    user = gateway.gateway.gateway.user
    made = Service(
        tmp_path / "data",
        workers=WORKERS,
        TOPSTEPX_BASE_URL=gateway.gateway.url,
        TOPSTEPX_USERNAME=user.username,
        TOPSTEPX_API_KEY=user.api_key,
    )
    made.env |= redis_settings
    made.start()
    yield made
    made.kill()


@pytest.mark.feature("PAM-BARS-11", "PAM-BARS-13", "PAM-BARS-16")
def test_workers_that_miss_the_same_ask_the_broker_once(service: Service, gateway: Counted) -> None:
    headers = dict(service.session().headers)
    before = datetime.now(UTC).replace(microsecond=0) - timedelta(days=5)

    def ask(end: datetime) -> Any:
        query = {"symbol": "MNQ", "timeframe": "1m", "end": end.isoformat(), "limit": "500"}
        # Each on a connection of its own, so that any worker may get it.
        url = f"{service.url}/api/history"
        return requests.get(url, params=query, headers=headers, timeout=30)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(ask, [before] * AT_ONCE))
    assert gateway.asked == 1
    assert {answer.status_code for answer in answers} == {200}
    bodies = [answer.json() for answer in answers]
    assert "topstepx_api" in {body["source"] for body in bodies}
    assert all(body["bars"] == bodies[0]["bars"] and body["count"] == 500 for body in bodies)
    # What is stored needs no broker; what is not is an error, never a part of an answer.
    gateway.gateway.script(*["broken"] * 20)
    assert ask(before).json()["count"] == 500
    refused = ask(before - timedelta(days=1))
    assert refused.status_code == 503
    assert refused.json()["error"]["code"] == "UPSTREAM_UNAVAILABLE"
    assert int(refused.headers["Retry-After"]) >= 1
