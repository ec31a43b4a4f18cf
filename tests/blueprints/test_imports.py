"""Files over HTTP: imported as a whole or not at all, listed, and taken out again."""

from __future__ import annotations

import io
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.services import access, verification
from app.services.resources import Resources
from tests.blueprints.calls import call, exact, figures, get, store
from tests.blueprints.errors import assert_error
from tests.conftest import Client
from tests.importers.files import executions, trades

FILE = trades({}, {"Id": "1002", "EnteredAt": "05/08/2025 12:22:07 -04:00",
                   "ExitedAt": "05/08/2025 12:27:06 -04:00"})  # fmt: skip


def upload(
    client: Client, content: bytes, name: str = "t.csv", *, fields: Any = None, **query: str
) -> TestResponse:
    """The answer to a file, imported into account A unless the query says otherwise."""
    form = {"file": (io.BytesIO(content), name), **(fields or {})}
    asked = {"account_id": "A", **query}
    return call(
        client,
        "POST",
        "/api/imports",
        data=form,
        query_string=asked,
        content_type="multipart/form-data",
    )


def undo(client: Client, import_id: str, **query: str) -> TestResponse:
    asked = {"account_id": "A", **query}
    return call(client, "DELETE", f"/api/imports/{import_id}", query_string=asked)


def listed(client: Client) -> Any:
    return exact(get(client, "/api/imports", account_id="A"))["items"]


def executions_of(client: Client) -> list[Any]:
    found = exact(get(client, "/api/positions", account_id="A"))["items"]
    return [
        piece["execution_id"]
        for each in found
        for piece in exact(get(client, f"/api/positions/{each['id']}", account_id="A"))[
            "executions"
        ]
    ]


def test_an_import_says_what_it_found_and_what_became_of_it(client: Client) -> None:
    told = exact(upload(client, FILE))
    assert len(told["id"]) == 24
    assert (told["format"], told["source"]) == ("topstepx-trades", "topstepx-csv")
    assert (told["rows"], told["executions"], told["accepted"], told["duplicates"]) == (2, 4, 4, 0)
    assert (told["positions_closed"], told["open_positions"]) == (2, 0)
    assert (told["gross_pnl"], told["fees"], told["net_pnl"]) == ("40.0", "1.48", "38.52")
    assert told["first_execution_at"] == "2025-05-08T15:22:07Z"
    assert told["last_execution_at"] == "2025-05-08T16:27:06Z"
    assert (told["warnings"], told["accounts_created"]) == ([], ["A"])
    assert figures(client, "daily", account_id="A", date="2025-05-08")["daily_pnl"] == "38.52"
    assert told["accounts"]["A"]["version"] == figures(client, "daily", account_id="A")["version"]


def test_options_may_be_fields_of_the_form(client: Client) -> None:
    form = {"file": (io.BytesIO(FILE), "t.csv"), "account_id": "B", "dry_run": "true"}
    told = exact(call(client, "POST", "/api/imports", data=form))
    assert (told["account_id"], told["dry_run"], told["accepted"]) == ("B", True, 4)


def test_a_dry_run_stores_nothing_and_makes_no_account(client: Client) -> None:
    told = exact(upload(client, FILE, dry_run="true"))
    assert (told["id"], told["accepted"], told["positions_closed"]) == (None, 4, 2)
    assert told["accounts"] == {}
    assert exact(get(client, "/api/accounts")) == []
    store(client, "11-06 09:00 +1 @ 21000")
    before = figures(client, "daily", account_id="A")
    assert exact(upload(client, FILE, dry_run="true"))["accepted"] == 4
    assert figures(client, "daily", account_id="A") == before
    assert listed(client) == []


@pytest.mark.feature("TPA-32")
def test_the_same_file_again_adds_nothing_and_has_nothing_to_undo(client: Client) -> None:
    first = exact(upload(client, FILE))
    version = figures(client, "daily", account_id="A")["version"]
    again = exact(upload(client, FILE))
    assert (again["id"], again["accepted"], again["duplicates"]) == (None, 0, 4)
    assert figures(client, "daily", account_id="A")["version"] == version
    assert [each["id"] for each in listed(client)] == [first["id"]]


