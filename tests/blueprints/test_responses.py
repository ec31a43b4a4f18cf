"""What every answer has, whatever was asked: its id, its headers, its failures, its log line."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask import Flask, Response
from werkzeug.test import TestResponse

from app.blueprints.rights import open_to_all
from app.factory import create_app
from app.services import access
from app.services.performance import PeriodQuestion
from app.services.resources import Resources
from app.settings import Settings
from tests.blueprints.calls import call, exact, fills, get, store
from tests.blueprints.errors import assert_error
from tests.conftest import Client

TRADE = "11-07 09:00 +1 @ 21000\n11-07 09:10 -1 @ 21010"
CALLS = [
    ("GET", "/api/accounts", 200),
    ("GET", "/api/performance/daily", 200),
    ("POST", "/api/executions", 415),
    ("GET", "/api/performance/daily?foo=1", 400),
    ("GET", "/api/performance/daily?account_id=NONE", 404),
    ("GET", "/nothing", 404),
    ("DELETE", "/api/accounts", 405),
    ("GET", "/health/live", 200),
]
READS = ["/api/accounts", "/api/instruments", "/api/performance/daily", "/health/live"]
READS += ["/api/performance/weekly", "/performance/history", "/health/ready"]
BROKEN = "SELECT secret FROM /srv/app/private.py"


@pytest.fixture
def caller(client: Client) -> Client:
    """A caller with one account, A, and a trade in it."""
    store(client, TRADE)
    return client


def fail(*_: object) -> None:
    raise RuntimeError(BROKEN)


# --- On every answer -----------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "path", "status"), CALLS)
def test_every_answer_has_the_callers_request_id(
    caller: Client, method: str, path: str, status: int
) -> None:
    answer = call(caller, method, path, headers={"X-Request-ID": "abc-123_X.9"})
    assert (answer.status_code, answer.headers["X-Request-ID"]) == (status, "abc-123_X.9")


@pytest.mark.parametrize("given", [None, "", "a b", "a\tb", "x" * 201, "<script>", "é", '"', "a;b"])
def test_a_request_id_that_is_not_well_formed_is_replaced(
    caller: Client, given: str | None
) -> None:
    headers = {} if given is None else {"X-Request-ID": given}
    ids = {call(caller, "GET", READS[0], headers=headers).headers["X-Request-ID"] for _ in "ab"}
    assert len(ids) == 2
    assert all(re.fullmatch(r"[A-Za-z0-9._-]{8,64}", each) for each in ids)


@pytest.mark.parametrize(("method", "path", "status"), CALLS)
def test_every_answer_has_the_security_headers_and_its_time(
    caller: Client, method: str, path: str, status: int
) -> None:
    answer = call(caller, method, path)
    assert answer.status_code == status
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "public" not in answer.headers["Cache-Control"]
    assert re.search(r"\bdur=\d+(\.\d+)?", answer.headers["Server-Timing"])
    assert [name for name, _ in answer.headers if name.startswith("Access-Control")] == []


def test_an_answer_to_a_strangers_page_allows_it_nothing(caller: Client) -> None:
    answer = call(caller, "GET", READS[0], headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers


# --- Methods and paths ---------------------------------------------------------------------------


@pytest.mark.feature("TPA-28")
@pytest.mark.parametrize("path", READS)
def test_head_answers_as_get_without_a_body(caller: Client, path: str) -> None:
    whole, head = get(caller, path), call(caller, "HEAD", path)
    assert head.status_code == whole.status_code == 200
    assert head.data == b""
    for name in ("Content-Type", "Content-Length"):
        assert head.headers[name] == whole.headers[name]


@pytest.mark.feature("TPA-28")
@pytest.mark.parametrize("path", [*READS, "/api/executions", "/api/executions/A/e1"])
def test_options_answers_204_and_names_the_methods(caller: Client, path: str) -> None:
    answer = call(caller, "OPTIONS", path)
    assert (answer.status_code, answer.data) == (204, b"")
    allowed = {"/api/executions": {"POST"}, "/api/executions/A/e1": {"PUT", "DELETE"}}
    assert methods(answer) == allowed.get(path, {"GET", "HEAD"}) | {"OPTIONS"}


@pytest.mark.feature("TPA-29", "PAM-ERR-01")
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/api/performance/daily", {"GET", "HEAD", "OPTIONS"}),
        ("GET", "/api/executions", {"POST", "OPTIONS"}),
        ("PATCH", "/api/executions/A/e1", {"PUT", "DELETE", "OPTIONS"}),
        ("FOO", "/api/accounts", {"GET", "HEAD", "OPTIONS"}),
        ("TRACE", "/health/live", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_a_method_that_a_path_has_not_is_refused_with_those_that_it_has(
    caller: Client, method: str, path: str, allowed: set[str]
) -> None:
    answer = call(caller, method, path)
    assert_error(answer, 405, "METHOD_NOT_ALLOWED")
    assert methods(answer) == allowed


def methods(answer: TestResponse) -> set[str]:
    return set(re.split(r", *", answer.headers["Allow"]))


@pytest.mark.feature("TPA-29", "PAM-ERR-01")
@pytest.mark.parametrize(
    "path",
    [
        *("/", "/api", "/api/", "/favicon.ico", "/api/performance/yearly", "/performance/dail"),
        *("/static/x.js", "/api/executions/A/e1/e2", "/%00", "/%ff", "/..%2f..%2fetc/passwd"),
        *("/api/performance/daily.json", "/api/accounts/A/cash/x", "/" + "x" * 9_000),
    ],
)
def test_an_unknown_path_is_not_found_in_the_one_shape(caller: Client, path: str) -> None:
    assert_error(get(caller, path), 404, "NOT_FOUND")


# --- Failures ------------------------------------------------------------------------------------


@pytest.mark.feature("TPA-14", "TPA-15")
def test_an_unexpected_fault_is_a_500_that_tells_nothing(
    caller: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PeriodQuestion, "body", fail)
    answer = get(caller, "/api/performance/daily")
    message = assert_error(answer, 500, "INTERNAL")["message"]
    assert "secret" not in answer.text
    assert message
    assert get(caller, "/api/performance/history").status_code == 200


@pytest.mark.feature("TPA-15")
def test_a_fault_while_storing_stores_nothing(
    caller: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("app.services.day_totals.roll_up", fail)
        new = fills(TRADE, prefix="new")
        answer = call(caller, "POST", "/api/executions", json=new)
        assert_error(answer, 500, "INTERNAL")
    assert exact(get(caller, "/api/performance/daily"))["version"] == 1
    assert store(caller, TRADE, prefix="new")["accepted"] == 2


@pytest.mark.feature("TPA-15")
def test_a_view_of_any_kind_that_fails_gives_the_one_shape(app: Flask) -> None:
    def broken() -> Response:
        raise KeyError(BROKEN)

    # On the open path that there is, since a route cannot be added any more.
    app.view_functions["health.live"] = open_to_all(broken)
    assert_error(app.test_client().get("/health/live"), 500, "INTERNAL")


# --- The log -------------------------------------------------------------------------------------


def logging_client(settings: Settings, res: Resources) -> Client:
    """A caller of an application that logs every request to where output goes now."""
    app = create_app(settings._replace(log_level="DEBUG"))
    app.extensions["resources"] = res
    return Client(app.test_client(), access.create_token(res, "logged", "admin", ()))


def logs(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What was logged since the last time, whatever stream it went to."""
    written = "".join(capsys.readouterr())
    return [json.loads(line) for line in written.splitlines()]


