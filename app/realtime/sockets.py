"""One WebSocket: a bounded queue that a writer of its own empties, and what the client says.

The protocol is the `websockets` library's, without its input and output: a connection is whatever
the server gives. Messages are frames already, so that one that goes to a thousand sockets is
encoded once.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from socket import SHUT_RDWR
from typing import NamedTuple, Protocol

from websockets.datastructures import Headers
from websockets.frames import Close, CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from app.metrics import counts

# What a client may say at once, and what may wait for it: more, and it is too slow.
MESSAGE_MAX_BYTES = 4 * 1024
QUEUE_MAX_BYTES = 1024 * 1024
QUEUE_MAX = 2_000
BEAT_S = 20.0
# A client that has answered none of so many pings is gone.
PINGS_MAX = 3
# How long the end of a connection may take.
CLOSING_S = 3.0
# Why the service closes.
UNAUTHENTICATED, REVOKED, TOO_SLOW, GOING_AWAY, FULL = 4401, 4403, 4408, 1001, 1013
_READ_BYTES = 16 * 1024
# As much as is sent at once: what is left can still be taken back.
_PIECE_BYTES = 64 * 1024
_PING = Frame(Opcode.PING, b"").serialize(mask=False)


class Connection(Protocol):
    """A TCP connection as the server gives it."""

    def recv(self, size: int, /) -> bytes:
        """What has come; nothing at its end."""
        ...

    def sendall(self, sent: bytes, /) -> None:
        """Send everything; OSError when nobody takes it."""
        ...

    def shutdown(self, how: int, /) -> None:
        """End it for everyone who uses it."""
        ...


class Opening(NamedTuple):
    """A handshake's answer: its status (101 when it is good), the headers, and what was wrong."""

    status: int
    headers: Sequence[tuple[str, str]]
    fault: str


def open_up(path: str, headers: Sequence[tuple[str, str]], protocol: str) -> Opening:
    """Answer a request to become a WebSocket."""
    server = ServerProtocol()
    answer = server.accept(Request(path, Headers(headers), protocol=protocol))
    fault = "" if server.handshake_exc is None else str(server.handshake_exc)
    return Opening(answer.status_code, list(answer.headers.raw_items()), fault)


def frame(text: bytes) -> bytes:
    """A text message as it goes to any socket."""
    return Frame(Opcode.TEXT, text).serialize(mask=False)


class Socket:
    """A WebSocket that is open. One thread reads it; anybody may put messages for it or end it."""

    def __init__(self, connection: Connection, beat: Callable[[], bytes]) -> None:
        self._connection = connection
        self._beat = beat
        self._queue: deque[bytes] = deque()
        self._queued_bytes = 0
        self._news = threading.Event()
        self._guard = threading.Lock()
        self._is_ending = False
        self._unanswered = 0
        self._written = threading.Event()

    @property
    def backlog_bytes(self) -> int:
        """How much waits to be sent."""
        return self._queued_bytes

    def put(self, frames: Sequence[bytes]) -> bool:
        """Have frames sent in this order; False, and none of them, where too much waits already."""
        size = sum(map(len, frames))
        with self._guard:
            if self._is_ending:
                return True  # Nobody will miss them.
            many = len(self._queue) + len(frames) > QUEUE_MAX
            if self._queue and (many or self._queued_bytes + size > QUEUE_MAX_BYTES):
                return False
            self._queue.extend(frames)
            self._queued_bytes += size
        self._news.set()
        return True

    def end(self, code: int, reason: str, *last: bytes, at_once: bool = False) -> None:
        """Close after what waits, or at once in place of it; the first call counts."""
        closing = Frame(Opcode.CLOSE, Close(code, reason).serialize()).serialize(mask=False)
        with self._guard:
            if self._is_ending:
                return
            self._is_ending = True
            if at_once:
                self._queue.clear()
                self._queued_bytes = 0
            self._queue.extend((*last, closing))
        counts.socket_closed(code)
        self._news.set()
        timer = threading.Timer(CLOSING_S, self._cut)
        timer.daemon = True
        timer.start()

    def serve(self, hear: Callable[[bytes], None]) -> None:
        """Send what is put and have every message heard, until the connection ends."""
        writer = threading.Thread(target=self._write, daemon=True, name="socket")
        writer.start()
        try:
            for message in self._messages():
                hear(message)
        finally:
            self.end(CloseCode.NORMAL_CLOSURE, "", at_once=True)
            self._written.wait(CLOSING_S)
            self._cut()

    def _messages(self) -> Iterator[bytes]:
        protocol = ServerProtocol(state=State.OPEN, max_size=MESSAGE_MAX_BYTES)
        # As bytes, since a list would grow by pieces that are empty.
        said = bytearray()
        while data := self._received():
            self._unanswered = 0
            protocol.receive_data(data)
            for event in protocol.events_received():
                if isinstance(event, Frame) and event.opcode in _DATA:
                    said += event.data
                    if event.fin and not self._is_ending:
                        yield bytes(said)
                    if event.fin:
                        said.clear()
            if not self._answer(protocol):
                return

    def _received(self) -> bytes:
        try:
            return self._connection.recv(_READ_BYTES)
        except OSError:
            return b""

    def _answer(self, protocol: ServerProtocol) -> bool:
        """Send what the protocol asks for; False when the connection is to end."""
        replies = [each for each in protocol.data_to_send() if each]
        sent = protocol.close_sent
        if sent is not None:
            # The client's own closing, or its fault: either way the last word.
            self.end(_closing_code(sent), sent.reason, at_once=True)
            return False
        if not self.put(replies):
            self.end(CloseCode.POLICY_VIOLATION, "too many pings", at_once=True)
        return True

    def _write(self) -> None:
        try:
            while frames := self._next():
                self._connection.sendall(b"".join(frames))
        except OSError:
            pass  # Nobody is there; the reader finds out as well.
        finally:
            self._written.set()
            if not self._is_ending:
                self._cut()

    def _next(self) -> list[bytes]:
        """What is to be sent, waited for; a sign of life where there is nothing; [] at the end."""
        while True:
            with self._guard:
                self._news.clear()
                frames = self._taken()
                is_ending = self._is_ending
            if frames or is_ending:
                return frames
            if not self._news.wait(BEAT_S):
                return self._sign_of_life()

    def _taken(self) -> list[bytes]:
        frames: list[bytes] = []
        size = 0
        while self._queue and size < _PIECE_BYTES:
            frames.append(self._queue.popleft())
            size += len(frames[-1])
        self._queued_bytes = max(self._queued_bytes - size, 0)
        return frames

    def _sign_of_life(self) -> list[bytes]:
        self._unanswered += 1
        if self._unanswered > PINGS_MAX:
            raise ConnectionResetError
        return [self._beat(), _PING]

    def _cut(self) -> None:
        with suppress(OSError):
            self._connection.shutdown(SHUT_RDWR)


_DATA = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})


def _closing_code(sent: Close) -> int:
    # A client need not say why it closes.
    unsaid = sent.code in (CloseCode.NO_STATUS_RCVD, CloseCode.ABNORMAL_CLOSURE)
    return CloseCode.NORMAL_CLOSURE if unsaid else sent.code
