"""Several workers are one service: what one of them acknowledged, all of them answer with."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import requests

from tests.service import Service
from tests.system.callers import DAY, Caller, Poller, execution, version_of

READERS = 6
READS = 3_000
WRITERS = 16
WRITES_EACH = 20
BATCH = 5_000
# Far above what it takes; a worker that answers nobody meanwhile takes longer.
POLL_MAX_S = 5
EXIT_MAX_S = 35


@pytest.fixture
def caller(service: Service) -> Caller:
    return Caller(service)


@pytest.mark.feature("TPA-20", "TPA-26", "TPA-23")
def test_a_read_sees_every_write_that_was_acknowledged_before_in_every_worker(
    service: Service, caller: Caller
) -> None:
    acknowledged = [version_of(caller.post(execution("fresh", 0)), "fresh")]
    before = busy_ticks(service)
    over = Event()

    def write() -> None:
        while not over.is_set():
            answer = caller.post(execution("fresh", len(acknowledged)))
            acknowledged.append(version_of(answer, "fresh"))

    def read() -> None:
        for _ in range(READS // READERS):
            least = len(acknowledged)
            told = daily(caller, "fresh", basis="execution")
            assert told["version"] >= acknowledged[least - 1]
            assert told["fees"] >= least

    with ThreadPoolExecutor(READERS + 1) as pool:
        writing = pool.submit(write)
        until_done([pool.submit(read) for _ in range(READERS)], then=over.set)
        writing.result()
    assert len(acknowledged) > READERS
    assert all(after > before[pid] for pid, after in busy_ticks(service).items())


@pytest.mark.feature("TPA-20", "TPA-14")
def test_two_large_batches_at_once_are_stored_while_others_are_answered(caller: Caller) -> None:
    version_of(caller.post(execution("large", 0)), "large")
    over = Event()
    pollers = [
        Poller(caller, "/health/live", {}),
        Poller(caller, "/api/performance/daily", {"account_id": "large", "date": DAY}),
    ]
    halves = (range(1, BATCH), range(BATCH, 2 * BATCH))
    with ThreadPoolExecutor(4) as pool:
        polling = [pool.submit(each.poll, over) for each in pollers]
        batches = [[execution("large", n) for n in half] for half in halves]
        until_done(
            [pool.submit(caller.post, batch) for batch in batches], status=200, then=over.set
        )
        until_done(polling)
    assert daily(caller, "large", basis="execution")["fees"] == 2 * BATCH
    for each in pollers:
        assert each.statuses == {200}
        assert max(each.waits_s) < POLL_MAX_S


@pytest.mark.feature("TPA-20", "TPA-32")
def test_many_writers_of_one_account_lose_nothing_and_each_gets_a_version_of_its_own(
    caller: Caller,
) -> None:
    def write(writer: int) -> list[int]:
        numbers = range(writer * WRITES_EACH, (writer + 1) * WRITES_EACH)
        return [version_of(caller.post(execution("busy", n)), "busy") for n in numbers]

    with ThreadPoolExecutor(WRITERS) as pool:
        given = [version for some in pool.map(write, range(WRITERS)) for version in some]
    count = WRITERS * WRITES_EACH
    assert sorted(given) == [*range(1, count + 1)]
    told = daily(caller, "busy", basis="execution")
    assert (told["version"], told["fees"], told["total_trades"]) == (count, count, count // 2)


@pytest.mark.feature("TPA-34")
def test_an_orderly_stop_under_load_answers_what_was_sent_and_exits_soon(tmp_path: Path) -> None:
    service = Service(tmp_path / "data", workers=3)
    service.start()
    try:
        cut_off, answered, exit_code, exit_s = stopped_under_load(service)
    finally:
        service.kill()
    assert cut_off == []
    assert len(answered) > READERS
    assert (exit_code, exit_s < EXIT_MAX_S) == (0, True)
    service.start()
    with service.session() as session:
        told = service.get(session, "/api/performance/daily", account_id="load", date=DAY)
    service.kill()
    assert told["version"] >= len(answered)


def stopped_under_load(service: Service) -> tuple[list[float], list[int], int | None, float]:
    """When requests were sent that were cut off before the stop, the versions of those that were
    answered, the exit code, and how long the exit took.
    """
    caller, told_to_stop_s = Caller(service), [float("inf")]
    cut_off_s: list[float] = []
    answered: list[int] = []

    def write(writer: int) -> None:
        for number in range(writer * 10_000, (writer + 1) * 10_000):
            sent_s = time.monotonic()
            try:
                answered.append(version_of(caller.post(execution("load", number)), "load"))
            except requests.ConnectionError:
                if sent_s < told_to_stop_s[0]:
                    cut_off_s.append(sent_s - told_to_stop_s[0])
                return

    with ThreadPoolExecutor(READERS) as pool:
        writing = [pool.submit(write, writer) for writer in range(READERS)]
        time.sleep(1)
        told_to_stop_s[0] = time.monotonic()
        service.process.send_signal(signal.SIGTERM)
        exit_code = service.process.wait(EXIT_MAX_S)
        exit_s = time.monotonic() - told_to_stop_s[0]
        until_done(writing)
    return cut_off_s, answered, exit_code, exit_s


def until_done(
    running: list[Future[Any]], *, status: int | None = None, then: Callable[[], None] | None = None
) -> None:
    """Wait for all, whatever fails; each answer has this status."""
    try:
        results = [each.result() for each in running]
        assert status is None or {each.status_code for each in results} == {status}
    finally:
        if then:
            then()


def daily(caller: Caller, account_id: str, **query: str) -> Any:
    answer = caller.get("/api/performance/daily", account_id=account_id, date=DAY, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def busy_ticks(service: Service) -> dict[str, int]:
    """How long each worker has computed."""
    master = str(service.process.pid)
    workers = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    # After the command's name in brackets: the 12th and the 13th field.
    fields = {pid: Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1] for pid in workers}
    return {pid: sum(map(int, stat.split()[11:13])) for pid, stat in fields.items()}
