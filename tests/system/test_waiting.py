"""A thousand callers who wait on one worker: answered by a write, and by a stop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import requests

from tests import loops
from tests.service import Service

WAITERS = 1_000
PATH = "/api/performance/daily?account_id=A"


class Answered(NamedTuple):
    """The status line of an answer, and when it came."""

    status: bytes
    at_s: float


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    running = Service(tmp_path / "data", workers=1)
    running.start()
    yield running
    running.stop()


def post(service: Service, minute: int) -> None:
    fill = {
        "account_id": "A",
        "execution_id": str(minute),
        "symbol": "MNQZ5",
        "side": "BUY",
        "quantity": 1,
        "price": 20_000,
        "executed_at": f"2025-11-07T12:{minute:02}:00Z",
    }
    answer = service.session().post(f"{service.url}/api/executions", json=fill, timeout=10)
    assert answer.status_code == 200, answer.text


async def wait(service: Service, headers: str, all_sent: asyncio.Barrier) -> Answered:
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    writer.write(f"GET {PATH}&wait=50 HTTP/1.1\r\n{headers}\r\n\r\n".encode())
    await writer.drain()
    await all_sent.wait()
    answer = await reader.read()
    writer.close()
    return Answered(answer.partition(b"\r\n")[0], time.monotonic())


async def all_waiting(service: Service) -> list[asyncio.Task[Answered]]:
    session = service.session()
    known = (await asyncio.to_thread(session.get, service.url + PATH)).headers["ETag"]
    token = session.headers["Authorization"]
    headers = f"Host: x\r\nAuthorization: {token!s}\r\nIf-None-Match: {known}\r\nConnection: close"
    all_sent = asyncio.Barrier(WAITERS + 1)
    tasks = [asyncio.create_task(wait(service, headers, all_sent)) for _ in range(WAITERS)]
    await all_sent.wait()
    await asyncio.sleep(3)  # Time for the worker to take them all in.
    assert not any(task.done() for task in tasks)
    return tasks


def test_a_write_answers_a_thousand_who_wait_and_others_are_served_meanwhile(
    service: Service,
) -> None:
    async def scenario() -> list[Answered]:
        post(service, 1)
        tasks = await all_waiting(service)
        live = await asyncio.to_thread(requests.get, f"{service.url}/health/live", timeout=5)
        assert live.status_code == 200
        await asyncio.to_thread(post, service, 2)
        return await asyncio.gather(*tasks)

    answers = loops.run(scenario())
    assert {each.status for each in answers} == {b"HTTP/1.1 200 OK"}


def test_a_stop_answers_all_who_wait(service: Service) -> None:
    async def scenario() -> tuple[int | None, list[Answered]]:
        post(service, 1)
        tasks = await all_waiting(service)
        code = await asyncio.to_thread(service.stop)
        return code, await asyncio.gather(*tasks)

    code, answers = loops.run(scenario())
    assert code == 0
    assert {each.status for each in answers} == {b"HTTP/1.1 304 NOT MODIFIED"}
