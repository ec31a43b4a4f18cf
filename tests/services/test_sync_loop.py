"""The sync as a process: one a database, never ended by its broker, and soon when it is told to."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
import time

import pytest

from app.broker.login import Credentials
from app.db import sync_lease as rows
from app.domain import instants
from app.errors import Internal, RateLimited, UpstreamCredentialsRefused, UpstreamUnavailable
from app.services import sync
from app.services.bell import Bell, Stopped
from app.services.sync import Outcome
from app.services.sync_lease import LEASE_S, Lease, SyncedElsewhere, is_gone
from app.services.sync_loop import Failed, Loop
from tests.services.broker_syncs import Killed, Scene
from tests.services.synced_account import account, feed

DEADLINE_S = 20.0


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def loop(at: Scene, bell: Bell) -> Loop:
    return Loop(at.res, at.broker, at.plan, bell)


# --- A broker that fails -------------------------------------------------------------------------


def test_a_broker_that_fails_is_asked_ever_later_and_never_ends_the_sync(
    at: Scene, loop: Loop
) -> None:
    at.gateway.faults.script.extend(["broken"] * 40)
    pauses_s = []
    for _ in range(6):
        made = loop.once()
        assert isinstance(made, Failed)
        pauses_s.append(loop._pause_s(made))
    assert pauses_s[0] >= 10
    assert max(pauses_s) > 30
    assert all(each <= 60 for each in pauses_s)
    at.gateway.faults.script.clear()
    made = loop.once()
    assert isinstance(made, Outcome)
    assert made.live == 1
    assert loop._pause_s(made) == at.plan.interval_s


def test_who_is_sent_away_for_a_time_stays_away_for_it(loop: Loop) -> None:
    assert loop._pause_s(Failed(RateLimited("later", retry_after_s=47))) >= 47


def test_credentials_that_are_refused_end_it(at: Scene, loop: Loop) -> None:
    at.broker._login._credentials = Credentials("demo", "another-key-of-nobody")
    with pytest.raises(UpstreamCredentialsRefused, match="the user name or the key is wrong"):
        loop.once()


def test_a_fault_of_ours_ends_one_pass_and_no_more(
    at: Scene, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(sync, "make_pass", None)
        made = loop.once()
    assert isinstance(made, Failed)
    assert isinstance(made.error, Internal)
    assert isinstance(loop.once(), Outcome)
    assert feed(at) == "live"


def test_an_account_that_fails_keeps_no_other_waiting_and_is_no_longer_heard(
    at: Scene, loop: Loop
) -> None:
    loop.once()
    heard_us = account(at).synced_at_us

    def fails(*_: object) -> list[object]:
        raise UpstreamUnavailable("not now")

    at.broker.positions = fails  # type: ignore[assignment,method-assign]
    at.wait(61)
    made = loop.once()
    assert isinstance(made, Outcome)
    assert made.failure
    assert account(at).synced_at_us == heard_us
    assert feed(at) == "stale"


# --- Its end -------------------------------------------------------------------------------------


def test_it_ends_soon_when_it_is_told_to(at: Scene, loop: Loop, bell: Bell) -> None:
    def run() -> None:
        with loop.alone():
            loop.forever()

    thread = threading.Thread(target=run)
    thread.start()
    deadline_s = time.monotonic() + DEADLINE_S
    while lease(at) is None or lease_of(at).tried_at_us is None:
        assert time.monotonic() < deadline_s
        time.sleep(0.01)
    bell.stop()
    thread.join(DEADLINE_S)
    assert not thread.is_alive()
    assert lease_of(at).expires_at_us == 0
    with pytest.raises(Stopped):
        loop.once()


def test_a_signal_ends_a_sleep() -> None:
    bell = Bell()
    before = signal.signal(signal.SIGUSR1, lambda *_: bell.stop())
    try:
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        with pytest.raises(Stopped):
            bell.sleep(DEADLINE_S)
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_news_ends_a_pause_once_and_no_sleep() -> None:
    bell = Bell()
    bell.ring()
    bell.ring()
    bell.sleep(0.01)
    assert bell.wait(DEADLINE_S)
    assert not bell.wait(0.01)


# --- One a database ------------------------------------------------------------------------------


@pytest.fixture
def two(at: Scene) -> tuple[Lease, Lease]:
    now_us = at.clock
    return Lease(at.db, now_us, "process 1 on a"), Lease(at.db, now_us, "process 1 on b")


def test_a_second_sync_is_told_who_syncs(at: Scene, two: tuple[Lease, Lease]) -> None:
    first, second = two
    first.take()
    until = instants.text(at.clock.now_us + LEASE_S * instants.SECOND_US)
    with pytest.raises(SyncedElsewhere, match=f"process 1 on a .* {until}"):
        second.take()
    at.wait(LEASE_S - 1)
    first.renew()
    at.wait(2)
    with pytest.raises(SyncedElsewhere):
        second.take()
    first.release()
    second.take()
    with pytest.raises(SyncedElsewhere, match="process 1 on b"):
        first.take()


def test_what_a_dead_sync_held_is_free_in_time(at: Scene, two: tuple[Lease, Lease]) -> None:
    first, second = two
    first.take()
    at.wait(LEASE_S)
    second.take()
    at.wait(30)
    with pytest.raises(SyncedElsewhere):
        first.renew()


def test_one_that_was_taken_over_stops_at_its_next_step(at: Scene, loop: Loop) -> None:
    loop.once()
    with loop.alone():
        at.wait(LEASE_S)
        Lease(at.db, at.clock, "process 1 on b").take()
        with pytest.raises(SyncedElsewhere):
            loop.once()


def test_a_process_of_this_machine_that_is_no_more_holds_nothing(at: Scene) -> None:
    here = socket.gethostname()
    with subprocess.Popen(["true"]) as process:
        gone = process.pid
    assert not is_gone(f"process {os.getpid()} on {here}")
    assert not is_gone(f"process {gone} on another")
    assert not is_gone("")
    Lease(at.db, at.clock, f"process {gone} on {here}").take()
    Lease(at.db, at.clock).take()


def lease_of(at: Scene) -> rows.Lease:
    found = lease(at)
    assert found
    return found


def lease(at: Scene) -> rows.Lease | None:
    with at.res.db.read() as conn:
        return rows.current(conn)


# --- Killed anywhere -----------------------------------------------------------------------------


def test_wherever_it_is_killed_it_goes_on_from_there(at: Scene) -> None:
    steps = [0]

    def counted() -> None:
        steps[0] += 1

    at.plan = at.plan._replace(since_us=at.plan.since_us - 30 * instants.DAY_US)
    at.step = counted
    fresh = 0
    for number in range(1, 40):
        steps[0] = 0

        def killing(number: int = number) -> None:
            counted()
            if steps[0] == number:
                raise Killed

        at.step = killing
        try:
            fresh += at.make_pass().brought.fresh
            break
        except Killed:
            at.restart()
    else:
        pytest.fail("it never came to its end")
    at.step = lambda: None
    at.wait(10)
    assert not any(at.make_pass().brought)
    assert account(at).balance_micros == account(at).broker_balance_micros
