"""One webhook over HTTP, to a real server on this machine."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from app.services.webhook_sending import (
    ID,
    SIGNATURE,
    TIMESTAMP,
    NotTaken,
    Sender,
    refuse_private,
    signature,
)
from tests.service import ROOT

SECRET = "a-secret-of-enough-characters"
LOCAL = ("127.0.0.1",)


class Server(HTTPServer):
    """Answers every POST with a status, and keeps what it was sent."""

    status = 200
    seen: list[tuple[dict[str, str], bytes]]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((dict(self.headers), body))
        self.send_response(self.server.status)
        self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server(("127.0.0.1", 0), Handler)
    made.seen = []
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def url(server: Server) -> str:
    return f"http://127.0.0.1:{server.server_port}/hook?secret-in-it"


def test_a_post_says_when_it_was_sent_and_proves_who_sent_it(server: Server) -> None:
    Sender(SECRET, LOCAL).send(url(server), "id-1", b'{"x":1}', 1_700_000_000)
    ((headers, body),) = server.seen
    assert body == b'{"x":1}'
    assert (headers[ID], headers[TIMESTAMP]) == ("id-1", "1700000000")
    assert headers[SIGNATURE] == f"sha256={signature(SECRET.encode(), 1_700_000_000, body)}"
    assert headers["Content-Type"] == "application/json"


def test_the_check_of_the_documentation_knows_a_post_from_a_forged_or_an_old_one(
    server: Server,
) -> None:
    page = (ROOT / "docs" / "LIVE_UPDATES.md").read_text("utf-8")
    _, code = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    shown: dict[str, Any] = {}
    exec(code, shown)
    now_s = int(time.time())
    for at_s in (now_s, now_s - 3600):
        Sender(SECRET, LOCAL).send(url(server), "id-1", b'{"x":1}', at_s)
    (good, body), (old, _) = server.seen
    assert shown["is_genuine"](good, body, SECRET)
    assert not shown["is_genuine"](good, b'{"x":2}', SECRET)
    assert not shown["is_genuine"](good, body, "another-secret-than-that")
    assert not shown["is_genuine"](old, body, SECRET)


def test_the_signature_is_the_known_one() -> None:
    # printf '1.{}' | openssl dgst -sha256 -hmac key
    known = "1ba6b8171186efc613e8bcc0cbdab2748f24984d7c5a84faa2637afa0e40d224"
    assert signature(b"key", 1, b"{}") == known
    assert signature(b"key", 1, b"{}") != signature(b"key", 2, b"{}")
    assert signature(b"key", 1, b"{}") != signature(b"other", 1, b"{}")


@pytest.mark.parametrize("status", [301, 307, 400, 404, 410, 429, 500, 503])
def test_all_but_a_good_answer_is_none_and_no_redirect_is_followed(
    server: Server, status: int
) -> None:
    server.status = status
    with pytest.raises(NotTaken) as refused:
        Sender(SECRET, LOCAL).send(url(server), "id-1", b"{}", 1)
    assert str(status) in str(refused.value)
    assert "secret" not in str(refused.value)
    assert len(server.seen) == 1


def test_a_host_inside_the_network_is_not_connected_to_unless_it_is_named(server: Server) -> None:
    for target in (url(server), url(server).replace("127.0.0.1", "localhost")):
        with pytest.raises(NotTaken):
            Sender(SECRET, ()).send(target, "id-1", b"{}", 1)
    assert server.seen == []
    Sender(SECRET, ("localhost",)).send(
        url(server).replace("127.0.0.1", "localhost"), "id-1", b"{}", 1
    )
    assert len(server.seen) == 1


def test_a_server_that_is_not_there_has_not_taken_it(server: Server) -> None:
    target = url(server)
    server.socket.close()
    for gone in (target, "http://no-such-host.invalid/", "https://127.0.0.1:1/"):
        with pytest.raises(NotTaken):
            Sender(SECRET, LOCAL).send(gone, "id-1", b"{}", 1)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
        *("0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fd00::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "ff02::1"),
    ],
)
def test_addresses_inside_the_network_are_refused(address: str) -> None:
    with pytest.raises(PermissionError):
        refuse_private(["93.184.216.34", address])


def test_addresses_of_the_open_internet_are_taken() -> None:
    refuse_private(["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
