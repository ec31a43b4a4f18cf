"""Accounts as admins set them, and the one that a caller has selected."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.services import access, verification
from app.services.resources import Resources
from tests.blueprints.calls import call, exact, figures, get, store
from tests.blueprints.errors import assert_error
from tests.conftest import Client

# It closes at 06:30 UTC: after midnight in Chicago, before it in Denver.
EARLY = "11-07 00:10 +1 @ 21000\n11-07 00:30 -1 @ 21010"


def put(client: Client, account_id: str = "A", **settings: object) -> Any:
    return exact(call(client, "PUT", f"/api/accounts/{account_id}", json=settings))


def test_an_account_is_created_with_its_settings(client: Client) -> None:
    made = put(client, "Z", name="Mine", timezone="Europe/Berlin", starting_balance="50000.5")
    assert (made["name"], made["timezone"], made["balance"]) == ("Mine", "Europe/Berlin", "50000.5")


def test_any_subset_is_changed_and_the_rest_stays(client: Client) -> None:
    store(client, EARLY)
    put(client, name="First")
    changed = put(client, account_type="funded")
    assert (changed["name"], changed["account_type"]) == ("First", "funded")


def test_the_same_settings_again_do_not_raise_the_version(client: Client) -> None:
    store(client, EARLY)
    put(client, name="First")
    before = figures(client, "daily")["version"]
    put(client, name="First")
    assert figures(client, "daily")["version"] == before


def test_another_zone_cuts_every_day_anew(client: Client, sqlite_res: Resources) -> None:
    store(client, EARLY)
    assert figures(client, "daily", date="2025-11-07")["total_trades"] == 1
    put(client, timezone="America/Denver")
    assert figures(client, "daily", date="2025-11-07")["total_trades"] == 0
    assert figures(client, "daily", date="2025-11-06")["total_trades"] == 1
    assert list(verification.differences(sqlite_res, "A")) == []


def test_the_session_can_be_the_accounts_calendar(client: Client) -> None:
    store(client, EARLY)
    put(client, calendar="session")
    assert figures(client, "daily", date="2025-11-07")["calendar"] == "session"


def test_a_currency_is_fixed_once_there_are_executions(client: Client) -> None:
    put(client, currency="EUR")
    assert put(client, currency="USD")["currency"] == "USD"
    store(client, EARLY)
    answer = call(client, "PUT", "/api/accounts/A", json={"currency": "EUR"})
    assert_error(answer, 409, "CONFLICT")


@pytest.mark.parametrize(
    "nonsense",
    [
        *({"timezone": "Mars"}, {"currency": "usd"}, {"name": ""}, {"calendar": "lunar"}),
        *({"x": 1}, {"starting_balance": "1e400"}, {"account_type": "a\nb"}),
    ],
)
def test_settings_that_make_no_sense_are_refused(
    client: Client, nonsense: dict[str, object]
) -> None:
    assert_error(call(client, "PUT", "/api/accounts/A", json=nonsense), 400, "INVALID_BODY")
    assert exact(get(client, "/api/accounts")) == []


def test_only_admins_change_accounts(app: Flask, sqlite_res: Resources) -> None:
    writer = Client(app.test_client(), access.create_token(sqlite_res, "writer", "write", ()))
    assert_error(call(writer, "PUT", "/api/accounts/A", json={"name": "x"}), 403, "FORBIDDEN")


@pytest.mark.feature("PAM-PERF-03")
def test_the_selected_account_is_meant_where_none_is_named(client: Client) -> None:
    for account_id in "AB":
        store(client, EARLY, account_id=account_id)
    assert_error(get(client, "/api/performance/daily"), 400, "ACCOUNT_REQUIRED")
    exact(call(client, "POST", "/api/account/switch", json={"account_id": "B"}))
    assert figures(client, "daily")["account_id"] == "B"
    assert exact(get(client, "/api/account/info"))["id"] == "B"
    chosen = [each["id"] for each in exact(get(client, "/api/accounts")) if each["selected"]]
    assert chosen == ["B"]


def test_a_selection_is_the_tokens_own(client: Client, app: Flask, sqlite_res: Resources) -> None:
    for account_id in "AB":
        store(client, EARLY, account_id=account_id)
    other = Client(app.test_client(), access.create_token(sqlite_res, "other", "read", ()))
    exact(call(other, "POST", "/api/account/switch", json={"account_id": "A"}))
    assert figures(other, "daily")["account_id"] == "A"
    assert_error(get(client, "/api/performance/daily"), 400, "ACCOUNT_REQUIRED")


def test_an_account_that_may_not_be_seen_cannot_be_selected(
    client: Client, app: Flask, sqlite_res: Resources
) -> None:
    store(client, EARLY)
    held = Client(app.test_client(), access.create_token(sqlite_res, "held", "read", ["B"]))
    for account_id in ("A", "nowhere"):
        answer = call(held, "POST", "/api/account/switch", json={"account_id": account_id})
        assert_error(answer, 404, "ACCOUNT_NOT_FOUND")
