"""Clients that hold a connection for as long as they can and say or read next to nothing."""

from __future__ import annotations

import http.client
import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple

from tests.service import Service
from tests.system.raw import request

DRIP_S = 0.5
PATIENCE_S = 2.0
ANSWERS = 200


class Kind(NamedTuple):
    """What a client sends at once, and what it sends again and again."""

    first: bytes
    drip: bytes = b""


def kinds(token: str) -> dict[str, Kind]:
    """Every way of being slow."""
    headers = {"Authorization": token, "Content_Type": "application/json", "Content_Length": "9999"}
    return {
        "silent": Kind(b""),
        "dripping a head": Kind(b"GET / HTTP/1.1\r\n", b"X: y\r\n"),
        "dripping a body": Kind(request("POST", "/api/executions", **headers), b" "),
        "idle": Kind(request("GET", "/health/live")),
        # More than all buffers on the way can hold.
        "not reading": Kind(request("GET", "/api/instruments", Authorization=token) * ANSWERS),
    }


@contextmanager
def attack(service: Service, each: int, *some: Kind) -> Iterator[None]:
    """So many clients of some kinds, at once, until the end of the block."""
    ended = Event()
    with ExitStack() as opened:
        clients = [
            (opened.enter_context(_client(service, kind)), kind.drip) for kind in some * each
        ]
        dripping = Thread(target=_drip, args=(clients, ended))
        dripping.start()
        try:
            yield
        finally:
            ended.set()
            dripping.join()


@contextmanager
def upload(service: Service) -> Iterator[None]:
    """A body without an end that nobody asked for, as fast as it goes, within the block."""
    ended = Event()
    sending = Thread(target=_upload, args=(service, ended))
    sending.start()
    try:
        yield
    finally:
        ended.set()
        sending.join()


def p99_s(service: Service, calls: int = 300) -> float:
    """How long the slowest but one in a hundred calls of `/health/live` took, each by a
    connection of its own; one that is not answered took its caller's whole patience.
    """
    waits_s = []
    for _ in range(calls):
        asked_s = time.monotonic()
        is_answered = _is_alive(service)
        waits_s.append(time.monotonic() - asked_s if is_answered else PATIENCE_S)
        if waits_s.count(PATIENCE_S) > calls // 100:
            return PATIENCE_S
    return statistics.quantiles(waits_s, n=100)[-1]


def workers(service: Service) -> list[int]:
    """The process ids of its workers."""
    parent = service.process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    return [int(child) for child in children.split()]


def connections(service: Service) -> int:
    """How many sockets at the service's port its workers hold; those to a database are its own."""
    files = [file for pid in workers(service) for file in Path(f"/proc/{pid}/fd").iterdir()]
    at_port = _sockets_at(service.port)
    return sum(_target(file) in at_port for file in files)


def _client(service: Service, kind: Kind) -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    client.connect(("127.0.0.1", service.port))
    client.sendall(kind.first)
    return client


def _drip(clients: list[tuple[socket.socket, bytes]], ended: Event) -> None:
    while not ended.wait(DRIP_S):
        for client, drip in clients:
            with suppress(OSError):  # The server has ended it.
                client.send(drip)


def _upload(service: Service, ended: Event) -> None:
    head = request("POST", "/api/executions", Content_Length=str(1 << 40))
    while not ended.is_set():
        with suppress(OSError), socket.create_connection(("127.0.0.1", service.port)) as client:
            client.settimeout(PATIENCE_S)
            client.sendall(head)
            while not ended.is_set():
                client.sendall(bytes(1 << 20))


def _is_alive(service: Service) -> bool:
    caller = http.client.HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE_S)
    try:
        caller.request("GET", "/health/live", headers={"Connection": "close"})
        return caller.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        caller.close()


def _sockets_at(port: int) -> set[str]:
    """What files of this system's sockets at a port of their own lead to."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {f"socket:[{line[9]}]" for line in lines if line[1].endswith(f":{port:04X}")}


def _target(file: Path) -> str:
    with suppress(OSError):
        return str(file.readlink())
    return ""
