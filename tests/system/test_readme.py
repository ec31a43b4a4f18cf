"""The commands of README.md, all of them and in their order; where it shows an answer, that is it.

Containers are stood in for: what runs in one runs here.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from app.settings import from_env
from tests.service import ROOT, Service
from tests.test_containers import SERVICES

BLOCKS = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# By the test that runs it: it installs everything, needs a broker, or goes on for ever.
ELSEWHERE = {
    "make run": "tests/system/test_fresh_clone.py",
    "make test": "tests/test_tidy.py",
    "export TOPSTEPX_USERNAME=… TOPSTEPX_API_KEY=…": "tests/cli/test_sync.py",
    ".venv/bin/flask --app wsgi sync --once": "tests/cli/test_sync.py",
    ".venv/bin/flask --app wsgi sync --stream": "tests/system/test_sync.py",
    'printf %s "$TOPSTEPX_API_KEY" > secrets/topstepx_api_key'
    " && chmod 0444 secrets/topstepx_api_key": "tests/test_containers.py",
}
# Of now, or of this one answer.
CHANGING = ("request_id", "end")
FOLDERS = ("app", "docs", "deploy", "examples", "Makefile", "wsgi.py", "gunicorn.conf.py")
PROFILE = re.compile(r"docker compose --profile (\w+) up -d")


class Step(NamedTuple):
    """A command, and what the page shows of its answer."""

    command: str
    shown: str


def steps(page: str) -> Iterator[Step]:
    """Every command of the page; lines that begin with blanks or close a quote belong to it."""
    for block in BLOCKS.findall(page):
        for said in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = said.splitlines()
            length = next(n for n in range(1, len(lines) + 1) if is_whole("\n".join(lines[:n])))
            command = re.sub(r" +# .*$", "", "\n".join(lines[:length]))
            yield Step(command, "\n".join(lines[length:]).strip())


def is_whole(command: str) -> bool:
    """Whether a shell would not wait for more of it."""
    read = subprocess.run(["bash", "-n", "-c", command], capture_output=True, check=False)
    return read.returncode == 0


class Newcomer:
    """Types the commands in a folder that looks like a clone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.service = Service(folder / "data", root=folder)
        self._said: list[str] = []
        for name in FOLDERS:
            (folder / name).symlink_to(ROOT / name)
        (folder / ".venv").symlink_to(Path(sys.executable).parent.parent)

    def do(self, step: Step) -> str:
        """What a command says."""
        command = step.command
        if command == "docker compose up -d --wait":
            self._move_into_containers()
            return ""
        if profile := PROFILE.search(command):
            assert any(profile[1] in each.get("profiles", ()) for each in SERVICES.values())
            return ""
        command = command.replace("docker compose exec -T web flask", ".venv/bin/flask")
        command = command.replace("localhost:8000", f"127.0.0.1:{self.service.port}")
        return self._shell(command)

    def _shell(self, command: str) -> str:
        script = "\n".join([*self._said, command])
        if re.match(r"[A-Z]+=", command):
            self._said.append(command)
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", script], cwd=self.folder, capture_output=True,
            env=self.service.env | {"PATH": path}, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    def _move_into_containers(self) -> None:
        """There the secret that was made is the first token; here the one that runs has its own."""
        secret = self.folder / "secrets" / "api_token"
        assert from_env({"API_TOKEN_FILE": str(secret)}).api_token
        secret.chmod(0o600)
        secret.write_text((self.folder / "data" / "admin-token").read_text())


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    made = Newcomer(tmp_path)
    made.service.start()
    yield made
    made.service.kill()


def told(said: str) -> Any:
    """An answer without what is of now alone."""
    return json.loads(said, object_hook=lambda found: {
        key: value for key, value in found.items() if key not in CHANGING
    }) if said.startswith(("{", "[")) else said  # fmt: skip


@pytest.mark.feature("TPA-32", "TPA-34")
def test_every_command_of_the_page_does_what_the_page_says(newcomer: Newcomer) -> None:
    every = list(steps((ROOT / "README.md").read_text("utf-8")))
    assert len(every) > 15
    for step in every:
        if step.command in ELSEWHERE:
            continue
        said = newcomer.do(step)
        if step.shown:
            assert told(said) == told(step.shown), step.command
    left = {step.command for step in every} & set(ELSEWHERE)
    assert left == set(ELSEWHERE), "what is run elsewhere is on the page"


def test_what_is_run_elsewhere_is() -> None:
    assert [file for file in ELSEWHERE.values() if not (ROOT / file).exists()] == []


def test_an_answer_that_is_another_is_found_and_so_is_a_command_that_fails(tmp_path: Path) -> None:
    newcomer = Newcomer(tmp_path)
    typed = """$ echo '{"net": 1.5,\n  "request_id": "x"}'\n{"net":1.5,"request_id":"y"}\n"""
    [step] = steps(f"```console\n{typed}```\n")
    said = newcomer.do(step)
    assert told(said) == told(step.shown)
    assert told(said) != told(step.shown.replace("1.5", "1.6"))
    with pytest.raises(AssertionError, match="localhost"):
        newcomer.do(Step("curl -sf localhost:1/api/accounts", ""))
