"""The service as its users have it: Gunicorn with several workers, over HTTP."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

from app.db.connection import Database
from tests import databases
from tests.figures import figure

ROOT = Path(__file__).parent.parent
# More where the machine is busy with other things.
READY_WAIT_S = float(figure("READY_WAIT_S", 30))
STOP_WAIT_S = 40.0
USUAL = (sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app")


class Service:
    """A running service on a free port of this machine, with a data folder of its own."""

    def __init__(self, data_dir: Path, *, root: Path = ROOT, workers: int = 2, **env: str) -> None:
        self.root = root
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = os.environ | databases.of_service(data_dir) | env
        self.env |= {
            "BIND": f"127.0.0.1:{self.port}",
            "DATA_DIR": str(data_dir),
            "WEB_CONCURRENCY": str(workers),
        }
        self.log = data_dir.parent / f"{data_dir.name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and return once it is ready."""
        self.launch()
        self.wait_for("/health/ready")

    def launch(self, *command: str) -> None:
        """Start by this command or the usual one, and return at once."""
        with self.log.open("ab") as log:
            # A group of its own, so that the whole tree can be killed at once.
            self._process = subprocess.Popen(
                command or USUAL,
                cwd=self.root,
                env=self.env,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_for(self, path: str, wait_s: float = READY_WAIT_S) -> None:
        """Return once a path answers 200."""
        deadline_s = time.monotonic() + wait_s
        while not self._answers(path):
            if self.process.poll() is not None or time.monotonic() > deadline_s:
                self.kill()
                raise RuntimeError(f"the service did not start: {self.log.read_text()[-4000:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL to every process of it."""
        self._end(signal.SIGKILL)

    def stop(self) -> int | None:
        """SIGTERM, as an orderly stop; the exit code if it was running."""
        return self._end(signal.SIGTERM)

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The first process, which starts and ends the others."""
        assert self._process, "the service was not started"
        return self._process

    def workers(self) -> list[int]:
        """The processes that the first one has started."""
        pid = self.process.pid
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    @property
    def is_running(self) -> bool:
        """Whether its first process lives."""
        return self._process is not None and self._process.poll() is None

    def flask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the service on the same data."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
        return subprocess.run(
            command, cwd=self.root, env=self.env, capture_output=True, text=True, check=False
        )

    def database(self) -> Database:
        """Its database, opened beside it."""
        return Database(self.env.get("DATABASE_URL") or f"sqlite:///{self.data_dir / 'trader.db'}")

    def session(self) -> requests.Session:
        """A caller with the first admin token."""
        session = requests.Session()
        secret = (self.data_dir / "admin-token").read_text().strip()
        session.headers["Authorization"] = f"Bearer {secret}"
        return session

    def get(self, session: requests.Session, path: str, **query: str) -> Any:
        """The body of an answer that must be 200, its numbers exact."""
        answer = session.get(self.url + path, params=query, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json(parse_float=Decimal)

    def _answers(self, path: str) -> bool:
        try:
            return requests.get(self.url + path, timeout=1).status_code == 200
        except requests.RequestException:
            return False

    def _end(self, signal_number: int) -> int | None:
        process, self._process = self._process, None
        if process is None:
            return None
        if process.poll() is None:
            os.killpg(process.pid, signal_number)
            process.wait(STOP_WAIT_S)
        return process.returncode


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
