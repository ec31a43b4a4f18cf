from __future__ import annotations

import threading
import time
from collections.abc import Collection

import pytest

from app.realtime import hub as hub_module
from app.realtime.bus import Silence
from app.realtime.hub import Hub

LONG_S = 20.0


class Versions:
    """Versions of accounts that are set by hand; it counts how often it was asked."""

    def __init__(self) -> None:
        self.by_key = {1: 5, 2: 5}
        self.asked = 0
        self.is_broken = False

    def __call__(self, keys: Collection[int]) -> dict[int, tuple[object, ...]]:
        self.asked += 1
        if self.is_broken:
            raise OSError("the database is away")
        return {key: (self.by_key[key],) for key in keys}


def waiting(hub: Hub, *accounts: tuple[int, int]) -> list[threading.Thread]:
    threads = [
        threading.Thread(target=hub.wait, args=(key, (version,), LONG_S))
        for key, version in accounts
    ]
    for thread in threads:
        thread.start()
    return threads


def finish(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join(LONG_S / 2)
        assert not thread.is_alive()


def test_a_change_wakes_those_who_wait_for_the_account_and_no_others() -> None:
    versions = Versions()
    hub = Hub(versions, Silence())
    first, second = waiting(hub, (1, 5), (2, 5))
    time.sleep(0.1)
    versions.by_key[1] = 6
    finish([first])
    assert second.is_alive()
    versions.by_key[2] = 6
    finish([second])


def test_who_knows_an_older_version_does_not_wait() -> None:
    started_s = time.monotonic()
    Hub(Versions(), Silence()).wait(1, (4,), LONG_S)
    assert time.monotonic() - started_s < LONG_S / 2


def test_time_ends_a_wait() -> None:
    started_s = time.monotonic()
    Hub(Versions(), Silence()).wait(1, (5,), 0.1)
    assert 0.1 <= time.monotonic() - started_s < LONG_S / 2


def test_a_stopping_process_lets_everyone_go_and_nobody_in() -> None:
    hub = Hub(Versions(), Silence())
    threads = waiting(hub, (1, 5), (2, 5))
    time.sleep(0.1)
    hub.is_stopping = lambda: True
    finish(threads)
    finish(waiting(hub, (1, 5)))


def test_a_fault_of_the_database_wakes_everyone_to_meet_it() -> None:
    versions = Versions()
    hub = Hub(versions, Silence())
    threads = waiting(hub, (1, 5), (2, 5))
    versions.is_broken = True
    finish(threads)


def test_nobody_is_asked_for_when_nobody_waits() -> None:
    versions = Versions()
    Hub(versions, Silence()).wait(1, (5,), 0.01)
    time.sleep(3 * hub_module.POLL_S)
    asked = versions.asked
    time.sleep(3 * hub_module.POLL_S)
    assert versions.asked == asked


def test_all_who_wait_are_looked_up_at_once() -> None:
    versions = Versions()
    hub = Hub(versions, Silence())
    threads = waiting(hub, *[(1, 5)] * 50)
    time.sleep(4 * hub_module.POLL_S)
    assert versions.asked <= 8
    versions.by_key[1] = 6
    finish(threads)


def test_more_than_may_wait_are_sent_away_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "WAITERS_MAX", 2)
    versions = Versions()
    hub = Hub(versions, Silence())
    threads = waiting(hub, (1, 5), (2, 5))
    time.sleep(0.05)
    finish(waiting(hub, (1, 5)))
    versions.by_key = {1: 6, 2: 6}
    finish(threads)
