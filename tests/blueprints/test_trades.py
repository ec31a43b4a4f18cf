"""GET /api/trades: executions and what they realized, orders that came to nothing, newest first."""

from __future__ import annotations

from typing import Any

import pytest

from app.services import access
from app.services.resources import Resources
from tests.blueprints.calls import assert_has, call, exact, fills, get, store
from tests.blueprints.errors import assert_error
from tests.blueprints.orders import order, send
from tests.conftest import Client, Clock

PATH = "/api/trades?account_id=A"
# Opens long, turns short, and closes.
REVERSAL = """
    11-07 09:00:00 +1 @ 21000 fee 0.50
    11-07 09:10:00 -3 @ 21010 fee 1.50
    11-07 09:20:00 +2 @ 21005 fee 1
"""


def trades(client: Client, **query: str) -> Any:
    return exact(get(client, "/api/trades", account_id="A", **query))


def ids(body: Any) -> list[str]:
    return [item["id"] for item in body["items"]]


def execute(client: Client, notes: str, *changes: dict[str, Any]) -> None:
    """Post a trader's notes, each line with changes of its own."""
    told = [fill | change for fill, change in zip(fills(notes), changes, strict=True)]
    exact(call(client, "POST", "/api/executions", json=told))


@pytest.mark.feature("PAM-TRADES-11", "PAM-TRADES-12", "PAM-TRADES-13", "PAM-TRADES-14")
@pytest.mark.feature("PAM-TRADES-17", "PAM-TRADES-22")
def test_an_item_says_all_that_is_known_of_an_execution(client: Client) -> None:
    entry = {"order_id": "order-xyz", "strategy": "overnight_range"}
    execute(client, "11-07 08:32:55 +2 @ 15234.25 fee 4.50", entry)
    send(client, order("order-xyz", "FILLED", "2025-11-07T14:32:53.7595Z", quantity=2))
    body = trades(client, start="2025-11-01", end="2025-11-09")
    [position] = exact(get(client, "/api/positions", account_id="A"))["items"]
    assert body == {
        "account_id": "A",
        "start": "2025-11-01T05:00:00Z",
        "end": "2025-11-10T06:00:00Z",
        "items": [
            {
                "id": "e1",
                "order_id": "order-xyz",
                "symbol": "MNQ",
                "contract": "MNQZ5",
                "side": "BUY",
                "quantity": 2,
                "price": "15234.25",
                "pnl": "0.0",
                "fees": "4.5",
                "net_pnl": "-4.5",
                "status": "FILLED",
                "strategy": "overnight_range",
                "timestamp": "2025-11-07T14:32:55Z",
                "position_id": position["id"],
                "fill_time_ms": "1240.5",
            }
        ],
        "next_cursor": None,
        "summary": {
            "total": 1,
            "filled": 1,
            "cancelled": 0,
            "pending": 0,
            "rejected": 0,
            "avg_fill_time_ms": "1240.5",
            "gross_pnl": "0.0",
            "net_pnl": "-4.5",
            "fees": "4.5",
        },
    }


def test_an_item_says_all_that_is_known_of_an_order(client: Client) -> None:
    send(client, order("o1", "REJECTED", "2025-11-07T14:30:00Z", price="21000.25", strategy="fade"))
    [item] = trades(client, type="rejected")["items"]
    assert_has(item, id="o1", order_id="o1", symbol="MNQ", contract="MNQZ5", side="BUY")
    assert_has(item, quantity=1, price="21000.25", status="REJECTED", strategy="fade")
    assert_has(item, pnl="0.0", fees="0.0", net_pnl="0.0", timestamp="2025-11-07T14:30:00Z")
    assert_has(item, position_id=None, fill_time_ms=None)
    send(client, order("o2", "PENDING", "2025-11-07T14:30:00Z"))
    assert trades(client, type="pending")["items"][0]["price"] is None


