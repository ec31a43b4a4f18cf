"""Requests that come again byte for byte, which a worker answers before they are parsed: each
answer is what any other caller would be told at that moment.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from tests.exposition import samples, total
from tests.service import Service
from tests.system import raw
from tests.system.callers import execution
from tests.system.listener import admin
from tests.system.raw import request

DAY = "/api/performance/daily?account_id=A"
KEEPALIVE_S = 1


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One worker, which does not wait for long, so that its patience can be tried."""
    folder = Path(tmp_path_factory.mktemp("known"))
    made = Service(folder / "data", workers=1, GUNICORN_CMD_ARGS=f"--keep-alive {KEEPALIVE_S}")
    made.start()
    fill(made, 1)
    yield made
    made.kill()


def fill(service: Service, number: int, account_id: str = "A") -> None:
    with service.session() as session:
        sent = execution(account_id, number)
        session.post(f"{service.url}/api/executions", json=sent).raise_for_status()


def poll(service: Service, /, **headers: str) -> bytes:
    return request("GET", DAY, Authorization=f"Bearer {admin(service)}", **headers)


class Caller:
    """One connection, which sends something and waits for an answer."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line

    def ask(self, *pieces: bytes) -> TestResponse:
        """Send a request in one piece or more; its answer, which must be the only one."""
        [answer] = raw.answers(self.told(*pieces))
        return answer

    def told(self, *pieces: bytes) -> bytes:
        """The same, byte by byte."""
        for number, piece in enumerate(pieces):
            if number:
                time.sleep(0.05)
            self._line.sendall(piece)
        said = self._line.recv(65_536)
        while not _is_whole(said):
            more = self._line.recv(65_536)
            assert more, said
            said += more
        return said

    def ends(self) -> bool:
        """Whether the service ends the connection."""
        return self._line.recv(1) == b""


@contextmanager
def caller(service: Service) -> Iterator[Caller]:
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield Caller(line)


def known(line: Caller, asked: bytes) -> TestResponse:
    """Ask until it is answered without being parsed."""
    line.ask(asked)
    line.ask(asked)
    return line.ask(asked)


def _is_whole(said: bytes) -> bool:
    head, end, body = said.partition(b"\r\n\r\n")
    length = [each for each in head.lower().split(b"\r\n") if each.startswith(b"content-length:")]
    return bool(end) and len(body) >= int((length or [b":0"])[0].split(b":")[1])


def counted(service: Service) -> float:
    with service.session() as session:
        said = session.get(f"{service.url}/metrics").text
    return total(samples(said), "tpa_requests_total", route="/api/performance/daily")


def test_each_is_told_counted_and_logged_like_any_other(service: Service) -> None:
    before = counted(service)
    with caller(service) as line:
        told = [line.ask(poll(service)) for _ in range(6)]
    assert len({each.headers["X-Request-ID"] for each in told}) == 6
    assert len({each.data for each in told}) == 1
    assert [*told[0].headers.keys()] == [*told[-1].headers.keys()]
    assert counted(service) - before == 6
    ids = {each.headers["X-Request-ID"] for each in told}
    lines = [json.loads(each) for each in service.log.read_text().splitlines() if each[:1] == "{"]
    assert len([each for each in lines if each.get("request_id") in ids]) == 6


def test_what_was_written_meanwhile_is_in_the_next_answer(service: Service) -> None:
    with caller(service) as line:
        before = known(line, poll(service))
        fill(service, 2)
        after = line.ask(poll(service))
    assert after.headers["ETag"] != before.headers["ETag"]
    assert after.data != before.data


def test_a_token_that_was_revoked_is_refused_in_the_same_words(service: Service) -> None:
    made = service.flask("tokens", "create", "short", "--scope", "read").stdout
    secret = next(each for each in made.split() if each.startswith("tpa_"))
    asked = request("GET", DAY, Authorization=f"Bearer {secret}")
    with caller(service) as line:
        assert known(line, asked).status_code == 200
    assert service.flask("tokens", "revoke", "short").returncode == 0
    with caller(service) as line:
        assert line.ask(asked).status_code == 401


def test_one_that_names_its_own_id_is_given_it_back(service: Service) -> None:
    with caller(service) as line:
        for name in ("one", "one", "one", "two", "two"):
            told = line.ask(poll(service, X_Request_ID=name))
            assert told.headers["X-Request-ID"] == name


def test_what_may_be_a_secret_is_masked_in_every_line(service: Service) -> None:
    name = "named-as-long-as-a-secret"
    fill(service, 1, name)
    token = f"Bearer {admin(service)}"
    path = f"/api/accounts/{name}/reconciliation"
    with caller(service) as line:
        for _ in range(4):
            line.ask(request("GET", path, Authorization=token, Cookie=f"odd={name}"))
    lines = [each for each in service.log.read_text().splitlines() if "/reconciliation" in each]
    assert len(lines) == 4
    assert not any(name in each for each in lines)


def within(asked: bytes, token: str) -> dict[str, list[bytes]]:
    """Requests that hold these bytes, each in pieces of which one is these bytes."""
    sized = request("POST", "/api/executions", asked, Authorization=token)
    chunked = request("POST", "/api/executions", Authorization=token, Transfer_Encoding="chunked")
    return {
        "a body": [sized.removesuffix(asked), asked],
        "a chunk": [chunked, b"%x\r\n" % len(asked), asked, b"\r\n0\r\n\r\n"],
        "a header": [b"GET /none HTTP/1.1\r\nX-Odd: ", asked],
    }


def test_callers_of_an_old_protocol_are_answered_in_it_each_time(service: Service) -> None:
    old = poll(service, Connection="keep-alive").replace(b"HTTP/1.1", b"HTTP/1.0")
    with caller(service) as line:
        assert [line.told(old)[:8] for _ in range(4)] == [b"HTTP/1.0"] * 4


def test_bytes_within_another_request_are_not_taken_for_one(service: Service) -> None:
    asked = poll(service)
    with caller(service) as line:
        assert known(line, asked).status_code == 200
    for where, pieces in within(asked, f"Bearer {admin(service)}").items():
        with caller(service) as line:
            line.ask(asked)
            assert line.ask(*pieces).status_code in (400, 404, 415), where


def test_bytes_that_end_a_request_which_came_with_the_one_before_are_not_taken_for_one(
    service: Service,
) -> None:
    asked = poll(service)
    with caller(service) as line:
        known(line, asked)
        before = request("GET", "/health/live")
        assert line.ask(before + b"GET /none HTTP/1.1\r\nX-Odd: ").status_code == 200
        assert line.ask(asked).status_code == 404


def test_the_bytes_of_a_body_that_nobody_asked_for_are_not_taken_for_one(service: Service) -> None:
    asked = poll(service)
    odd = request("GET", DAY, asked, Authorization=f"Bearer {admin(service)}")
    with caller(service) as line:
        known(line, asked)
        # Its answer comes before its body.
        assert line.ask(odd.removesuffix(asked)).status_code == 200
        assert line.ask(asked, request("GET", "/none")).status_code == 404


def test_one_that_comes_in_two_pieces_is_answered(service: Service) -> None:
    asked = poll(service)
    with caller(service) as line:
        told = known(line, asked)
        assert line.ask(asked[:40], asked[40:]).data == told.data
        assert (
            line.ask(
                asked,
            ).data
            == told.data
        )


def test_each_answer_gives_the_connection_its_time_again(service: Service) -> None:
    with caller(service) as line:
        began_s = time.monotonic()
        while time.monotonic() - began_s < 2.5 * KEEPALIVE_S:
            assert line.ask(poll(service)).status_code == 200
            time.sleep(0.4 * KEEPALIVE_S)
        assert line.ends()
