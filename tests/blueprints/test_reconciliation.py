"""Our figures beside the broker's: by trading day, and named where they differ."""

from __future__ import annotations

from typing import Any

import pytest

from tests.blueprints.calls import call, exact, fills, get
from tests.blueprints.errors import assert_error
from tests.conftest import Client, Clock

# A session ends at 17:00: the second trade is of Friday's.
NOTES = """
    11-06 09:00 +1 @ 21000 fee 0.37
    11-06 09:05 -1 @ 21010 fee 0.37
    11-06 18:00 +1 @ 21000 fee 0.37
    11-06 18:05 -1 @ 20990 fee 0.37
    11-07 09:00 +2 @ 21000 fee 1
    11-07 09:05 -2 @ 21001 fee 1
"""


def stated(client: Client, *statements: str | None, notes: str = NOTES) -> None:
    """Store the notes; every second fill, a closing one, with what the broker says of it."""
    sent = fills(notes)
    for fill, said in zip(sent[1::2], statements, strict=True):
        fill.update({} if said is None else {"broker_pnl": said})
    exact(call(client, "POST", "/api/executions", json=sent))


def reconciled(client: Client, **query: str) -> Any:
    return exact(get(client, "/api/accounts/A/reconciliation", **query))


def test_each_trading_day_stands_beside_the_broker_s(client: Client) -> None:
    stated(client, "20", "-20", "4")
    told = reconciled(client)
    assert (told["timezone"], told["calendar"]) == ("America/Chicago", "session")
    assert (told["start"], told["end"]) == ("2025-10-08T22:00:00Z", "2025-11-07T23:00:00Z")
    assert [each["date"] for each in told["items"]] == ["2025-11-06", "2025-11-07"]
    assert told["items"][1] == {
        "date": "2025-11-07", "gross_pnl": "-16.0", "broker_gross_pnl": "-16.0",
        "gross_difference": "0.0", "fees": "2.74", "broker_fees": "2.74",
        "fees_difference": "0.0", "executions": 4, "compared": 2, "not_compared": 0,
        "differing": 0,
    }  # fmt: skip
    assert (told["totals"]["gross_pnl"], told["totals"]["executions"]) == ("4.0", 6)
    assert (told["executions"], told["more"]) == ([], 0)


def test_the_execution_that_differs_is_named(client: Client) -> None:
    stated(client, "20", "-15.5", "4")
    told = reconciled(client)
    assert told["executions"] == [
        {
            "execution_id": "e4", "date": "2025-11-07", "timestamp": "2025-11-07T00:05:00Z",
            "contract": "MNQZ5", "gross_pnl": "-20.0", "broker_pnl": "-15.5",
            "difference": "-4.5", "fees": "0.37", "broker_fees": "0.37",
            "fees_difference": "0.0", "deleted": False,
        }
    ]  # fmt: skip
    assert [each["gross_difference"] for each in told["items"]] == ["0.0", "-4.5"]
    assert [each["differing"] for each in told["items"]] == [0, 1]


def test_only_what_the_broker_speaks_of_is_compared(client: Client) -> None:
    stated(client, None, "-20", None)
    first, second = reconciled(client)["items"]
    assert (first["broker_gross_pnl"], first["gross_difference"]) == (None, None)
    assert (first["compared"], first["not_compared"]) == (0, 1)
    assert (second["gross_pnl"], second["broker_gross_pnl"]) == ("-16.0", "-20.0")
    assert (second["gross_difference"], second["compared"], second["not_compared"]) == ("0.0", 1, 1)


def test_less_than_a_cent_is_the_broker_s_rounding(client: Client) -> None:
    stated(client, "20.009999", "-20.01", "4")
    told = reconciled(client)
    assert [each["execution_id"] for each in told["executions"]] == ["e4"]
    assert told["totals"]["gross_difference"] == "0.000001"


