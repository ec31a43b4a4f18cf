"""No secret in any line of the log: a canary is sent by every way in, then looked for."""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.service import Service

# A token of one's own, which nothing tells from other words, and one that this service makes.
OWN = "Canary.of-my/own+making~31415926"
MADE = "tpa_" + "CANARYcanary_-0123456789" * 2
PASSWORD = "Pass-Canary%2F27182818"
DEADLINE_S = 20
GUNICORN = (sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py")
# Fails with what it was sent in its words, as nobody would write on purpose.
PLANTED = """
from flask import request
from wsgi import app

def planted():
    told = request.headers.get("Authorization"), request.cookies, request.args
    raise RuntimeError(f"cannot do {told}")

def streamed():
    def parts():
        yield "first"
        raise RuntimeError(request_said)
    request_said = f"cut off: {request.headers.get('Authorization')}"
    return app.response_class(parts())

app.add_url_rule("/planted", view_func=planted)
app.add_url_rule("/streamed", view_func=streamed)
"""

Start = Callable[..., Service]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a service that logs all there is to log, with views that fail."""
    (tmp_path / "planted.py").write_text(PLANTED)
    service = Service(tmp_path / "data", workers=1, LOG_LEVEL="DEBUG", API_TOKEN=OWN)

    def started(*, ready_path: str = "/health/live", **env: str) -> Service:
        service.env |= env
        service.launch(*GUNICORN, "--pythonpath", str(tmp_path), "planted:app")
        service.wait_for(ready_path)
        return service

    yield started
    service.kill()


@pytest.mark.feature("TPA-17", "PAM-ERR-04")
@pytest.mark.parametrize("secret", [OWN, MADE])
def test_no_token_is_in_the_log_however_it_was_sent(start: Start, secret: str) -> None:
    service = start()
    sent = [*by_every_header(service, secret), *by_every_path(service, secret)]
    sent += by_every_body(service, secret)
    assert {200, 400, 401, 404, 500} <= {answer.status_code for answer in sent}
    for raw in malformed(secret):
        send_raw(service.port, raw)
    lines = logged(service, len(sent))
    assert_absent(service, secret)
    assert any("cannot do" in line.get("exception", "") for line in lines)
    assert [each["path"] for each in lines if "/nothing/" in each.get("path", "")] != []


def by_every_header(service: Service, secret: str) -> Iterator[requests.Response]:
    for path in ("/api/accounts", "/planted", "/nothing/here"):
        for headers in (
            {"Authorization": f"Bearer {secret}"},
            {"Authorization": secret},
            {"Authorization": f"Bearer {OWN}", "X-Request-ID": secret},
            {"Cookie": f"trader_session={secret}; other={secret}"},
            {"X-Forwarded-For": secret, "Referer": f"http://x/?token={secret}"},
            {"User-Agent": secret, "Accept": secret, "Content-Type": secret},
        ):
            yield requests.get(service.url + path, headers=headers, timeout=10)
    try:
        headers = {"Authorization": f"Bearer {secret}"}
        yield requests.get(f"{service.url}/streamed?token={secret}", headers=headers, timeout=10)
    except requests.RequestException:
        return


def by_every_path(service: Service, secret: str) -> Iterator[requests.Response]:
    headers = {"Authorization": f"Bearer {OWN}"}
    for query in ("token", "ticket", "account_id", "format", secret):
        for path in ("/api/performance/daily", "/planted", "/health/live", "/nothing"):
            url = f"{service.url}{path}"
            yield requests.get(url, params={query: secret}, headers=headers, timeout=10)
    for path in (f"/nothing/{secret}", f"/{secret}", f"/api/positions/{secret}"):
        yield requests.get(service.url + path, headers=headers, timeout=10)


def by_every_body(service: Service, secret: str) -> Iterator[requests.Response]:
    headers = {"Authorization": f"Bearer {OWN}"}
    bodies: list[Any] = [secret, {secret: secret}, {"token": secret}, {"account_id": secret}]
    for path in ("/api/executions", "/api/session"):
        for body in bodies:
            yield requests.post(service.url + path, json=body, headers=headers, timeout=10)
        yield requests.post(service.url + path, data=secret, headers=headers, timeout=10)


def malformed(secret: str) -> Iterator[bytes]:
    """What Gunicorn itself refuses."""
    for line in (
        f"GET /{secret} HTTP/9.9",
        f"{secret} / HTTP/1.1",
        f"GET /?token={secret}\x01 HTTP/1.1",
        f"GET / HTTP/1.1\r\nAuthorization Bearer {secret}",
        f"GET / HTTP/1.1\r\n{secret} : x",
        f"GET / HTTP/1.1\r\nAuthorization: Bearer {secret}\r\n folded: {secret}",
        f"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {secret}",
        f"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: {secret}",
        f"GET / HTTP/1.1\r\nHost: x\r\nExpect: {secret}",
        f"GET / HTTP/1.1\r\nAuthorization: {secret * 1000}",
        f"GET /{secret * 1000} HTTP/1.1",
        f"POST /api/executions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{secret}",
        f"\x16\x03\x01{secret}",
    ):
        yield f"{line}\r\n\r\n".encode("latin-1")


def send_raw(port: int, raw: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        try:
            connection.sendall(raw)
            while connection.recv(65_536):
                pass
        except OSError:
            return  # Cut off, which is an answer, too.


def logged(service: Service, least: int) -> list[dict[str, Any]]:
    """Every line of the log, each of which has to be JSON, once there are enough."""
    deadline_s = time.monotonic() + DEADLINE_S
    while True:
        lines = [json.loads(line) for line in service.log.read_text().splitlines()]
        if sum(line["event"] == "request" for line in lines) >= least - 1:
            return lines
        assert time.monotonic() < deadline_s
        time.sleep(0.1)


def assert_absent(service: Service, secret: str) -> None:
    text = service.log.read_text()
    assert [line for line in text.splitlines() if secret in line] == []
    # Not in capitals either, nor a long piece of it.
    assert secret[8:28].lower() not in text.lower()


@pytest.mark.feature("TPA-17")
def test_the_canary_is_found_where_secrets_are_not_masked(start: Start, tmp_path: Path) -> None:
    (tmp_path / "planted.py").write_text(
        PLANTED + "\nfrom app import telemetry\n"
        "telemetry._Masked.__call__ = lambda self, logger, method, line: line\n"
    )
    service = start()
    answers = [*by_every_header(service, OWN)]
    logged(service, len(answers))
    with pytest.raises(AssertionError):
        assert_absent(service, OWN)


@pytest.mark.feature("TPA-17", "TPA-16")
@pytest.mark.parametrize(
    "url",
    [
        f"redis://:{PASSWORD}@127.0.0.1:1/0",
        f"redis://user:{PASSWORD}@no.such.host.invalid:6379/0",
        f"redis://:{PASSWORD}@127.0.0.1:not-a-port/0",
        f"redis://:{PASSWORD}/@127.0.0.1:1/0?timeout=x",
    ],
)
def test_the_password_of_redis_is_not_told(start: Start, url: str) -> None:
    assert_not_told(start, REDIS_URL=url)


@pytest.mark.feature("TPA-17", "TPA-16")
@pytest.mark.parametrize(
    "url",
    [
        f"postgresql+psycopg://user:{PASSWORD}@127.0.0.1:1/name",
        f"postgresql+psycopg://user:{PASSWORD}@no.such.host.invalid/name",
        f"postgresql+psycopg://user:{PASSWORD}@127.0.0.1:1/name?unknown={PASSWORD}",
    ],
)
def test_the_password_of_the_database_is_not_told(start: Start, url: str) -> None:
    assert_not_told(start, DATABASE_URL=url)


def assert_not_told(start: Start, **env: str) -> None:
    """Whether it starts and answers errors, or does not start and says why."""
    try:
        service = start(**env)
        for path in ("/health/ready", "/api/accounts", "/api/health", "/metrics"):
            headers = {"Authorization": f"Bearer {OWN}"}
            answer = requests.get(service.url + path, headers=headers, timeout=30)
            assert "Pass-Canary" not in answer.text
        text = service.log.read_text()
    except RuntimeError as error:
        text = str(error)
    assert text
    assert "Pass-Canary" not in text
    assert "27182818" not in text
