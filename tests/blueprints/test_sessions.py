"""The dashboard's session: begun with a token, kept in a cookie, ended by whoever may end it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from app.db import connection
from app.db.connection import Database
from app.services import access, sessions
from app.services.callers import Callers
from app.services.resources import Resources
from app.services.secret_key import SecretKey
from tests.blueprints.browser import COOKIE, Browser
from tests.blueprints.calls import exact, get, store
from tests.blueprints.errors import assert_error
from tests.blueprints.statements import Statements
from tests.conftest import Client, Clock
from tests.databases import cells

TRADE = "11-07 09:00 +1 @ 21000\n11-07 09:10 -1 @ 21010"
MINUTE_US = 60 * 1_000_000
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US

NewToken = Callable[..., str]


@pytest.fixture
def new_token(sqlite_res: Resources) -> NewToken:
    """Makes tokens: their name, their accounts, their scope."""

    def make(name: str, *account_ids: str, scope: str = "write") -> str:
        return access.create_token(sqlite_res, name, scope, account_ids)

    return make


@pytest.fixture
def secret(new_token: NewToken) -> str:
    return new_token("dashboard")


@pytest.fixture
def browser(app: Flask, secret: str) -> Browser:
    """A browser that is logged in."""
    made = Browser(app)
    assert made.log_in(secret).status_code == 200
    return made


def is_in(browser: Browser) -> bool:
    answer = browser.get("/api/session")
    if answer.status_code != 200:
        assert_error(answer, 401, "UNAUTHENTICATED")
    return answer.status_code == 200


# --- Beginning -----------------------------------------------------------------------------------


@pytest.mark.feature("PAM-AUTH-01", "PAM-AUTH-02")
def test_a_login_gives_a_cookie_that_no_script_and_no_other_site_can_use(
    app: Flask, secret: str
) -> None:
    given = Browser(app).log_in(secret).headers["Set-Cookie"]
    assert re.match(rf"{COOKIE}=[\w-]{{43}}; ", given)
    flags = {each.strip() for each in given.split(";")[1:]}
    assert {"HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=2592000"} <= flags
    assert not {each for each in flags if each.startswith(("Domain", "Secure"))}


@pytest.mark.feature("PAM-AUTH-01")
def test_by_https_the_cookie_is_secure_and_bound_to_its_host(app: Flask, secret: str) -> None:
    browser, https = Browser(app, "https://localhost"), {"base_url": "https://localhost"}
    answer = browser.call("POST", "/api/session", json={"token": secret}, **https)
    given = answer.headers["Set-Cookie"]
    assert given.startswith(f"__Host-{COOKIE}=")
    flags = {each.strip() for each in given.split(";")[1:]}
    assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= flags
    assert browser.call("GET", "/api/accounts", **https).status_code == 200
    assert browser.call("DELETE", "/api/session", **https).status_code == 200
    assert browser.call("GET", "/api/accounts", **https).status_code == 401


def test_only_the_server_says_that_a_request_came_by_https(app: Flask, secret: str) -> None:
    said = {"X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "on", "Forwarded": "proto=https"}
    options = {"json": {"token": secret}, "headers": said}
    given = Browser(app).call("POST", "/api/session", **options).headers["Set-Cookie"]
    assert "Secure" not in given


@pytest.mark.feature("PAM-AUTH-02")
def test_a_session_is_told_who_it_is(app: Flask, new_token: NewToken, client: Client) -> None:
    for account_id in ("A", "B"):
        store(client, TRADE, account_id=account_id)
    browser = Browser(app)
    told = exact(browser.log_in(new_token("held", "B", "A", scope="read")))
    assert told == {
        "name": "held",
        "scope": "read",
        "accounts": ["A", "B"],
        "selected_account_id": None,
        "expires_at": "2025-11-08T06:00:00Z",
    }
    assert exact(browser.get("/api/session")) == told
    by_token = exact(get(client, "/api/session"))
    assert by_token | {"name": "tests", "accounts": None, "expires_at": None} == by_token


@pytest.mark.parametrize(
    "body", [{}, [], "x", {"token": 1}, {"token": None}, {"token": "x", "foo": 1}]
)
def test_a_login_without_a_token_says_what_is_missing(app: Flask, body: object) -> None:
    assert_error(Browser(app).call("POST", "/api/session", json=body), 400, "INVALID_BODY")


@pytest.mark.parametrize("token", ["", "x", "tpa_" + "x" * 43, "é", "x" * 100_000, "\x7f"])
def test_a_login_with_a_bad_token_gives_no_cookie(app: Flask, token: str) -> None:
    answer = Browser(app).log_in(token)
    assert_error(answer, 401, "UNAUTHENTICATED")
    assert "Set-Cookie" not in answer.headers


def test_neither_the_token_nor_the_id_of_the_session_is_stored(
    browser: Browser, secret: str, another_process: Database, tmp_path: Path
) -> None:
    files = (path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    stored = "\n".join([*cells(another_process), *(each.decode("latin-1") for each in files)])
    assert "dashboard" in stored
    assert secret not in stored
    assert browser.session_id not in stored


def test_with_another_key_the_sessions_that_were_are_over(
    app: Flask, browser: Browser, sqlite_res: Resources
) -> None:
    other = replace(sqlite_res, secret_key=SecretKey("k" * 32, Path()), callers=Callers())
    assert is_in(browser)
    app.extensions["resources"] = other
    assert not is_in(browser)


# --- What a session costs and how long it lasts --------------------------------------------------


@pytest.mark.feature("TPA-06")
def test_a_poll_by_cookie_costs_one_statement(
    browser: Browser, client: Client, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    store(client, TRADE)
    path = "/api/performance/daily?account_id=A"
    exact(browser.get(path))
    statements = Statements(monkeypatch)
    clock.now_us += 14 * MINUTE_US
    exact(browser.get(path))
    assert statements.taken() == 1
    clock.now_us += MINUTE_US
    exact(browser.get(path))
    assert statements.taken() > 1
    exact(browser.get(path))
    assert statements.taken() == 1


@pytest.mark.feature("PAM-AUTH-02")
def test_a_session_that_is_used_goes_on_and_an_idle_one_ends(
    browser: Browser, clock: Clock
) -> None:
    for _ in range(3):
        clock.now_us += 12 * HOUR_US - MINUTE_US
        assert is_in(browser)
    clock.now_us += 12 * HOUR_US
    assert not is_in(browser)


def test_a_session_in_use_ends_after_thirty_days(browser: Browser, clock: Clock) -> None:
    for _ in range(59):
        clock.now_us += 12 * HOUR_US - 1
        assert is_in(browser)
    clock.now_us += 11 * HOUR_US
    assert is_in(browser)
    clock.now_us += 2 * HOUR_US
    assert not is_in(browser)


def test_a_use_that_another_process_noted_keeps_the_session_here(
    app: Flask, browser: Browser, sqlite_res: Resources, clock: Clock
) -> None:
    other = replace(sqlite_res, callers=Callers())
    for process in (other, sqlite_res, other, other, sqlite_res):
        app.extensions["resources"] = process
        clock.now_us += 8 * HOUR_US
        assert is_in(browser)


def test_reading_goes_on_while_a_use_cannot_be_noted(
    browser: Browser, sqlite_res: Resources, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "WRITE_WAIT_S", 0.05)
    clock.now_us += HOUR_US
    with sqlite_res.db.write():
        assert is_in(browser)


# --- Ending --------------------------------------------------------------------------------------


@pytest.mark.feature("PAM-AUTH-02")
def test_leaving_ends_the_session_in_every_process_and_may_be_repeated(
    app: Flask, browser: Browser, sqlite_res: Resources
) -> None:
    here, there = sqlite_res, replace(sqlite_res, callers=Callers())
    session_id = browser.session_id
    for process in (there, here):
        app.extensions["resources"] = process
        assert is_in(browser)
    answer = browser.log_out()
    assert re.match(rf"{COOKIE}=; .*Max-Age=0;", answer.headers["Set-Cookie"])
    assert browser.session_id == ""
    for process in (there, here):
        app.extensions["resources"] = process
        browser.session_id = session_id
        assert not is_in(browser)
        assert browser.log_out().status_code == 200
    assert_error(browser.log_out(), 401, "UNAUTHENTICATED")


@pytest.mark.feature("PAM-AUTH-01")
def test_a_session_ends_with_its_token(
    app: Flask, browser: Browser, sqlite_res: Resources, new_token: NewToken
) -> None:
    another = Browser(app)
    another.log_in(new_token("another"))
    assert is_in(browser)
    access.revoke_token(sqlite_res, "dashboard")
    assert not is_in(browser)
    assert is_in(another)
    assert_error(browser.log_in("dashboard"), 401, "UNAUTHENTICATED")


def test_a_login_ends_the_session_that_the_browser_had(
    browser: Browser, new_token: NewToken
) -> None:
    before = browser.session_id
    assert exact(browser.log_in(new_token("another")))["name"] == "another"
    after, browser.session_id = browser.session_id, before
    assert after != before
    assert not is_in(browser)
    browser.session_id = after
    assert is_in(browser)


def test_a_token_has_twenty_sessions_and_the_one_unused_longest_makes_room(
    app: Flask, browser: Browser, secret: str, clock: Clock
) -> None:
    others = [Browser(app) for _ in range(sessions.SESSIONS_MAX - 1)]
    for each in others:
        clock.now_us += MINUTE_US
        each.log_in(secret)
    clock.now_us += HOUR_US
    assert is_in(browser)
    Browser(app).log_in(secret)
    assert [is_in(each) for each in (browser, *others)].count(False) == 1
    assert not is_in(others[0])


def test_sessions_that_are_over_are_forgotten_at_the_next_login(
    app: Flask, secret: str, clock: Clock, sqlite_res: Resources
) -> None:
    Browser(app).log_in(secret)
    clock.now_us += DAY_US
    Browser(app).log_in(secret)
    with sqlite_res.db.read() as conn:
        found = conn.exec_driver_sql("SELECT created_at_us FROM sessions").all()
    assert found == [(clock.now_us,)]
