"""GET /api/accounts, cash movements and GET /api/instruments."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from app.services import accounts
from app.services.accounts import AccountSettings
from app.services.resources import Resources
from tests.blueprints.calls import assert_has, call, exact, figures, get, store
from tests.blueprints.errors import assert_error
from tests.conftest import Client, Clock

DEPOSIT = {"id": "d1", "amount": "1000.5", "occurred_at": "2025-11-06T12:00:00Z"}
TRADE = "11-06 09:00 +1 @ 21000 fee 0.5\n11-06 09:10 -1 @ 21010 fee 0.5"
FIELDS = ["id", "name", "status", "balance", "broker_balance", "currency", "account_type"]
FIELDS += ["timezone", "calendar", "daily_pnl", "selected"]


@pytest.fixture
def caller(client: Client, sqlite_res: Resources) -> Client:
    """A caller and account A, which began with 50,000."""
    settings = AccountSettings(name="Mine", starting_balance=Decimal(50_000))
    accounts.create(sqlite_res, "A", settings)
    return client


def listed(client: Client) -> Any:
    return exact(get(client, "/api/accounts"))


def move(client: Client, account_id: str = "A", **changes: object) -> Any:
    """The answer to a cash movement that must be taken."""
    path = f"/api/accounts/{account_id}/cash"
    return exact(call(client, "POST", path, json=DEPOSIT | changes))


# --- The list ------------------------------------------------------------------------------------


def test_the_list_is_an_array_of_accounts_field_by_field(caller: Client, clock: Clock) -> None:
    store(caller, TRADE)
    clock.set("2025-11-06T18:00:00Z")
    (body,) = listed(caller)
    assert list(body) == FIELDS
    assert_has(body, id="A", name="Mine", status="active", balance="50019.0", currency="USD")
    assert_has(body, timezone="America/Chicago", calendar="civil", daily_pnl="19.0")
    assert_has(body, broker_balance=None, selected=False)


def test_without_accounts_the_list_is_empty(client: Client) -> None:
    assert listed(client) == []


def test_accounts_come_in_the_order_of_their_ids(client: Client) -> None:
    for account_id in ("b", "10", "B", "9", "~"):
        store(client, TRADE, account_id=account_id)
    assert [each["id"] for each in listed(client)] == ["10", "9", "B", "b", "~"]


def test_daily_pnl_is_what_the_daily_figure_of_today_says(caller: Client, clock: Clock) -> None:
    store(caller, TRADE)
    assert (listed(caller)[0]["daily_pnl"], figures(caller, "daily")["daily_pnl"]) == ("0.0", "0.0")
    clock.set("2025-11-07T05:59:59Z")
    assert listed(caller)[0]["daily_pnl"] == figures(caller, "daily")["daily_pnl"] == "19.0"


def test_the_balance_is_dated_by_execution(caller: Client) -> None:
    # One of two is sold for 20 gross; 1.5 of fees are paid, and nothing has closed.
    store(caller, "11-07 09:00 +2 @ 21000 fee 1\n11-07 09:10 -1 @ 21010 fee 0.5")
    assert_has(listed(caller)[0], balance="50018.5", daily_pnl="0.0")


# --- Cash ----------------------------------------------------------------------------------------


def test_deposits_and_withdrawals_change_the_balance_and_the_version(caller: Client) -> None:
    assert move(caller)["accounts"] == {"A": {"version": 1}}
    assert move(caller, id="w1", amount="-200.25")["accounts"] == {"A": {"version": 2}}
    assert listed(caller)[0]["balance"] == "50800.25"
    assert figures(caller, "daily")["version"] == 2
    assert figures(caller, "weekly")["weekly_pnl"] == "0.0"


@pytest.mark.parametrize("amount", ["1000.5", "1000.500000", 1000.5, "1.0005e3"])
def test_the_same_movement_again_changes_nothing(caller: Client, amount: object) -> None:
    move(caller)
    again = move(caller, amount=amount, occurred_at="2025-11-06T06:00:00-06:00")
    assert_has(again, accepted=0, duplicates=1, accounts={"A": {"version": 1}})
    assert listed(caller)[0]["balance"] == "51000.5"


@pytest.mark.parametrize("change", [{"amount": "1"}, {"occurred_at": "2025-11-06T12:00:01Z"}])
def test_another_movement_under_a_known_id_is_a_conflict(
    caller: Client, change: dict[str, str]
) -> None:
    move(caller)
    answer = call(caller, "POST", "/api/accounts/A/cash", json=DEPOSIT | change)
    assert_error(answer, 409, "CONFLICT")
    assert listed(caller)[0]["balance"] == "51000.5"


def test_an_id_belongs_to_its_account(caller: Client) -> None:
    store(caller, TRADE, account_id="B")
    move(caller)
    assert move(caller, "B")["accepted"] == 1


def test_cash_makes_no_account(client: Client) -> None:
    answer = call(client, "POST", "/api/accounts/A/cash", json=DEPOSIT)
    assert_error(answer, 404, "ACCOUNT_NOT_FOUND")
    assert listed(client) == []


def test_cash_that_makes_no_sense_is_refused(caller: Client, subtests: pytest.Subtests) -> None:
    bad: dict[str, list[object]] = {
        "amount": [0, "0", "-0.0", "0.0000001", "NaN", "sNaN", "1e400", "1e15", None, True, "x"],
        "id": ["", "a/b", "é", "a\nb", "\0", "x" * 129, 1, None],
        "occurred_at": ["", "2025-11-06", "2025-11-06T12:00:00", "2200-01-01T00:00:00Z", 1, None],
        "note": [1, [], "\0", "x" * 100_000],
        "foo": ["bar"],
    }
    for name, values in bad.items():
        for value in values:
            with subtests.test(name=name, value=str(value)[:40]):
                body = DEPOSIT | {name: value}
                answer = call(caller, "POST", "/api/accounts/A/cash", json=body)
                assert_error(answer, 400, "INVALID_BODY")
    assert listed(caller)[0]["balance"] == "50000.0"
    assert figures(caller, "daily")["version"] == 0


@pytest.mark.parametrize("name", list(DEPOSIT))
def test_what_a_movement_needs_may_not_be_left_out(caller: Client, name: str) -> None:
    body = {field: value for field, value in DEPOSIT.items() if field != name}
    answer = call(caller, "POST", "/api/accounts/A/cash", json=body)
    assert name in assert_error(answer, 400, "INVALID_BODY")["message"]


def test_a_movement_is_one_object(caller: Client) -> None:
    for body in ([DEPOSIT], "text", 1):
        answer = call(caller, "POST", "/api/accounts/A/cash", json=body)
        assert_error(answer, 400, "INVALID_BODY")
    answer = call(caller, "POST", "/api/accounts/A/cash", data="{}", content_type="text/plain")
    assert_error(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


# --- Instruments ---------------------------------------------------------------------------------


def test_instruments_are_listed_by_symbol_with_their_facts(client: Client) -> None:
    answer = get(client, "/api/instruments")
    known = {each["symbol"]: each for each in exact(answer)}
    assert list(known) == sorted(known)
    assert len(known) >= 66
    nasdaq = {"exchange": "CME", "tick_size": "0.25", "tick_value": "0.5", "point_value": "2.0"}
    assert_has(known["MNQ"], **nasdaq, currency="USD", is_micro=True)
    assert_has(known["FDXM"], currency="EUR", point_value="5.0")


@pytest.mark.feature("PAM-OPS-08")
def test_the_smallest_tick_is_written_without_an_exponent(client: Client) -> None:
    answer = get(client, "/api/instruments")
    yen = next(each for each in exact(answer) if each["symbol"] == "6J")
    assert_has(yen, tick_size="0.0000005", tick_value="6.25", point_value="12500000.0")
    assert re.findall(r"[:\[,]-?\d+(?:\.\d+)?[eE]", answer.text) == []