def test_a_correction_is_a_difference_to_what_came_first(client: Client) -> None:
    stated(client, "20", "-20", "4")
    fill = fills(NOTES)[3]
    for fees, price in (("0.5", "20990"), ("0.87", "20995")):
        exact(
            call(client, "PUT", "/api/executions/A/e4", json=fill | {"fees": fees, "price": price})
        )
    (told,) = reconciled(client)["executions"]
    assert (told["fees"], told["broker_fees"], told["fees_difference"]) == ("0.87", "0.37", "0.5")
    assert (told["gross_pnl"], told["broker_pnl"], told["difference"]) == ("-10.0", "-20.0", "10.0")
    exact(call(client, "PUT", "/api/executions/A/e4", json=fill))
    assert reconciled(client)["executions"] == []


def test_what_was_deleted_is_something_that_the_broker_has(client: Client) -> None:
    stated(client, "20", "-20", "4")
    for name in ("e3", "e4"):
        exact(call(client, "DELETE", f"/api/executions/A/{name}"))
    told = reconciled(client)
    assert [(each["execution_id"], each["deleted"]) for each in told["executions"]] == [
        ("e3", True),
        ("e4", True),
    ]
    day = told["items"][1]
    assert (day["gross_pnl"], day["broker_gross_pnl"], day["executions"]) == ("4.0", "-16.0", 2)
    assert (day["gross_difference"], day["fees_difference"]) == ("20.0", "-0.74")


def test_a_fill_through_zero_is_one_execution(client: Client) -> None:
    notes = "11-07 09:00 +1 @ 21000 fee 1\n11-07 09:05 -2 @ 21010 fee 2"
    stated(client, "20", notes=notes)
    (day,) = reconciled(client)["items"]
    assert (day["executions"], day["gross_pnl"], day["fees"]) == (2, "20.0", "3.0")
    assert day["differing"] == 0


def test_a_window_cuts_its_days(client: Client) -> None:
    stated(client, "20", "-20", "4")
    asked = {"start": "2025-11-06", "end": "2025-11-06"}
    assert [each["date"] for each in reconciled(client, **asked)["items"]] == ["2025-11-06"]
    asked = {"start": "2025-11-07T00:03:00Z", "end": "2025-11-07T15:01:00Z"}
    (day,) = reconciled(client, **asked)["items"]
    assert (day["executions"], day["gross_pnl"]) == (2, "-20.0")
    assert reconciled(client, end="2025-10-31")["items"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"start": "2025-11-07", "end": "2025-11-06"},
        {"start": "2024-11-06"},
        {"start": "1900-01-01"},
        {"start": "x"},
        {"account_id": "A"},
    ],
)
def test_a_window_that_makes_no_sense_is_refused(client: Client, query: dict[str, str]) -> None:
    stated(client, "20", "-20", "4")
    answer = get(client, "/api/accounts/A/reconciliation", **query)
    assert_error(answer, 400, "INVALID_PARAMETER")


def test_ends_of_time_can_be_asked_for(client: Client) -> None:
    stated(client, "20", "-20", "4")
    for query in ({"end": "1900-01-02"}, {"start": "2199-06-01", "end": "2199-12-31"}):
        assert reconciled(client, **query)["items"] == []


def test_it_is_made_anew_with_the_next_session(client: Client, clock: Clock) -> None:
    stated(client, "20", "-20", "4")
    assert reconciled(client)["end"] == "2025-11-07T23:00:00Z"
    clock.set("2025-11-07T23:00:00Z")
    assert reconciled(client)["end"] == "2025-11-08T23:00:00Z"


def test_the_days_can_be_had_as_a_table(client: Client) -> None:
    stated(client, "20", "-20", "4")
    answer = get(client, "/api/accounts/A/reconciliation?format=csv")
    assert [line.split(",")[0] for line in answer.text.splitlines()] == [
        "date",
        "2025-11-06",
        "2025-11-07",
    ]
