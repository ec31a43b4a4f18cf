"""How the service starts: by its environment, closed to strangers, or not at all."""

from __future__ import annotations

import os
import runpy
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.service import ROOT, Service
from tests.system.callers import execution

SECRET = "tpa_made-up-for-this-test-alone"
START = (sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app")
COMMAND = (sys.executable, "-m", "flask", "--app", "wsgi", "verify")
# What tests are started with must not decide.
OURS = {"PATH": os.environ.get("PATH", "")}
START_WAIT_S = 30

Start = Callable[..., Service]

BAD = {
    "BIND": ("8000", "0.0.0.0:99999", "nowhere"),
    "WEB_CONCURRENCY": ("0", "65"),
    "DEFAULT_TIMEZONE": ("Mars/Olympus", "-06:00"),
    "DATABASE_URL": ("mysql://trader@db/trader", "sqlite:///", "postgresql+psycopg://h:port/name"),
    "DEFAULT_ACCOUNT_ID": ("a/b",),
    "AUTH_MODE": ("off",),
    "AUTO_MIGRATE": ("yes",),
    "LOG_LEVEL": ("LOUD",),
    "API_TOKEN": ("short", "a token of several words"),
    "API_TOKEN_FILE": ("/nowhere/token",),
    "DATA_DIR": (__file__,),
}


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts services, each on a data folder of its own, and ends them."""
    services: list[Service] = []

    def started(*, ready_path: str = "/health/ready", **env: str) -> Service:
        service = Service(tmp_path / f"data{len(services)}", workers=1)
        service.env |= env
        services.append(service)
        service.launch()
        service.wait_for(ready_path)
        return service

    yield started
    for service in services:
        service.kill()


@pytest.mark.feature("TPA-34")
@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in BAD.items() for value in values]
)
def test_a_setting_that_makes_no_sense_stops_the_start_with_one_line_that_names_it(
    tmp_path: Path, name: str, value: str
) -> None:
    assert_refused({"DATA_DIR": str(tmp_path), name: value}, name.removesuffix("_FILE"))


@pytest.mark.parametrize("value", ["two", "-1"])
def test_a_number_of_workers_that_gunicorn_itself_cannot_read_stops_the_start(
    tmp_path: Path, value: str
) -> None:
    # Gunicorn reads this variable by itself, before any file of ours, and words its own refusal.
    env = {"DATA_DIR": str(tmp_path), "WEB_CONCURRENCY": value}
    assert run(START, env).returncode != 0
    assert "WEB_CONCURRENCY" in run(COMMAND, env).stderr


def test_all_bad_settings_are_named_on_the_one_line(tmp_path: Path) -> None:
    line = assert_refused({"DATA_DIR": str(tmp_path), "LOG_LEVEL": "LOUD", "BIND": "x"}, "BIND")
    assert "LOG_LEVEL" in line


def test_a_token_given_in_two_ways_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(SECRET)
    env = {"DATA_DIR": str(tmp_path), "API_TOKEN": SECRET, "API_TOKEN_FILE": str(file)}
    line = assert_refused(env, "API_TOKEN_FILE")
    assert SECRET not in line


def assert_refused(env: dict[str, str], name: str) -> str:
    """Hold the service and its commands to end with one line that names a variable; the line."""
    lines = set()
    for command in (START, COMMAND):
        ended = run(command, env)
        assert ended.returncode != 0
        assert ended.stdout == ""
        assert ended.stderr.count("\n") == 1, ended.stderr
        lines.add(ended.stderr)
    [line] = lines
    assert line.startswith("cannot start: ")
    assert name in line
    return line


@pytest.mark.feature("PAM-AUTH-01")
def test_the_first_start_makes_a_token_that_its_owner_alone_reads_and_needs_it(
    start: Start,
) -> None:
    service = start()
    place = service.data_dir / "admin-token"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert str(place) in service.log.read_text()
    secret = place.read_text().strip()
    assert secret not in service.log.read_text()
    assert status(service, None) == status(service, SECRET) == 401
    assert status(service, secret) == 200
    service.stop()
    service.start()
    assert place.read_text().strip() == secret
    assert status(service, secret) == 200


@pytest.mark.feature("PAM-AUTH-01")
@pytest.mark.parametrize("from_file", [False, True])
def test_the_token_of_the_environment_is_taken_on_the_first_start(
    start: Start, tmp_path: Path, *, from_file: bool
) -> None:
    (tmp_path / "secret").write_text(SECRET + "\n")
    given = {"API_TOKEN_FILE": str(tmp_path / "secret")} if from_file else {"API_TOKEN": SECRET}
    service = start(**given)
    assert not (service.data_dir / "admin-token").exists()
    assert SECRET not in service.log.read_text()
    assert (status(service, SECRET), status(service, None)) == (200, 401)


@pytest.mark.feature("PAM-AUTH-01")
def test_without_tokens_everything_is_open_and_readiness_says_so(start: Start) -> None:
    service = start(AUTH_MODE="none")
    assert status(service, None) == 200
    assert ready(service)["access"] == "open to anyone"


@pytest.mark.feature("PAM-AUTH-01")
def test_with_tokens_readiness_says_so(start: Start) -> None:
    assert ready(start())["access"] == "tokens"


@pytest.mark.feature("TPA-16", "TPA-14", "PAM-ERR-02")
@pytest.mark.parametrize("auth_mode", ["token", "none"])
def test_a_database_that_nobody_migrated_is_unavailable_and_no_fault(
    start: Start, auth_mode: str
) -> None:
    service = start(ready_path="/health/live", AUTO_MIGRATE="0", AUTH_MODE=auth_mode)
    paths = ("/health/ready", "/api/accounts", "/api/performance/daily?account_id=A1")
    for path in paths:
        answer = get(service, path, SECRET)
        assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "1"), answer.text
        error = answer.json()["error"]
        assert (error["code"], error["retryable"]) == ("DATABASE_UNAVAILABLE", True)
    assert "db upgrade" in get(service, "/health/ready", None).json()["error"]["message"]
    assert "Traceback" not in service.log.read_text()


@pytest.mark.feature("TPA-19")
def test_it_listens_on_all_interfaces_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*os.environ]:
        monkeypatch.delenv(name)
    config = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    assert config["bind"] == "0.0.0.0:8000"


def run(command: tuple[str, ...], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=ROOT,
        env=OURS | env,
        capture_output=True,
        text=True,
        check=False,
        timeout=START_WAIT_S,
    )


def ready(service: Service) -> Any:
    return get(service, "/health/ready", None).json()


def status(service: Service, secret: str | None) -> int:
    return get(service, "/api/accounts", secret).status_code


def get(service: Service, path: str, secret: str | None) -> requests.Response:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    return requests.get(service.url + path, headers=headers, timeout=10)


@pytest.mark.sqlite_only("a server keeps its own log")
def test_an_orderly_stop_leaves_one_file_with_everything_in_it(start: Start) -> None:
    service = start()
    with service.session() as session:
        sent = session.post(f"{service.url}/api/executions", json=execution("A", 1))
    sent.raise_for_status()
    assert (service.data_dir / "trader.db-wal").stat().st_size > 0
    assert service.stop() == 0
    assert not (service.data_dir / "trader.db-wal").exists()
