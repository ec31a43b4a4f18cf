"""Long exports over HTTP: in bounded memory, beside others, and let go of with their readers."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import requests
from requests.exceptions import ChunkedEncodingError

from app.db import schema
from app.services import ingest
from app.services.resources import EXPORTS_MAX
from tests.arrival import handed_in
from tests.conftest import Clock, resources_on
from tests.oracle import Fill
from tests.service import Service

EXECUTIONS = 60_000
AT_ONCE = 10_000
START = datetime(2025, 1, 6, 15, tzinfo=UTC)
PATH = "/api/trades/export?account_id=A&start=2025-01-01"
# All rows at once would take a hundred.
GROWTH_MAX_MIB = 32
# Generous: a worker that does nothing else meanwhile would answer when the export is done.
LIVE_WAIT_MAX_S = 1.0


def fill(n: int) -> Fill:
    side = "SELL" if n % 2 else "BUY"
    at = START + timedelta(seconds=n)
    return Fill(f"execution-{n:06}", "MNQZ5", side, 1, Decimal(20_000 + n % 7), Decimal("0.37"), at)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    data_dir = tmp_path_factory.mktemp("exports") / "data"
    data_dir.mkdir()
    made = Service(data_dir, workers=1)
    db = made.database()
    schema.upgrade(db)
    res = resources_on(db, Clock())
    for first in range(0, EXECUTIONS, AT_ONCE):
        ingest.record(res, [handed_in("A", fill(n)) for n in range(first, first + AT_ONCE)])
    db.close()
    made.start()
    yield made
    made.kill()


def worker_pid(service: Service) -> int:
    children = Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children")
    return int(children.read_text().split()[0])


def peak_mib(service: Service) -> float:
    """The most memory that the worker ever had."""
    status = Path(f"/proc/{worker_pid(service)}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def export(service: Service, **options: object) -> requests.Response:
    url = f"{service.url}{PATH}"
    return service.session().get(url, timeout=60, stream=True, **options)  # type: ignore[arg-type]


class Reader:
    """Asks for the export, and reads no more of it than it is told to."""

    def __init__(self, service: Service) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        self._socket.settimeout(30)
        self._socket.connect(("127.0.0.1", service.port))
        token = service.session().headers["Authorization"]
        request = f"GET {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: {token!s}\r\n\r\n"
        self._socket.sendall(request.encode())

    def status(self) -> int:
        return int(self._socket.recv(64).split()[1])

    def leave(self) -> None:
        self._socket.close()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_an_export_takes_little_memory_and_others_are_answered_meanwhile(service: Service) -> None:
    get_live(service)
    before_mib = peak_mib(service)
    waits_s: list[float] = []
    lines: list[bytes] = []

    def take() -> None:
        lines.extend(export(service).iter_lines())

    taker = threading.Thread(target=take)
    taker.start()
    while taker.is_alive():
        waits_s.append(get_live(service))
    taker.join()
    assert len(lines) == EXECUTIONS + 1
    assert peak_mib(service) - before_mib < GROWTH_MAX_MIB
    assert max(waits_s) < LIVE_WAIT_MAX_S


def get_live(service: Service) -> float:
    started_s = time.monotonic()
    assert requests.get(f"{service.url}/health/live", timeout=30).status_code == 200
    return time.monotonic() - started_s


def test_readers_who_stop_reading_keep_no_others_waiting_and_leave_their_places(
    service: Service,
) -> None:
    for _ in range(2):
        slow = [Reader(service) for _ in range(EXPORTS_MAX)]
        assert [each.status() for each in slow] == [200] * EXPORTS_MAX
        assert get_live(service) < LIVE_WAIT_MAX_S
        refused = export(service)
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) > 0
        for each in slow:
            each.leave()
        assert until_a_place_is_free(service).status_code == 200


def until_a_place_is_free(service: Service) -> requests.Response:
    deadline_s = time.monotonic() + 10
    while True:
        answer = service.session().head(f"{service.url}{PATH}", timeout=30)
        if answer.status_code != 429 or time.monotonic() > deadline_s:
            return answer
        time.sleep(0.05)


def test_a_head_request_has_no_body_and_holds_nothing(service: Service) -> None:
    for _ in range(EXPORTS_MAX + 1):
        answer = service.session().head(f"{service.url}{PATH}", timeout=30)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert answer.content == b""


def test_a_stream_is_not_compressed_since_that_would_hold_it_up(service: Service) -> None:
    answer = export(service, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Transfer-Encoding"] == "chunked"
    answer.close()


def test_a_failure_in_mid_stream_breaks_the_connection_off(service: Service) -> None:
    db = service.database()
    with db.write() as conn:
        # A time that no calendar has.
        conn.exec_driver_sql(
            "UPDATE executions SET executed_at_us = 4611686018427387904"
            " WHERE execution_id = 'execution-030000'"
        )
    db.close()
    pieces: list[bytes] = []
    with pytest.raises(ChunkedEncodingError):
        pieces.extend(export(service).iter_content(65_536))
    assert sum(map(len, pieces)) > 1_000_000
    # It gave its place back, too.
    for _ in range(EXPORTS_MAX + 1):
        assert until_a_place_is_free(service).status_code == 200
