"""A worker's connection: which bytes it answers by itself, and which it never does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest

from app import connections
from app.connections import Answer, Connection, Heads, Whole

HEAD = b"GET /a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer of-one\r\n\r\n"
OTHER = b"GET /b HTTP/1.1\r\nHost: a\r\n\r\n"
WHOLE: Whole = ("200 OK", "X-Is: it\r\nContent-Length: 2\r\n", b"{}")
PEER = "10.0.0.1"


class Client:
    """The other end: what it sends piece by piece, and what it was told."""

    def __init__(self, told: Path) -> None:
        self.pieces: list[bytes] = []
        self._told = told
        self.out = told.open("wb", buffering=0)

    def recv(self, _: int) -> bytes:
        return self.pieces.pop(0)

    def fileno(self) -> int:
        return self.out.fileno()

    @property
    def told(self) -> bytes:
        return self._told.read_bytes()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    made = Client(tmp_path / "told")
    with made.out:
        yield made


@pytest.fixture
def heads() -> Iterator[Heads]:
    """Of a worker that knows one request, and waits for the next."""
    made = Heads()
    made.put(PEER, HEAD, lambda: WHOLE)
    with made.awaited(60):
        yield made


def connection(
    client: Client, heads: Heads, *pieces: bytes, peer: str = PEER, is_open: bool = True
) -> Connection:
    client.pieces += pieces
    return Connection(client, peer, heads, lambda: is_open)


def test_a_request_that_is_known_is_answered_and_the_parser_is_given_the_next(
    client: Client, heads: Heads
) -> None:
    assert connection(client, heads, HEAD, HEAD, OTHER).recv(8192) == OTHER
    first, second, rest = client.told.split(b"{}")
    assert first == second
    assert first.startswith(b"HTTP/1.1 200 OK\r\nServer: ")
    assert first.endswith(b"Connection: keep-alive\r\nX-Is: it\r\nContent-Length: 2\r\n\r\n")
    assert rest == b""


@pytest.mark.parametrize(
    "piece",
    [HEAD + OTHER, HEAD * 2, HEAD[:-1], HEAD.lower(), b"\r\n" + HEAD, b""],
    ids=["with-another", "twice", "cut-off", "other-letters", "after-a-line", "nothing"],
)
def test_what_is_not_the_same_to_the_last_byte_is_not_answered(
    client: Client, heads: Heads, piece: bytes
) -> None:
    assert connection(client, heads, piece).recv(8192) == piece
    assert client.told == b""


def test_what_comes_within_a_request_begins_none(client: Client, heads: Heads) -> None:
    under_way = connection(client, heads, b"POST /a HTTP/1.1\r\nX-Odd: ", HEAD, HEAD)
    assert [under_way.recv(8192) for _ in range(3)][1:] == [HEAD, HEAD]
    assert client.told == b""


def test_another_peer_and_a_worker_that_stops_leave_it_to_the_parser(
    client: Client, heads: Heads
) -> None:
    assert connection(client, heads, HEAD, peer="10.0.0.2").recv(8192) == HEAD
    assert connection(client, heads, HEAD, is_open=False).recv(8192) == HEAD


def test_an_answer_may_take_longer_than_its_request(client: Client) -> None:
    heads = Heads()

    def after_a_while() -> Whole:
        gevent.sleep(0.2)
        return WHOLE

    heads.put(PEER, HEAD, after_a_while)
    with heads.awaited(0.05):
        assert connection(client, heads, HEAD, OTHER).recv(8192) == OTHER
    assert client.told.endswith(b"{}")


def test_a_request_that_does_not_come_in_time_ends_the_wait(heads: Heads) -> None:
    with heads.awaited(0.01):
        gevent.sleep(5)
        pytest.fail("it waited on")


def test_an_answer_that_no_longer_holds_leaves_it_to_the_parser(
    client: Client, heads: Heads
) -> None:
    heads.put(PEER, HEAD, lambda: None)
    assert connection(client, heads, HEAD).recv(8192) == HEAD


def test_a_request_is_known_once_its_answer_may_be_told_again(client: Client, heads: Heads) -> None:
    made = connection(client, heads, *[OTHER] * 4, b"")
    for answered in (None, Answer(WHOLE, None), Answer(WHOLE, lambda: WHOLE)):
        assert made.recv(8192) == OTHER
        made.begin_next(answered)
    assert client.told == b""
    # It is answered now, and the parser is given what comes after it.
    assert made.recv(8192) == b""
    assert client.told.endswith(b"{}")


@pytest.mark.parametrize("pieces", [(OTHER[:9], OTHER[9:]), (b"\r\n" * 3_000 + OTHER,)])
def test_a_head_in_pieces_or_a_long_one_is_not_known_again(
    client: Client, heads: Heads, pieces: tuple[bytes, ...]
) -> None:
    made = connection(client, heads, *pieces)
    for _ in pieces:
        made.recv(8192)
    made.begin_next(Answer(WHOLE, lambda: WHOLE))
    assert not any(heads.get(PEER, each) for each in (b"".join(pieces), *pieces))


def test_so_many_requests_are_known_and_the_first_is_forgotten(
    heads: Heads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEADS_MAX", 3)
    for number in range(4):
        heads.put(PEER, OTHER + bytes([number]), lambda: WHOLE)
    assert [bool(heads.get(PEER, OTHER + bytes([n]))) for n in range(4)] == [False] + [True] * 3
    assert heads.get(PEER, HEAD) is None