def test_every_bad_line_is_named_by_line_and_column_and_nothing_is_stored(client: Client) -> None:
    bad = trades({}, {"Size": "x"}, {"EnteredAt": "?"})
    error = assert_error(upload(client, bad), 400, "INVALID_BODY")
    assert [(each["row"], each["field"].lower()) for each in error["details"]] == [
        (3, "size"),
        (4, "enteredat"),
    ]
    assert all("t.csv" in each["message"] for each in error["details"])
    assert exact(get(client, "/api/accounts")) == []


def test_sources_that_overlap_need_to_be_allowed(client: Client, sqlite_res: Resources) -> None:
    exact(upload(client, FILE))
    other = executions({})
    assert_error(upload(client, other), 409, "SOURCE_OVERLAP")
    assert exact(upload(client, other, allow_overlap="true"))["accepted"] == 1
    assert list(verification.differences(sqlite_res, "A")) == []


def test_what_is_left_open_and_what_has_no_fees_is_warned_of(client: Client) -> None:
    told = exact(upload(client, executions({})))
    assert [each.partition(":")[0] for each in told["warnings"]] == [
        "there are no fees in it",
        "a position in MNQM5 is still open where the file ends",
    ]
    told = exact(upload(client, executions({}), account_id="B", fees_per_side="ES=2,MNQ=0.37"))
    assert told["fees"] == "0.37"


# --- Undo ----------------------------------------------------------------------------------------


def test_an_undone_import_left_no_trace_and_can_come_again(
    client: Client, sqlite_res: Resources
) -> None:
    store(client, "11-06 09:00 +1 @ 21000\n11-06 09:05 -1 @ 21010")
    before = figures(client, "monthly", account_id="A", date="2025-05-01")
    brought = exact(upload(client, FILE))
    undone = exact(undo(client, brought["id"]))
    assert (undone["undone"], undone["corrected"], undone["restorable"]) == (4, 0, 0)
    after = figures(client, "monthly", account_id="A", date="2025-05-01")
    assert after["version"] > brought["accounts"]["A"]["version"] > before["version"]
    assert {**after, "version": 0} == {**before, "version": 0}
    assert list(verification.differences(sqlite_res, "A")) == []
    assert exact(upload(client, FILE))["accepted"] == 4
    assert [each["undone_at"] for each in listed(client)] == [None, "2025-11-07T18:00:00Z"]


def test_orders_come_and_go_with_their_file(client: Client) -> None:
    sent = {"status": "CANCELLED", "order_id": "o1", "timestamp": "2025-05-08T15:22:07Z"}
    content = executions(sent | {"execution_id": "", "executed_at": ""})
    told = exact(upload(client, content))
    assert (told["executions"], told["accepted"], told["orders_accepted"]) == (0, 0, 1)
    assert (told["first_execution_at"], told["warnings"], told["source"]) == (None, [], "api")
    again = exact(upload(client, content))
    assert (again["id"], again["orders_accepted"], again["orders_duplicates"]) == (None, 0, 1)
    [import_] = listed(client)
    assert (import_["id"], import_["accepted"], import_["orders_accepted"]) == (told["id"], 0, 1)
    undone = exact(undo(client, told["id"]))
    assert (undone["undone"], undone["orders"], undone["accounts"]["A"]["version"]) == (0, 1, 2)
    asked = {"account_id": "A", "type": "all", "start": "2025-01-01"}
    assert exact(get(client, "/api/trades", **asked))["items"] == []
    assert exact(upload(client, content))["orders_accepted"] == 1


def test_a_second_undo_takes_out_nothing_even_when_the_file_came_again(client: Client) -> None:
    first = exact(upload(client, FILE))["id"]
    exact(undo(client, first))
    second = exact(upload(client, FILE))["id"]
    assert second != first
    assert exact(undo(client, first))["undone"] == 0
    assert len(executions_of(client)) == 4


def test_an_undo_takes_out_only_what_its_own_import_brought(client: Client) -> None:
    exact(upload(client, trades({})))
    second = exact(upload(client, FILE))
    assert (second["accepted"], second["duplicates"]) == (2, 2)
    assert exact(undo(client, second["id"]))["undone"] == 2
    assert len(executions_of(client)) == 2


