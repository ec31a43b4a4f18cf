"""Every secret that a service knows goes through every route, well and badly said: none of them is
in the log, in an answer that did not make it, in the metrics, or in the database as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests
from sqlalchemy import text

from app.db.connection import Database
from tests import databases
from tests.service import Service, free_port
from tests.system.test_canary import GUNICORN, PLANTED, send_raw

GIVEN = {
    "API_TOKEN": "Given.api/token+31415926535",
    "SECRET_KEY": "Given-secret-key-2718281828459045235360",
    "WEBHOOK_SECRET": "Given-webhook-secret-16180339887",
    "TOPSTEPX_API_KEY": "Given+broker/key=14142135623730",
}
REDIS_PASSWORD = "Given-redis-password-17320508"
WAIT_S = 20


class Known(NamedTuple):
    """A service, all its secrets by what they are, and whoever may do everything."""

    service: Service
    secrets: Mapping[str, str]
    caller: requests.Session


@pytest.fixture
def known(tmp_path: Path) -> Iterator[Known]:
    """A service in which whatever can be wrong outside of it is."""
    (tmp_path / "planted.py").write_text(PLANTED)
    nowhere = free_port()
    env: dict[str, str] = GIVEN | {
        "LOG_LEVEL": "DEBUG",
        "REDIS_URL": f"redis://:{REDIS_PASSWORD}@127.0.0.1:{nowhere}/0",
        "WEBHOOK_URL": f"http://127.0.0.1:{nowhere}/hook",
        "WEBHOOK_PRIVATE_HOSTS": "127.0.0.1",
        "TOPSTEPX_USERNAME": "somebody",
        "TOPSTEPX_BASE_URL": f"http://127.0.0.1:{nowhere}",
    }
    service = Service(tmp_path / "data", workers=1)
    service.env |= env
    service.launch(*GUNICORN, "--pythonpath", str(tmp_path), "planted:app")
    service.wait_for("/health/live")
    with requests.Session() as caller:
        caller.headers["Authorization"] = f"Bearer {GIVEN['API_TOKEN']}"
        yield Known(service, secrets_of(service, caller), caller)
    service.kill()


def secrets_of(service: Service, caller: requests.Session) -> dict[str, str]:
    """What was given, and what the service made."""
    made = service.flask("tokens", "create", "made", "--scope", "read").stdout.split()[-1]
    ticket = caller.post(f"{service.url}/api/ws-ticket", timeout=WAIT_S).json()["ticket"]
    browser = requests.Session()
    origin = {"Origin": service.url}
    sent = {"token": GIVEN["API_TOKEN"]}
    browser.post(f"{service.url}/api/session", json=sent, headers=origin, timeout=WAIT_S)
    session = browser.cookies["trader_session"]
    others = {"a made token": made, "a session": session, "a ticket": ticket}
    return GIVEN | others | {"the password of Redis": REDIS_PASSWORD}


def routes(service: Service) -> Iterator[tuple[str, str]]:
    """Every documented operation, and views that fail."""
    document = requests.get(f"{service.url}/openapi.json", timeout=WAIT_S).json()
    for path, methods in document["paths"].items():
        for method in methods:
            if method in ("get", "put", "post", "delete"):
                yield method.upper(), path
    yield from (("GET", "/planted"), ("GET", "/streamed"), ("GET", "/nowhere"))


def sent_with(secret: str, path: str) -> Iterator[dict[str, Any]]:
    """A secret by each way in."""
    body = {"token": secret, "account_id": secret, secret: secret}
    yield {"path": re.sub(r"\{\w+\}", "x", path), "headers": {"Authorization": f"Bearer {secret}"}}
    yield {
        "path": re.sub(r"\{\w+\}", secret.replace("/", "%2F"), path) + f"?token={secret}",
        "json": body,
        "headers": {"X-Request-ID": secret[:20], "Cookie": f"trader_session={secret}"},
    }


def told(known: Known) -> Iterator[tuple[str, requests.Response]]:
    """Every answer on every route, and the secret that it was asked with."""
    for name, secret in known.secrets.items():
        for method, path in routes(known.service):
            for options in sent_with(secret, path):
                url = known.service.url + options.pop("path")
                try:
                    yield name, known.caller.request(method, url, timeout=WAIT_S, **options)
                except requests.RequestException:
                    continue  # A stream that broke off.
        for line in (f"GET /{secret} HTTP/9", f"GET / HTTP/1.1\r\nAuthorization {secret}"):
            send_raw(known.service.port, f"{line}\r\n\r\n".encode())


def found(secrets: Mapping[str, str], text: str) -> list[str]:
    """The secrets that are in a text."""
    return [name for name, secret in secrets.items() if secret in text]


@pytest.mark.feature("TPA-17", "PAM-AUTH-01")
def test_no_secret_is_told_stored_or_logged_whatever_is_asked(known: Known) -> None:
    answers = list(told(known))
    assert {200, 400, 401, 404, 500} <= {answer.status_code for _, answer in answers}
    for name, answer in answers:
        # Whoever sends an unknown field reads its name; nobody reads what another one sent.
        others = {each: secret for each, secret in known.secrets.items() if each != name}
        assert (answer.url, found(others, answer.text)) == (answer.url, [])
    for path in ("/metrics", "/api/health", "/health/ready", "/api/metrics", "/openapi.json"):
        answer = known.caller.get(known.service.url + path, timeout=WAIT_S)
        assert (path, found(known.secrets, answer.text)) == (path, [])
    assert found(known.secrets, known.service.log.read_text()) == []
    command = Path(f"/proc/{known.service.process.pid}/cmdline").read_bytes()
    assert found(known.secrets, command.decode()) == []
    for file in known.service.data_dir.glob("trader.db*"):
        assert found(known.secrets, file.read_bytes().decode("latin-1")) == [], file.name
    assert found(known.secrets, "\n".join(databases.cells(known.service.database()))) == []


def test_a_secret_that_is_stored_as_it_is_would_be_found(bare_url: str) -> None:
    db = Database(bare_url)
    with db.write() as conn:
        conn.execute(text("CREATE TABLE tokens (name TEXT, secret TEXT)"))
        conn.execute(
            text("INSERT INTO tokens VALUES ('one', :secret)"), {"secret": GIVEN["API_TOKEN"]}
        )
    assert found(GIVEN, "\n".join(databases.cells(db))) == ["API_TOKEN"]
