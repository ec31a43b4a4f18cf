"""HTTPS before the service, by the proxies whose configurations are examples here."""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import pytest
import requests
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.service import ROOT, Service, free_port

NAME = "trader.example.com"
WAIT_S = 20
# Loopback addresses of which the last alone is no proxy's.
TRUSTED = "127.0.0.1,127.0.0.64/26"
NGINX_FRAME = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    {server}
}}
"""


class Certificate(NamedTuple):
    """A certificate of this machine's own, and its key."""

    file: Path
    key: Path


class Front(NamedTuple):
    """Where a proxy listens, and a caller who trusts its certificate."""

    url: str
    session: requests.Session
    certificate: Path


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("proxied")
    made = Service(folder / "data", workers=1, TRUSTED_PROXIES=TRUSTED)
    made.start()
    yield made
    made.kill()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    folder = tmp_path_factory.mktemp("certificate")
    made = Certificate(folder / "cert.pem", folder / "key.pem")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-out", str(made.file), "-keyout", str(made.key)]
    subprocess.run(command, check=True, capture_output=True)
    return made


def replaced(text: str, **new: str) -> str:
    """The example with other values; each old one has to be in it."""
    for old, value in new.items():
        assert old in text, old
        text = text.replace(old, value)
    return text


def nginx(
    folder: Path, behind: int, port: int, certificate: Certificate, **patched: str
) -> list[str]:
    """The example as a whole configuration, on another port and in front of another one."""
    live = f"/etc/letsencrypt/live/{NAME}"
    new = {
        "127.0.0.1:8000": f"127.0.0.1:{behind}",
        "listen 443": f"listen 127.0.0.1:{port}",
        f"{live}/fullchain.pem": str(certificate.file),
        f"{live}/privkey.pem": str(certificate.key),
        **patched,
    }
    server = replaced((ROOT / "deploy" / "nginx" / "trader.conf").read_text("utf-8"), **new)
    file = folder / "nginx.conf"
    file.write_text(NGINX_FRAME.format(folder=folder, server=server))
    return ["nginx", "-c", str(file)]


def caddy(
    folder: Path, behind: int, port: int, certificate: Certificate, **patched: str
) -> list[str]:
    """The same; the certificate is given, since nobody outside knows this machine."""
    new = {
        "127.0.0.1:8000": f"127.0.0.1:{behind}",
        f"{NAME} {{": f"https://127.0.0.1:{port} {{\n\ttls {certificate.file} {certificate.key}\n",
        **patched,
    }
    site = replaced((ROOT / "deploy" / "caddy" / "Caddyfile").read_text("utf-8"), **new)
    file = folder / "Caddyfile"
    file.write_text(f"{{\n\tadmin off\n\tauto_https disable_redirects\n}}\n{site}")
    return ["caddy", "run", "--config", str(file), "--adapter", "caddyfile"]


@contextmanager
def started(
    make: Callable[..., list[str]],
    folder: Path,
    behind: int,
    certificate: Certificate,
    **patched: str,
) -> Iterator[Front]:
    """A proxy that runs, in front of what listens on a port."""
    if shutil.which(make.__name__) is None:
        pytest.skip(f"{make.__name__} is not here")
    port = free_port()
    command = make(folder, behind, port, certificate, **patched)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    with requests.Session() as session:
        session.trust_env = False  # It would name other certificates.
        session.verify = str(certificate.file)
        found = Front(f"https://127.0.0.1:{port}", session, certificate.file)
        try:
            answered(found, process, folder)
            yield found
        finally:
            process.terminate()
            process.wait(WAIT_S)


@pytest.fixture(params=[nginx, caddy], ids=lambda proxy: proxy.__name__)
def front(
    request: pytest.FixtureRequest, tmp_path: Path, service: Service, certificate: Certificate
) -> Iterator[Front]:
    with started(request.param, tmp_path, service.port, certificate) as found:
        yield found


