"""Who may call, what they may see, and which account a request without one is about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.services import access
from app.services.resources import Resources
from tests.blueprints.calls import call, exact, figures, fills, get, store
from tests.blueprints.errors import assert_error
from tests.conftest import Client

EXECUTION = fills("11-07 09:00 +1 @ 21000", account_id="HIDDEN", prefix="h")[0]
BODY = {name: EXECUTION[name] for name in EXECUTION if name not in ("account_id", "execution_id")}
CASH = {"id": "c", "amount": "1", "occurred_at": "2025-11-07T15:00:00Z"}


@pytest.fixture
def stocked(client: Client) -> Client:
    """An admin, and the accounts MINE and HIDDEN with a fill each."""
    for account_id in ("MINE", "HIDDEN"):
        store(client, "11-07 09:00 +1 @ 21000", account_id=account_id)
    return client


@pytest.fixture
def restricted(stocked: Client, sqlite_res: Resources) -> Client:
    """A caller who may write, but only in MINE and in one that is not there yet, LATER."""
    return with_token(stocked.client.application, sqlite_res, "write", "MINE", "LATER")


def with_token(app: Flask, res: Resources, scope: str, *account_ids: str) -> Client:
    name = f"{scope} {' '.join(account_ids)}"
    return Client(app.test_client(), access.create_token(res, name, scope, account_ids))


def without_token(app: Flask, **headers: str) -> Client:
    nobody = Client(app.test_client(), "")
    nobody.headers = headers
    return nobody


# --- Tokens --------------------------------------------------------------------------------------


@pytest.mark.feature("PAM-AUTH-01")
@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_health_is_open_to_anyone(app: Flask, path: str) -> None:
    assert get(without_token(app), path).status_code == 200


@pytest.mark.feature("PAM-AUTH-01")
@pytest.mark.parametrize(
    "header",
    [
        *("", "Bearer", "Bearer ", "Basic {}", "{}", "Bearer {}x", "Bearer x{}", "Bearer {} {}"),
        *("Bearer,{}", "Token {}", "Bearer '{}'", "Bearer null", "Bearer " + "x" * 9_000),
        *("Bearer %00", "Bearer \xe9\xe9\xe9", "Bearer {},Bearer {}"),
    ],
)
def test_a_header_that_holds_no_good_token_is_refused(
    client: Client, app: Flask, header: str
) -> None:
    good = client.headers["Authorization"].removeprefix("Bearer ")
    caller = without_token(app, Authorization=header.replace("{}", good))
    assert_error(get(caller, "/api/accounts"), 401, "UNAUTHENTICATED")


def test_a_token_is_taken_from_its_header_only(client: Client, app: Flask) -> None:
    good = client.headers["Authorization"].removeprefix("Bearer ")
    nobody = without_token(app, Cookie=f"token={good}", **{"X-API-Key": good})
    answer = get(nobody, "/api/accounts", token=good, access_token=good)
    assert good not in assert_error(answer, 401, "UNAUTHENTICATED")["message"]


@pytest.mark.feature("PAM-AUTH-01")
def test_a_revoked_token_ends_with_its_next_call(app: Flask, sqlite_res: Resources) -> None:
    caller = with_token(app, sqlite_res, "read")
    assert get(caller, "/api/accounts").status_code == 200
    access.revoke_token(sqlite_res, "read ")
    assert_error(get(caller, "/api/accounts"), 401, "UNAUTHENTICATED")


@pytest.mark.feature("PAM-AUTH-01")
def test_without_authentication_anyone_may_do_everything(app: Flask, sqlite_res: Resources) -> None:
    app.extensions["resources"] = replace(sqlite_res, requires_token=False)
    nobody = without_token(app)
    assert exact(call(nobody, "POST", "/api/executions", json=EXECUTION))["accepted"] == 1
    assert figures(nobody, "daily")["version"] == 1
    assert "open to anyone" in get(nobody, "/health/ready").text


# --- Scopes --------------------------------------------------------------------------------------


@pytest.mark.feature("PAM-AUTH-01")
def test_who_may_read_may_not_write(stocked: Client, app: Flask, sqlite_res: Resources) -> None:
    reader = with_token(app, sqlite_res, "read")
    assert figures(reader, "daily", account_id="MINE")["version"] == 1
    for method, path, body in (
        ("POST", "/api/executions", EXECUTION | {"execution_id": "new"}),
        ("PUT", "/api/executions/MINE/e1", BODY),
        ("DELETE", "/api/executions/MINE/e1", None),
        ("POST", "/api/accounts/MINE/cash", CASH),
    ):
        assert_error(call(reader, method, path, json=body), 403, "FORBIDDEN")
    assert figures(stocked, "daily", account_id="MINE")["version"] == 1


@pytest.mark.feature("PAM-AUTH-01")
@pytest.mark.parametrize("scope", ["write", "admin"])
def test_each_scope_includes_the_ones_before_it(
    app: Flask, sqlite_res: Resources, scope: str
) -> None:
    writer = with_token(app, sqlite_res, scope)
    assert exact(call(writer, "POST", "/api/executions", json=EXECUTION))["accepted"] == 1
    assert figures(writer, "daily")["version"] == 1


# --- Accounts that a token may not see -----------------------------------------------------------

FAULTY: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/api/performance/daily?account_id={}", {}),
    ("GET", "/api/performance/weekly?account_id={}", {}),
    ("GET", "/performance/history?account_id={}", {}),
    ("GET", "/api/performance/daily?account_id={}&date=nonsense&foo=1", {}),
    ("GET", "/api/performance/daily?account_id={}&calendar=session&tz=UTC", {}),
    ("GET", "/api/performance/history?account_id={}&start=2025-11-08&end=2025-11-01", {}),
    ("GET", "/api/performance/daily?account_id={}&account_id=MINE", {}),
    ("DELETE", "/api/executions/{}/h1", {}),
    ("DELETE", "/api/executions/{}/h1?foo=1", {}),
    ("DELETE", "/api/executions/{}/never", {}),
    ("PUT", "/api/executions/{}/h1", {"json": BODY}),
    ("PUT", "/api/executions/{}/h1?foo=1", {"data": "no JSON", "content_type": "text/plain"}),
    ("PUT", "/api/executions/{}/h1", {"json": {"quantity": "x", "account_id": "MINE"}}),
    ("POST", "/api/accounts/{}/cash", {"json": CASH}),
    ("POST", "/api/accounts/{}/cash?foo=1", {"json": {"id": 1}}),
    ("POST", "/api/accounts/{}/cash", {"data": "{", "content_type": "application/json"}),
]


@pytest.mark.feature("PAM-AUTH-01", "PAM-ERR-01")
@pytest.mark.parametrize(("method", "path", "options"), FAULTY)
def test_a_hidden_account_answers_as_none_does_before_any_other_fault(
    restricted: Client, method: str, path: str, options: dict[str, Any]
) -> None:
    hidden, none = (
        call(restricted, method, path.replace("{}", account_id), **options)
        for account_id in ("HIDDEN", "ABSENT")
    )
    assert_error(hidden, 404, "ACCOUNT_NOT_FOUND")
    assert told_apart(hidden, "HIDDEN") == told_apart(none, "ABSENT")


@pytest.mark.feature("PAM-AUTH-01", "PAM-ERR-01")
@pytest.mark.parametrize("change", [{}, {"quantity": "x"}, {"symbol": "QQQ"}, {"foo": 1}])
@pytest.mark.parametrize("query", ["", "?foo=1"])
def test_a_batch_for_a_hidden_account_answers_as_one_for_none(
    restricted: Client, change: dict[str, object], query: str
) -> None:
    hidden, none = (
        call(
            restricted,
            "POST",
            f"/api/executions{query}",
            json=[BODY | {"side": "LONG"}, EXECUTION | {"account_id": account_id} | change],
        )
        for account_id in ("HIDDEN", "ABSENT")
    )
    assert_error(hidden, 404, "ACCOUNT_NOT_FOUND")
    assert told_apart(hidden, "HIDDEN") == told_apart(none, "ABSENT")


def told_apart(answer: TestResponse, account_id: str) -> tuple[int, str, list[str]]:
    """All of an answer but the id that was asked for, its request id and its time."""
    said = answer.text.replace(account_id, "ID").replace(answer.headers["X-Request-ID"], "REQUEST")
    passing = ("X-Request-ID", "Server-Timing")
    headers = [f"{name}: {value}" for name, value in answer.headers if name not in passing]
    return answer.status_code, said, headers


@pytest.mark.feature("PAM-AUTH-01")
def test_the_list_has_the_accounts_that_the_caller_may_see(
    stocked: Client, restricted: Client
) -> None:
    assert [each["id"] for each in exact(get(stocked, "/api/accounts"))] == ["HIDDEN", "MINE"]
    assert [each["id"] for each in exact(get(restricted, "/api/accounts"))] == ["MINE"]


@pytest.mark.feature("PAM-AUTH-01")
def test_a_restricted_caller_makes_no_accounts(stocked: Client, restricted: Client) -> None:
    for account_id in ("LATER", "ELSEWHERE"):
        new = EXECUTION | {"account_id": account_id}
        answer = call(restricted, "POST", "/api/executions", json=new)
        assert_error(answer, 404, "ACCOUNT_NOT_FOUND")
    assert len(exact(get(stocked, "/api/accounts"))) == 2
    mine = EXECUTION | {"account_id": "MINE"}
    assert exact(call(restricted, "POST", "/api/executions", json=mine))["accepted"] == 1


# --- Which account -------------------------------------------------------------------------------


@pytest.mark.feature("PAM-PERF-03")
@pytest.mark.parametrize("view", ["daily", "weekly", "history"])
def test_an_account_left_out_is_the_only_one_that_the_caller_may_see(
    stocked: Client, restricted: Client, view: str
) -> None:
    assert figures(restricted, view)["account_id"] == "MINE"
    assert_error(get(stocked, f"/api/performance/{view}"), 400, "ACCOUNT_REQUIRED")


@pytest.mark.feature("PAM-PERF-03")
def test_where_there_is_no_account_one_is_required(client: Client) -> None:
    assert_error(get(client, "/api/performance/daily"), 400, "ACCOUNT_REQUIRED")
    answer = get(client, "/api/performance/daily", account_id="A")
    assert_error(answer, 404, "ACCOUNT_NOT_FOUND")


@pytest.mark.feature("PAM-PERF-03")
def test_an_account_left_out_is_the_default_where_there_is_one(
    stocked: Client, app: Flask, sqlite_res: Resources
) -> None:
    app.extensions["resources"] = replace(sqlite_res, default_account_id="HIDDEN")
    assert figures(stocked, "daily")["account_id"] == "HIDDEN"
    assert figures(stocked, "daily", account_id="MINE")["account_id"] == "MINE"


@pytest.mark.feature("PAM-AUTH-01")
def test_a_default_that_the_caller_may_not_see_is_not_named_to_it(
    restricted: Client, app: Flask, sqlite_res: Resources
) -> None:
    app.extensions["resources"] = replace(sqlite_res, default_account_id="HIDDEN")
    assert "HIDDEN" not in get(restricted, "/api/performance/daily").text
