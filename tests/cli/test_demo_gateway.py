"""`flask demo-gateway`: started as a person would, and asked by a client of what it tells."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from app.db import schema
from app.db.connection import Database
from app.services import broker
from app.settings import from_env
from tests.conftest import Clock
from tests.service import ROOT

FLASK = [sys.executable, "-m", "flask", "--app", "wsgi", "demo-gateway"]


@pytest.fixture
def told(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The settings that a gateway with a few faults tells."""
    command = [*FLASK, "--port", "0", "--days", "3", "--faults", "drop=0.1,html=0.1,busy=0.1"]
    env = os.environ | {"DATA_DIR": str(tmp_path)}
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = [process.stdout.readline().strip() for _ in range(3)]
        yield dict(line.split("=", 1) for line in lines)
        process.terminate()


def test_the_service_can_be_pointed_at_it(told: dict[str, str], tmp_path: Path) -> None:
    settings = from_env(told)
    db = Database(f"sqlite:///{tmp_path}/trader.db")
    schema.upgrade(db)
    client = broker.connect(settings, db, Clock(), patience_s=30)
    assert client
    assert len(client.accounts()) == 3
    client.close()
    db.close()
    url = settings.topstepx_base_url
    assert requests.get(f"{url}/api/Status/ping", timeout=10).text == "pong"
    refused = requests.post(f"{url}/api/Account/search", json={}, timeout=10)
    assert refused.status_code in (200, 401, 429)


@pytest.mark.parametrize("faults", ["drop", "nonsense=0.1", "drop=2", "drop=x"])
def test_faults_that_make_no_sense_are_refused(tmp_path: Path, faults: str) -> None:
    env = os.environ | {"DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [*FLASK, "--faults", faults], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "--faults" in done.stderr
