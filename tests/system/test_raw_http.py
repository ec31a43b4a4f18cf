"""Bytes that are no HTTP, or HTTP that two readers understand differently: one answer in the one
shape, the connection ends, and no request that hides in them is ever done.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.blueprints.errors import assert_error
from tests.service import Service
from tests.system import stored
from tests.system.callers import execution
from tests.system.raw import Exchange, exchange, post, request

CODES = {
    400: ("INVALID_PARAMETER", "INVALID_BODY"),
    401: ("UNAUTHENTICATED",),
    404: ("NOT_FOUND",),
    405: ("METHOD_NOT_ALLOWED",),
    413: ("PAYLOAD_TOO_LARGE",),
    414: ("INVALID_PARAMETER",),
    431: ("INVALID_PARAMETER",),
}
HUGE = 1 << 40

# A POST's headers for its body, and the body up to where a hidden request begins.
DOUBTFUL: dict[str, tuple[bytes, bytes]] = {
    "length and chunks": (b"Content-Length: 5\r\nTransfer-Encoding: chunked", b"0\r\n\r\n"),
    "chunks and length": (b"Transfer-Encoding: chunked\r\nContent-Length: 5", b"0\r\n\r\n"),
    "two lengths": (b"Content-Length: 0\r\nContent-Length: 2", b"[]"),
    "the same length twice": (b"Content-Length: 2\r\nContent-Length: 2", b"[]"),
    "a list of lengths": (b"Content-Length: 2, 2", b"[]"),
    "a negative length": (b"Content-Length: -1", b""),
    "a length with a plus": (b"Content-Length: +2", b"[]"),
    "a length in hexadecimal": (b"Content-Length: 0x2", b"[]"),
    "a length with a fraction": (b"Content-Length: 2.0", b"[]"),
    "a length with a blank": (b"Content-Length: 2 2", b"[]"),
    "a length of no digits": (b"Content-Length: ", b"[]"),
    "a length in superscript": (b"Content-Length: \xb2", b"[]"),
    "a length with an underscore": (b"Content-Length: 1_0", b"[]"),
    "a length of 5,000 digits": (b"Content-Length: " + b"9" * 5_000, b"[]"),
    "an unknown coding": (b"Transfer-Encoding: xchunked", b"0\r\n\r\n"),
    "identity": (b"Transfer-Encoding: identity", b"[]"),
    "identity with a length": (b"Transfer-Encoding: identity\r\nContent-Length: 2", b"[]"),
    "chunks, then identity": (b"Transfer-Encoding: chunked, identity", b"0\r\n\r\n"),
    "chunked twice": (b"Transfer-Encoding: chunked, chunked", b"0\r\n\r\n"),
    "chunked in two headers": (
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        b"0\r\n\r\n",
    ),
    "an empty coding": (b"Transfer-Encoding: ", b"0\r\n\r\n"),
    "a coding in quotes": (b'Transfer-Encoding: "chunked"', b"0\r\n\r\n"),
    "a coding with a vertical tab": (b"Transfer-Encoding: \x0bchunked", b"0\r\n\r\n"),
    "a coding with a parameter": (b"Transfer-Encoding: chunked;q=1", b"0\r\n\r\n"),
    "a coding with a NUL": (b"Transfer-Encoding: chunked\x00", b"0\r\n\r\n"),
    "a coding in a folded line": (b"Transfer-Encoding:\r\n chunked", b"0\r\n\r\n"),
    "a blank before the colon": (b"Transfer-Encoding : chunked", b"0\r\n\r\n"),
    "a blank before the name": (b" Transfer-Encoding: chunked", b"0\r\n\r\n"),
    "a tab in the name": (b"Transfer-Encoding\t: chunked", b"0\r\n\r\n"),
    "a bare line feed": (b"X: y\nTransfer-Encoding: chunked", b"0\r\n\r\n"),
    "a bare carriage return": (b"X: y\rTransfer-Encoding: chunked", b"0\r\n\r\n"),
    "a NUL in a header": (b"X: \x00\r\nContent-Length: 2", b"[]"),
    "a header without a colon": (b"Content-Length\r\nX: 2", b"[]"),
    "a header without a name": (b": 2\r\nContent-Length: 2", b"[]"),
    "two hosts": (b"Host: other\r\nContent-Length: 2", b"[]"),
    "a host in a folded line": (b"X: y\r\n\tz\r\nContent-Length: 2", b"[]"),
    "another Expect": (b"Expect: 200-ok\r\nContent-Length: 2", b"[]"),
    "a chunk size that is none": (b"Transfer-Encoding: chunked", b"zz\r\n\r\n"),
    "a negative chunk size": (b"Transfer-Encoding: chunked", b"-1\r\n\r\n"),
    "a chunk size with 0x": (b"Transfer-Encoding: chunked", b"0x0\r\n\r\n"),
    "a chunk size with a blank before": (b"Transfer-Encoding: chunked", b" 0\r\n\r\n"),
    "a chunk size with an underscore": (b"Transfer-Encoding: chunked", b"0_0\r\n\r\n"),
    "no chunk size": (b"Transfer-Encoding: chunked", b"\r\n\r\n"),
    "a chunk size of 64 bits": (b"Transfer-Encoding: chunked", b"FFFFFFFFFFFFFFFF0\r\n[]\r\n"),
    "a chunk size line of 9 kB": (b"Transfer-Encoding: chunked", b"0;" + b"x" * 9_000 + b"\r\n"),
    "a chunk that is longer": (b"Transfer-Encoding: chunked", b"1\r\n[]\r\n0\r\n\r\n"),
    "a chunk ended by a line feed": (b"Transfer-Encoding: chunked", b"2\n[]\n0\n\n"),
    "a bare return in an extension": (b"Transfer-Encoding: chunked", b"0;a\rb\r\n\r\n"),
    "a length among the trailers": (
        b"Transfer-Encoding: chunked",
        b"2\r\n[]\r\n0\r\nContent-Length: 9\r\n\r\n",
    ),
    "a line feed among the trailers": (b"Transfer-Encoding: chunked", b"0\r\nX: y\n\n"),
    "no last chunk": (b"Transfer-Encoding: chunked", b"2\r\n[]\r\n"),
    "a last chunk that is not ended": (b"Transfer-Encoding: chunked", b"2\r\n[]\r\n0\r\n"),
    "a length that is never reached": (b"Content-Length: 1000", b"[]"),
    "a length beyond all limits": (f"Content-Length: {HUGE}".encode(), b"[]"),
}

# Not even the beginning of a request.
NO_REQUEST: dict[str, tuple[bytes, int]] = {
    "garbage": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    "HTTP/0.9": (b"GET /health/live\r\n\r\n", 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "HTTP/1.10": (b"GET /health/live HTTP/1.10\r\n\r\n", 400),
    "HTTP/3.0": (b"GET /health/live HTTP/3.0\r\n\r\n", 400),
    "http/1.1": (b"GET /health/live http/1.1\r\n\r\n", 400),
    "no version": (b"GET /health/live HTTP/\r\n\r\n", 400),
    "two blanks": (b"GET  /health/live HTTP/1.1\r\n\r\n", 400),
    "a tab": (b"GET\t/health/live\tHTTP/1.1\r\n\r\n", 400),
    "a blank in the path": (b"GET /health/live /x HTTP/1.1\r\n\r\n", 400),
    "a blank before": (b" GET /health/live HTTP/1.1\r\n\r\n", 400),
    "two empty lines before": (b"\r\n\r\nGET /health/live HTTP/1.1\r\n\r\n", 400),
    "no path": (b"GET HTTP/1.1\r\n\r\n", 400),
    "a method in lower case": (b"get /health/live HTTP/1.1\r\n\r\n", 400),
    "a method beyond ASCII": ("GÉT /health/live HTTP/1.1\r\n\r\n".encode(), 400),
    "a method of 21 letters": (b"G" * 21 + b" /health/live HTTP/1.1\r\n\r\n", 400),
    "a path beyond ASCII": ("GET /é HTTP/1.1\r\n\r\n".encode(), 400),
    "a NUL in the path": (b"GET /health\x00/live HTTP/1.1\r\n\r\n", 400),
    "a control character in the path": (b"GET /health\x1b/live HTTP/1.1\r\n\r\n", 400),
    "authority-form": (b"GET service:80 HTTP/1.1\r\n\r\n", 400),
    "an asterisk": (b"GET * HTTP/1.1\r\n\r\n", 400),
    "a line of 9 kB": (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\n\r\n", 414),
    "a line without an end": (b"GET /" + b"a" * 100_000, 414),
    "120 headers": (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 120 + b"\r\n", 431),
    "a header of 9 kB": (b"GET / HTTP/1.1\r\nX: " + b"y" * 9_000 + b"\r\n\r\n", 431),
    "a megabyte of headers": (b"GET / HTTP/1.1\r\nX: " + b"y" * 1_000_000, 431),
    "bare line feeds": (b"GET /health/live HTTP/1.1\nHost: x\n\n", 400),
    "a name beyond ASCII": ("GET / HTTP/1.1\r\nHö: x\r\n\r\n".encode(), 400),
    "a control character in a header": (b"GET / HTTP/1.1\r\nX: \x1b[31m\r\n\r\n", 400),
    "CONNECT": (b"CONNECT service:80 HTTP/1.1\r\nHost: service\r\n\r\n", 404),
}


class Door(NamedTuple):
    """A running service, and a token for it."""

    service: Service
    token: str

    @property
    def ndjson(self) -> dict[str, str]:
        """The headers of a batch of lines."""
        return {"Authorization": self.token, "Content_Type": "application/x-ndjson"}

    def hidden(self, name: str) -> bytes:
        """A request that would be stored by its case's name, if it were seen."""
        identity = name.replace(" ", "-").replace("/", "-")
        return post(self.token, execution("HIDDEN", 1, execution_id=identity))


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    service = Service(tmp_path_factory.mktemp("door") / "data", workers=1)
    service.start()
    with service.session() as session:
        yield Door(service, str(session.headers["Authorization"]))
    service.kill()


