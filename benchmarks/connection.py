"""A caller that costs as little as can be: HTTP/1.1 on one kept connection, nothing else."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

_PIECE_BYTES = 256 * 1024
_WAIT_S = 600.0
_OK, _NOT_MODIFIED = 200, 304


class Wire(Protocol):
    """What is used of a socket, the standard library's or gevent's."""

    def sendall(self, data: bytes, /) -> Any:
        """Send everything."""

    def recv(self, size: int, /) -> bytes:
        """Some bytes; none at the end."""

    def close(self) -> None:
        """End it."""


class Answer(NamedTuple):
    """An answer's status, its ETag if it has one, and its body."""

    status: int
    etag: bytes
    body: bytes

    def json(self) -> Any:
        """The body as values."""
        return json.loads(self.body)


class NotAnswered(RuntimeError):
    """The server answered with a failure, or not at all."""


def plain(port: int) -> Wire:
    """A connection to this machine."""
    wire = socket.create_connection(("127.0.0.1", port), timeout=_WAIT_S)
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return wire


class Connection:
    """A kept connection to a server on this machine, opened again where the server ended it."""

    def __init__(
        self, port: int, headers: str = "", connect: Callable[[int], Wire] = plain
    ) -> None:
        self._port = port
        self._headers = f"Host: 127.0.0.1:{port}\r\n{headers}"
        self._connect = connect
        self._wire: Wire | None = None

    def get(self, path: str, etag: bytes = b"") -> Answer:
        """Ask, with the ETag that is known; NotAnswered unless it is 200 or 304."""
        match = f"If-None-Match: {etag.decode()}\r\n" if etag else ""
        return self.send(f"GET {path} HTTP/1.1\r\n{self._headers}{match}\r\n".encode())

    def post(self, path: str, body: bytes, kind: str = "application/json") -> Answer:
        """Hand something in; NotAnswered unless it is taken."""
        length = f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        head = f"POST {path} HTTP/1.1\r\n{self._headers}{length}\r\n"
        return self.send(head.encode() + body)

    def send(self, request: bytes) -> Answer:
        """Send a whole request; again on a new connection where the kept one has ended."""
        kept = self._wire
        try:
            answer = self._exchange(request)
        except (ConnectionError, EOFError):
            self.close()
            if kept is None:
                raise
            answer = self._exchange(request)
        if answer.status not in (_OK, _NOT_MODIFIED):
            line = request.partition(b"\r\n")[0].decode()
            raise NotAnswered(f"{line}: {answer.status} {answer.body[:500].decode()}")
        return answer

    def close(self) -> None:
        """End the connection."""
        if self._wire:
            self._wire.close()
        self._wire = None

    def _exchange(self, request: bytes) -> Answer:
        if self._wire is None:
            self._wire = self._connect(self._port)
        self._wire.sendall(request)
        head, found, body = b"", b"", b""
        while not found:
            head += self._piece()
            before, found, body = head.partition(b"\r\n\r\n")
        fields = _fields(before)
        status = int(before[9:12])
        length = 0 if status == _NOT_MODIFIED else int(fields.get(b"content-length", b"0"))
        pieces, have = [body], len(body)
        while have < length:
            pieces.append(self._piece())
            have += len(pieces[-1])
        if fields.get(b"connection", b"").lower() == b"close":
            self.close()
        return Answer(status, fields.get(b"etag", b""), b"".join(pieces))

    def _piece(self) -> bytes:
        assert self._wire is not None
        piece = self._wire.recv(_PIECE_BYTES)
        if not piece:
            raise EOFError("the server ended the connection")
        return piece


def _fields(head: bytes) -> dict[bytes, bytes]:
    lines = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    return {name.lower(): value.strip() for name, _, value in lines}