@pytest.mark.feature("PAM-TRADES-13", "PAM-TRADES-14")
def test_a_reversal_has_the_pnl_position_and_strategy_of_what_it_closed(client: Client) -> None:
    strategies: list[dict[str, Any]] = [{"strategy": each} for each in ("fade", "breakout", None)]
    execute(client, REVERSAL, *strategies)
    exit_, reversal, entry = trades(client)["items"]
    assert_has(entry, pnl="0.0", fees="0.5", net_pnl="-0.5", strategy="fade")
    assert_has(reversal, pnl="20.0", fees="1.5", net_pnl="18.5", strategy="fade", quantity=3)
    assert_has(exit_, pnl="20.0", fees="1.0", net_pnl="19.0", strategy="breakout")
    assert reversal["position_id"] == entry["position_id"] != exit_["position_id"]
    assert ids(trades(client, strategy="fade")) == ["e2", "e1"]
    assert_has(trades(client, strategy="fade")["summary"], filled=2, gross_pnl="20.0", fees="2.0")


@pytest.mark.feature("PAM-TRADES-05", "PAM-TRADES-07", "PAM-TRADES-16")
def test_the_summary_is_of_the_window_and_every_status_whatever_is_listed(client: Client) -> None:
    execute(client, REVERSAL, {"order_id": "f1"}, {"order_id": "f2"}, {})
    send(
        client,
        order("f1", "FILLED", "2025-11-07T14:59:59Z"),
        order("f2", "FILLED", "2025-11-07T15:09:58Z"),
        order("c1", "CANCELLED", "2025-11-07T15:00:00Z"),
        order("c2", "CANCELLED", "2025-11-07T15:00:00Z"),
        order("p1", "PENDING", "2025-11-07T15:00:00Z"),
        order("r1", "REJECTED", "2025-11-07T15:00:00Z"),
        order("old", "REJECTED", "2025-10-01T15:00:00Z"),
    )
    expected = {
        "total": 7,
        "filled": 3,
        "cancelled": 2,
        "pending": 1,
        "rejected": 1,
        "avg_fill_time_ms": "1500.0",
        "gross_pnl": "40.0",
        "net_pnl": "37.0",
        "fees": "3.0",
    }
    for kind, listed in {
        "filled": ["e3", "e2", "e1"],
        "cancelled": ["c2", "c1"],
        "pending": ["p1"],
        "rejected": ["r1"],
        # At one instant the executions come before the orders.
        "all": ["e3", "e2", "e1", "r1", "p1", "c2", "c1"],
    }.items():
        body = trades(client, type=kind)
        assert ids(body) == listed
        assert body["summary"] == expected
    assert ids(trades(client)) == ["e3", "e2", "e1"]
    assert trades(client, type="all", limit="1")["summary"] == expected


@pytest.mark.feature("PAM-TRADES-04")
def test_the_window_is_the_last_seven_days(client: Client) -> None:
    # Now is 12:00 on the 7th.
    notes = "10-31 12:59:59 +1 @ 21000\n10-31 13:00:00 +1 @ 21000\n11-07 11:59:59 -2 @ 21000"
    store(client, notes)
    body = trades(client)
    assert ids(body) == ["e3", "e2"]
    assert_has(body, start="2025-10-31T18:00:00Z", end="2025-11-07T18:00:00Z")
    until = trades(client, end="2025-11-07T17:59:59Z")
    assert_has(until, start="2025-10-31T17:59:59Z", end="2025-11-07T17:59:59Z")
    assert ids(until) == ["e2", "e1"]
    assert ids(trades(client, start="2025-10-31", end="2025-10-31")) == ["e2", "e1"]


def test_the_default_window_moves_on_with_the_minute(client: Client, clock: Clock) -> None:
    store(client, "11-07 11:59:59 +1 @ 21000")
    clock.set("2025-11-07T18:00:01Z")
    first = get(client, PATH)
    clock.set("2025-11-07T18:00:59Z")
    assert get(client, PATH).headers["ETag"] == first.headers["ETag"]
    clock.set("2025-11-07T18:01:01Z")
    moved = get(client, PATH)
    assert moved.headers["ETag"] != first.headers["ETag"]
    assert exact(moved)["end"] == "2025-11-07T18:02:00Z"


