"""Counts are right across workers, whichever of them answers, ends or is new."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.exposition import Samples, counters, samples, total
from tests.service import Service

WORKERS = 3
REQUESTS = 120
DEADLINE_S = 30
NAME, ROUTE = "tpa_requests_total", "/api/accounts"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path / "data", workers=WORKERS)
    made.start()
    yield made
    made.kill()


def scraped(service: Service) -> Samples:
    answer = requests.get(f"{service.url}/metrics", timeout=10, headers={"Connection": "close"})
    assert answer.status_code == 200
    return samples(answer.text)


def ask(service: Service, times: int) -> None:
    """Every request on a connection of its own, several at once."""
    with service.session() as session:
        headers = {**session.headers, "Connection": "close"}

    def once(_: int) -> int:
        return requests.get(service.url + ROUTE, headers=headers, timeout=10).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(once, range(times))) == {200}


def counted(service: Service) -> float:
    return total(scraped(service), NAME, route=ROUTE)


def workers(service: Service) -> list[int]:
    pid = service.process.pid
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def until(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.1)


def assert_no_step_back(before: Samples, after: Samples) -> None:
    assert {key for key, value in counters(before).items() if after.get(key, 0) < value} == set()


@pytest.mark.feature("TPA-18", "PAM-OPS-03")
def test_every_worker_tells_all_requests_of_all_workers(service: Service) -> None:
    ask(service, REQUESTS)
    assert {counted(service) for _ in range(5 * WORKERS)} == {REQUESTS}
    # It is ready once the first of them is.
    until(lambda: total(scraped(service), "tpa_workers") == WORKERS)
    found = scraped(service)
    assert total(found, "tpa_request_duration_seconds_count", route=ROUTE) == REQUESTS
    assert total(found, "tpa_cpu_seconds_total") > 0
    assert total(found, "tpa_resident_memory_bytes") > WORKERS * 10**7
    with service.session() as session:
        body = service.get(session, "/api/metrics")
    (told,) = [each for each in body["endpoints"] if each["route"] == ROUTE]
    assert (told["calls"], body["workers"]) == (REQUESTS, WORKERS)


def test_workers_that_count_each_for_themselves_are_found_out(
    service: Service, tmp_path: Path
) -> None:
    (tmp_path / "alone.py").write_text(
        "import os\nos.environ.pop('PROMETHEUS_MULTIPROC_DIR')\nfrom wsgi import app as app\n"
    )
    service.stop()
    gunicorn = (sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py")
    service.launch(*gunicorn, "--pythonpath", str(tmp_path), "alone:app")
    service.wait_for("/health/ready")
    ask(service, REQUESTS)
    assert {counted(service) for _ in range(5 * WORKERS)} != {REQUESTS}


@pytest.mark.feature("TPA-18")
def test_no_count_runs_backwards_when_workers_are_killed_or_replaced(service: Service) -> None:
    ask(service, REQUESTS)
    before = scraped(service)
    killed, *_ = old = workers(service)
    os.kill(killed, signal.SIGKILL)
    until(lambda: killed not in workers(service) and len(workers(service)) == WORKERS)
    after = scraped(service)
    assert_no_step_back(before, after)
    ask(service, REQUESTS)
    assert counted(service) == 2 * REQUESTS

    before = scraped(service)
    service.process.send_signal(signal.SIGHUP)
    until(lambda: not set(old) & set(workers(service)) and len(workers(service)) == WORKERS)
    service.wait_for("/health/ready")
    assert_no_step_back(before, scraped(service))
    ask(service, REQUESTS)
    assert counted(service) == 3 * REQUESTS
    until(lambda: total(scraped(service), "tpa_workers") == WORKERS)


@pytest.mark.feature("TPA-18")
def test_a_new_start_counts_from_zero_and_a_stop_leaves_nothing_behind(service: Service) -> None:
    ask(service, REQUESTS)
    folder = folder_of(service)
    assert folder.is_dir()
    assert folder.stat().st_mode & 0o077 == 0
    assert service.stop() == 0
    assert not folder.exists()
    service.start()
    assert counted(service) == 0
    killed = folder_of(service)
    service.kill()
    assert killed.is_dir()
    service.start()
    assert counted(service) == 0
    assert not killed.exists()


def folder_of(service: Service) -> Path:
    descriptors = Path(f"/proc/{workers(service)[0]}/fd")
    opened = [str(each.readlink()) for each in descriptors.iterdir()]
    (owner,) = [each for each in opened if each.endswith("/owner")]
    return Path(owner).parent


def test_a_folder_of_another_service_is_not_taken_over(service: Service, tmp_path: Path) -> None:
    env = service.env | {"DATA_DIR": str(tmp_path / "other"), "BIND": "127.0.0.1:1"}
    command = (sys.executable, "-c", "from app.metrics import folder; folder.make()")
    subprocess.run(command, cwd=service.root, env=env, check=True)
    ask(service, 3)
    assert counted(service) == 3
