"""POST /api/orders: what becomes of orders, told in any order and any number of times."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.services import access
from app.services.resources import Resources
from tests.blueprints.calls import call, exact, get, store
from tests.blueprints.errors import assert_error
from tests.blueprints.orders import order, send
from tests.conftest import Client

AT = "2025-11-07T14:30:00Z"
LATER = "2025-11-07T14:30:05Z"


def listed(client: Client, kind: str = "all") -> list[tuple[str, str]]:
    body = exact(get(client, "/api/trades", account_id="A", type=kind))
    return [(item["id"], item["status"]) for item in body["items"]]


def version(client: Client) -> int:
    found: int = exact(get(client, "/api/performance/daily", account_id="A"))["version"]
    return found


def counts(body: Any) -> tuple[int, int]:
    return body["accepted"], body["duplicates"]


@pytest.mark.feature("PAM-TRADES-06", "PAM-TRADES-23")
@pytest.mark.parametrize("status", ["CANCELLED", "REJECTED"])
def test_an_order_comes_to_nothing(client: Client, status: str) -> None:
    assert counts(send(client, order("o1", "PENDING", AT))) == (1, 0)
    assert listed(client, "pending") == [("o1", "PENDING")]
    assert counts(send(client, order("o1", status, AT, updated_at=LATER))) == (1, 0)
    assert listed(client) == [("o1", status)]
    assert listed(client, status.lower()) == [("o1", status)]
    assert listed(client, "pending") == listed(client, "filled") == []


def test_an_order_that_is_filled_is_listed_as_its_fills(client: Client) -> None:
    send(client, order("o1", "PENDING", AT))
    send(client, order("o1", "FILLED", AT, updated_at=LATER))
    # Its executions are still to come: the order by itself is no trade.
    assert listed(client) == []
    store(client, "11-07 09:00 +1 @ 21000")
    assert listed(client) == [("e1", "FILLED")]


def test_of_an_order_filled_in_part_and_then_cancelled_the_fills_are_listed(
    client: Client,
) -> None:
    send(client, order("o1", "PENDING", AT, quantity=3))
    fill = {"execution_id": "part", "order_id": "o1", "quantity": 2, "price": "21000"}
    at = {"account_id": "A", "symbol": "MNQZ5", "side": "BUY", "executed_at": LATER}
    exact(call(client, "POST", "/api/executions", json=fill | at))
    send(client, order("o1", "CANCELLED", AT, quantity=3, updated_at="2025-11-07T14:31:00Z"))
    body = exact(get(client, "/api/trades", account_id="A", type="all"))
    assert [item["id"] for item in body["items"]] == ["part"]
    assert body["summary"]["cancelled"] == 0
    assert body["summary"]["total"] == body["summary"]["filled"] == 1
    # Without its fill, it came to nothing after all.
    call(client, "DELETE", "/api/executions/A/part")
    assert listed(client) == [("o1", "CANCELLED")]


def test_an_older_word_changes_nothing(client: Client) -> None:
    first = version_of(send(client, order("o1", "CANCELLED", AT, updated_at=LATER)))
    answer = send(client, order("o1", "PENDING", AT))
    assert counts(answer) == (0, 1)
    assert version_of(answer) == first
    assert listed(client) == [("o1", "CANCELLED")]


def test_a_repeat_changes_nothing_and_raises_no_version(client: Client) -> None:
    sent = order("o1", "CANCELLED", AT, price="21000.25", strategy="fade")
    first = version_of(send(client, sent))
    again = send(client, sent)
    assert counts(again) == (0, 1)
    assert version_of(again) == version(client) == first
    assert version_of(send(client, sent | {"quantity": 2})) == first + 1


def version_of(body: Any) -> int:
    found: int = body["accounts"]["A"]["version"]
    return found


def test_many_words_about_one_order_in_a_batch_leave_the_latest(client: Client) -> None:
    answer = send(
        client,
        order("o1", "CANCELLED", AT, updated_at=LATER),
        order("o1", "PENDING", AT),
        order("o2", "PENDING", AT),
        order("o2", "REJECTED", AT),
        order("o2", "PENDING", AT),
    )
    assert counts(answer) == (3, 2)
    assert listed(client) == [("o2", "REJECTED"), ("o1", "CANCELLED")]


def test_one_object_an_array_and_ndjson_mean_the_same(client: Client) -> None:
    sent = order("o1", "PENDING", AT)
    assert counts(exact(call(client, "POST", "/api/orders", json=sent))) == (1, 0)
    assert counts(send(client, sent)) == (0, 1)
    lines = "\n".join(json.dumps(each) for each in (sent, order("o2", "REJECTED", AT)))
    headers = {"Content-Type": "application/x-ndjson"}
    answer = exact(call(client, "POST", "/api/orders", data=lines, headers=headers))
    assert counts(answer) == (1, 1)


def test_one_bad_row_refuses_all_and_every_bad_one_is_named(client: Client) -> None:
    answer = call(
        client,
        "POST",
        "/api/orders",
        json=[
            order("o1", "PENDING", AT),
            order("o2", "DONE", AT),
            order("o3", "PENDING", "yesterday", updated_at="2025-11-07T14:30:00"),
            order("o4", "PENDING", AT),
        ],
    )
    error = assert_error(answer, 400, "INVALID_BODY")
    named = [(each["row"], each["field"]) for each in error["details"]]
    assert named == [(2, "status"), (3, "submitted_at"), (3, "updated_at")]
    assert call(client, "GET", "/api/trades?account_id=A").status_code == 404


def test_an_unknown_symbol_is_named_by_its_row(client: Client) -> None:
    sent = [order("o1", "PENDING", AT), order("o2", "PENDING", AT, symbol="MNQQQ")]
    error = assert_error(call(client, "POST", "/api/orders", json=sent), 400, "UNKNOWN_SYMBOL")
    assert [(each["row"], each["field"]) for each in error["details"]] == [(2, "symbol")]
    assert "MNQ" in error["message"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"quantity": "two"}, "quantity"),
        ({"quantity": 1.5}, "quantity"),
        ({"price": "NaN"}, "price"),
        ({"price": True}, "price"),
        ({"submitted_at": None}, "submitted_at"),
        ({"submitted_at": "2025-11-07T14:30:00"}, "submitted_at"),
        ({"updated_at": "2025-11-07T14:29:59Z"}, "updated_at"),
        ({"side": "long"}, "side"),
        ({"order_id": "a/b"}, "order_id"),
        ({"order_id": ""}, "order_id"),
        ({"fees": "1"}, "fees"),
        ({"strategy": "a\nb"}, "strategy"),
    ],
)
def test_a_bad_field_is_refused_by_name(
    client: Client, changes: dict[str, Any], field: str
) -> None:
    sent = order("o1", "PENDING", AT) | changes
    error = assert_error(call(client, "POST", "/api/orders", json=[sent]), 400, "INVALID_BODY")
    assert field in json.dumps(error)


@pytest.mark.parametrize("body", ["", "[", "null", "7", '[["o1"]]', '{"order_id": "o1"}'])
def test_what_is_no_order_is_refused(client: Client, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    answer = call(client, "POST", "/api/orders", data=body, headers=headers)
    assert_error(answer, 400, "INVALID_BODY")


def test_a_query_or_another_media_type_is_refused(client: Client) -> None:
    sent = order("o1", "PENDING", AT)
    answer = call(client, "POST", "/api/orders?dry_run=true", json=sent)
    assert_error(answer, 400, "INVALID_PARAMETER")
    headers = {"Content-Type": "text/csv"}
    answer = call(client, "POST", "/api/orders", data="order_id", headers=headers)
    assert_error(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


def test_an_account_is_created_by_its_first_order(client: Client) -> None:
    answer = send(client, order("o1", "PENDING", AT), order("o2", "PENDING", AT, account_id="B"))
    assert answer["accounts_created"] == ["A", "B"]
    assert send(client, order("o3", "PENDING", AT))["accounts_created"] == []


def restricted(client: Client, res: Resources) -> Client:
    """A caller who may see account A alone."""
    return Client(client.client, access.create_token(res, "bot", "write", ("A",)))


def test_another_tokens_account_is_not_there_before_any_other_fault(
    client: Client, sqlite_res: Resources
) -> None:
    send(client, order("o1", "PENDING", AT, account_id="B"))
    bot = restricted(client, sqlite_res)
    sent = [order("o1", "DONE", AT), order("o1", "PENDING", AT, account_id="B")]
    assert_error(call(bot, "POST", "/api/orders", json=sent), 404, "ACCOUNT_NOT_FOUND")


def test_who_is_held_to_accounts_makes_none(client: Client, sqlite_res: Resources) -> None:
    bot = restricted(client, sqlite_res)
    answer = call(bot, "POST", "/api/orders", json=order("o1", "PENDING", AT))
    assert_error(answer, 404, "ACCOUNT_NOT_FOUND")
    send(client, order("o1", "PENDING", AT))
    assert counts(send(bot, order("o2", "PENDING", AT))) == (1, 0)


def test_who_may_only_read_sends_no_orders(client: Client, sqlite_res: Resources) -> None:
    reader = Client(client.client, access.create_token(sqlite_res, "reader", "read", ()))
    answer = call(reader, "POST", "/api/orders", json=order("o1", "PENDING", AT))
    assert_error(answer, 403, "FORBIDDEN")