@pytest.mark.feature("PAM-TRADES-08", "PAM-TRADES-19")
def test_a_symbol_is_a_root_with_its_contracts_or_one_contract(client: Client) -> None:
    store(
        client,
        """
        11-07 09:00:00 +1 MNQZ5 @ 21000
        11-07 09:00:01 +1 MNQH6 @ 21100
        11-07 09:00:02 +1 MES @ 6000
        11-07 09:00:03 -1 MNQZ5 @ 21001
        """,
    )
    send(
        client,
        order("z5", "CANCELLED", "2025-11-07T15:00:00.5Z"),
        order("h6", "CANCELLED", "2025-11-07T15:00:01.5Z", symbol="MNQH6"),
        order("mes", "CANCELLED", "2025-11-07T15:00:02.5Z", symbol="MES"),
    )
    for spelling, listed in {
        "MNQ": ["e4", "h6", "e2", "z5", "e1"],
        "mnq": ["e4", "h6", "e2", "z5", "e1"],
        "MNQ 12-25": ["e4", "z5", "e1"],
        "CON.F.US.MNQ.H26": ["h6", "e2"],
        "MES": ["mes", "e3"],
        "M2K": [],
    }.items():
        body = trades(client, type="all", symbol=spelling)
        assert ids(body) == listed, spelling
        filled = len([each for each in listed if each.startswith("e")])
        assert_has(body["summary"], filled=filled, cancelled=len(listed) - filled)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("type=open", "INVALID_PARAMETER"),
        ("limit=0", "INVALID_PARAMETER"),
        ("limit=501", "INVALID_PARAMETER"),
        ("limit=x", "INVALID_PARAMETER"),
        ("start=2025-11-08&end=2025-11-07", "INVALID_PARAMETER"),
        ("start=2025-11-07T00:00:00", "INVALID_PARAMETER"),
        ("symbol=XYZW", "UNKNOWN_SYMBOL"),
        ("symbol=MNQ+13-25", "INVALID_PARAMETER"),
        ("strategy=", "INVALID_PARAMETER"),
        ("strategy=a%0Ab", "INVALID_PARAMETER"),
        ("cursor=", "INVALID_CURSOR"),
        ("status=filled", "INVALID_PARAMETER"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(client: Client, query: str, code: str) -> None:
    store(client, "11-07 09:00 +1 @ 21000")
    assert_error(get(client, f"{PATH}&{query}"), 400, code)


@pytest.mark.feature("PAM-TRADES-03")
def test_the_account_may_be_left_out_and_another_tokens_is_not_there(
    client: Client, sqlite_res: Resources
) -> None:
    store(client, "11-07 09:00 +1 @ 21000")
    assert exact(get(client, "/api/trades"))["account_id"] == "A"
    stranger = Client(client.client, access.create_token(sqlite_res, "x", "read", ("B",)))
    for path in (PATH, "/api/trades/export?account_id=A", f"{PATH}&limit=0"):
        assert_error(get(stranger, path), 404, "ACCOUNT_NOT_FOUND")


def test_an_empty_account_has_an_empty_log(client: Client) -> None:
    send(client, order("o1", "FILLED", "2025-11-07T15:00:00Z"))
    body = trades(client, type="all")
    assert body["items"] == []
    assert body["next_cursor"] is None
    assert_has(body["summary"], total=0, avg_fill_time_ms="0.0", net_pnl="0.0")


@pytest.mark.feature("PAM-TRADES-09")
def test_a_page_has_fifty_items_unless_it_is_asked_for_one_to_five_hundred(client: Client) -> None:
    store(client, "\n".join(["11-07 09:00 +1 @ 21000"] * 51))
    assert len(trades(client)["items"]) == 50
    assert [len(trades(client, limit=limit)["items"]) for limit in ("1", "500")] == [1, 51]
    for limit in ("0", "501", "-1", "1.5", "many"):
        assert_error(get(client, "/api/trades", limit=limit), 400, "INVALID_PARAMETER")
