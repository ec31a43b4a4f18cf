"""Monitors as processes, each with a command that leaves its reason behind."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.service import ROOT

OURS = ROOT / "examples" / "risk_monitor.py"
NAIVE = ROOT / "tests" / "examples" / "naive_monitor.py"
NOTE = "import os, pathlib; pathlib.Path({!r}).write_text(os.environ.get('RISK_REASON', 'a limit'))"
WAIT_S = 30.0
SETTINGS = {
    "ACCOUNT_ID": "12694476",
    "API_TOKEN": "not-looked-at-by-the-fake",
    "DAILY_LOSS_LIMIT": "1000",
    "WEEKLY_LOSS_LIMIT": "2000",
    "POLL_S": "0.2",
    "TIMEOUT_S": "0.5",
    "GRACE_S": "2",
}


class Monitor:
    """One monitor; `reason` is what its command was told, once it has run."""

    def __init__(self, folder: Path, url: str, program: Path = OURS, **env: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.note = folder / "note"
        self.state = folder / "state"
        self.log = folder / "log"
        self.program = program
        command = [sys.executable, "-c", NOTE.format(str(self.note))]
        self.env = {"PATH": os.environ["PATH"], "API_URL": url, "STATE_FILE": str(self.state)}
        self.env |= SETTINGS | {"SHUTDOWN_COMMAND": shlex.join(command)} | env
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Monitor:
        with self.log.open("ab") as log:
            command = [sys.executable, str(self.program)]
            self.process = subprocess.Popen(command, env=self.env, stdout=log, stderr=log)
        return self

    def ended(self, wait_s: float = WAIT_S) -> int:
        """Its exit code, once it has ended."""
        assert self.process
        return self.process.wait(wait_s)

    @property
    def is_calm(self) -> bool:
        """Whether it watches on, its command not run."""
        assert self.process
        return self.process.poll() is None and not self.note.exists()

    @property
    def reason(self) -> str:
        return self.note.read_text()

    def lines(self, event: str) -> list[Any]:
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [line for line in lines if line["event"] == event]

    def wait_for(self, event: str, count: int = 1) -> None:
        """Return once it has logged an event so many times."""
        deadline_s = time.monotonic() + WAIT_S
        while len(self.lines(event)) < count:
            assert time.monotonic() < deadline_s, self.log.read_text()
            time.sleep(0.05)

    def kill(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
