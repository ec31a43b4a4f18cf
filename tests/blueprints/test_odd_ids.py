"""Ids that no account and no execution can have: a named failure on every database, never a 500."""

from __future__ import annotations

import pytest

from app.factory import create_app
from app.services import access
from app.services.resources import Resources
from app.settings import Settings
from tests.blueprints.calls import call, exact, fills, get, store
from tests.blueprints.errors import assert_error
from tests.conftest import Client

ODD = (
    "%00",
    "A%00",
    "%0A",
    "%7F",
    "%C3%A9",
    "%E2%80%AE",
    "%F0%9F%92%A9",
    "%FF",
    "'--",
    "x" * 5_000,
)
VIEWS = ("/api/performance/daily", "/api/performance/weekly", "/performance/history")
TRADE = "11-07 09:00 +1 @ 21000\n11-07 09:10 -1 @ 21010"
BODY = {name: value for name, value in fills(TRADE)[0].items() if not name.endswith("_id")}
CASH = {"id": "c", "amount": "1", "occurred_at": "2025-11-07T15:00:00Z"}


@pytest.fixture
def caller(settings: Settings, res: Resources) -> Client:
    """A caller on either database, with one account, A, and a trade in it."""
    app = create_app(settings)
    app.extensions["resources"] = res
    client = Client(app.test_client(), access.create_token(res, "tests", "admin", ()))
    store(client, TRADE)
    return client


@pytest.mark.feature("TPA-15", "PAM-ERR-01")
def test_an_account_that_cannot_be_is_not_found(caller: Client, subtests: pytest.Subtests) -> None:
    for odd in ODD:
        with subtests.test(odd=odd[:20]):
            for view in VIEWS:
                assert_error(get(caller, f"{view}?account_id={odd}"), 404, "ACCOUNT_NOT_FOUND")
            path = f"/api/accounts/{odd}/cash"
            assert_error(call(caller, "POST", path, json=CASH), 404, "ACCOUNT_NOT_FOUND")
            path = f"/api/executions/{odd}/e1"
            assert_error(call(caller, "DELETE", path), 404, "ACCOUNT_NOT_FOUND")
            assert_error(call(caller, "PUT", path, json=BODY), 404, "ACCOUNT_NOT_FOUND")


@pytest.mark.feature("TPA-15", "PAM-ERR-01")
def test_an_execution_that_cannot_be_is_not_found(
    caller: Client, subtests: pytest.Subtests
) -> None:
    for odd in ODD:
        with subtests.test(odd=odd[:20]):
            path = f"/api/executions/A/{odd}"
            assert_error(call(caller, "DELETE", path), 404, "NOT_FOUND")
            answer = call(caller, "PUT", path, json=BODY)
            assert answer.status_code in (400, 404), answer.text


def test_the_oddest_ids_that_may_be_are_taken(caller: Client) -> None:
    for odd in (" ", "%", "a b", "?", "#", "..", "~" * 128, "=1+1", "'; DROP TABLE accounts; --"):
        body = fills(TRADE)[0] | {"account_id": odd, "execution_id": odd}
        assert exact(call(caller, "POST", "/api/executions", json=body))["accepted"] == 1
        daily = exact(get(caller, "/api/performance/daily", account_id=odd))
        assert (daily["account_id"], daily["version"]) == (odd, 1)