def assert_refused(told: Exchange) -> int:
    """Hold that there was one answer, a refusal in the one shape, and that it was the last."""
    assert told.is_closed
    (answer,) = told.answers
    code = answer.get_json()["error"]["code"]
    assert code in CODES[answer.status_code]
    assert_error(answer, answer.status_code, code)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    return answer.status_code


def assert_nothing_stored(door: Door) -> None:
    db = door.service.database()
    try:
        assert stored.rows(db) == []
    finally:
        db.close()


def test_no_request_that_hides_in_a_doubtful_body_is_done(
    door: Door, subtests: pytest.Subtests
) -> None:
    headers = {"with a token": f"Authorization: {door.token}\r\n", "without": ""}
    for name, (framing, body) in DOUBTFUL.items():
        for kind, header in headers.items():
            head = f"POST /api/executions HTTP/1.1\r\nHost: x\r\n{header}".encode()
            head += b"Content-Type: application/json\r\n" + framing + b"\r\n\r\n"
            with subtests.test(name, kind=kind):
                told = exchange(door.service.port, head + body + door.hidden(name), ends=True)
                assert_refused(told)
    assert_nothing_stored(door)


def test_what_is_no_request_is_refused_in_the_one_shape(
    door: Door, subtests: pytest.Subtests
) -> None:
    for name, (sent, status) in NO_REQUEST.items():
        with subtests.test(name):
            told = exchange(door.service.port, sent + door.hidden(name))
            assert assert_refused(told) == status
    assert_nothing_stored(door)


