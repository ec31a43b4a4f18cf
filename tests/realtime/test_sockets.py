"""One WebSocket over a real connection, against the `websockets` client."""

from __future__ import annotations

import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection, connect

from app.realtime import sockets
from app.realtime.sockets import Socket, frame, open_up

LONG_S = 20.0


class Served:
    """A socket that is served on a thread, and what it heard."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"ws://127.0.0.1:{self.port}/ws"
        self._is_open = threading.Event()
        self.socket: Socket
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def open(self, client: ClientConnection) -> ClientConnection:
        assert self._is_open.wait(LONG_S)
        return client

    def close(self) -> None:
        self._listener.close()
        self._thread.join(LONG_S)
        assert not self._thread.is_alive()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16 * 1024)
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += connection.recv(1)
            lines = [line.split(": ", 1) for line in head.decode().splitlines()[1:] if line]
            opening = open_up("/ws", [(name, value) for name, value in lines], "HTTP/1.1")
            said = [f"HTTP/1.1 {opening.status} x"]
            said += [f"{name}: {value}" for name, value in opening.headers]
            connection.sendall("\r\n".join([*said, "", ""]).encode())
            self.socket = Socket(connection, lambda: frame(b"alive"))
            self._is_open.set()
            self.socket.serve(self.heard.append)


@pytest.fixture
def served() -> Iterator[Served]:
    made = Served()
    yield made
    made.close()


@pytest.fixture
def client(served: Served) -> Iterator[ClientConnection]:
    with connect(served.url, open_timeout=LONG_S, ping_interval=None) as opened:
        yield served.open(opened)


def closing(client: ClientConnection) -> tuple[int, str]:
    """How the other end closes, after what it had yet to say."""
    with suppress(ConnectionClosed):
        while True:
            client.recv(LONG_S)
    said = client.protocol.close_rcvd
    assert said is not None
    return said.code, said.reason


def wait_until(holds: object) -> None:
    assert callable(holds)
    deadline_s = time.monotonic() + LONG_S
    while not holds():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def test_messages_come_in_the_order_that_they_were_put_in(
    served: Served, client: ClientConnection
) -> None:
    assert served.socket.put([frame(b"one"), frame(b"two")])
    assert served.socket.put([frame(b"three")])
    assert [client.recv(LONG_S) for _ in range(3)] == ["one", "two", "three"]


def test_what_the_client_says_is_heard_in_pieces_too(
    served: Served, client: ClientConnection
) -> None:
    client.send("whole")
    client.send(["in ", "three ", "pieces"])
    client.send(b"bytes")
    wait_until(lambda: len(served.heard) == 3)
    assert served.heard == [b"whole", b"in three pieces", b"bytes"]


@pytest.mark.parametrize("pieces", [["x" * 5_000], ["x" * 3_000, "y" * 3_000]])
def test_a_message_that_is_too_long_ends_the_connection(
    served: Served, client: ClientConnection, pieces: list[str]
) -> None:
    with suppress(ConnectionClosed):  # As soon as the first piece is too long.
        client.send(pieces)
    assert closing(client)[0] == 1009
    assert served.heard == []


def test_a_message_of_endless_empty_pieces_takes_no_memory() -> None:
    first, more = (Frame(code, b"", fin=False) for code in (Opcode.TEXT, Opcode.CONT))
    pieces = [first.serialize(mask=True), *[more.serialize(mask=True) * 10] * 1_000]
    made = Socket(Talking(pieces), lambda: frame(b"alive"))
    tracemalloc.start()
    for _ in made._messages():
        raise AssertionError
    assert tracemalloc.get_traced_memory()[1] < 50_000
    tracemalloc.stop()


class Talking:
    """A connection that says some things and ends."""

    def __init__(self, said: list[bytes]) -> None:
        self._said = said

    def recv(self, _: int) -> bytes:
        return self._said.pop(0) if self._said else b""

    def sendall(self, sent: bytes) -> None:
        """Nobody reads it."""

    def shutdown(self, how: int) -> None:
        """It has ended."""


def test_a_client_that_breaks_the_protocol_is_told_so(client: ClientConnection) -> None:
    client.socket.sendall(b"\xff\xff\xff\xff")
    assert closing(client)[0] == 1002


def test_a_client_that_closes_is_answered(served: Served, client: ClientConnection) -> None:
    client.close(1000, "done")
    assert client.close_code == 1000
    served.close()


def test_an_end_comes_after_what_waits_or_at_once_in_place_of_it(
    served: Served, client: ClientConnection
) -> None:
    served.socket.put([frame(b"last")])
    served.socket.end(1001, "stopping")
    assert client.recv(LONG_S) == "last"
    assert closing(client) == (1001, "stopping")


def test_a_client_that_does_not_read_is_full_and_is_told_so_when_it_does(
    served: Served, client: ClientConnection
) -> None:
    message = frame(b"x" * 60_000)
    deadline_s = time.monotonic() + LONG_S
    while served.socket.put([message]):
        assert time.monotonic() < deadline_s
    assert served.socket.backlog_bytes <= sockets.QUEUE_MAX_BYTES
    served.socket.end(4408, "too slow", frame(b"why"), at_once=True)
    assert closing(client) == (4408, "too slow")


def test_a_client_that_reads_nothing_at_all_is_cut_off(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "CLOSING_S", 0.2)
    with socket.create_connection(("127.0.0.1", served.port)) as raw:
        raw.sendall(
            b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        assert served._is_open.wait(LONG_S)
        while served.socket.put([frame(b"x" * 60_000)]):
            pass
        served.socket.end(4408, "too slow", at_once=True)
        served.close()


@pytest.mark.feature("PAM-WS-04")
def test_silence_is_broken_by_signs_of_life(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "BEAT_S", 0.05)
    with connect(served.url, ping_interval=None) as client:
        # More than pings may go unanswered: the client's library answers them.
        assert [client.recv(LONG_S) for _ in range(6)] == ["alive"] * 6


def test_a_client_that_answers_no_ping_is_gone(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "BEAT_S", 0.05)
    with connect(served.url, ping_interval=None) as client:
        monkeypatch.setattr(client.protocol, "send_frame", lambda _: None)
        served.close()
        assert served.heard == []


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Sec-WebSocket-Version", "12"),
        ("Sec-WebSocket-Key", "short"),
        ("Connection", "close"),
        ("Upgrade", "h2c"),
    ],
)
def test_a_handshake_that_is_none_is_refused(header: str, value: str) -> None:
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    assert open_up("/ws", list(headers.items()), "HTTP/1.1").status == 101
    refused = open_up("/ws", list((headers | {header: value}).items()), "HTTP/1.1")
    assert refused.status in (400, 426)
    assert refused.fault
