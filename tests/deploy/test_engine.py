"""The documents' commands for containers, on a real engine: `make test-containers`.

It wants a Docker engine that has the images or may pull them, and on which nothing of this project
runs: the network has one name.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.service import ROOT, free_port
from tests.system.callers import DAY, WAIT_S, execution
from tests.system.test_readme import steps

ACCOUNT = "12694476"
# An image is built within it.
COMMAND_MAX_S = 900
# Those of before the backup; six more are lost with the restore.
FILLS, LOST = 10, 6
VERIFIED = "everything stored is what the executions make"

pytestmark = pytest.mark.skipif(
    os.environ.get("DOCKER") != "1", reason="only where an engine is: make test-containers"
)


class Project:
    """A copy of what is in version control, and what its containers answer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{free_port()}"
        self.port = self.url.rpartition(":")[2]
        copy = 'git ls-files -z | tar --null -T - -c | tar -x -C "$0"'
        subprocess.run(["bash", "-c", copy, str(folder)], cwd=ROOT, check=True)

    def do(self, command: str, *, may_fail: bool = False) -> str:
        """What a command of a document says, in this folder and on this port."""
        here = command.replace("localhost:8000", f"127.0.0.1:{self.port}")
        here = here.replace("git pull && ", "").replace("logs -f", "logs")
        mine = {"COMPOSE_PROJECT_NAME": "trader-performance-test", "PORT": self.port}
        done = subprocess.run(
            ["bash", "-c", here], cwd=self.folder, env=os.environ | mine, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=COMMAND_MAX_S,
        )  # fmt: skip
        assert may_fail or done.returncode == 0, f"{command}\n{done.stdout}"
        return done.stdout

    def wait_for(self, command: str, text: str) -> None:
        """Return once a command says this."""
        deadline_s = time.monotonic() + WAIT_S
        while text not in (said := self.do(command)):
            assert time.monotonic() < deadline_s, said
            time.sleep(0.2)

    def trade(self, first: int, last: int) -> None:
        """Send these fills."""
        fills = [execution(ACCOUNT, n) for n in range(first, last)]
        url = f"{self.url}/api/executions"
        answer = requests.post(url, json=fills, headers=self._headers(), timeout=WAIT_S)
        assert answer.status_code == 200, answer.text

    def daily(self, tag: str = "") -> requests.Response:
        """The figure of the day, if it is not what this tag stands for."""
        query = {"account_id": ACCOUNT, "date": DAY}
        headers = self._headers() | {"If-None-Match": tag}
        url = f"{self.url}/api/performance/daily"
        return requests.get(url, params=query, headers=headers, timeout=WAIT_S)

    def _headers(self) -> dict[str, str]:
        secret = (self.folder / "secrets" / "api_token").read_text()
        return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    made = Project(tmp_path)
    made.do("docker compose build web")
    yield made
    made.do("docker compose --profile '*' down --volumes", may_fail=True)


def commands(page: str, *, after: str = "") -> list[str]:
    """The commands of a document, or of what follows a heading of it."""
    text = (ROOT / page).read_text("utf-8")
    assert after in text
    return [step.command for step in steps(text.partition(after)[2] if after else text)]


def is_as_before(project: Project, before: requests.Response, *lost: requests.Response) -> bool:
    """Whether the figure is that of before, and no caller has a tag that is taken for it."""
    now = project.daily().json()
    for old in (before, *lost):
        assert project.daily(old.headers["ETag"]).status_code == 200
        assert now["version"] > old.json()["version"]
    return bool(now == before.json() | {"version": now["version"]})


def test_the_page_of_operations_holds_from_the_first_start_to_an_upgrade(project: Project) -> None:
    said: list[str] = []
    for command in commands("docs/OPERATIONS.md"):
        if "profile '*' stop" in command:
            project.trade(FILLS, FILLS + LOST)
            lost = project.daily()
        said.append(project.do(command))
        if command.endswith("--profile backup up -d"):
            project.wait_for("docker compose logs backup", "checked")
            time.sleep(1)  # Two of one second would have one name.
        if "accounts create" in command:
            project.trade(0, FILLS)
            before = project.daily()
    assert is_as_before(project, before, lost)
    assert "".join(said).count(VERIFIED) == 3
    assert "".join(said).count("restored ") == 2


def test_several_that_serve_share_everything_and_come_back_from_a_dump(project: Project) -> None:
    said = ""
    for command in commands("docs/SCALING.md", after="## More machines that serve"):
        # Of the feed a file must be there; without a user it is refused before it asks anybody.
        (project.folder / "secrets").mkdir(exist_ok=True)
        (project.folder / "secrets" / "topstepx_api_key").write_text("of-nobody")
        if "stop nginx" in command:
            project.trade(FILLS, FILLS + LOST)
            lost = project.daily()
        said += project.do(command)
        if "reload" in command:
            project.trade(0, FILLS)
            before = project.daily()
    assert is_as_before(project, before, lost)
    assert {project.daily().headers["X-Cache"] for _ in range(20)} <= {"redis", "memory"}
    log = project.do("docker compose logs --no-log-prefix nginx")
    assert len(set(re.findall(r'"machine":"([^"]+)"', log))) >= 3


def test_the_monitor_of_the_readme_watches_and_the_containers_have_no_rights(
    project: Project,
) -> None:
    page = commands("README.md")
    for command in [each for each in page if "make secrets" in each or each.endswith("--wait")]:
        project.do(command)
    project.trade(0, FILLS)
    for command in [each for each in page if "monitor_token" in each or "MONITOR_" in each]:
        project.do(command)
    project.wait_for("docker compose logs monitor", '"weekly"')
    rights = project.do("docker compose exec -T web cat /proc/1/status")
    assert set(re.findall(r"^Cap\w+:\s+(\w+)$", rights, re.MULTILINE)) == {"0" * 16}
    refused = project.do("docker compose exec -T web touch /srv/x", may_fail=True)
    assert "Read-only file system" in refused


def test_containers_of_a_user_who_may_not_write_the_volume_are_found(project: Project) -> None:
    file = project.folder / "docker-compose.yml"
    sound = file.read_text("utf-8")
    file.write_text(sound.replace('"10001:10001"', '"10002:10002"'), "utf-8")
    assert file.read_text("utf-8") != sound
    first, start, *_ = commands("docs/OPERATIONS.md")
    project.do(first)
    with pytest.raises(AssertionError, match=start):
        project.do(start)
