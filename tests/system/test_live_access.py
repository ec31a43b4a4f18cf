"""Who may listen, to what, how a login ends, and how the service does."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.service import Service
from tests.system.listener import (
    HANDSHAKE,
    LONG_S,
    admin,
    fill,
    listening,
    post,
    refused,
    subscribed,
)
from tests.system.traders import START

# Of one length, so that answers about them have one length, too.
HIDDEN, ABSENT = "HIDDEN", "ABSENT"


def token(service: Service, name: str, *options: str) -> str:
    """A new token's secret."""
    made = service.flask("tokens", "create", name, "--scope", "read", *options)
    assert made.returncode == 0, made.stderr
    return made.stdout.split()[-1]


def login(service: Service) -> requests.Session:
    """A browser that has logged in."""
    browser = requests.Session()
    browser.headers["Origin"] = service.url
    body = {"token": admin(service)}
    assert browser.post(f"{service.url}/api/session", json=body, timeout=LONG_S).ok
    return browser


def cookie(browser: requests.Session) -> str:
    return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


def ticket(service: Service, caller: requests.Session) -> str:
    answer = caller.post(f"{service.url}/api/ws-ticket", timeout=LONG_S)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["ticket"])


def test_a_stranger_is_told_so_where_a_browser_can_see_it(service: Service) -> None:
    for secret, path in ((None, "/ws"), ("tpa_" + "x" * 43, "/ws"), (None, "/ws?ticket=none")):
        with listening(service, secret, path) as listener:
            assert listener.closing()[0] == 4401


def test_a_request_for_no_socket_is_told_to_be_one(service: Service) -> None:
    assert requests.get(f"{service.url}/ws", timeout=LONG_S).status_code == 401
    answer = service.session().get(f"{service.url}/ws", timeout=LONG_S)
    assert answer.status_code == 426
    assert answer.headers["Upgrade"] == "websocket"
    assert answer.json()["error"]["code"] == "INVALID_PARAMETER"
    bearer = {"Authorization": f"Bearer {admin(service)}"}
    assert refused(service, **bearer, **{"Sec-WebSocket-Version": "1"}).status_code == 426
    assert refused(service, "/ws?tiket=x", **bearer).status_code == 400


@pytest.mark.feature("PAM-AUTH-02")
def test_a_session_opens_a_socket_for_a_page_of_this_service_alone(service: Service) -> None:
    held = cookie(login(service))
    with listening(service, Cookie=held, Origin=service.url) as listener:
        assert listener.hear()["type"] == "hello"
    for origin in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {}):
        answer = refused(service, Cookie=held, **origin)
        assert answer.status_code == 403
        assert answer.json()["error"]["code"] == "FORBIDDEN"


def test_a_foreign_page_is_refused_whatever_ticket_it_brings(service: Service) -> None:
    path = f"/ws?ticket={ticket(service, service.session())}"
    assert refused(service, path, Origin="https://evil.example").status_code == 403
    with listening(service, path=path) as listener:
        assert listener.hear()["type"] == "hello"


def test_a_ticket_opens_one_socket_whichever_worker_is_asked(service: Service) -> None:
    path = f"/ws?ticket={ticket(service, service.session())}"
    with listening(service, path=path) as listener:
        assert listener.hear()["data"]["caller"] == "admin"
    for _ in range(6):
        with listening(service, path=path) as again:
            assert again.closing()[0] == 4401


def test_a_ticket_of_a_session_ends_with_it(service: Service) -> None:
    browser = login(service)
    path = f"/ws?ticket={ticket(service, browser)}"
    late = f"/ws?ticket={ticket(service, browser)}"
    with listening(service, path=path, Origin=service.url) as listener:
        assert listener.hear()["type"] == "hello"
        assert browser.delete(f"{service.url}/api/session", timeout=LONG_S).ok
        assert listener.closing()[0] == 4403
    with listening(service, path=late) as refused_one:
        assert refused_one.closing()[0] == 4401