def test_corrections_go_with_the_import_and_are_counted(
    client: Client, sqlite_res: Resources
) -> None:
    brought = exact(upload(client, executions({}, {"side": "SELL"}, {}, {"side": "SELL"})))
    fill = {"symbol": "MNQM5", "side": "BUY", "quantity": 1, "price": "20001.25",
            "executed_at": "2025-05-08T15:22:07Z", "source": "own-csv"}  # fmt: skip
    exact(call(client, "PUT", "/api/executions/A/e1", json=fill))
    exact(call(client, "DELETE", "/api/executions/A/e4"))
    again = exact(upload(client, executions({}, {"side": "SELL"}, {}, {"side": "SELL"})))
    assert (again["accepted"], again["duplicates"]) == (0, 4)
    undone = exact(undo(client, brought["id"]))
    assert (undone["undone"], undone["corrected"], undone["restorable"]) == (3, 1, 1)
    assert executions_of(client) == []
    assert list(verification.differences(sqlite_res, "A")) == []
    assert exact(upload(client, executions({"price": "20009.25"})))["accepted"] == 1


def test_an_import_that_is_not_there_is_not_found(client: Client) -> None:
    brought = exact(upload(client, FILE))["id"]
    exact(upload(client, FILE, account_id="B"))
    for import_id in ("0" * 24, "x", brought[:-1]):
        assert_error(undo(client, import_id), 404, "NOT_FOUND")
    assert_error(undo(client, brought, account_id="B"), 404, "NOT_FOUND")
    assert_error(undo(client, brought, account_id="C"), 404, "ACCOUNT_NOT_FOUND")


def test_an_undo_that_would_leave_the_impossible_is_refused(client: Client) -> None:
    exact(upload(client, executions({"symbol": "MNQ"})))
    closing = {"side": "SELL", "symbol": "MNQ", "executed_at": "2025-05-08T15:30:00Z"}
    other = exact(upload(client, executions(closing | {"execution_id": "z"})))["id"]
    dated = {"executed_at": "2025-05-08T16:00:00Z", "execution_id": "d"}
    exact(upload(client, executions(dated)))
    assert_error(undo(client, other), 409, "CONFLICT")
    assert len(executions_of(client)) == 3


# --- The list ------------------------------------------------------------------------------------


def test_imports_are_listed_newest_first_page_by_page(client: Client) -> None:
    ids = [
        exact(upload(client, executions({"execution_id": f"x{n}"}), name=f"{n}.csv"))["id"]
        for n in range(5)
    ]
    found: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = exact(get(client, "/api/imports", account_id="A", limit="2", **cursor))
        found += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert [each["id"] for each in found] == ids[::-1]
    assert found[0] | {"id": "", "sha256": ""} == {
        "id": "", "account_id": "A", "file": "4.csv", "format": "own-csv", "sha256": "",
        "rows": 1, "accepted": 1, "duplicates": 0,
        "orders_accepted": 0, "orders_duplicates": 0, "created_at": "2025-11-07T18:00:00Z",
        "created_by": "tests", "undone_at": None,
    }  # fmt: skip
    assert len(found[0]["sha256"]) == 64


def test_a_cursor_of_another_list_is_refused(client: Client) -> None:
    exact(upload(client, FILE))
    store(client, "11-06 09:00 +1 @ 21000\n11-06 09:05 -1 @ 21010")
    other = exact(get(client, "/api/positions", account_id="A", limit="1"))["next_cursor"]
    for cursor in (other, "x", ""):
        answer = get(client, "/api/imports", account_id="A", cursor=cursor)
        assert_error(answer, 400, "INVALID_CURSOR")


def test_the_list_is_revalidated_and_never_out_of_date(client: Client) -> None:
    brought = exact(upload(client, FILE))["id"]
    first = get(client, "/api/imports?account_id=A")
    known = {"If-None-Match": first.headers["ETag"]}
    assert call(client, "GET", "/api/imports?account_id=A", headers=known).status_code == 304
    exact(undo(client, brought))
    again = call(client, "GET", "/api/imports?account_id=A", headers=known)
    assert exact(again)["items"][0]["undone_at"] is not None


def test_who_is_held_to_accounts_imports_into_no_other(
    client: Client, sqlite_res: Resources
) -> None:
    exact(upload(client, FILE))
    secret = access.create_token(sqlite_res, "held", "write", ("A", "NEW"))
    held = Client(client.client.application.test_client(), secret)
    for account_id in ("NEW", "B"):
        assert_error(upload(held, FILE, account_id=account_id), 404, "ACCOUNT_NOT_FOUND")
    form = {"account_id": "B", "limit": "x"}
    answer = call(held, "POST", "/api/imports", data=form, content_type="multipart/form-data")
    assert_error(answer, 404, "ACCOUNT_NOT_FOUND")
    assert exact(upload(held, FILE))["duplicates"] == 4
