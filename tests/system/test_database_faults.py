"""Answers are right, or they are refusals, while PostgreSQL is hurt under load."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.figures import figure, reached
from tests.service import Service
from tests.system.freshness import faults
from tests.system.postgres_server import PostgresServer, own_server
from tests.system.watch import REFUSED, History, Watch

# A long run takes more of them.
TIMES = figure("DATABASE_FAULTS", 1)
WORKERS = 3
CALM_S = 1.0
PAUSE_S = 0.05
# A busy machine has not to get there sooner.
BACK_MAX_S = 8.0


class Hurt(NamedTuple):
    """A service and its database's server."""

    service: Service
    server: PostgresServer


@pytest.fixture(scope="module")
def hurt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hurt]:
    folder: Path = tmp_path_factory.mktemp("hurt")
    with own_server() as server:
        service = Service(folder / "data", workers=WORKERS, DATABASE_URL=server.url)
        service.start()
        yield Hurt(service, server)
        service.kill()


def refusals(history: History, since_s: float) -> list[float]:
    """When answers that refused came, in seconds since."""
    return [
        read.ended_s - since_s
        for read in history.reads
        if read.status == REFUSED and read.ended_s > since_s
    ]


@pytest.mark.feature("TPA-14", "TPA-16", "TPA-26")
@pytest.mark.parametrize(
    "happens",
    [PostgresServer.restart, PostgresServer.kill_a_backend, PostgresServer.cut_off_all],
    ids=lambda each: each.__name__,
)
def test_answers_are_right_or_refused_and_right_again_within_seconds(
    hurt: Hurt, happens: Callable[[PostgresServer], None]
) -> None:
    watch = Watch(hurt.service, happens.__name__, pause_s=PAUSE_S, is_patient=True)
    with watch.running():
        for _ in range(TIMES):
            time.sleep(CALM_S)
            happens(hurt.server)
            over_s = time.monotonic()
            hurt.service.wait_for("/health/ready", BACK_MAX_S)
            time.sleep(CALM_S)
            assert max(refusals(watch.history, over_s), default=0.0) < BACK_MAX_S
    good = [read for read in watch.history.reads if read.status != REFUSED]
    assert faults(watch.history.writes, good) == []
    assert max(read.began_s for read in good) > over_s
    assert watch.history.writes[-1].acknowledged_s > over_s
    reached(f"{happens.__name__} {TIMES} times, {len(watch.history.reads)} answers")
    assert '"code":"INTERNAL"' not in hurt.service.log.read_text()
