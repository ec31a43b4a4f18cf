"""What a session may do: what its token may, and only from the service's own pages."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from app.services import access
from app.services.resources import Resources
from tests.blueprints.browser import PAGE, Browser
from tests.blueprints.calls import call, exact, get, store
from tests.blueprints.errors import assert_error
from tests.blueprints.routes import routes
from tests.conftest import Client

FOREIGN = [
    *("http://evil.example", "https://localhost", "http://localhost:8001", "http://localhost.evil"),
    *("http://sub.localhost", "null", "localhost", f"{PAGE}/", "http://localhost@evil.example"),
]
SELECT = {"json": {"account_id": "A"}}


@pytest.fixture
def stocked(client: Client) -> Client:
    """An admin, and the accounts A and B with a fill each."""
    for account_id in ("A", "B"):
        store(client, "11-07 09:00 +1 @ 21000", account_id=account_id)
    return client


def logged_in(app: Flask, res: Resources, scope: str, *account_ids: str) -> Browser:
    """A browser with a session of a new token, which is named after its scope."""
    browser = Browser(app)
    exact(browser.log_in(access.create_token(res, scope, scope, account_ids)))
    return browser


# --- Its accounts and its scope ------------------------------------------------------------------


@pytest.mark.feature("PAM-AUTH-01")
def test_a_session_may_do_what_its_token_may(
    stocked: Client, app: Flask, sqlite_res: Resources
) -> None:
    assert stocked
    browser = logged_in(app, sqlite_res, "read", "A")
    assert [each["id"] for each in exact(browser.get("/api/accounts"))] == ["A"]
    hidden = browser.get("/api/performance/daily", account_id="B")
    assert_error(hidden, 404, "ACCOUNT_NOT_FOUND")
    assert_error(browser.call("POST", "/api/executions", json=[]), 403, "FORBIDDEN")


@pytest.mark.feature("PAM-AUTH-02")
def test_the_selected_account_is_the_sessions_own(
    stocked: Client, app: Flask, sqlite_res: Resources
) -> None:
    first, second = logged_in(app, sqlite_res, "read"), Browser(app)
    exact(first.call("POST", "/api/account/switch", **SELECT))
    assert exact(first.get("/api/account/info"))["id"] == "A"
    secret = stocked.headers["Authorization"].removeprefix("Bearer ")
    assert stocked.post("/api/account/switch", {"account_id": "B"})[0] == 200
    # A session begins with what its token has selected, and goes its own way then.
    assert exact(second.log_in(secret))["selected_account_id"] == "B"
    exact(second.call("POST", "/api/account/switch", **SELECT))
    assert exact(second.get("/api/account/info"))["id"] == "A"
    assert stocked.get("/api/account/info")[1]["id"] == "B"


@pytest.mark.feature("PAM-AUTH-01")
def test_a_token_beats_a_session(client: Client, app: Flask, sqlite_res: Resources) -> None:
    browser = logged_in(app, sqlite_res, "read")
    told = exact(browser.call("GET", "/api/session", headers=client.headers))
    assert (told["name"], told["expires_at"]) == ("tests", None)
    bad = {"Authorization": "Bearer tpa_" + "x" * 43}
    assert_error(browser.call("GET", "/api/session", headers=bad), 401, "UNAUTHENTICATED")
    browser.session_id = "over"
    assert browser.call("GET", "/api/session", headers=client.headers).status_code == 200


@pytest.mark.parametrize("session_id", ["", "x", "x" * 4_000, "'; DROP TABLE sessions", '"é"'])
def test_a_cookie_that_is_no_session_is_refused_and_is_no_failed_login(
    app: Flask, session_id: str
) -> None:
    browser = Browser(app)
    for _ in range(20):
        browser.session_id = session_id
        assert_error(browser.get("/api/session"), 401, "UNAUTHENTICATED")


@pytest.mark.feature("PAM-AUTH-01")
def test_without_authentication_nobody_needs_to_log_in(app: Flask, sqlite_res: Resources) -> None:
    app.extensions["resources"] = replace(sqlite_res, requires_token=False)
    browser = Browser(app)
    told = exact(browser.get("/api/session"))
    assert (told["name"], told["scope"], told["accounts"]) == ("anyone", "admin", None)
    answer = browser.log_in("whatever")
    assert exact(answer) == told
    assert "Set-Cookie" not in answer.headers


# --- The page that it is used from ---------------------------------------------------------------


@pytest.mark.feature("PAM-AUTH-01")
@pytest.mark.parametrize("origin", [*FOREIGN, None])
def test_no_write_by_cookie_comes_from_another_page(
    stocked: Client, app: Flask, sqlite_res: Resources, origin: str | None
) -> None:
    browser = logged_in(app, sqlite_res, "admin")
    browser.page = origin
    for route in routes(stocked.client.application):
        if route.method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = browser.call(route.method, route.path("A"), json={})
            assert_error(answer, 403, "FORBIDDEN")
    browser.page = PAGE
    assert exact(browser.call("POST", "/api/account/switch", **SELECT))["selected"] is True


def test_reading_by_cookie_needs_no_origin(app: Flask, sqlite_res: Resources) -> None:
    browser = logged_in(app, sqlite_res, "read")
    for browser.page in (None, "http://evil.example"):
        for method in ("GET", "HEAD", "OPTIONS"):
            answer = browser.call(method, "/api/accounts")
            assert answer.status_code in (200, 204)
            assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


@pytest.mark.feature("PAM-AUTH-01")
@pytest.mark.parametrize("origin", FOREIGN)
def test_another_page_logs_nobody_in(app: Flask, sqlite_res: Resources, origin: str) -> None:
    browser = Browser(app, origin)
    answer = browser.log_in(access.create_token(sqlite_res, "attacker", "read", ()))
    assert "http://localhost" in assert_error(answer, 403, "FORBIDDEN")["message"]
    assert "Set-Cookie" not in answer.headers


def test_a_login_that_comes_from_no_page_is_as_good(app: Flask, sqlite_res: Resources) -> None:
    secret = access.create_token(sqlite_res, "curl", "read", ())
    assert exact(Browser(app, None).log_in(secret))["name"] == "curl"


def test_the_page_may_be_on_any_host_and_port_that_the_request_was_sent_to(
    app: Flask, sqlite_res: Resources
) -> None:
    secret = access.create_token(sqlite_res, "any", "read", ())
    for own in ("http://10.0.0.7:8000", "https://trader.example", "http://[::1]:8000"):
        answer = Browser(app, own).call(
            "POST", "/api/session", json={"token": secret}, base_url=own
        )
        assert answer.status_code == 200, own


@pytest.mark.feature("PAM-AUTH-01")
def test_a_token_may_be_used_from_any_page(client: Client) -> None:
    for origin in FOREIGN:
        answer = call(client, "POST", "/api/orders-of-none", headers={"Origin": origin}, json={})
        assert_error(answer, 404, "NOT_FOUND")
        sent = {"headers": {"Origin": origin}, "json": []}
        assert call(client, "POST", "/api/executions", **sent).status_code != 403


@pytest.mark.feature("PAM-AUTH-01")
@pytest.mark.parametrize("origin", FOREIGN)
def test_no_other_page_writes_to_a_service_that_is_open(
    app: Flask, sqlite_res: Resources, origin: str
) -> None:
    app.extensions["resources"] = replace(sqlite_res, requires_token=False)
    settings = {"json": {"name": "taken"}}
    refused = Browser(app, origin).call("PUT", "/api/accounts/A", **settings)
    assert_error(refused, 403, "FORBIDDEN")
    for page in (PAGE, None):
        exact(Browser(app, page).call("PUT", "/api/accounts/A", **settings))
    assert exact(get(Client(app.test_client(), "any"), "/api/accounts"))[0]["name"] == "taken"
