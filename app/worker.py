"""Gunicorn's gevent worker with a deadline for every part of a request, and one shape for failures.

What Gunicorn itself refuses is put to the application as a request that fails, so that it has the
same body, headers and log line as every other failure. Importing this must not import the rest of
the application: Gunicorn does so before gevent patches the locks that the rest is made with.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from socket import SHUT_WR, SO_SNDBUF, SOL_SOCKET
from typing import Any

from gevent import Timeout, sleep
from gunicorn import util
from gunicorn.glogging import Logger
from gunicorn.http import errors as http_errors
from gunicorn.http.body import Body, ChunkedReader
from gunicorn.workers.ggevent import GeventWorker

from app import errors
from app.connections import HTTP_1_1, PIECE_BYTES, Connection, Heads, allowed_s, deadline
from app.errors import AppError

# More than this of an unwanted body is not waited for: its connection ends.
UNWANTED_MAX_BYTES = 64 * 1024
# Closing on what was not read takes the answer back from a sender who has yet to read it.
LINGER_S = 2.0
# What the system keeps of an answer that is not read; it would take megabytes for each reader.
SEND_BUFFER_BYTES = 128 * 1024

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

    @property
    def is_at_its_end(self) -> bool:
        """Whether it is known where it ends, and it was read to there."""
        return not self.left and not isinstance(self.reader, ChunkedReader)

    def _read_reader(self, size: int) -> bytes:
        if self.is_at_its_end:
            return b""
        self._began_s = self._began_s or time.monotonic()
        left_s = self._began_s + allowed_s(self._received) - time.monotonic()
        expected = (
            0 if isinstance(self.reader, ChunkedReader) else min(size, PIECE_BYTES, self.left)
        )
        with self._failing(), deadline(left_s, errors.InvalidBody("the body comes too slowly")):
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


class Worker(GeventWorker):
    """How this service's connections are served.

    Between requests, and while the head of one comes, `keepalive` is the deadline, as in Gunicorn.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._heads = Heads()

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Serve a connection from its first request to its end."""
        client.setsockopt(SOL_SOCKET, SO_SNDBUF, SEND_BUFFER_BYTES)
        peer = addr[0] if isinstance(addr, tuple) else ""
        connection: Any = Connection(client, peer, self._heads, lambda: self.alive)
        super().handle(listener, connection, addr)

    def timeout_ctx(self) -> Any:
        """How long the head of the next request may take."""
        return self._heads.awaited(self.cfg.keepalive)

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
            is_last = is_last or not (self.alive and self.cfg.keepalive) or req.should_close()
            sock.send_answer(answer.whole, req.version, is_last=is_last)
        sock.flush()
        body.is_answered = True
        if body.failed or body.left > (0 if is_last else UNWANTED_MAX_BYTES):
            _linger(sock)
            raise StopIteration
        if is_last:
            raise StopIteration
        if body.is_at_its_end and not req.unreader.buf.getbuffer().nbytes:
            sock.begin_next(answer if req.version == HTTP_1_1 else None)
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


def _linger(client: Any) -> None:
    """Read on for a moment what nobody wants, so that its sender comes to read the answer."""
    with suppress(OSError, Timeout), Timeout(LINGER_S):
        client.shutdown(SHUT_WR)
        while client.recv(PIECE_BYTES):
            sleep(0)
