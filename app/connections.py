"""A worker's connections: how answers leave, and requests that come again byte for byte.

Importing this must not import the rest of the application, as for `app.worker`.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from types import TracebackType
from typing import Any, NamedTuple, Self

from gevent import Timeout
from gevent.local import local
from gunicorn import SERVER, util
from gunicorn.workers.base_async import ALREADY_HANDLED

# A body or an answer has this long, and a second more for each so many bytes of it.
GRACE_S = 30.0
BYTES_PER_S = 64 * 1024
# Others get their turn after so much of a body, however fast it comes.
PIECE_BYTES = 256 * 1024
# As many callers as poll, and heads as long as callers' are.
HEADS_MAX = 2_000
HEAD_MAX_BYTES = 4 * 1024
HTTP_1_1 = (1, 1)

_ANSWER = b"HTTP/1."
# After it the connection speaks another protocol.
_SWITCH = b"HTTP/1.1 101 "
_END_OF_HEAD = b"\r\n\r\n"

# A status, further headers as they are sent, and a body; the headers were checked before.
Whole = tuple[str, str, bytes]
# Tells a whole answer to the same request again: None where it is another one by now.
Again = Callable[[], Whole | None]


class Answer(NamedTuple):
    """A whole answer, and what tells it again if the same bytes may have it."""

    whole: Whole
    again: Again | None


class Heads:
    """Requests that a worker knows byte for byte, of the same peer: what answers each again."""

    def __init__(self) -> None:
        self._known: dict[bytes, Again] = {}
        self._here: Any = local()

    def get(self, peer: str, head: bytes) -> Again | None:
        """What answers a request that consists of these bytes; None if nobody knows."""
        return self._known.get(_digest(peer, head))

    def put(self, peer: str, head: bytes, again: Again) -> None:
        """Know a request from now on; the one that came first is forgotten for it."""
        if len(self._known) >= HEADS_MAX:
            del self._known[next(iter(self._known))]
        self._known[_digest(peer, head)] = again

    def awaited(self, keepalive_s: float) -> Patience:
        """The patience with the connection that this task serves."""
        self._here.patience = made = Patience(keepalive_s)
        return made

    @property
    def patience(self) -> Patience:
        """The same, while it lasts."""
        patience: Patience = self._here.patience
        return patience


class Patience:
    """A time that ends what it is put around without an error, and that can begin again."""

    def __init__(self, after_s: float) -> None:
        self._after_s = after_s

    def __enter__(self) -> Self:
        self._left = Timeout.start_new(self._after_s)
        return self

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> bool:
        self._left.close()
        return error is self._left

    def hold(self) -> None:
        """Stand still."""
        self._left.close()

    def begin_again(self) -> None:
        """Have the whole time again after that."""
        self._left = Timeout.start_new(self._after_s)


class Connection:
    """A socket that is broken off when the other end does not read what it is sent, and that sends
    the head of an answer with the beginning of its body: to send costs as much as to answer.

    What it receives where a request begins is answered at once if the very same bytes were
    answered before and the answer still holds; the server's parser then never sees them.
    """

    def __init__(self, client: Any, peer: str, heads: Heads, is_open: Callable[[], bool]) -> None:
        self._client = client
        self._peer = peer
        self._heads = heads
        self._is_open = is_open
        # Whether a request begins with what comes next, and what the one under way began with.
        self._is_between = True
        self._begun = b""
        self._is_waiting = False
        self._head = b""
        self._answer: Answer | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def recv(self, size: int) -> bytes:
        """What comes next that is not answered already."""
        piece: bytes = self._client.recv(size)
        if not self._is_between:
            self._begun = b""
            return piece
        while self._answered(piece):
            piece = self._client.recv(size)
        self._is_between = False
        self._begun = piece
        return piece

    def _answered(self, piece: bytes) -> bool:
        again = self._heads.get(self._peer, piece)
        if again is None or not self._is_open():
            return False
        # To be cut off in the middle of a question to the database would be taken for its fault.
        patience = self._heads.patience
        patience.hold()
        whole = again()
        if whole is not None:
            self.send_answer(whole, HTTP_1_1, is_last=False)
        patience.begin_again()
        return whole is not None

    def begin_next(self, answered: Answer | None) -> None:
        """A request came to its end, and nothing of the next one has come; know it again if it
        came in one piece and its answer may be told again.
        """
        self._is_between = True
        head, self._begun = self._begun, b""
        if answered is None or answered.again is None:
            return
        if head.endswith(_END_OF_HEAD) and len(head) <= HEAD_MAX_BYTES:
            self._heads.put(self._peer, head, answered.again)

    def answer(self, whole: Whole, again: Again | None) -> object:
        """Take a whole answer; what the application returns instead of it."""
        self._answer = Answer(whole, again)
        return ALREADY_HANDLED

    def take_answer(self) -> Answer | None:
        """The whole answer that is to be sent, if there is one; told once."""
        taken, self._answer = self._answer, None
        return taken

    def send_answer(self, whole: Whole, version: tuple[int, int], *, is_last: bool) -> None:
        """Send a whole answer, after what the server says itself."""
        status, headers, content = whole
        own = f"HTTP/{version[0]}.{version[1]} {status}\r\n{_said_by_the_server(int(time.time()))}"
        told = "close" if is_last else "keep-alive"
        self._send(f"{own}Connection: {told}\r\n{headers}\r\n".encode("latin-1") + content)

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
        with deadline(allowed_s(len(sent)), gone):
            self._client.sendall(memoryview(sent)[taken:])


@lru_cache(maxsize=1)
def _said_by_the_server(now_s: int) -> str:
    return f"Server: {SERVER}\r\nDate: {util.http_date(now_s)}\r\n"


def _digest(peer: str, head: bytes) -> bytes:
    # Not the bytes themselves: a token should not lie in memory for longer than it must.
    return blake2b(head, digest_size=16, key=peer.encode()[:64]).digest()


def allowed_s(size: int) -> float:
    """How long so many bytes may take to be received or sent."""
    return GRACE_S + size / BYTES_PER_S


def deadline(after_s: float, error: Exception) -> Timeout:
    """Raises the error in what it is begun around if that lasts too long."""
    # No time at all would be taken for no deadline.
    return Timeout(max(after_s, 0.001), error)
