"""A way to a server that fails as networks do: it hangs, delays, breaks off or talks nonsense."""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import suppress
from typing import Literal

from tests.service import free_port

Fault = Literal["hang", "half-open", "slow", "reset", "truncated", "garbage", "nonsense", "refused"]

FAULTS: tuple[Fault, ...] = (
    "hang",
    "half-open",
    "slow",
    "reset",
    "truncated",
    "garbage",
    "nonsense",
    "refused",
)
DELAY_S = 0.2
PIECE_BYTES = 2
PIECE_S = 0.03
_CHUNK_BYTES = 65_536
# To close with it sends RST in place of FIN.
_RESET = struct.pack("ii", 1, 0)
# The first breaks the protocol; the second keeps it and answers nothing that was asked.
_SAID = {"garbage": b"\x00HTTP/1.1 400 Bad Request\r\n\r\n", "nonsense": b"*2\r\n:1\r\n+OK\r\n"}


class Proxy:
    """Passes bytes between its port and a server's; a fault holds for old connections, too."""

    def __init__(self, server_port: int) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.fault: Fault | None = None
        self._server = ("127.0.0.1", server_port)
        self._open: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self._is_trickling = False
        self._listen()

    def break_by(self, fault: Fault) -> None:
        """Fail in this way from now on."""
        self.fault = fault
        if fault == "refused":
            self.close()

    def heal(self) -> None:
        """Pass everything; whoever was left hanging is told so."""
        self.fault = None
        self.close()
        self._listen()

    def trickle(self) -> None:
        """Pass answers in small pieces, each of them in time."""
        self._is_trickling = True

    def close(self) -> None:
        """Refuse connections, and end those that are open."""
        listener, self._listener = self._listener, None
        if listener:
            _end(listener)
        for each in list(self._open):
            _end(each)

    def _listen(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=512)
        _start(self._accept, self._listener)

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                _start(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        with client, socket.socket() as server, suppress(OSError):
            self._open |= {client, server}
            server.connect(self._server)
            _start(self._pump_back, server, client)
            while data := client.recv(_CHUNK_BYTES):
                if self.fault != "hang":
                    server.sendall(data)
        self._forget(client, server)

    def _pump_back(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(_CHUNK_BYTES):
                self._answer(client, data)
        _end(client)

    def _answer(self, client: socket.socket, data: bytes) -> None:
        fault = self.fault
        if fault == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            client.close()
        elif fault == "truncated":
            client.sendall(data[: len(data) // 2])
            _end(client)
        elif fault in _SAID:
            client.sendall(_SAID[fault])
        elif fault not in ("hang", "half-open"):
            time.sleep(DELAY_S if fault == "slow" else 0)
            self._pass(client, data)

    def _pass(self, client: socket.socket, data: bytes) -> None:
        size = PIECE_BYTES if self._is_trickling else len(data)
        for begin in range(0, len(data), size):
            client.sendall(data[begin : begin + size])
            time.sleep(PIECE_S if self._is_trickling else 0)

    def _forget(self, *sockets: socket.socket) -> None:
        self._open -= set(sockets)


def _start(target: object, *arguments: socket.socket) -> None:
    assert callable(target)
    threading.Thread(target=target, args=arguments, daemon=True).start()


def _end(open_socket: socket.socket) -> None:
    # Wakes the thread that waits for it, which closing alone would not.
    with suppress(OSError):
        open_socket.shutdown(socket.SHUT_RDWR)
    open_socket.close()
