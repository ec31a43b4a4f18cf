"""Answers that a worker made before and sends as a whole: over HTTP as when they were made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from tests.service import Service
from tests.system.callers import execution
from tests.system.listener import admin
from tests.system.raw import exchange, request

DAY = "/api/performance/daily?account_id=A"
# Of one request, or of the cache that had the answer.
OF_ITSELF = {"Date", "X-Request-ID", "Server-Timing", "X-Cache", "Connection"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One worker, which gives again what it made."""
    made = Service(Path(tmp_path_factory.mktemp("again")) / "data", workers=1)
    made.start()
    with made.session() as session:
        session.post(f"{made.url}/api/executions", json=execution("A", 1)).raise_for_status()
    yield made
    made.kill()


def asked(service: Service, **headers: str) -> bytes:
    return request("GET", DAY, Authorization=f"Bearer {admin(service)}", **headers)


def given(answer: TestResponse) -> tuple[int, bytes, dict[str, str]]:
    """What the same answer has each time."""
    headers = {name: value for name, value in answer.headers.items() if name not in OF_ITSELF}
    return answer.status_code, answer.data, headers


def test_an_answer_is_given_again_with_all_its_headers(service: Service) -> None:
    first, second, third = exchange(service.port, asked(service) * 3).answers
    assert given(third) == given(second)
    assert given(second)[:2] == given(first)[:2]
    assert list(third.headers.keys()) == list(first.headers.keys())
    assert third.headers["X-Cache"] == "memory"
    assert third.headers["X-Request-ID"] != second.headers["X-Request-ID"]


def test_its_connection_is_kept_or_ended_as_its_caller_asks(service: Service) -> None:
    kept = exchange(service.port, asked(service) * 2)
    assert not kept.is_closed
    assert [each.headers["Connection"] for each in kept.answers] == ["keep-alive"] * 2
    ended = exchange(service.port, asked(service) + asked(service, Connection="close"))
    assert ended.is_closed
    assert [each.headers["Connection"] for each in ended.answers] == ["keep-alive", "close"]


def test_callers_of_an_old_protocol_are_answered_in_it(service: Service) -> None:
    old = asked(service).replace(b"HTTP/1.1", b"HTTP/1.0")
    [answer] = exchange(service.port, old).answers
    [usual] = exchange(service.port, asked(service)).answers
    assert given(answer) == given(usual)
    assert answer.headers["Connection"] == "close"


def test_one_that_is_known_has_no_body_again(service: Service) -> None:
    [usual] = exchange(service.port, asked(service)).answers
    tag = {"If-None-Match": usual.headers["ETag"]}
    first, again = exchange(service.port, asked(service, **tag) * 2).answers
    assert given(again) == given(first)
    assert (again.status_code, again.data) == (304, b"")


def test_a_body_that_nobody_asked_for_is_not_the_next_request(service: Service) -> None:
    body = b"GET /none HTTP/1.1\r\n\r\n"
    odd = request("GET", DAY, body, Authorization=f"Bearer {admin(service)}")
    assert exchange(service.port, odd * 2 + asked(service)).statuses == [200] * 3
