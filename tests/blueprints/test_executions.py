"""Executions over HTTP: stored, repeated, corrected, deleted, brought back, refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.db import accounts as account_rows
from app.db import executions as rows
from app.domain.executions import Execution
from app.services.resources import Resources
from tests.blueprints.calls import assert_has, call, exact, figures, fills, store
from tests.blueprints.errors import assert_error
from tests.conftest import Client

TRADE = "11-07 09:00 +1 @ 21000 fee 0.5\n11-07 09:10 -1 @ 21010 fee 0.5"
ENTRY, EXIT = fills(TRADE)
PATH = "/api/executions/A/e2"


def post(client: Client, body: Any, **query: str) -> Any:
    """The body of a POST that must be 200."""
    return exact(call(client, "POST", "/api/executions", json=body, query_string=query))


def put(client: Client, body: Any, path: str = PATH) -> Any:
    return exact(call(client, "PUT", path, json=body))


def refused(client: Client, body: Any, status: int, code: str, **query: str) -> dict[str, Any]:
    """The failure of a POST that must be one; it changes nothing."""
    before = figures(client, "daily", account_id="A")
    answer = call(client, "POST", "/api/executions", json=body, query_string=query)
    error = assert_error(answer, status, code)
    assert figures(client, "daily", account_id="A") == before
    return error


def rows_named(error: dict[str, Any]) -> list[int]:
    return [detail["row"] for detail in error["details"]]


def stored(res: Resources, execution_id: str) -> Execution:
    with res.db.read() as conn:
        account = account_rows.by_id(conn, "A")
        assert account
        return rows.by_ids(conn, account.account_key, [execution_id])[execution_id].execution


# --- In ------------------------------------------------------------------------------------------


@pytest.mark.feature("TPA-28", "PAM-TRADES-23")
def test_one_execution_is_taken_and_makes_its_account(client: Client) -> None:
    body = post(client, ENTRY)
    expected: dict[str, Any] = {"accepted": 1, "duplicates": 0, "positions_closed": 0}
    expected |= {"accounts": {"A": {"version": 1}}, "accounts_created": ["A"]}
    assert body == expected
    assert list(body) == list(expected)


@pytest.mark.feature("TPA-26")
def test_an_array_is_one_change_of_each_account(client: Client) -> None:
    body = post(client, [ENTRY, EXIT, ENTRY | {"account_id": "B"}])
    assert_has(body, accepted=3, duplicates=0, positions_closed=1)
    assert_has(body, accounts={"A": {"version": 1}, "B": {"version": 1}})
    assert sorted(body["accounts_created"]) == ["A", "B"]
    assert figures(client, "daily", account_id="A")["daily_pnl"] == "19.0"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\n\n"])
def test_ndjson_is_one_execution_a_line(client: Client, ending: str) -> None:
    lines = ending.join(json.dumps(each) for each in (ENTRY, EXIT)) + ending
    options = {"data": lines, "content_type": "application/x-ndjson"}
    body = exact(call(client, "POST", "/api/executions", **options))
    assert_has(body, accepted=2, positions_closed=1)


def test_a_late_fill_leaves_the_positions_that_order_would_have_left(client: Client) -> None:
    assert_has(post(client, EXIT), positions_closed=0)
    assert_has(post(client, ENTRY), positions_closed=1)
    assert_has(figures(client, "daily"), daily_pnl="19.0", total_trades=1, largest_win="19.0")


@pytest.mark.parametrize("price", ["21000.25", 21000.25, "21000.2500", "2.100025E4"])
def test_a_price_is_a_string_or_a_number(client: Client, price: object) -> None:
    post(client, ENTRY | {"price": "21000.25"})
    assert_has(post(client, ENTRY | {"price": price}), duplicates=1)


# --- Again ---------------------------------------------------------------------------------------


def test_the_same_again_changes_nothing(client: Client) -> None:
    post(client, [ENTRY, EXIT])
    again = post(client, [ENTRY, EXIT, EXIT])
    assert_has(again, accepted=0, duplicates=3, positions_closed=0, accounts_created=[])
    assert_has(again, accounts={"A": {"version": 1}})


def test_a_repeat_within_one_batch_is_a_duplicate(client: Client) -> None:
    assert_has(post(client, [ENTRY, ENTRY]), accepted=1, duplicates=1)


@pytest.mark.parametrize(
    "other",
    [
        {"symbol": "MNQ", "contract": "MNQ 12-25"},
        {"symbol": "CON.F.US.MNQ.Z25"},
        {"executed_at": "2025-11-07T15:00:00.000000Z"},
        {"executed_at": "2025-11-07T16:00:00+01:00"},
        {"price": "21000.000000000"},
        {"fees": None},
    ],
)
def test_another_spelling_of_the_same_is_a_duplicate(
    client: Client, other: dict[str, object]
) -> None:
    post(client, ENTRY)
    said = {name: value for name, value in (ENTRY | other).items() if value is not None}
    assert_has(post(client, said), duplicates=1)


def test_other_content_under_a_known_id_is_a_conflict_and_its_rows_are_named(
    client: Client,
) -> None:
    post(client, [ENTRY, EXIT])
    new = ENTRY | {"execution_id": "new"}
    batch = [new, ENTRY | {"quantity": 2}, EXIT, EXIT | {"price": "21011"}]
    error = refused(client, batch, 409, "CONFLICT")
    assert rows_named(error) == [2, 4]
    assert "quantity" in error["details"][0]["message"]


def test_two_contents_under_one_id_in_a_batch_are_a_conflict(client: Client) -> None:
    post(client, EXIT)
    error = refused(client, [ENTRY, ENTRY | {"side": "SELL"}], 409, "CONFLICT")
    assert rows_named(error) == [2]


def test_conflicts_are_named_in_every_account(client: Client) -> None:
    in_both = [ENTRY, ENTRY | {"account_id": "B"}]
    post(client, in_both)
    error = refused(client, [each | {"quantity": 2} for each in in_both], 409, "CONFLICT")
    assert rows_named(error) == [1, 2]


# --- Corrected and deleted -----------------------------------------------------------------------


def test_a_correction_leaves_the_positions_of_the_right_fill(client: Client) -> None:
    post(client, [ENTRY, EXIT])
    assert_has(put(client, EXIT | {"price": "21020"}), accepted=1, accounts={"A": {"version": 2}})
    assert_has(figures(client, "daily"), daily_pnl="39.0", version=2, total_trades=1)


def test_a_correction_replaces_the_whole_so_what_is_absent_is_its_default(
    client: Client, sqlite_res: Resources
) -> None:
    extras = {"order_id": "o", "sequence": 3, "strategy": "s", "source": "x", "broker_pnl": "5"}
    post(client, ENTRY | extras | {"fx_rate": "1.1", "average_price": True})
    bare = {name: value for name, value in ENTRY.items() if name != "fees"}
    put(client, bare, "/api/executions/A/e1")
    now = stored(sqlite_res, "e1")
    assert (now.order_id, now.sequence, now.strategy, now.source) == (None, 0, None, "api")
    assert (now.fees_micros, now.broker_pnl_micros, now.fx_rate_nanos) == (0, None, None)
    assert now.average_price == 0


def test_a_correction_outlives_the_next_import_of_the_old_row(client: Client) -> None:
    post(client, [ENTRY, EXIT])
    put(client, EXIT | {"price": "21020"})
    assert_has(post(client, [ENTRY, EXIT]), accepted=0, duplicates=2)
    assert figures(client, "daily")["daily_pnl"] == "39.0"


def test_the_same_correction_again_changes_nothing(client: Client) -> None:
    post(client, [ENTRY, EXIT])
    put(client, EXIT | {"price": "21020"})
    again = put(client, EXIT | {"price": "21020"})
    assert_has(again, accepted=0, duplicates=1, accounts={"A": {"version": 2}})


def test_a_correction_may_leave_out_what_the_path_says_and_may_not_say_otherwise(
    client: Client,
) -> None:
    post(client, [ENTRY, EXIT])
    ids = ("account_id", "execution_id")
    put(client, {name: value for name, value in EXIT.items() if name not in ids})
    for name in ids:
        answer = call(client, "PUT", PATH, json=EXIT | {name: "other"})
        assert name in assert_error(answer, 400, "INVALID_BODY")["message"]


def test_what_was_never_known_can_be_neither_corrected_nor_deleted(client: Client) -> None:
    post(client, ENTRY)
    assert_error(call(client, "PUT", PATH, json=EXIT), 404, "NOT_FOUND")
    assert_error(call(client, "DELETE", PATH), 404, "NOT_FOUND")
    elsewhere = "/api/executions/NONE/e1"
    assert_error(call(client, "PUT", elsewhere, json=EXIT), 404, "ACCOUNT_NOT_FOUND")
    assert_error(call(client, "DELETE", elsewhere), 404, "ACCOUNT_NOT_FOUND")


def test_a_deletion_takes_the_fill_out_and_a_repeat_answers_zero(client: Client) -> None:
    post(client, [ENTRY, EXIT])
    first = exact(call(client, "DELETE", PATH))
    assert first == {"deleted": 1, "accounts": {"A": {"version": 2}}}
    assert_has(figures(client, "daily"), daily_pnl="0.0", total_trades=0)
    assert figures(client, "daily")["open"]["quantity"] == 1
    again = exact(call(client, "DELETE", PATH))
    assert again == {"deleted": 0, "accounts": {"A": {"version": 2}}}


def test_only_a_put_lifts_a_tombstone(client: Client) -> None:
    post(client, [ENTRY, EXIT])
    call(client, "DELETE", PATH)
    assert_has(post(client, [ENTRY, EXIT]), accepted=0, duplicates=2)
    assert figures(client, "daily")["total_trades"] == 0
    refused(client, EXIT | {"price": "21020"}, 409, "CONFLICT")
    assert_has(put(client, EXIT), accepted=1, positions_closed=1)
    assert_has(figures(client, "daily"), daily_pnl="19.0", total_trades=1)


# --- Refused as a whole --------------------------------------------------------------------------


def test_sources_that_overlap_in_time_are_refused_unless_it_is_allowed(client: Client) -> None:
    post(client, [ENTRY, EXIT])
    other = ENTRY | {"execution_id": "x", "source": "file", "executed_at": "2025-11-07T15:05:00Z"}
    message = refused(client, other, 409, "SOURCE_OVERLAP")["message"]
    assert "'api'" in message
    assert "'file'" in message
    refused(client, other, 409, "SOURCE_OVERLAP", allow_overlap="false")
    assert_has(post(client, other, allow_overlap="true"), accepted=1)


def test_the_rows_of_an_overlap_are_named(client: Client) -> None:
    post(client, [ENTRY, EXIT])
    overlapping = {"source": "file", "executed_at": "2025-11-07T15:05:00Z"}
    batch = [
        ENTRY | {"execution_id": "later", "executed_at": "2025-11-07T16:00:00Z"},
        ENTRY | {"execution_id": "x"} | overlapping,
    ]
    assert rows_named(refused(client, batch, 409, "SOURCE_OVERLAP")) == [2]


def test_sources_beside_each_other_do_not_overlap(client: Client) -> None:
    post(client, [ENTRY, EXIT])
    elsewhere = {"execution_id": "x", "source": "file"}
    post(client, ENTRY | elsewhere | {"symbol": "MESZ5", "price": "6700"})
    post(client, ENTRY | elsewhere | {"account_id": "B"})
    post(client, ENTRY | elsewhere | {"execution_id": "y", "executed_at": "2025-11-07T16:00:00Z"})


def test_another_currency_needs_a_rate_and_the_closing_fills_rate_counts(client: Client) -> None:
    # A point of FDXM is 5 EUR: ten points are 50 EUR.
    euro = [each | {"symbol": "FDXMZ5"} for each in (ENTRY, EXIT)]
    store(client, "11-07 08:00 +1 @ 21000", prefix="f")
    error = refused(client, euro, 400, "CURRENCY_MISMATCH")
    assert rows_named(error) == [1, 2]
    assert "fx_rate" in error["message"]
    post(client, [euro[0] | {"fx_rate": "9"}, euro[1] | {"fx_rate": "1.1"}])
    assert_has(figures(client, "daily"), gross_pnl="55.0", fees="1.0", daily_pnl="54.0")


@pytest.mark.parametrize(("symbol", "near"), [("MNX", "MNQ"), ("MESX", "MES"), ("MNQQZ5", "MNQ")])
def test_an_unknown_symbol_is_refused_with_near_names(
    client: Client, symbol: str, near: str
) -> None:
    post(client, ENTRY)
    batch = [EXIT, EXIT | {"execution_id": "x", "symbol": symbol}]
    error = refused(client, batch, 400, "UNKNOWN_SYMBOL")
    assert rows_named(error) == [2]
    assert near in error["message"]


def test_a_price_off_the_tick_is_an_average_or_refused(client: Client) -> None:
    post(client, ENTRY)
    off = EXIT | {"price": "21010.1"}
    assert rows_named(refused(client, [off], 400, "INVALID_BODY")) == [1]
    refused(client, off | {"average_price": False}, 400, "INVALID_BODY")
    assert_has(post(client, off | {"average_price": True}), positions_closed=1)
    assert figures(client, "daily")["gross_pnl"] == "20.2"
