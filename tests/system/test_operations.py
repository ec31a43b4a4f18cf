"""The commands of docs/OPERATIONS.md, all of them and in their order, on a running service.

Containers are stood in for: what runs in one runs here, with its volumes as folders.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.service import ROOT, Service
from tests.system.callers import DAY, Caller, execution
from tests.test_containers import SERVICES

PAGE = (ROOT / "docs" / "OPERATIONS.md").read_text("utf-8")
BLOCKS = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMANDS = [
    line.removeprefix("$ ")
    for block in BLOCKS.findall(PAGE)
    for line in block.splitlines()
    if line.startswith("$ ")
]
PAGE_RUN = "\n".join(COMMANDS)
ACCOUNT = "12694476"
# What needs no container.
HERE = ("make secrets", "curl -sf localhost:8000/health/ready")
# What changes the code, which is this one before and after.
NOT_HERE = "git pull && docker compose build"
RUN = re.compile(
    r"docker compose --profile backup run --rm --no-deps (?:-T )?(?:-e (?P<set>\S+) )?"
    r"backup (?P<rest>.*)"
)
EXEC = re.compile(r"docker compose exec -T web (?P<rest>.*)")
WAIT_S = 30

pytestmark = pytest.mark.sqlite_only("the page backs SQLite up and restores it")


class Compose:
    """Does what `docker compose` would, without an engine."""

    def __init__(self, service: Service, backups: Path) -> None:
        self.service = service
        self.outputs: list[str] = []
        self.backups = backups
        self._loop: subprocess.Popen[bytes] | None = None
        self._is_old = False

    def do(self, command: str) -> None:
        if match := RUN.fullmatch(command) or EXEC.fullmatch(command):
            self._run(match["rest"], match.groupdict().get("set"))
        elif command == "docker compose --profile backup up -d":
            self._start_loop()
        elif command == "docker compose --profile '*' stop":
            self.stop()
        elif command == "docker compose up -d --wait":
            self._up()
        elif command == "docker compose --profile monitoring up -d":
            assert {"prometheus", "grafana"} <= set(SERVICES)
        elif command in HERE:
            self._run(command.replace("localhost:8000", f"127.0.0.1:{self.service.port}"), None)
        else:
            assert command == NOT_HERE
            self._is_old = True

    def stop(self) -> None:
        self.service.stop()
        loop, self._loop = self._loop, None
        if loop:
            os.killpg(loop.pid, signal.SIGTERM)
            loop.wait(WAIT_S)

    def _up(self) -> None:
        """As Compose does: what runs, and is what it should be, goes on."""
        if self._is_old:
            self.service.stop()
        if not self.service.is_running:
            self.service.start()
        self._is_old = False

    def _run(self, command: str, variable: str | None) -> None:
        env = self._env() | dict([self._here(variable).split("=", 1)] if variable else [])
        ended = subprocess.run(
            self._here(command), shell=True, cwd=ROOT, env=env, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert ended.returncode == 0, f"{command}: {ended.stdout}{ended.stderr}"
        self.outputs.append(ended.stdout)

    def _start_loop(self) -> None:
        command = [self._here(each.replace("$$", "$")) for each in SERVICES["backup"]["command"]]
        env = self._env() | SERVICES["backup"]["environment"]
        self._loop = subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True)
        deadline_s = time.monotonic() + WAIT_S
        while not [*self.backups.glob("*.gz")]:
            assert time.monotonic() < deadline_s
            time.sleep(0.1)
        time.sleep(1)  # Two of one second would have one name.

    def _env(self) -> dict[str, str]:
        programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return self.service.env | {"PATH": programs}

    def _here(self, said: str) -> str:
        said = said.replace("make secrets", f"sh deploy/make-secrets {self.backups.parent}/secrets")
        said = said.replace("/backups", shlex.quote(str(self.backups)))
        return said.replace("backups.tar", shlex.quote(f"{self.backups.parent}/backups.tar"))


@pytest.fixture
def compose(tmp_path: Path) -> Iterator[Compose]:
    service = Service(tmp_path / "data")
    (tmp_path / "volume").mkdir()
    service.start()
    made = Compose(service, tmp_path / "volume")
    yield made
    made.stop()


@pytest.mark.feature("TPA-32")
def test_every_command_of_the_page_does_what_the_page_says(compose: Compose) -> None:
    caller = Caller(compose.service)
    assert caller.post([execution(ACCOUNT, n) for n in range(10)]).ok
    then = daily(caller)
    for command in COMMANDS:
        if command.endswith("' stop"):
            lost = lose(compose, caller)
        compose.do(command)
    said = "".join(compose.outputs)
    assert said.count("restored ") == 2
    assert "the database that was there is now" in said
    assert said.count(" 10 executions") == len(re.findall(r"app wsgi (?:restore|backup)", PAGE_RUN))
    assert said.count("everything stored is what the executions make") == PAGE_RUN.count("verify")
    assert re.search(rf"^bot +write .* good +{ACCOUNT}$", said, re.MULTILINE)
    for old in (then, lost):
        now = daily(caller, old.headers["ETag"])
        assert now.status_code == 200
        assert now.json()["version"] > old.json()["version"]
        assert now.json() == then.json() | {"version": now.json()["version"]}


def lose(compose: Compose, caller: Caller) -> requests.Response:
    """Trade on after the last backup, while a restore is refused."""
    assert caller.post([execution(ACCOUNT, n) for n in range(10, 16)]).ok
    [file, *_] = compose.backups.glob("*.gz")
    refused = compose.service.flask("restore", str(file), "--force")
    assert (refused.returncode, "in use" in refused.stderr) == (1, True)
    return daily(caller)


def daily(caller: Caller, tag: str = "") -> requests.Response:
    headers = {**caller.headers, "If-None-Match": tag}
    query = {"account_id": ACCOUNT, "date": DAY}
    url = f"{caller.url}/api/performance/daily"
    return requests.get(url, params=query, headers=headers, timeout=30)