def test_a_refusal_has_its_lines_in_the_log(door: Door) -> None:
    (answer,) = exchange(door.service.port, b"no request\r\n\r\n").answers
    identity = answer.headers["X-Request-ID"]
    lines = [each for each in door.service.log.read_text().splitlines() if identity in each]
    request, refused = map(json.loads, lines)
    assert (request["status"], request["code"]) == (400, "INVALID_PARAMETER")
    assert refused["event"] == "refused 127.0.0.1: the request line is malformed"


def test_a_secret_in_a_malformed_request_is_not_repeated(door: Door) -> None:
    canary = "canary-in-a-header"
    exchange(door.service.port, f"GET / HTTP/1.1\r\nAuthorization {canary}\r\n\r\n".encode())
    exchange(door.service.port, f"GET /?t={canary} HTTP/9\r\n\r\n".encode())
    assert canary not in door.service.log.read_text()


@pytest.mark.parametrize("framing", ["Content-Length: 40000000", "Transfer-Encoding: chunked"])
def test_a_caller_who_sends_far_too_much_comes_to_read_why(door: Door, framing: str) -> None:
    head = f"POST /api/executions HTTP/1.1\r\nHost: x\r\nAuthorization: {door.token}\r\n"
    head += f"Content-Type: application/json\r\nConnection: close\r\n{framing}\r\n\r\n"
    body = b" " * 40_000_000 if "Length" in framing else b"2625A00\r\n" + b" " * 40_000_000
    assert assert_refused(exchange(door.service.port, head.encode() + body)) == 413


def test_a_batch_that_is_cut_off_between_two_lines_is_not_taken_for_a_whole(door: Door) -> None:
    lines = [json.dumps(execution("CUT", number)).encode() + b"\n" for number in range(3)]
    whole = request("POST", "/api/executions", b"".join(lines), **door.ndjson)
    cut = exchange(door.service.port, whole.removesuffix(lines[-1]), ends=True)
    assert assert_refused(cut) == 400
    assert_nothing_stored(door)


def test_gunicorns_own_worker_is_seen_to_answer_one_request_twice(tmp_path: Path) -> None:
    known_bad = "--worker-class=gevent"
    service = Service(tmp_path / "data", workers=1, GUNICORN_CMD_ARGS=known_bad)
    service.start()
    try:
        head = request("POST", "/api/executions", Transfer_Encoding="chunked")
        assert exchange(service.port, head + b"zz\r\n\r\n").statuses == [401, 400]
    finally:
        service.kill()
