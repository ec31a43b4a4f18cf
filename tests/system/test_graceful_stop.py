"""A stop and a reload under load, again and again: nobody who was heard goes without an answer."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.exposition import samples, total
from tests.figures import figure
from tests.service import Service
from tests.system import stored
from tests.system.slow import workers
from tests.system.stopping import ACCOUNT, HEARD_S, WAITERS, Call, Load, faults
from tests.system.watch import waited_for

CYCLES = figure("STOP_CYCLES", 5)
LOAD_S = 0.7
HELD_MAX_S = 15.0
# How Gunicorn is set up, and what a busy machine may add.
STOP_MAX_S = 25 + 5
GOOD = Call("answered", 200, "e1", is_first=True)
BAD = {
    "e2 was acknowledged and is lost": Call("answered", 200, "e2"),
    "e1 was done, and its caller was not told": Call("unheard", 0, "e1"),
    "an answer was cut off": Call("cut", 200),
    "an answer is a failure": Call("answered", 503),
    "one who waited was not answered": Call("unheard", waited_s=1.0),
}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    running = Service(tmp_path / "data", workers=2)
    running.start()
    yield running
    running.kill()


def told_to(service: Service, signal_number: int) -> int:
    """The exit code after a signal to the first process alone, as containers send it."""
    os.kill(service.process.pid, signal_number)
    service.process.wait(STOP_MAX_S)
    return service.process.returncode


def held(service: Service) -> int:
    """How many callers the service holds who asked to wait."""
    told = requests.get(f"{service.url}/metrics", timeout=HELD_MAX_S).text
    return int(total(samples(told), "tpa_held_requests", by="wait"))


def execution_ids(service: Service) -> list[str]:
    db = service.database()
    try:
        return [key.id for key, _ in stored.rows(db) if key.account_id == ACCOUNT]
    finally:
        db.close()


def assert_busy(load: Load) -> None:
    """Hold that there was something to lose."""
    answered = [call for call in load.calls if call.fate == "answered"]
    assert sum(bool(call.execution_id) for call in answered) > CYCLES * 5
    assert sum(call.waited_s > HEARD_S for call in answered) > CYCLES


def test_a_stop_under_load_leaves_nobody_without_an_answer(service: Service) -> None:
    load = Load(service)
    for _ in range(CYCLES):
        with load.running():
            time.sleep(LOAD_S)
            # Who is not held yet has not been heard, however long a busy machine lets him wait.
            assert waited_for(lambda: held(service) >= WAITERS, HELD_MAX_S)
            assert told_to(service, signal.SIGTERM) == 0
        service.start()
    assert faults(load.calls, execution_ids(service), may_refuse=True) == []
    assert_busy(load)


def test_a_reload_under_load_leaves_nobody_unheard(service: Service) -> None:
    load = Load(service)
    with load.running():
        for _ in range(CYCLES):
            time.sleep(LOAD_S)
            old = workers(service)
            os.kill(service.process.pid, signal.SIGHUP)
            deadline_s = time.monotonic() + STOP_MAX_S
            while {*old} & {*workers(service)}:
                assert time.monotonic() < deadline_s, "the old workers are still there"
                time.sleep(0.05)
            # Else a busy machine reloads those who have not begun, and nobody is ever answered.
            service.wait_for("/health/live")
    assert faults(load.calls, execution_ids(service), may_refuse=False) == []
    assert_busy(load)


def test_a_stop_that_does_not_wait_for_anyone_is_seen(service: Service) -> None:
    load = Load(service)
    with load.running():
        time.sleep(LOAD_S * 2)
        service.kill()
    assert faults(load.calls, execution_ids(service), may_refuse=True) != []


@pytest.mark.parametrize("fault", BAD)
def test_every_kind_of_loss_is_found(fault: str) -> None:
    told = faults([GOOD, BAD[fault]], ["e1"], may_refuse=True)
    assert [each.startswith(fault) for each in told] == [True]


def test_what_went_unheard_is_no_loss_in_a_stop_and_one_in_a_reload() -> None:
    calls = [GOOD, Call("refused", 0, "e2", is_first=True), Call("unheard", is_first=True)]
    assert faults(calls, ["e1"], may_refuse=True) == []
    assert len(faults(calls, ["e1"], may_refuse=False)) == 2
    assert faults([Call("unheard", 0, "e3")], [], may_refuse=False) == []


def test_an_execution_that_is_there_twice_is_found() -> None:
    assert faults([GOOD], ["e1", "e1"], may_refuse=True) == ["e1 is there 2 times"]
