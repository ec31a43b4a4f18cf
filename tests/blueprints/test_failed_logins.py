"""Ten failed logins a minute an address, by whatever way; a good token always passes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.test import TestResponse

from app.db.connection import rows
from app.services import access, logins
from app.services.callers import Callers
from app.services.resources import Resources
from tests.blueprints.browser import Browser
from tests.blueprints.calls import call, get
from tests.blueprints.errors import assert_error
from tests.blueprints.statements import Statements
from tests.conftest import Client, Clock

BAD = "tpa_" + "x" * 43


@pytest.fixture
def stranger(app: Flask) -> Client:
    return Client(app.test_client(), BAD)


def fail(stranger: Client, address: str = "192.0.2.1", **options: Any) -> TestResponse:
    """A call with a bad token from an address."""
    environ = {"REMOTE_ADDR": address}
    return call(stranger, "GET", "/api/accounts", environ_overrides=environ, **options)


def fail_often(stranger: Client) -> None:
    """As often as is let through."""
    for _ in range(logins.FAILURES_MAX):
        assert_error(fail(stranger), 401, "UNAUTHENTICATED")


@pytest.mark.feature("PAM-AUTH-01", "PAM-ERR-02")
def test_the_eleventh_bad_token_in_a_minute_is_told_to_wait(stranger: Client, clock: Clock) -> None:
    fail_often(stranger)
    clock.now_us += 20 * 1_000_000
    refused = fail(stranger)
    assert_error(refused, 429, "RATE_LIMITED")
    assert refused.headers["Retry-After"] == "40"
    assert fail(stranger, "192.0.2.2").status_code == 401
    clock.now_us += 40 * 1_000_000
    assert fail(stranger).status_code == 401


@pytest.mark.feature("PAM-AUTH-01")
def test_logins_and_bearer_tokens_are_counted_together(
    app: Flask, stranger: Client, sqlite_res: Resources
) -> None:
    processes = [sqlite_res, replace(sqlite_res, callers=Callers())]
    for number in range(logins.FAILURES_MAX):
        app.extensions["resources"] = processes[number % 2]
        answer = get(stranger, "/api/accounts") if number % 3 else Browser(app).log_in(BAD)
        assert_error(answer, 401, "UNAUTHENTICATED")
    assert_error(get(stranger, "/api/accounts"), 429, "RATE_LIMITED")
    assert_error(Browser(app).log_in(BAD), 429, "RATE_LIMITED")


@pytest.mark.feature("PAM-AUTH-01")
def test_a_good_token_passes_from_an_address_that_failed_too_often(
    app: Flask, stranger: Client, client: Client, sqlite_res: Resources
) -> None:
    for _ in range(3 * logins.FAILURES_MAX):
        get(stranger, "/api/accounts")
    assert_error(get(stranger, "/api/accounts"), 429, "RATE_LIMITED")
    assert get(client, "/api/accounts").status_code == 200
    secret = access.create_token(sqlite_res, "new", "read", ())
    browser = Browser(app)
    assert browser.log_in(secret).status_code == 200
    assert browser.get("/api/accounts").status_code == 200


def test_a_call_without_a_token_is_no_failed_login(app: Flask, stranger: Client) -> None:
    nobody = Client(app.test_client(), "")
    for header in ({}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer"}):
        nobody.headers = header
        for _ in range(2 * logins.FAILURES_MAX):
            assert_error(get(nobody, "/api/accounts"), 401, "UNAUTHENTICATED")
    assert get(stranger, "/api/accounts").status_code == 401


@pytest.mark.feature("PAM-AUTH-01")
@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Client-IP"])
def test_an_address_that_the_caller_says_itself_is_not_believed(
    stranger: Client, name: str
) -> None:
    for number in range(2 * logins.FAILURES_MAX):
        refused = fail(stranger, headers={name: f"198.51.100.{number}"})
    assert_error(refused, 429, "RATE_LIMITED")
    assert fail(stranger, "198.51.100.1").status_code == 401


def test_what_is_told_to_wait_writes_nothing(
    stranger: Client, sqlite_res: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_often(stranger)
    statements = Statements(monkeypatch)
    fail(stranger)
    # The look-up, the token, the failures: reads, all of them.
    assert statements.taken() == 3
    with sqlite_res.db.read() as conn:
        noted = rows(conn, text("SELECT count(*) FROM failed_logins"))
    assert noted[0][0] == logins.FAILURES_MAX
