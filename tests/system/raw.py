"""HTTP byte for byte: what a server answers to bytes that no library would send."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any, NamedTuple

from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse
from werkzeug.wrappers import Request

SILENCE_S = 1.5
_BODILESS = (100, 204, 304)


class Exchange(NamedTuple):
    """Every answer on one connection, and whether the server ended it."""

    answers: list[TestResponse]
    is_closed: bool

    @property
    def statuses(self) -> list[int]:
        """The status of each answer."""
        return [each.status_code for each in self.answers]


def exchange(port: int, sent: bytes, *, ends: bool = False) -> Exchange:
    """Send bytes, and read until the server ends the connection or is silent for a while; `ends`
    says that nothing more will be sent.
    """
    with socket.create_connection(("127.0.0.1", port)) as caller:
        caller.sendall(sent)
        if ends:
            caller.shutdown(socket.SHUT_WR)
        caller.settimeout(SILENCE_S)
        said, is_closed = _read(caller)
    return Exchange(list(answers(said)), is_closed)


def answers(said: bytes) -> Iterator[TestResponse]:
    """The answers that some bytes are; what is none of them fails."""
    while said:
        head, end, said = said.partition(b"\r\n\r\n")
        assert end, head
        first, *lines = head.decode("latin-1").split("\r\n")
        version, status, _ = first.split(" ", 2)
        assert version in ("HTTP/1.0", "HTTP/1.1"), first
        headers = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
        given = {name.lower(): value for name, value in headers}
        length = 0 if int(status) in _BODILESS else int(given["content-length"])
        body, said = said[:length], said[length:]
        assert len(body) == length, f"an answer is cut off: {first}"
        yield TestResponse([body], status, Headers(headers), Request({}))


def request(method: str, path: str, body: bytes | None = None, /, **headers: str) -> bytes:
    """A request without fault."""
    lines = [f"{method} {path} HTTP/1.1", "Host: service"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


def post(token: str, execution: dict[str, Any], /, **headers: str) -> bytes:
    """An execution that would be stored."""
    body = json.dumps(execution).encode()
    said = {"Authorization": token, "Content_Type": "application/json"} | headers
    return request("POST", "/api/executions", body, **said)


def _read(caller: socket.socket) -> tuple[bytes, bool]:
    said = b""
    try:
        while more := caller.recv(65_536):
            said += more
    except TimeoutError:
        return said, False
    except ConnectionResetError:
        return said, True
    return said, True
