"""The database's server goes away and comes back under a running service."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from app.services.checks import GOOD_FOR_S
from tests.service import Service
from tests.system.postgres_server import PostgresServer, own_server

WORKERS = 2
CALLERS = 6
BACK_MAX_S = 5.0
REFUSED_MAX_S = 8.0
DAY = "/api/performance/daily"


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    with own_server() as made:
        yield made


@pytest.fixture
def service(server: PostgresServer, tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path / "data", workers=WORKERS, DATABASE_URL=server.url)
    made.start()
    yield made
    made.kill()


def fill(number: int) -> dict[str, Any]:
    return {
        "account_id": "A",
        "execution_id": f"e{number}",
        "symbol": "MNQZ5",
        "side": "SELL" if number % 2 else "BUY",
        "quantity": 1,
        "price": "21000",
        "fees": "1",
        "executed_at": f"2025-11-06T15:00:{number:02}Z",
    }


def version(answer: requests.Response) -> int:
    assert answer.status_code == 200, answer.text
    found: int = answer.json()["version"]
    return found


class Caller:
    """Many connections at once, so that every worker is asked."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._sessions = [service.session() for _ in range(CALLERS)]

    def post(self, number: int) -> requests.Response:
        path = f"{self._service.url}/api/executions"
        return self._sessions[0].post(path, json=fill(number), timeout=20)

    def day(self, session: requests.Session, **query: str) -> requests.Response:
        asked = {"account_id": "A", "date": "2025-11-06", **query}
        return session.get(self._service.url + DAY, params=asked, timeout=60)

    def days(self, **query: str) -> list[requests.Response]:
        with ThreadPoolExecutor(CALLERS) as pool:
            return list(pool.map(lambda each: self.day(each, **query), self._sessions))


def test_a_server_that_is_gone_is_503_and_its_return_is_noticed_within_seconds(
    service: Service, server: PostgresServer
) -> None:
    caller = Caller(service)
    assert [caller.post(number).status_code for number in range(2)] == [200, 200]
    for _ in range(3):
        assert {version(each) for each in caller.days()} == {2}
    server.crash()
    assert_refused(service, caller)
    server.start()
    back_s = time.monotonic()
    service.wait_for("/health/ready", BACK_MAX_S)
    assert {version(each) for each in caller.days()} == {2}
    assert caller.post(2).status_code == 200
    assert time.monotonic() - back_s < BACK_MAX_S
    for _ in range(3):
        assert {version(each) for each in caller.days()} == {3}
    assert_wakes(caller)


def assert_refused(service: Service, caller: Caller) -> None:
    """What is kept is refused, too: nobody knows whether it still holds."""
    started_s = time.monotonic()
    answers = [*caller.days(), *caller.days(), caller.post(9)]
    assert time.monotonic() - started_s < REFUSED_MAX_S
    for answer in answers:
        assert answer.status_code == 503, answer.text
        assert answer.json()["error"]["code"] == "DATABASE_UNAVAILABLE"
        assert answer.json()["error"]["retryable"] is True
        assert int(answer.headers["Retry-After"]) >= 1
    assert requests.get(f"{service.url}/health/live", timeout=10).status_code == 200
    time.sleep(GOOD_FOR_S)
    assert requests.get(f"{service.url}/health/ready", timeout=10).status_code == 503


def assert_wakes(caller: Caller) -> None:
    """Who waits for a change is still told of one that another worker acknowledged."""
    with ThreadPoolExecutor(CALLERS) as pool:
        waiting = [pool.submit(waited, caller, session) for session in caller._sessions[1:]]
        time.sleep(1)
        assert caller.post(3).status_code == 200
        assert {version(each.result()) for each in waiting} == {4}


def waited(caller: Caller, session: requests.Session) -> requests.Response:
    tag = caller.day(session).headers["ETag"]
    session.headers["If-None-Match"] = tag
    return caller.day(session, wait="20")
