"""What a log line says of a request, and how loudly."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Response

from app.blueprints import telling
from app.blueprints.rights import open_to_all
from app.services.resources import Resources
from app.settings import Settings
from tests.blueprints.calls import call, get
from tests.blueprints.test_responses import logging_client
from tests.conftest import Client
from tests.databases import Outage

LONG = "a-segment-of-more-than-16"


@pytest.fixture
def start(settings: Settings, sqlite_res: Resources) -> Callable[[], Client]:
    """Gives a caller of an application that logs all there is to where output goes in the test."""
    return lambda: logging_client(settings, sqlite_res)


def line(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The line of the request since the last time."""
    lines = [json.loads(each) for each in "".join(capsys.readouterr()).splitlines()]
    (told,) = [each for each in lines if each["event"] == "request"]
    return dict(told)


@pytest.mark.feature("TPA-17")
def test_watching_the_service_does_not_fill_the_log(
    start: Callable[[], Client], capsys: pytest.CaptureFixture[str]
) -> None:
    caller = start()
    for path in ("/health/live", "/health/ready", "/metrics"):
        get(caller, path)
        told = line(capsys)
        assert (told["path"], told["level"]) == (path, "debug")
    get(caller, "/api/accounts")
    assert line(capsys)["level"] == "info"
    get(caller, "/nothing")
    assert line(capsys)["level"] == "info"


@pytest.mark.feature("TPA-16", "TPA-17")
def test_what_the_database_said_is_told_to_the_operator_alone(
    start: Callable[[], Client],
    sqlite_res: Resources,
    outage: Outage,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caller = start()
    sqlite_res.db.close()
    outage.take_away()
    answer = get(caller, "/api/accounts")
    told = line(capsys)
    assert (told["status"], told["code"]) == (503, "DATABASE_UNAVAILABLE")
    assert re.search("unable to open|not currently accepting", told["cause"])
    assert told["cause"] not in answer.text
    sqlite_res.db.close()


@pytest.mark.feature("TPA-17", "PAM-ERR-04")
def test_slow_requests_and_failures_of_ours_are_louder(
    start: Callable[[], Client],
    sqlite_res: Resources,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caller = start()
    with sqlite_res.db.write() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    get(caller, "/health/ready")
    told = line(capsys)
    assert (told["level"], told["code"]) == ("warning", "DATABASE_UNAVAILABLE")
    assert "revision 9999" in told["reason"]
    monkeypatch.setattr(telling, "SLOW_S", 0.0)
    get(caller, "/health/live")
    assert line(capsys)["level"] == "warning"

    def broken() -> Response:
        raise LookupError

    caller.client.application.view_functions["health.live"] = open_to_all(broken)
    get(caller, "/health/live")
    assert line(capsys)["level"] == "error"


def test_what_a_caller_sent_is_not_told_back_in_the_log(
    start: Callable[[], Client], capsys: pytest.CaptureFixture[str]
) -> None:
    caller = start()
    get(caller, "/api/performance/daily", account_id="not-here")
    told = line(capsys)
    assert (told["code"], told["reason"], told["caller"]) == ("ACCOUNT_NOT_FOUND", None, "logged")
    assert "not-here" not in json.dumps(told)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (f"/nothing/{LONG}/more", "/nothing/***/more"),
        ("/" + "/".join(["short"] * 100), "/" + "/".join(["short"] * 100)[:199]),
        (f"/api/positions/{LONG}", f"/api/positions/{LONG}"),
        ("/nothing/a%0d%0ab", "/nothing/a\r\nb"),
    ],
)
def test_a_path_is_told_unless_a_part_of_it_may_be_a_token(
    start: Callable[[], Client], capsys: pytest.CaptureFixture[str], path: str, told: str
) -> None:
    caller = start()
    get(caller, path)
    assert line(capsys)["path"] == told


def test_a_request_id_that_is_a_token_is_not_taken(
    start: Callable[[], Client], capsys: pytest.CaptureFixture[str]
) -> None:
    caller = start()
    secret = caller.headers["Authorization"].removeprefix("Bearer ")
    answer = call(caller, "GET", "/health/live", headers={"X-Request-ID": secret})
    assert answer.headers["X-Request-ID"] != secret
    assert secret not in json.dumps(line(capsys))