def test_an_account_that_is_hidden_answers_as_one_that_is_not_there(service: Service) -> None:
    for account_id in ("MINE", HIDDEN):
        post(service, fill(account_id, 0))
    with listening(service, token(service, "held", "--account", "MINE")) as listener:
        listener.hear()
        for said in ({}, {"after": 0}, {"after": "x"}, {"foo": 1}):
            told = []
            for account_id in (HIDDEN, ABSENT):
                listener.say(type="subscribe", account_id=account_id, **said)
                answer = listener.hear()
                assert answer["type"] == "error"
                del answer["timestamp"]
                told.append(str(answer).replace(ABSENT, HIDDEN))
            assert told[0] == told[1]
            assert "ACCOUNT_NOT_FOUND" in told[0]
        listener.subscribe("MINE")
        mine = listener.figures()["seq"]
        post(service, [fill(HIDDEN, 1), fill("MINE", 1)])
        assert {each["account_id"] for each in listener.until("performance_update")} == {"MINE"}
        listener.say(type="unsubscribe", account_id=HIDDEN)
        assert listener.hear()["data"]["code"] == "ACCOUNT_NOT_FOUND"
        post(service, fill(HIDDEN, 2))
        assert listener.rest() == []
        assert mine


def test_a_token_that_is_revoked_ends_its_sockets_in_every_worker_and_no_others(
    service: Service,
) -> None:
    post(service, fill("revoked", 0))
    secret = token(service, "leaver")
    with ExitStack() as stack:
        leaving = [stack.enter_context(subscribed(service, secret, "revoked")) for _ in range(6)]
        staying = stack.enter_context(subscribed(service, admin(service), "revoked"))
        assert service.flask("tokens", "revoke", "leaver").returncode == 0
        assert {each.closing()[0] for each in leaving} == {4403}
        post(service, fill("revoked", 1))
        assert staying.figures()


def test_a_client_that_takes_nothing_is_cut_off_as_too_slow_and_the_others_are_not(
    service: Service,
) -> None:
    post(service, fill("slow", 0))
    with unread(service) as slow, subscribed(service, admin(service), "slow") as other:
        slow.sendall(b"\x81\xa9\0\0\0\0" + b'{"type":"subscribe","account_id":"slow"}\n')
        for batch in range(60):
            post(service, [long_order(100 * batch + n) for n in range(100)], "/api/orders")
            assert other.figures()
            if closed_as_slow(service):
                return
        pytest.fail("the service keeps for a slow client whatever comes")


def long_order(number: int) -> dict[str, Any]:
    """An order that takes much to tell, and little to store."""
    at = START.isoformat()
    order = {"account_id": "slow", "order_id": f"{number:0128}", "strategy": "s" * 128}
    order |= {"symbol": "MNQ", "side": "BUY", "status": "PENDING"}
    return {**order, "quantity": 1, "submitted_at": at, "updated_at": at}


@contextmanager
def unread(service: Service) -> Iterator[socket.socket]:
    """A WebSocket that nothing is read from, and that little fits into."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", service.port))
        headers = HANDSHAKE | {"Host": "x", "Authorization": f"Bearer {admin(service)}"}
        said = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        connection.sendall(f"GET /ws HTTP/1.1\r\n{said}\r\n".encode())
        assert connection.recv(12) == b"HTTP/1.1 101"
        yield connection


def closed_as_slow(service: Service) -> bool:
    page = service.session().get(f"{service.url}/metrics", timeout=LONG_S).text
    counted = dict(line.rsplit(" ", 1) for line in page.splitlines() if line[:1] != "#")
    return float(counted['tpa_socket_closes_total{reason="slow"}']) >= 1


@pytest.fixture
def stopping(tmp_path: Path) -> Iterator[Service]:
    running = Service(tmp_path / "data", workers=2)
    running.start()
    yield running
    running.kill()


def test_a_stop_tells_every_socket_and_waits_for_none(
    stopping: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(stopping, fill("A", 0))
    with ExitStack() as stack:
        every = [stack.enter_context(subscribed(stopping, admin(stopping), "A")) for _ in range(10)]
        # Answers nothing any more, so it closes nothing either.
        monkeypatch.setattr(every[0].connection.protocol, "receive_data", lambda _: None)
        assert stopping.stop() == 0
        assert {each.closing()[0] for each in every[1:]} == {1001}
