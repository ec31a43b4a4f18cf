"""Servers to be measured, each a process of its own on a free port of this machine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.settings import Settings
from benchmarks import processes
from benchmarks.connection import Connection, NotAnswered, Wire, plain

ROOT = Path(__file__).parent.parent
_START_WAIT_S = 120.0
_STOP_WAIT_S = 40.0
_TOKEN = "a-token-for-benchmarks-alone"


class Server:
    """A server that runs."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, headers: str) -> None:
        self.process = process
        self.port = port
        self.headers = headers
        self._connections: list[Connection] = []

    def connection(self, connect: Callable[[int], Wire] = plain) -> Connection:
        """A connection of a caller who may do everything, until the server ends."""
        connection = Connection(self.port, self.headers, connect)
        self._connections.append(connection)
        return connection

    def leave(self) -> None:
        """End all connections."""
        for connection in self._connections:
            connection.close()

    @property
    def workers(self) -> list[int]:
        """The processes that answer."""
        return processes.children(self.process.pid)

    def meter(self) -> processes.Meter:
        """Counts what answering costs from now on, in whatever process."""
        return processes.Meter([self.process.pid, *self.workers])


@contextmanager
def service(data_dir: Path, workers: int = 1, database_url: str = "") -> Iterator[Server]:
    """The service itself on a data folder, as it is shipped save for the number of its workers."""
    env = {"DATABASE_URL": database_url} if database_url else {}
    with _gunicorn("wsgi:app", data_dir, workers, env) as server:
        yield server


@contextmanager
def bare(data_dir: Path, workers: int = 1) -> Iterator[Server]:
    """A Flask route that does nothing, under Gunicorn with the service's own settings."""
    with _gunicorn("benchmarks.bare:app", data_dir, workers, {}) as server:
        yield server


@contextmanager
def bare_as_usual(data_dir: Path, workers: int = 1) -> Iterator[Server]:
    """The same route as it is usually served: by Gunicorn's own gevent worker, without a log."""
    port = free_port()
    command = (
        *(sys.executable, "-m", "gunicorn", "--worker-class", "gevent", "--no-control-socket"),
        *("--workers", str(workers), "--bind", f"127.0.0.1:{port}", "benchmarks.bare:app"),
    )
    data_dir.mkdir(parents=True, exist_ok=True)
    headers = f"Authorization: Bearer {_TOKEN}\r\n"
    with running(command, port, {}, data_dir / "usual.log", headers) as server:
        yield server


@contextmanager
def running(
    command: Sequence[str],
    port: int,
    env: dict[str, str],
    log: Path,
    headers: str = "",
    ready: str = "/health/ready",
) -> Iterator[Server]:
    """Whatever a command starts, from when its path `ready` is answered until it has ended."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment() | env,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    server = Server(process, port, headers)
    try:
        _wait_for(server, ready, log)
        yield server
    finally:
        server.leave()
        _stop(process)


@contextmanager
def _gunicorn(
    application: str, data_dir: Path, workers: int, env: dict[str, str]
) -> Iterator[Server]:
    port = free_port()
    variables = {
        "BIND": f"127.0.0.1:{port}",
        "DATA_DIR": str(data_dir),
        "DEFAULT_TIMEZONE": "UTC",
        "WEB_CONCURRENCY": str(workers),
        "API_TOKEN": _TOKEN,
    }
    data_dir.mkdir(parents=True, exist_ok=True)
    command = (sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", application)
    headers = f"Authorization: Bearer {_TOKEN}\r\n"
    log = data_dir / "gunicorn.log"
    with running(command, port, variables | env, log, headers) as server:
        yield server


def environment() -> dict[str, str]:
    """That of this process without what is set for a service of somebody's own."""
    ours = {name.upper() for name in Settings._fields}
    return {
        name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in ours
    }


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_for(server: Server, path: str, log: Path) -> None:
    deadline_s = time.monotonic() + _START_WAIT_S
    connection = server.connection()
    while True:
        try:
            connection.get(path)
        except (OSError, EOFError, NotAnswered):
            if server.process.poll() is not None or time.monotonic() > deadline_s:
                said = log.read_text("utf-8", "replace")[-4000:]
                raise RuntimeError(f"{server.process.args!r} did not start: {said}") from None
            time.sleep(0.05)
        else:
            connection.close()
            return


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(_STOP_WAIT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
