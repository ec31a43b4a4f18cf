"""Two hundred slow clients of each kind on one worker: nobody else notices, and none may stay."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.figures import figure
from tests.service import Service
from tests.system.slow import attack, connections, kinds, p99_s, upload

EACH = figure("SLOW_CLIENTS", 200)
P99_MAX_S = 0.1
# Deadlines of the worker: of silence and of heads; of bodies and of answers; time to see it.
SHORT_S = 5
LONG_S = 30
SLACK_S = 25
# The machine may be busy with something else, but not three times over.
TRIES = 3


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    yield from started(tmp_path / "data")


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Service]:
    """The service on Gunicorn's own gevent worker, known to be bad."""
    yield from started(tmp_path / "plain", "--worker-class=gevent")


@pytest.fixture
def threaded(tmp_path: Path) -> Iterator[Service]:
    """The service on a worker of eight threads, known to be worse."""
    yield from started(tmp_path / "threaded", "--worker-class=gthread --threads=8")


def started(data_dir: Path, arguments: str = "") -> Iterator[Service]:
    running = Service(data_dir, workers=1, GUNICORN_CMD_ARGS=arguments)
    running.start()
    yield running
    running.kill()


def token(service: Service) -> str:
    with service.session() as session:
        return str(session.headers["Authorization"])


def is_served(service: Service) -> bool:
    return any(p99_s(service) <= P99_MAX_S for _ in range(TRIES))


def wait_until_taken(service: Service, least: int) -> None:
    """Return once the worker holds so many sockets."""
    deadline_s = time.monotonic() + SHORT_S
    while (held := connections(service)) < least:
        assert time.monotonic() < deadline_s, f"only {held} sockets were taken"
        time.sleep(0.1)


def wait_until_held(service: Service, most: int, wait_s: float) -> None:
    """Return once the worker holds no more sockets than that."""
    deadline_s = time.monotonic() + wait_s
    while (held := connections(service)) > most:
        assert time.monotonic() < deadline_s, f"{held} sockets are held, not {most}"
        time.sleep(0.2)


def test_others_are_served_and_every_slow_client_is_cut_off(
    service: Service, plain: Service
) -> None:
    all_kinds, dripping = kinds(token(service)), kinds(token(plain))["dripping a body"]
    before = connections(service)
    with attack(plain, 1, dripping), attack(service, EACH, *all_kinds.values()):
        wait_until_taken(service, before + EACH * 4)
        assert is_served(service)
        wait_until_held(service, before + EACH * 2, SHORT_S + SLACK_S)
        wait_until_held(service, before, LONG_S + SLACK_S)
        assert is_served(service)
        assert connections(plain) > before


def test_workers_of_eight_threads_are_seen_not_to_serve_others(threaded: Service) -> None:
    with attack(threaded, EACH, kinds(token(threaded))["dripping a head"]):
        assert p99_s(threaded) > P99_MAX_S


def test_a_body_that_nobody_asked_for_keeps_nobody_waiting(
    service: Service, plain: Service
) -> None:
    with upload(service):
        assert is_served(service)
    with upload(plain):
        assert p99_s(plain) > P99_MAX_S
