"""The client that the documentation shows does what it says, also when the service goes away."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service import ROOT, Service
from tests.system.listener import admin, fill, post

PAGE = (ROOT / "docs" / "LIVE_UPDATES.md").read_text("utf-8")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path / "data", workers=1)
    made.start()
    yield made
    made.kill()


def test_the_client_of_the_documentation_tells_every_write_through_a_restart(
    service: Service,
) -> None:
    first = post(service, fill("A", 0))["accounts"]["A"]["version"]
    code, _ = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    env = {
        "WS_URL": f"ws://127.0.0.1:{service.port}/ws",
        "API_TOKEN": admin(service),
        "ACCOUNT_ID": "A",
    }
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, env=os.environ | env, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout
        told = [run.stdout.readline().split()[0]]
        post(service, fill("A", 1))
        told.append(run.stdout.readline().split()[0])
        service.kill()
        service.start()
        for number in (2, 3):
            post(service, fill("A", number))
        told += [run.stdout.readline().split()[0] for _ in range(2)]
        run.kill()
    assert told == [str(first + n) for n in range(4)]
