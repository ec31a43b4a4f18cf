"""The file of deploy/nginx/scale in a real nginx: what goes where, and what is asked again."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import requests

from app.blueprints.uploads import _BESIDE_MAX_BYTES
from app.services.imports import FILE_MAX_BYTES
from tests.nginx import FOLDER, Nginx, required
from tests.service import Service, free_port
from tests.system.listener import admin, fill, listening, post

FILL = "/api/executions"
DAY = "/api/performance/daily"
# In place of what a question may take, so that the test need not wait for it.
SOON = {"proxy_read_timeout 15s": "proxy_read_timeout 1s"}
SAID = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Protocol": "ssl",
    "X-Forwarded-Ssl": "on",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-For": "203.0.113.7",
    "Forwarded": "proto=https",
}


class Machine:
    """A machine that notes what it is asked, and answers it, or hangs up, or says nothing."""

    def __init__(self, does: str = "answers") -> None:
        self.asked: list[dict[str, str]] = []
        self.is_over = Event()
        machine = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                machine.asked.append({k.lower(): v for k, v in self.headers.items()})
                self.rfile.read(int(self.headers.get("Content-Length", "0")))
                if does != "answers":
                    self.close_connection = True
                    machine.is_over.wait(30 if does == "is silent" else 0)
                    return
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_POST = do_GET  # noqa: N815 (its base's way to name them)

            def log_message(self, *_: Any) -> None:
                """Nothing is told."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_port}"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.is_over.set()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def proxied(
    folder: Path, *machines: Machine, proxies: Sequence[str] = (), **patched: str
) -> Iterator[Nginx]:
    nginx = Nginx(folder / "nginx", [each.address for each in machines], proxies, **patched)
    nginx.start()
    try:
        yield nginx
    finally:
        nginx.stop()
        for machine in machines:
            machine.close()


def times_asked(*machines: Machine) -> int:
    return sum(len(each.asked) for each in machines)


def send(nginx: Nginx, method: str, path: str = FILL, **more: Any) -> requests.Response:
    return requests.request(method, nginx.url + path, timeout=20, **more)


# --- What is asked again -------------------------------------------------------------------------


@pytest.mark.parametrize("does", ["hangs up", "is silent"])
def test_a_question_goes_to_the_next_machine_when_one_does_not_answer(
    tmp_path: Path, does: str
) -> None:
    bad, good = Machine(does), Machine()
    with proxied(tmp_path, bad, good, **SOON) as nginx:
        assert {send(nginx, "GET", DAY).status_code for _ in range(2)} == {200}
        assert times_asked(bad) == 1
        assert times_asked(good) == 2


def test_a_write_that_was_sent_is_never_sent_again(tmp_path: Path) -> None:
    machines = Machine("hangs up"), Machine("hangs up")
    with proxied(tmp_path, *machines) as nginx:
        answer = send(nginx, "POST", json={})
        assert times_asked(*machines) == 1
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    error = answer.json()["error"]
    assert (error["code"], error["retryable"]) == ("UPSTREAM_UNAVAILABLE", True)


def test_a_proxy_that_sends_writes_again_is_seen_to(tmp_path: Path) -> None:
    machines = Machine("hangs up"), Machine("hangs up")
    careless = {"proxy_next_upstream error timeout": "proxy_next_upstream error non_idempotent"}
    with proxied(tmp_path, *machines, **careless) as nginx:
        send(nginx, "POST", json={})
        assert times_asked(*machines) == 2


def test_a_write_that_could_not_be_sent_goes_to_the_next_machine(tmp_path: Path) -> None:
    gone, good = Machine(), Machine()
    gone.close()
    with proxied(tmp_path, gone, good) as nginx:
        assert {send(nginx, "POST", json={}).status_code for _ in range(4)} == {200}
    assert times_asked(good) == 4


# --- What machines are told ----------------------------------------------------------------------


def test_what_a_caller_says_of_its_way_is_not_passed_on(tmp_path: Path) -> None:
    with proxied(tmp_path, machine := Machine()) as nginx:
        host = {"Host": "trader.example:8443"}
        send(nginx, "GET", DAY, headers=SAID | host | {"X-Request-ID": "mine"})
    [told] = machine.asked
    way = {name: value for name, value in told.items() if name.startswith(("x-forw", "forwarded"))}
    assert way == {"x-forwarded-proto": "http", "x-forwarded-for": "127.0.0.1"}
    assert (told["host"], told["x-request-id"]) == ("trader.example:8443", "mine")


