"""The example risk monitor against an API that goes wrong in every way that it was thought of."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.examples.fake_api import FAULTS, FakeApi
from tests.examples.monitors import NAIVE, Monitor
from tests.service import free_port

# Many start at once on few processors; all of them together take no longer than one.
GRACE_S, TIMEOUT_S = "6", "2"
CALM = ("fine", "not-modified")

Watched = dict[str, Monitor]


@pytest.fixture(scope="module")
def api() -> Iterator[FakeApi]:
    made = FakeApi()
    yield made
    made.close()


@pytest.fixture(scope="module")
def monitors(api: FakeApi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """One monitor a fault, each until it ended, and two that have no reason to."""
    folder = tmp_path_factory.mktemp("monitors")
    urls = {fault: api.url(fault) for fault in (*FAULTS, *CALM)}
    urls["nobody-listens"] = f"http://127.0.0.1:{free_port()}"
    made = {
        fault: Monitor(folder / fault, url, GRACE_S=GRACE_S, TIMEOUT_S=TIMEOUT_S)
        for fault, url in urls.items()
    }
    for monitor in made.values():
        monitor.start()
    yield made
    for monitor in made.values():
        monitor.kill()


@pytest.mark.feature("TPA-14")
@pytest.mark.parametrize("fault", [*FAULTS, "nobody-listens"])
def test_what_cannot_be_known_for_the_time_of_grace_shuts_the_platform_down(
    monitors: Watched, fault: str
) -> None:
    monitor = monitors[fault]
    assert monitor.ended() == 1, monitor.log.read_text()
    assert monitor.reason.startswith(f"unknown for {GRACE_S} s, first because of "), monitor.reason
    # The fault and nothing else: before it, all was well.
    assert bool(monitor.lines("known")) == (fault != "nobody-listens"), monitor.log.read_text()


@pytest.mark.parametrize("path", CALM)
def test_a_healthy_api_keeps_it_calm_also_while_nothing_changes(
    monitors: Watched, path: str
) -> None:
    time.sleep(1)
    before = len(monitors[path].lines("known"))
    monitors[path].wait_for("known", before + 4)
    assert monitors[path].is_calm
    assert monitors[path].lines("unknown") == []


def test_a_monitor_that_takes_a_failure_for_no_loss_is_fooled_by_the_same_faults(
    tmp_path: Path,
) -> None:
    api = FakeApi()
    made = {fault: Monitor(tmp_path / fault, api.url(fault), NAIVE) for fault in FAULTS}
    for monitor in made.values():
        monitor.start()
    deadline_s = time.monotonic() + 60
    while any(api.asked[fault] < 3 for fault in FAULTS) and time.monotonic() < deadline_s:
        time.sleep(0.1)
    calm = {fault for fault, monitor in made.items() if monitor.is_calm}
    for monitor in made.values():
        monitor.kill()
    api.close()
    assert calm == set(FAULTS)
