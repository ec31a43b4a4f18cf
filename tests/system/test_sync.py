"""The real sync beside a real gateway that misbehaves: killed, doubled, and told to end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from app.broker.login import Credentials
from app.broker.model import Window
from app.broker.projectx import ProjectX
from app.db.connection import Database
from app.domain import instants
from tests import databases
from tests.broker.gateways import NoLimits
from tests.service import ROOT

IDS = text("SELECT execution_id FROM executions WHERE executed_at_us <= :until_us")
FLASK = [sys.executable, "-m", "flask", "--app", "wsgi"]
DEADLINE_S = 60.0
DAYS = 60  # Fewer than a sync begins with.
FAULTS = "drop=0.02,truncated=0.02,busy-wait=0.01,broken=0.02,duplicated=0.1,reordered=0.1"


class Shell:
    """Runs commands against a gateway on a data folder."""

    def __init__(self, env: dict[str, str], log: Path) -> None:
        self.env = env
        self.log = log

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*FLASK, *arguments],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )

    def sync(self) -> subprocess.Popen[bytes]:
        command = [*FLASK, "sync", "--interval", "1", "--stream"]
        with self.log.open("ab") as log:
            return subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=log, stderr=log)

    def ids(self, until_us: int = instants.LAST_US) -> set[str]:
        """What is stored of fills up to an instant, as another process finds it."""
        db = Database(self.env.get("DATABASE_URL") or f"sqlite:///{self.env['DATA_DIR']}/trader.db")
        with db.read() as conn:
            found = {row[0] for row in conn.execute(IDS, {"until_us": until_us}).all()}
        db.close()
        return found


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    data_dir = tmp_path / "data"
    env = os.environ | databases.of_service(data_dir) | {"DATA_DIR": str(data_dir)}
    command = [*FLASK, "demo-gateway", "--port", "0", "--days", str(DAYS), "--faults", FAULTS]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as gateway:
        assert gateway.stdout
        told = dict(gateway.stdout.readline().strip().split("=", 1) for _ in range(3))
        made = Shell(env | told, tmp_path / "sync.log")
        assert made.run("db", "upgrade").returncode == 0
        yield made
        gateway.terminate()


def wait_until(is_so: Callable[[], bool], log: Path) -> None:
    deadline_s = time.monotonic() + DEADLINE_S
    while not is_so():
        assert time.monotonic() < deadline_s, log.read_text()[-3_000:]
        time.sleep(0.02)


def booked(shell: Shell, until_us: int) -> set[str]:
    """The fills of all accounts that happened, as the gateway itself tells."""
    env = shell.env
    user = Credentials(env["TOPSTEPX_USERNAME"], env["TOPSTEPX_API_KEY"])
    broker = ProjectX(env["TOPSTEPX_BASE_URL"], user, NoLimits(), patience_s=30)
    window = Window(until_us - 2 * DAYS * instants.DAY_US, until_us)
    try:
        told = [broker.trades(each.account_id, window) for each in broker.accounts()]
    finally:
        broker.close()
    return {str(each.trade_id) for some in told for each in some if not each.is_voided}


def test_it_is_killed_and_goes_on_and_there_is_only_one(shell: Shell) -> None:
    killed = shell.sync()
    wait_until(lambda: bool(shell.ids()), shell.log)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    at_kill = shell.ids()
    syncing = shell.sync()
    try:
        wait_until(lambda: shell.log.read_text().count('"live":3') >= 2, shell.log)
        second = shell.run("sync", "--once")
        assert second.returncode == 1
        assert f"process {syncing.pid} on " in second.stderr
        assert "syncs this database already" in second.stderr
    finally:
        syncing.terminate()
    assert syncing.wait(DEADLINE_S) == 0
    assert at_kill <= shell.ids()
    # What is younger may be taken back by now.
    settled_us = time.time_ns() // 1_000 - 3_600 * instants.SECOND_US
    assert shell.ids(settled_us) == booked(shell, settled_us)
    assert shell.run("verify").returncode == 0
    assert "Traceback" not in shell.log.read_text()
    assert shell.env["TOPSTEPX_API_KEY"] not in shell.log.read_text()
    assert "access_token" not in shell.log.read_text()
