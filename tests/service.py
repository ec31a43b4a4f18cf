"""The service as its users have it: Gunicorn with several workers, over HTTP."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).parent.parent
READY_WAIT_S = 30.0
STOP_WAIT_S = 40.0


class Service:
    """A running service on a free port of this machine, with a data folder of its own."""

    def __init__(self, data_dir: Path, *, workers: int = 2, **env: str) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = os.environ | env
        self.env |= {
            "BIND": f"127.0.0.1:{self.port}",
            "DATA_DIR": str(data_dir),
            "WEB_CONCURRENCY": str(workers),
        }
        self.log = data_dir.parent / f"{data_dir.name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and return once it is ready."""
        command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]
        with self.log.open("ab") as log:
            # A group of its own, so that the whole tree can be killed at once.
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=True
            )
        deadline_s = time.monotonic() + READY_WAIT_S
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline_s:
                raise RuntimeError(f"the service did not start: {self.log.read_text()[-4000:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL to every process of it."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, as an orderly stop."""
        self._end(signal.SIGTERM)

    def flask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the service on the same data."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.env, capture_output=True, text=True, check=False
        )

    def session(self) -> requests.Session:
        """A caller with the first admin token."""
        session = requests.Session()
        secret = (self.data_dir / "admin-token").read_text().strip()
        session.headers["Authorization"] = f"Bearer {secret}"
        return session

    def get(self, session: requests.Session, path: str, **query: str) -> Any:
        """The body of an answer that must be 200."""
        answer = session.get(self.url + path, params=query, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def _is_ready(self) -> bool:
        try:
            return requests.get(self.url + "/health/ready", timeout=1).status_code == 200
        except requests.RequestException:
            return False

    def _end(self, signal_number: int) -> None:
        if self._process and self._process.poll() is None:
            os.killpg(self._process.pid, signal_number)
            self._process.wait(STOP_WAIT_S)
        self._process = None


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
