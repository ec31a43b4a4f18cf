"""A real nginx of this machine with the project's own file, in front of whatever it is given."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.service import ROOT, free_port

FOLDER = ROOT / "deploy" / "nginx" / "scale"
_START_WAIT_S = 20.0
# Where it complains before it has read its file.
_QUIET = ("-e", "/dev/stderr")


def required() -> str:
    """The program; without it the test is skipped, or failed where REQUIRE_NGINX says that it has
    to be there.
    """
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        if os.environ.get("REQUIRE_NGINX") == "1":
            pytest.fail("nginx is not here")
        pytest.skip("nginx is not here")
    return program


class Nginx:
    """The file in a folder of its own, with other machines and on another port, behind the proxies
    that are named; what is `patched` stands otherwise there, too.
    """

    def __init__(
        self, folder: Path, machines: Sequence[str], proxies: Sequence[str] = (), **patched: str
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "nginx.log"
        self._folder = folder
        self._program = required()
        (folder / "tmp").mkdir(parents=True)
        text = (FOLDER / "nginx.conf").read_text("utf-8")
        own = {"listen 8000;": f"listen 127.0.0.1:{self.port};", "/tmp/": f"{folder}/tmp/"}
        for old, new in (own | patched).items():
            assert old in text, old
            text = text.replace(old, new)
        (folder / "nginx.conf").write_text(text, "utf-8")
        told = (FOLDER / "proxies.conf").read_text("utf-8")
        told += "".join(f"{each} 1;\n" for each in proxies)
        (folder / "proxies.conf").write_text(told, "utf-8")
        self.serve(machines)
        self._process: subprocess.Popen[bytes] | None = None

    def serve(self, machines: Sequence[str]) -> None:
        """Have these behind it, from its start or its next reload on."""
        [line] = [
            each
            for each in (FOLDER / "machines.conf").read_text("utf-8").splitlines()
            if each.startswith("server ")
        ]
        lines = [line.replace("replica:8000", each) for each in machines]
        (self._folder / "machines.conf").write_text("\n".join(lines) + "\n", "utf-8")

    def check(self) -> subprocess.CompletedProcess[str]:
        """What it says to its file."""
        return subprocess.run([*self._command(), "-t"], capture_output=True, text=True, check=False)

    def start(self) -> None:
        """Start, and return once it takes connections."""
        # It would leave root for a user who may not write to the folder.
        said = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
        with self.log.open("ab") as log:
            command = [*self._command(), "-g", said]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline_s = time.monotonic() + _START_WAIT_S
        while not self._listens():
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline_s, self.log.read_text()
            time.sleep(0.02)

    def stop(self) -> None:
        """End it at once."""
        assert self._process
        self._process.terminate()
        self._process.wait()

    def _command(self) -> list[str]:
        return [self._program, *_QUIET, "-c", str(self._folder / "nginx.conf")]

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True