def answered(front: Front, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline_s = time.monotonic() + WAIT_S
    while True:
        assert process.poll() is None, (folder / "log").read_text()
        try:
            assert front.session.get(f"{front.url}/health/ready", timeout=WAIT_S).ok
        except requests.ConnectionError:
            assert time.monotonic() < deadline_s
            time.sleep(0.05)
        else:
            return


def token(service: Service) -> str:
    return (service.data_dir / "admin-token").read_text().strip()


def test_a_browser_signs_in_writes_and_listens_through_the_proxy(
    front: Front, service: Service
) -> None:
    here = {"Origin": front.url}
    body = {"token": token(service)}
    signed = front.session.post(f"{front.url}/api/session", json=body, headers=here, timeout=WAIT_S)
    assert signed.status_code == 200, signed.text
    cookie = signed.headers["Set-Cookie"]
    assert cookie.startswith("__Host-trader_session=")
    assert "Secure" in cookie
    assert "max-age" in signed.headers["Strict-Transport-Security"]
    account = f"{front.url}/api/accounts/A"
    assert front.session.put(account, json={}, headers=here, timeout=WAIT_S).status_code == 200
    elsewhere = {"Origin": front.url.replace("https", "http")}
    assert front.session.put(account, json={}, headers=elsewhere, timeout=WAIT_S).status_code == 403
    url = f"{front.url.replace('https', 'wss')}/ws"
    trusting = ssl.create_default_context(cafile=str(front.certificate))
    headers = {"Cookie": cookie.split(";")[0]}
    with connect(url, ssl=trusting, origin=Origin(front.url), additional_headers=headers) as socket:
        assert json.loads(socket.recv(WAIT_S))["type"] == "hello"


def test_what_is_open_without_a_token_to_prometheus_is_not_open_to_the_world(front: Front) -> None:
    assert front.session.get(f"{front.url}/metrics", timeout=WAIT_S).status_code == 404
    assert front.session.get(f"{front.url}/api/accounts", timeout=WAIT_S).status_code == 401


def test_a_large_body_and_a_held_request_pass(front: Front, service: Service) -> None:
    session = front.session
    session.headers["Authorization"] = f"Bearer {token(service)}"
    answer = session.post(f"{front.url}/api/executions", data=b"[" + b" " * 20_000_000 + b"]",
                          headers={"Content-Type": "application/json"}, timeout=WAIT_S)  # fmt: skip
    assert answer.json()["accepted"] == 0
    daily = f"{front.url}/api/performance/daily?account_id=A"
    session.put(f"{front.url}/api/accounts/A", json={}, timeout=WAIT_S)
    tag = session.get(daily, timeout=WAIT_S).headers["ETag"]
    held = session.get(f"{daily}&wait=1", headers={"If-None-Match": tag}, timeout=WAIT_S)
    assert held.status_code == 304


class _Ending(BaseHTTPRequestHandler):
    """Ends a connection when a second write comes by it, as a service that is told to stop may."""

    protocol_version = "HTTP/1.1"
    writes = 0

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.writes += 1
        if self.writes == 1:
            self.do_GET()
        else:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Nothing is told."""


@pytest.fixture(scope="module")
def ending() -> Iterator[int]:
    """The port of a service that ends connections."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Ending) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


KEPT = {
    nginx: {"default trader_writes": "default trader_reads"},
    caddy: {"keepalive off": "keepalive 4s"},
}


@pytest.mark.parametrize("make", KEPT, ids=lambda proxy: proxy.__name__)
@pytest.mark.parametrize("is_kept", [False, True], ids=["of its own", "kept"])
def test_a_write_has_a_connection_of_its_own_since_one_that_is_kept_may_just_end(
    tmp_path: Path, ending: int, certificate: Certificate, make: Callable[..., list[str]],
    *, is_kept: bool,
) -> None:  # fmt: skip
    with started(make, tmp_path, ending, certificate, **KEPT[make] if is_kept else {}) as front:
        url = f"{front.url}/api/executions"
        answers = [front.session.post(url, data=b"[]", timeout=WAIT_S) for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 503 if is_kept else 200]
    if is_kept:
        error = answers[1].json()["error"]
        assert (error["code"], error["retryable"]) == ("UPSTREAM_UNAVAILABLE", True)
        assert answers[1].headers["Retry-After"] == "1"
        assert "max-age" in answers[1].headers["Strict-Transport-Security"]


@pytest.mark.parametrize(
    ("address", "is_proxy"), [("127.0.0.1", True), ("127.0.0.70", True), ("127.0.0.5", False)]
)
def test_the_word_of_a_trusted_proxy_alone_counts(
    service: Service, address: str, *, is_proxy: bool
) -> None:
    client = HTTPConnection("127.0.0.1", service.port, source_address=(address, 0), timeout=WAIT_S)
    headers = {"X-Forwarded-Proto": "https", "Content-Type": "application/json"}
    client.request("POST", "/api/session", json.dumps({"token": token(service)}), headers)
    answer = client.getresponse()
    assert answer.status == 200
    assert ("Secure" in (answer.headers["Set-Cookie"] or "")) is is_proxy
    client.close()
