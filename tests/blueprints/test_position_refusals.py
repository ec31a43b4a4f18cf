"""What /api/positions refuses, and what is not there or not the caller's."""

from __future__ import annotations

import pytest

from app.services import access
from app.services.resources import Resources
from tests.blueprints.calls import assert_has, exact, get, store
from tests.blueprints.errors import assert_error
from tests.conftest import Client

TRADES = """
    11-06 09:00 +2 @ 21000 fee 1
    11-06 09:05 -1 @ 21010.5 fee 0.5
    11-06 09:10:00 -3 @ 21020 fee 0.75
"""


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("limit", ["0", "501", "-1", "", "null", "x", "1.5", "+5", "5_0", "1e400", "9" * 20]),
        ("status", ["", "null", "Open", "filled", "open,closed"]),
        ("side", ["", "null", "long", "BUY"]),
        ("strategy", ["", "\0", "a\nb", "x" * 129]),
        ("symbol", ["MES 13-25", "MESZ35", "MES ABC25"]),
        ("start", ["", "null", "yesterday", "2025-11-07T00:00:00", "2025-02-30"]),
        ("end", ["", "null", "now", "1899-12-31", "2200-01-01"]),
        ("account", ["A"]),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(
    client: Client, subtests: pytest.Subtests, name: str, values: list[str]
) -> None:
    store(client, TRADES)
    for value in values:
        with subtests.test(value=value[:40]):
            answer = get(client, "/api/positions", **{name: value})
            error = assert_error(answer, 400, "INVALID_PARAMETER")
            assert [each["field"] for each in error["details"]] == [name]
            assert name in error["message"]
            assert len(error["message"]) < 500


def test_the_refusal_of_a_limit_says_what_is_taken(client: Client) -> None:
    store(client, TRADES)
    error = assert_error(get(client, "/api/positions", limit="0"), 400, "INVALID_PARAMETER")
    assert error["message"] == "limit must be between 1 and 500 (got 0)"


@pytest.mark.parametrize("symbol", ["", "NOPE", "MNQQ", "null", "\0", "x" * 3_000])
def test_a_symbol_that_nobody_knows_is_no_empty_list(client: Client, symbol: str) -> None:
    store(client, TRADES)
    error = assert_error(get(client, "/api/positions", symbol=symbol), 400, "UNKNOWN_SYMBOL")
    assert len(error["message"]) < 500


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2025-11-08", "2025-11-07"),
        ("2025-11-08", "2025-11-06"),
        ("2025-11-07T00:00:00.000001Z", "2025-11-07T00:00:00Z"),
    ],
)
def test_a_start_after_the_end_is_refused(client: Client, start: str, end: str) -> None:
    store(client, TRADES)
    answer = get(client, "/api/positions", start=start, end=end)
    assert "start" in assert_error(answer, 400, "INVALID_PARAMETER")["message"]


ODD_IDS = ["x", "0" * 24, "A" * 24, "0" * 5_000, "%00", "%ff", "e1", "..", "null"]


@pytest.mark.parametrize("position_id", ODD_IDS)
def test_a_position_that_is_not_there_is_not_found(client: Client, position_id: str) -> None:
    store(client, TRADES)
    assert_error(get(client, f"/api/positions/{position_id}"), 404, "NOT_FOUND")


def test_another_accounts_position_is_as_one_that_is_not_there(
    client: Client, sqlite_res: Resources
) -> None:
    store(client, TRADES, account_id="A", prefix="a")
    store(client, TRADES, account_id="B", prefix="b")
    theirs = exact(get(client, "/api/positions", account_id="B"))["items"][0]["id"]
    path = f"/api/positions/{theirs}"
    assert_error(get(client, path, account_id="A"), 404, "NOT_FOUND")
    assert exact(get(client, path, account_id="B"))["id"] == theirs
    guest = Client(client.client, access.create_token(sqlite_res, "guest", "read", ("A",)))
    assert_error(get(guest, path), 404, "NOT_FOUND")
    assert_error(get(guest, path, account_id="B"), 404, "ACCOUNT_NOT_FOUND")
    assert_error(get(guest, "/api/positions", account_id="B"), 404, "ACCOUNT_NOT_FOUND")
    assert_has(exact(get(guest, "/api/positions"))["summary"], total=2)
    assert_error(get(client, "/api/positions"), 400, "ACCOUNT_REQUIRED")
