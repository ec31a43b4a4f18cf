"""Gunicorn's gevent worker with a deadline for every part of a request, and one shape for failures.

What Gunicorn itself refuses is put to the application as a request that fails, so that it has the
same body, headers and log line as every other failure. Importing this must not import the rest of
the application: Gunicorn does so before gevent patches the locks that the rest is made with.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from io import BytesIO
from socket import SHUT_WR, SO_SNDBUF, SOL_SOCKET
from typing import Any

from gevent import Timeout, sleep
from gunicorn import SERVER, util
from gunicorn.glogging import Logger
from gunicorn.http import errors as http_errors
from gunicorn.http.body import Body, ChunkedReader
from gunicorn.workers.base_async import ALREADY_HANDLED
from gunicorn.workers.ggevent import GeventWorker

from app import errors
from app.errors import AppError

# A body or an answer has this long, and a second more for each so many bytes of it.
GRACE_S = 30.0
BYTES_PER_S = 64 * 1024
# Others get their turn after so much of a body, however fast it comes.
PIECE_BYTES = 256 * 1024
# More than this of an unwanted body is not waited for: its connection ends.
UNWANTED_MAX_BYTES = 64 * 1024
# Closing on what was not read takes the answer back from a sender who has yet to read it.
LINGER_S = 2.0
# What the system keeps of an answer that is not read; it would take megabytes for each reader.
SEND_BUFFER_BYTES = 128 * 1024

# A status, further headers as they are sent, and a body.
WholeAnswer = tuple[str, str, bytes]

_ANSWER = b"HTTP/1."
# After it the connection speaks another protocol.
_SWITCH = b"HTTP/1.1 101 "
_UNEXPECTED = "this is a fault of the service; its log has the details"
_TRANSFER_CODING = "the only Transfer-Encoding that is read is chunked"
_REFUSALS: dict[type[Exception], tuple[type[AppError], str]] = {
    http_errors.LimitRequestLine: (errors.AddressTooLong, "the path and query are too long"),
    http_errors.LimitRequestHeaders: (errors.HeadersTooLarge, "too many or too long headers"),
    http_errors.UnsupportedTransferCoding: (errors.InvalidBody, _TRANSFER_CODING),
    http_errors.InvalidRequestLine: (errors.InvalidParameter, "the request line is malformed"),
    http_errors.InvalidRequestMethod: (errors.InvalidParameter, "the method is malformed"),
    http_errors.InvalidHTTPVersion: (errors.InvalidParameter, "send HTTP/1.1 or HTTP/1.0"),
    http_errors.ObsoleteFolding: (errors.InvalidParameter, "a header runs over several lines"),
    http_errors.InvalidHeader: (errors.InvalidParameter, "a header is malformed or contradictory"),
    http_errors.InvalidHeaderName: (errors.InvalidParameter, "the name of a header is malformed"),
    http_errors.ExpectationFailed: (errors.InvalidParameter, "Expect can only be 100-continue"),
}


class Lines(Logger):
    """Gunicorn's log, without its line for every request: the application tells more in its own."""

    @property
    def access_log_enabled(self) -> bool:
        """Never; Gunicorn would make the line and then find nobody to write it."""
        return False


class TimedBody(Body):
    """A request's body, which has to come as a whole and in time."""

    def __init__(self, request: Any) -> None:
        super().__init__(request.body.reader)
        self.is_answered = False
        self._request = request
        self._began_s = 0.0
        self._received = 0

    @property
    def left(self) -> int:
        """How many bytes of it are still on the connection, at most."""
        if isinstance(self.reader, ChunkedReader):
            return 0 if self.reader.parser is None else sys.maxsize
        length: int = getattr(self.reader, "length", 0)
        return length

    def _read_reader(self, size: int) -> bytes:
        if not self.left and not isinstance(self.reader, ChunkedReader):
            return b""
        self._began_s = self._began_s or time.monotonic()
        allowed_s = self._began_s + _allowed_s(self._received) - time.monotonic()
        expected = (
            0 if isinstance(self.reader, ChunkedReader) else min(size, PIECE_BYTES, self.left)
        )
        with self._failing(), _deadline(allowed_s, errors.InvalidBody("the body comes too slowly")):
            piece: bytes = self.reader.read(min(size, PIECE_BYTES))
            if len(piece) < expected:
                raise http_errors.NoMoreData
        self._received += len(piece)
        if self.left:
            sleep(0)
        return piece

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """After a failure nobody knows where the next request would begin."""
        try:
            yield
        except Exception as error:
            self.failed = True
            self._request.force_close()
            if self.is_answered:
                raise http_errors.NoMoreData from None  # No request has two answers.
            if isinstance(error, http_errors.NoMoreData):
                raise errors.InvalidBody("the body ends too soon") from None
            if isinstance(error, http_errors.ParseException):
                raise errors.InvalidBody("the body is not chunked as its header says") from None
            raise


