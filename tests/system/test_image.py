"""The image is built step by step, and serves without root on files that it cannot change."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.image import Build

TOKEN = "made-up-for-this-test-alone"
READY_WAIT_S = 60.0
STOP_WAIT_S = 40.0
# Run where the container listens: this process is in another network.
ASK = """
import json, sys, requests
method, path, body, token = sys.argv[1:]
answer = requests.request(method, "http://127.0.0.1:8000" + path, json=json.loads(body), timeout=10,
                          headers={"Authorization": "Bearer " + token})
print(json.dumps([answer.status_code, answer.text]))
"""
FILLS = [
    {"execution_id": "one", "side": "BUY", "price": "25000.25", "sequence": 1},
    {"execution_id": "two", "side": "SELL", "price": "25010.25", "sequence": 2},
]
WRITES = "for place in / /srv /srv/app /venv /usr/local /etc /data /tmp /dev/shm; do touch $place/x"

pytestmark = pytest.mark.sqlite_only("the image begins on SQLite")


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
    if os.geteuid() != 0:
        pytest.skip("only root may make the namespaces that stand in for an engine")
    with Build(tmp_path_factory.mktemp("image")) as made:
        made.run_all()
        yield made


@pytest.fixture
def container(build: Build, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The image's command, running."""
    with (tmp_path / "log").open("wb") as log:
        command = build.container(build.command, API_TOKEN=TOKEN)
        process = subprocess.Popen(command, stdout=log, stderr=log)
    deadline_s = time.monotonic() + READY_WAIT_S
    while inside(build, build.healthcheck).returncode:
        assert process.poll() is None, (tmp_path / "log").read_text()
        assert time.monotonic() < deadline_s, (tmp_path / "log").read_text()
        time.sleep(0.2)
    yield process
    process.kill()
    process.wait()


def inside(build: Build, command: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(build.container(command), capture_output=True, text=True, check=False)


def ask(build: Build, method: str, path: str, body: Any = None) -> Any:
    """The body of an answer that must be 200."""
    command = [*build.network(), sys.executable, "-c", ASK, method, path, json.dumps(body), TOKEN]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    status, text = json.loads(done.stdout)
    assert status == 200, text
    return json.loads(text)


@pytest.mark.feature("TPA-19", "TPA-12")
def test_the_image_serves_takes_fills_and_stops_in_order(
    build: Build, container: subprocess.Popen[bytes]
) -> None:
    common = {"account_id": "A1", "symbol": "MNQZ5", "quantity": 1, "fees": "0.50"}
    rows = [common | fill | {"executed_at": "2025-11-07T15:00:00Z"} for fill in FILLS]
    assert ask(build, "POST", "/api/executions", rows)["positions_closed"] == 1
    day = ask(build, "GET", "/performance/daily?account_id=A1&date=2025-11-07")
    assert (day["daily_pnl"], day["fees"]) == (19.0, 1.0)
    container.terminate()
    assert container.wait(STOP_WAIT_S) == 0
    # Nobody answers: the image is unhealthy then.
    assert inside(build, build.healthcheck).returncode != 0


def test_it_runs_without_root_and_can_write_its_data_and_temporary_files_alone(
    build: Build,
) -> None:
    done = inside(build, ("sh", "-c", f"{WRITES} 2>/dev/null && echo $place; done; id -u"))
    assert done.stdout.split() == ["/data", "/tmp", "/dev/shm", "10001"]


def test_the_image_holds_what_runs_and_nothing_else(build: Build) -> None:
    found = {path.name for path in (build.root() / "srv").iterdir()} - {"__pycache__"}
    assert found == {"app", "examples", "gunicorn.conf.py", "requirements.txt", "wsgi.py"}
    assert (build.root() / "srv/app/dashboard_build/index.html").exists()
    packages = {path.name.lower() for path in build.root().glob("venv/lib/*/site-packages/*")}
    assert {"flask", "gunicorn"} <= packages
    assert not packages & {"pytest", "mypy", "ruff", "pip"}


def test_its_bytecode_is_there_since_it_cannot_be_kept_later(build: Build) -> None:
    sources = [*build.root().glob("srv/app/**/*.py")]
    assert len(sources) > 40
    compiled = {path.name.partition(".")[0] for path in build.root().glob("srv/app/**/*.pyc")}
    assert {path.stem for path in sources} <= compiled


def test_the_monitor_of_the_image_starts(build: Build) -> None:
    done = inside(build, ("python", "examples/risk_monitor.py"))
    assert (done.returncode, done.stderr) == (1, "cannot start: KeyError('API_TOKEN')\n")
