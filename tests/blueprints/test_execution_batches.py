"""Whole batches of executions: all of one is stored or nothing, within limits of size."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.blueprints.calls import assert_has, call, exact, figures, fills, get, store
from tests.blueprints.errors import assert_error
from tests.conftest import Client

MIB = 1024 * 1024
GOOD = fills("11-07 10:00 +1 @ 21000 fee 0.5", prefix="good")[0]
NDJSON = "application/x-ndjson"


@pytest.fixture
def caller(client: Client) -> Client:
    """A caller whose account A holds one contract, MNQZ5."""
    store(client, "11-07 09:00 +1 @ 21000")
    return client


def post(client: Client, sent: Any, media_type: str = "application/json") -> TestResponse:
    return call(client, "POST", "/api/executions", data=sent, content_type=media_type)


def post_rows(client: Client, *changes: dict[str, object]) -> TestResponse:
    """Post the good execution in a row for each change, under an id of its own."""
    rows = [GOOD | {"execution_id": f"r{n}"} | each for n, each in enumerate(changes, start=1)]
    return call(client, "POST", "/api/executions", json=rows)


def assert_rows(answer: TestResponse, status: int, code: str, *rows: int) -> dict[str, Any]:
    """Hold a batch to be refused for just these rows."""
    error = assert_error(answer, status, code)
    assert sorted({each.get("row") for each in error["details"]}) == list(rows)
    return error


# --- Every bad row is named ----------------------------------------------------------------------


def test_every_bad_row_is_named_and_no_good_one_is_stored(caller: Client) -> None:
    answer = post_rows(caller, {}, {"side": "LONG"}, {}, {"quantity": 0}, {"price": "0.1"})
    assert_rows(answer, 400, "INVALID_BODY", 2, 4, 5)
    assert figures(caller, "daily")["version"] == 1


def test_rows_that_do_not_parse_hide_no_others(caller: Client) -> None:
    answer = post_rows(caller, {"quantity": "1"}, {"symbol": "QQQ"}, {"executed_at": "now"})
    assert_rows(answer, 400, "INVALID_BODY", 1, 2, 3)


def test_rows_of_two_kinds_of_fault_are_all_named(caller: Client) -> None:
    answer = post_rows(caller, {"symbol": "QQQ"}, {"symbol": "FDXMZ5"}, {})
    error = assert_rows(answer, 400, "INVALID_BODY", 1, 2)
    assert {each["field"] for each in error["details"]} == {"symbol", "fx_rate"}


def test_one_kind_of_fault_gives_the_batch_its_code(caller: Client) -> None:
    assert_rows(
        post_rows(caller, {"symbol": "QQQ"}, {}, {"symbol": "X"}), 400, "UNKNOWN_SYMBOL", 1, 3
    )
    assert_rows(post_rows(caller, {}, {"symbol": "FDXMZ5"}), 400, "CURRENCY_MISMATCH", 2)


def test_a_bad_line_of_ndjson_is_named_by_its_row(caller: Client) -> None:
    lines = [json.dumps(GOOD), json.dumps(GOOD | {"side": "LONG"})]
    assert_rows(post(caller, "\n".join(lines), NDJSON), 400, "INVALID_BODY", 2)
    assert_error(post(caller, json.dumps(GOOD) + "\n{", NDJSON), 400, "INVALID_BODY")
    assert figures(caller, "daily")["version"] == 1


def test_one_accounts_fault_keeps_the_others_fills_out(caller: Client) -> None:
    answer = post_rows(caller, {"account_id": "B"}, {"quantity": 0})
    assert_rows(answer, 400, "INVALID_BODY", 2)
    assert [each["id"] for each in exact(get(caller, "/api/accounts"))] == ["A"]
    # Also when the fault shows only in the middle of storing.
    answer = post_rows(caller, {"account_id": "0"}, {"execution_id": "e1"})
    assert_rows(answer, 409, "CONFLICT", 2)
    assert [each["id"] for each in exact(get(caller, "/api/accounts"))] == ["A"]


# --- Bare and dated contracts --------------------------------------------------------------------


@pytest.mark.feature("TPA-07")
def test_a_bare_fill_beside_an_open_dated_position_is_refused(caller: Client) -> None:
    answer = post_rows(caller, {"symbol": "MNQ"})
    message = assert_error(answer, 409, "CONFLICT")["message"]
    assert "MNQZ5" in message
    assert figures(caller, "daily")["version"] == 1


@pytest.mark.feature("TPA-07")
def test_a_dated_fill_beside_an_open_bare_position_is_refused(client: Client) -> None:
    store(client, "11-07 09:00 +1 MNQ @ 21000")
    assert_error(post_rows(client, {"symbol": "MNQZ5"}), 409, "CONFLICT")
    assert_error(post_rows(client, {"symbol": "MNQ", "contract": "MNQZ5"}), 409, "CONFLICT")


def test_the_row_that_is_bare_beside_a_dated_position_is_named(caller: Client) -> None:
    answer = post_rows(caller, {"symbol": "MESZ5", "price": "6700"}, {"symbol": "MNQ"})
    assert_rows(answer, 409, "CONFLICT", 2)


def test_bare_and_dated_may_follow_one_another(caller: Client) -> None:
    store(caller, "11-07 09:30 -1 @ 21001", prefix="f")
    assert exact(post_rows(caller, {"symbol": "MNQ"}))["accepted"] == 1
    elsewhere: dict[str, object] = {"execution_id": "x", "account_id": "B", "symbol": "MNQZ5"}
    other_root: dict[str, object] = {"execution_id": "y", "symbol": "MESZ5", "price": "6700"}
    assert exact(post_rows(caller, elsewhere, other_root))["accepted"] == 2


# --- Sizes and media types -----------------------------------------------------------------------


def test_ten_thousand_executions_are_taken_at_once(client: Client) -> None:
    rows = [
        GOOD | {"execution_id": str(n), "side": ("BUY", "SELL")[n % 2], "sequence": n}
        for n in range(10_000)
    ]
    body = exact(call(client, "POST", "/api/executions", json=rows))
    assert_has(body, accepted=10_000, positions_closed=5_000, accounts={"A": {"version": 1}})
    assert_has(figures(client, "daily"), total_trades=5_000, fees="5000.0")


@pytest.mark.parametrize(
    ("sent", "media_type"),
    [("[" + "{}," * 10_000 + "{}]", "application/json"), ("{}\n" * 10_001, NDJSON)],
    ids=["array", "ndjson"],
)
def test_one_more_is_too_many(caller: Client, sent: str, media_type: str) -> None:
    message = assert_error(post(caller, sent, media_type), 413, "PAYLOAD_TOO_LARGE")["message"]
    assert "10000" in message.replace(",", "")


def test_a_body_of_32_mib_is_taken_and_a_byte_more_is_not(caller: Client) -> None:
    whole = json.dumps(GOOD).encode().ljust(32 * MIB)
    assert exact(post(caller, whole))["accepted"] == 1
    assert_error(post(caller, whole + b" "), 413, "PAYLOAD_TOO_LARGE")
    assert_error(post(caller, whole + b" ", NDJSON), 413, "PAYLOAD_TOO_LARGE")


def test_a_body_that_does_not_tell_its_length_is_not_cut_off_at_the_limit(caller: Client) -> None:
    # What lies within the limit would be a batch by itself.
    first, second = (json.dumps(GOOD | {"execution_id": name}).encode() for name in "ab")
    answer = call(
        caller,
        "POST",
        "/api/executions",
        content_type=NDJSON,
        input_stream=io.BytesIO(first.ljust(32 * MIB - 1) + b"\n" + second),
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert_error(answer, 413, "PAYLOAD_TOO_LARGE")


def test_a_single_execution_has_a_limit_too(caller: Client) -> None:
    large = json.dumps(GOOD).ljust(32 * MIB + 1)
    path = "/api/executions/A/e1"
    answer = call(caller, "PUT", path, data=large, content_type="application/json")
    assert_error(answer, 413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_a_media_type_may_have_parameters_and_any_case(caller: Client, media_type: str) -> None:
    assert exact(post(caller, json.dumps(GOOD), media_type))["accepted"] == 1


@pytest.mark.parametrize(
    "media_type",
    [
        *("", "text/plain", "text/csv", "application/xml", "multipart/form-data", "*/*"),
        *("application/x-www-form-urlencoded", "application/jsonp", "json", "\xff"),
    ],
)
def test_another_media_type_is_refused(caller: Client, media_type: str) -> None:
    answer = post(caller, json.dumps(GOOD), media_type)
    assert_error(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
    answer = call(caller, "PUT", "/api/executions/A/e1", data="{}", content_type=media_type)
    assert_error(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


def test_ndjson_is_for_batches_only(caller: Client) -> None:
    answer = call(caller, "PUT", "/api/executions/A/e1", data="{}", content_type=NDJSON)
    assert_error(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_a_compressed_body_is_refused_and_not_misread(caller: Client, encoding: str) -> None:
    options = {"data": json.dumps(GOOD), "content_type": "application/json"}
    answer = call(
        caller, "POST", "/api/executions", headers={"Content-Encoding": encoding}, **options
    )
    assert_error(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("value", ["", "yes", "null", "2", "TRUE!"])
def test_allow_overlap_is_true_or_false(caller: Client, value: str) -> None:
    answer = call(
        caller, "POST", "/api/executions", json=GOOD, query_string={"allow_overlap": value}
    )
    assert_error(answer, 400, "INVALID_PARAMETER")
    answer = call(caller, "POST", "/api/executions", json=GOOD, query_string={"overlap": "true"})
    assert "allow_overlap" in assert_error(answer, 400, "INVALID_PARAMETER")["message"]