class Connection:
    """A socket that is broken off when the other end does not read what it is sent, and that sends
    the head of an answer with the beginning of its body: to send costs as much as to answer.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._is_waiting = False
        self._head = b""
        self._whole: WholeAnswer | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def answer(self, status: str, head: str, content: bytes) -> object:
        """Take a whole answer whose headers were checked before; what the application returns."""
        self._whole = status, head, content
        return ALREADY_HANDLED

    def take_answer(self) -> WholeAnswer | None:
        """The whole answer that is to be sent, if there is one; told once."""
        taken, self._whole = self._whole, None
        return taken

    def send_answer(self, answer: WholeAnswer, version: tuple[int, int], *, is_last: bool) -> None:
        """Send a whole answer, after what the server says itself."""
        status, head, content = answer
        own = f"HTTP/{version[0]}.{version[1]} {status}\r\n{_said_by_the_server(int(time.time()))}"
        told = "close" if is_last else "keep-alive"
        self._send(f"{own}Connection: {told}\r\n{head}\r\n".encode("latin-1") + content)

    def hold_head(self) -> None:
        """Hold what is sent next, if it is an answer's head, until more is sent."""
        self._is_waiting = True

    def flush(self) -> None:
        """Send the head of an answer that has no body."""
        self._is_waiting = False
        if self._head and self._client.fileno() >= 0:
            self.sendall(b"")
        self._head = b""

    def sendall(self, sent: bytes) -> None:
        """Send everything in time, or have it be known that nobody is there."""
        is_head = self._is_waiting and sent.startswith(_ANSWER)
        self._is_waiting = False
        if is_head and not sent.startswith(_SWITCH):
            self._head = sent
            return
        head, self._head = self._head, b""
        if head and len(sent) > PIECE_BYTES:
            self._send(head)
            head = b""
        self._send(head + sent if head else sent)

    def _send(self, sent: bytes) -> None:
        # What the system takes at once, as it does nearly always, needs no deadline.
        try:
            taken = os.write(self._client.fileno(), sent)
        except BlockingIOError:
            taken = 0
        if taken == len(sent):
            return
        gone = ConnectionResetError(errno.ECONNRESET, "the answer is read too slowly")
        with _deadline(_allowed_s(len(sent)), gone):
            self._client.sendall(memoryview(sent)[taken:])


class Worker(GeventWorker):
    """How this service's connections are served.

    Between requests, and while the head of one comes, `keepalive` is the deadline, as in Gunicorn.
    """

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Serve a connection from its first request to its end."""
        client.setsockopt(SOL_SOCKET, SO_SNDBUF, SEND_BUFFER_BYTES)
        connection: Any = Connection(client)
        super().handle(listener, connection, addr)

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> bool:
        """Answer a request, and end its connection if its body was not wanted."""
        body = req.body = TimedBody(req)
        is_last = False
        sock.hold_head()
        try:
            super().handle_request(listener_name, req, sock, addr)
        except StopIteration:
            is_last = True
        answer = sock.take_answer()
        if answer:
            is_last = is_last or not self.alive or req.should_close()
            sock.send_answer(answer, req.version, is_last=is_last)
        sock.flush()
        body.is_answered = True
        if body.failed or body.left > (0 if is_last else UNWANTED_MAX_BYTES):
            _linger(sock)
            raise StopIteration
        if is_last:
            raise StopIteration
        return True

    def handle_error(self, _: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer what never came to be a request; the connection ends."""
        if not isinstance(exc, Exception):
            return  # The worker is stopped by force.
        refusal = _refusal(exc)
        if isinstance(refusal, errors.Internal):
            self.log.error("failed outside of the application", exc_info=exc)
        with suppress(OSError):
            client.sendall(self._answer(refusal))
        # After the answer, so that the line has its request id.
        self.log.info("refused %s: %s", addr[0] if addr else "", refusal.message)
        _linger(client)

    def _answer(self, refusal: AppError) -> bytes:
        head: list[Any] = []
        body = b"".join(self.wsgi(_environ(refusal), lambda *said: head.extend(said)))
        status, headers = head[:2]
        lines = [f"HTTP/1.1 {status}", f"Date: {util.http_date()}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


@lru_cache(maxsize=1)
def _said_by_the_server(now_s: int) -> str:
    return f"Server: {SERVER}\r\nDate: {util.http_date(now_s)}\r\n"


def _refusal(exc: Exception) -> AppError:
    # A kind alone, not its kinds: a malformed header of an answer is one, and no fault of callers.
    refusal, message = _REFUSALS.get(type(exc), (errors.Internal, _UNEXPECTED))
    return refusal(message)


def _environ(refusal: AppError) -> dict[str, Any]:
    """A request of which nothing is known but why it fails."""
    return {
        "REQUEST_METHOD": "-",
        "PATH_INFO": "/",
        "SERVER_NAME": "",
        "SERVER_PORT": "0",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
        errors.REFUSED: refusal,
    }


def _allowed_s(size: int) -> float:
    return GRACE_S + size / BYTES_PER_S


def _deadline(allowed_s: float, error: Exception) -> Timeout:
    # No time at all would be taken for no deadline.
    return Timeout(max(allowed_s, 0.001), error)


def _linger(client: Any) -> None:
    """Read on for a moment what nobody wants, so that its sender comes to read the answer."""
    with suppress(OSError, Timeout), Timeout(LINGER_S):
        client.shutdown(SHUT_WR)
        while client.recv(PIECE_BYTES):
            sleep(0)