@pytest.mark.feature("TPA-17", "PAM-ERR-04")
def test_every_request_is_one_line_of_json_with_its_id(
    capsys: pytest.CaptureFixture[str], settings: Settings, sqlite_res: Resources
) -> None:
    logged = logging_client(settings, sqlite_res)
    for method, path, _ in CALLS:
        answer = call(logged, method, path)
        (line,) = logs(capsys)
        assert line["request_id"] == answer.headers["X-Request-ID"]
        assert line["status"] == answer.status_code
        assert (line["method"], line["path"]) == (method, path.partition("?")[0])
        if answer.status_code >= 400:
            assert answer.get_json()["error"]["code"] in json.dumps(line)


@pytest.mark.feature("TPA-15", "PAM-ERR-04")
def test_the_log_of_an_unexpected_fault_has_the_cause_and_the_id(
    capsys: pytest.CaptureFixture[str],
    settings: Settings,
    sqlite_res: Resources,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    logged = logging_client(settings, sqlite_res)
    store(logged, TRADE)
    monkeypatch.setattr(PeriodQuestion, "body", fail)
    identity = get(logged, "/api/performance/daily").headers["X-Request-ID"]
    told = [line for line in logs(capsys) if BROKEN in json.dumps(line)]
    assert [line["request_id"] for line in told] == [identity]


def test_no_token_ever_stands_in_the_log(
    capsys: pytest.CaptureFixture[str],
    settings: Settings,
    sqlite_res: Resources,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = logging_client(settings, sqlite_res)
    canary = Client(known.client, "tpa_canary_that_is_not_known")
    store(known, TRADE)
    monkeypatch.setattr(PeriodQuestion, "body", fail)
    for caller in (known, canary):
        for path in ("/api/accounts", "/api/performance/weekly", "/nothing", "/api/accounts?a=1"):
            get(caller, path)
        call(caller, "POST", "/api/executions", data="{", content_type="application/json")
    written = "".join(capsys.readouterr())
    assert written.count("/api/performance/weekly") >= 2
    assert known.headers["Authorization"].removeprefix("Bearer ") not in written
    assert "canary" not in written