@pytest.mark.parametrize(
    ("proxies", "said", "told"),
    [
        (["127.0.0.0/8"], "https", "https"),
        (["127.0.0.0/8"], "anything", "http"),
        (["127.0.0.0/8"], None, "http"),
        (["192.0.2.1"], "https", "http"),
    ],
)
def test_of_https_a_proxy_before_it_is_believed_that_is_named(
    tmp_path: Path, proxies: list[str], said: str | None, told: str
) -> None:
    with proxied(tmp_path, machine := Machine(), proxies=proxies) as nginx:
        send(nginx, "GET", DAY, headers={"X-Forwarded-Proto": said} if said else {})
    assert machine.asked[0]["x-forwarded-proto"] == told


def test_a_request_without_an_id_is_given_one(tmp_path: Path) -> None:
    with proxied(tmp_path, machine := Machine()) as nginx:
        send(nginx, "GET", DAY)
    assert len(machine.asked[0]["x-request-id"]) == 32


def test_each_write_has_a_connection_of_its_own(tmp_path: Path) -> None:
    # One that is kept may be ended by its machine just when the write is sent.
    text = (FOLDER / "nginx.conf").read_text("utf-8")
    _, _, writes = text.partition("upstream writes {")
    assert "keepalive" not in writes.partition("}")[0]
    with proxied(tmp_path, machine := Machine()) as nginx:
        for _ in range(2):
            send(nginx, "POST", json={})
    assert times_asked(machine) == 2


# --- What it says itself -------------------------------------------------------------------------


def test_as_much_is_taken_as_a_machine_takes_and_more_refused_in_its_words(tmp_path: Path) -> None:
    text = (FOLDER / "nginx.conf").read_text("utf-8")
    limit = FILE_MAX_BYTES + _BESIDE_MAX_BYTES
    assert f"client_max_body_size {limit // 1024}k;" in text
    with proxied(tmp_path, machine := Machine()) as nginx:
        assert send(nginx, "POST", data=b"x" * limit).status_code == 200
        address = ("127.0.0.1", nginx.port)
        with socket.create_connection(address, timeout=20) as line:
            head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {limit + 1}\r\n\r\n"
            line.sendall(head.encode())
            said = line.makefile("rb").read(2_000)
    assert said.startswith(b"HTTP/1.1 413 ")
    assert b'"code":"PAYLOAD_TOO_LARGE"' in said
    assert times_asked(machine) == 1


def test_where_no_machine_is_it_says_so_in_the_words_of_one(tmp_path: Path) -> None:
    nginx = Nginx(tmp_path / "nginx", [f"127.0.0.1:{free_port()}"])
    nginx.start()
    try:
        answer = send(nginx, "GET", DAY, headers={"X-Request-ID": "mine"})
        figures = send(nginx, "GET", "/metrics")
    finally:
        nginx.stop()
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/json")
    assert answer.json()["error"]["request_id"] == "mine"
    assert (figures.status_code, figures.json()["error"]["code"]) == (404, "NOT_FOUND")


def test_a_file_that_is_wrong_is_refused(tmp_path: Path) -> None:
    good = Nginx(tmp_path / "good", ["127.0.0.1:1"]).check()
    assert good.returncode == 0, good.stderr
    bad = {"proxy_next_upstream error": "proxy_next_upstream eror"}
    assert Nginx(tmp_path / "bad", ["127.0.0.1:1"], **bad).check().returncode != 0


# --- The service behind it -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    made = Service(tmp_path_factory.mktemp("service") / "data", workers=1)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def behind(service: Service, tmp_path: Path) -> Iterator[Service]:
    """The service as it is reached through nginx."""
    required()
    nginx = Nginx(tmp_path / "nginx", [f"127.0.0.1:{service.port}"], **SOON)
    nginx.start()
    through = copy(service)
    through.port, through.url = nginx.port, nginx.url
    yield through
    nginx.stop()


def test_who_waits_is_answered_by_a_change_however_long_it_takes(behind: Service) -> None:
    post(behind, fill("A", 1))
    session = behind.session()
    first = session.get(behind.url + DAY, params={"account_id": "A"}, timeout=20)
    session.headers["If-None-Match"] = first.headers["ETag"]
    asked = {"account_id": "A", "wait": "3"}
    assert session.get(behind.url + DAY, params=asked, timeout=20).status_code == 304


def test_a_socket_is_told_of_a_write(behind: Service) -> None:
    post(behind, fill("B", 1))
    with listening(behind, admin(behind)) as listener:
        assert listener.hear()["type"] == "hello"
        listener.subscribe("B")
        assert listener.figures()["data"]["version"] == 1
        post(behind, fill("B", 2, -1))
        assert listener.figures()["data"]["version"] == 2
