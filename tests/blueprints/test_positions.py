"""GET /api/positions and /api/positions/ID against examples worked out by hand.

One point of MNQ is worth 2 USD, one of MES 5. Chicago is six hours behind UTC in November.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import TextClause

from app.db import position_pages
from app.db.connection import Connection
from tests.blueprints.calls import assert_has, call, exact, fills, get, round_trips, store
from tests.conftest import Client

# A long scaled out of, and a short that is left open; the third fill crosses zero.
CROSSING = """
    11-06 09:00 +2 @ 21000 fee 1
    11-06 09:05 -1 @ 21010.5 fee 0.5
    11-06 09:10:00 -3 @ 21020 fee 0.75
    11-06 09:20 +1 @ 21018 fee 0.25
"""
# 10.5 + 20 points of MNQ less 1.75 of fees; then 2 points less 0.75 while one is held.
CLOSED = """
{"id": "?", "account_id": "A", "symbol": "MNQ", "contract": "MNQZ5", "side": "LONG",
 "quantity": 0, "max_quantity": 2, "entry_price": 21000.0, "exit_price": 21015.25,
 "opened_at": "2025-11-06T15:00:00Z", "closed_at": "2025-11-06T15:10:00Z", "duration_s": 600.0,
 "gross_pnl": 61.0, "fees": 1.75, "net_pnl": 59.25, "execution_count": 3, "strategy": null,
 "mae": null, "mfe": null}
"""
OPEN = """
{"id": "?", "account_id": "A", "symbol": "MNQ", "contract": "MNQZ5", "side": "SHORT",
 "quantity": 1, "max_quantity": 2, "entry_price": 21020.0, "exit_price": 21018.0,
 "opened_at": "2025-11-06T15:10:00Z", "closed_at": null, "duration_s": null,
 "gross_pnl": 4.0, "fees": 0.75, "net_pnl": 3.25, "execution_count": 2, "strategy": null,
 "mae": null, "mfe": null, "current_price": null, "unrealized_pnl": null}
"""
SUMMARY = """
{"total": 2, "open": 1, "closed": 1, "winning": 1, "losing": 0, "breakeven": 0,
 "gross_pnl": 65.0, "fees": 2.5, "net_pnl": 62.5}
"""
EXECUTIONS = """
[{"execution_id": "e1", "order_id": null, "side": "BUY", "quantity": 2, "price": 21000.0,
  "fees": 1.0, "realized_pnl": 0.0, "executed_at": "2025-11-06T15:00:00Z", "sequence": 0,
  "strategy": null, "source": "api"},
 {"execution_id": "e2", "order_id": null, "side": "SELL", "quantity": 1, "price": 21010.5,
  "fees": 0.5, "realized_pnl": 21.0, "executed_at": "2025-11-06T15:05:00Z", "sequence": 0,
  "strategy": null, "source": "api"},
 {"execution_id": "e3", "order_id": null, "side": "SELL", "quantity": 1, "price": 21020.0,
  "fees": 0.25, "realized_pnl": 40.0, "executed_at": "2025-11-06T15:10:00Z", "sequence": 0,
  "strategy": null, "source": "api"}]
"""
# A position over midnight, one of another root, one held; in the order of their opening.
SEVERAL = """
    11-05 23:00 +1 @ 21000 fee 1
    11-06 08:00 -1 MESZ5 @ 6700 fee 1
    11-06 08:30 +1 MESZ5 @ 6700 fee 1
    11-06 10:00 -1 @ 21005 fee 1
    11-07 09:00 -2 MESH6 @ 6750 fee 1
    11-07 09:30 -1 @ 21000
    11-07 09:45 +1 @ 21000
"""


def positions(client: Client, **query: str) -> Any:
    return exact(get(client, "/api/positions", **query))


def opened(body: Any) -> list[str]:
    """Where each item was opened, by Chicago's day and the hour in UTC."""
    return [each["opened_at"][8:13] for each in body["items"]]


def expected(text: str, **known: str) -> Any:
    body: Any = json.loads(text, parse_float=str)
    return body | known if known else body


@pytest.mark.feature("TPA-02", "TPA-07", "TPA-08", "PAM-PERF-23")
def test_the_list_is_the_example_field_by_field(client: Client) -> None:
    store(client, CROSSING)
    body = positions(client)
    assert list(body) == ["items", "next_cursor", "summary", "start", "end"]
    ids = [each["id"] for each in body["items"]]
    items = [expected(OPEN, id=ids[0]), expected(CLOSED, id=ids[1])]
    assert body["items"] == items
    assert [list(each) for each in body["items"]] == [list(each) for each in items]
    assert body["summary"] == expected(SUMMARY)
    assert list(body["summary"]) == list(expected(SUMMARY))
    assert_has(body, next_cursor=None, start=None, end=None)


@pytest.mark.feature("TPA-07")
def test_one_position_has_its_part_of_every_execution(client: Client) -> None:
    store(client, CROSSING)
    short, long = positions(client)["items"]
    body = exact(get(client, f"/api/positions/{long['id']}"))
    assert body == long | {"executions": expected(EXECUTIONS)}
    assert list(body["executions"][0]) == list(expected(EXECUTIONS)[0])
    pieces = exact(get(client, f"/api/positions/{short['id']}"))["executions"]
    assert [(each["execution_id"], each["quantity"]) for each in pieces] == [("e3", 2), ("e4", 1)]
    assert [each["fees"] for each in pieces] == ["0.5", "0.25"]
    assert [each["realized_pnl"] for each in pieces] == ["0.0", "4.0"]


@pytest.mark.feature("TPA-02")
def test_the_root_answers_the_same(client: Client) -> None:
    store(client, CROSSING)
    listed = get(client, "/api/positions", limit="1")
    assert get(client, "/positions", limit="1").data == listed.data
    path = f"/positions/{exact(listed)['items'][0]['id']}"
    assert get(client, path).data == get(client, f"/api{path}").data


def test_a_position_has_the_strategy_of_the_fill_that_opened_it(client: Client) -> None:
    given = fills("11-06 09:00 +1 @ 21000\n11-06 09:05 -1 @ 21010")
    given[0] |= {"strategy": "fade", "order_id": "o1", "sequence": 7}
    given[1] |= {"strategy": "breakout"}
    exact(call(client, "POST", "/api/executions", json=given))
    [item] = positions(client)["items"]
    assert item["strategy"] == "fade"
    pieces = exact(get(client, f"/api/positions/{item['id']}"))["executions"]
    assert [each["strategy"] for each in pieces] == ["fade", "breakout"]
    assert_has(pieces[0], order_id="o1", sequence=7)
    assert positions(client, strategy="fade")["summary"]["total"] == 1
    assert positions(client, strategy="breakout")["summary"]["total"] == 0


def test_an_account_without_positions_has_an_empty_list(client: Client) -> None:
    store(client, CROSSING)
    body = positions(client, start="2025-12-01", status="closed")
    assert_has(body, items=[], next_cursor=None, start="2025-12-01T06:00:00Z")
    assert set(body["summary"].values()) == {0, "0.0"}


# --- Filters -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["07T15", "07T15", "06T14", "06T05"]),
        ({"status": "all"}, ["07T15", "07T15", "06T14", "06T05"]),
        ({"status": "open"}, ["07T15"]),
        ({"status": "closed"}, ["07T15", "06T14", "06T05"]),
        ({"side": "LONG"}, ["06T05"]),
        ({"side": "SHORT", "status": "closed"}, ["07T15", "06T14"]),
        ({"symbol": "MES"}, ["07T15", "06T14"]),
        ({"symbol": "EP", "status": "open"}, []),
        ({"symbol": "F.US.MES"}, ["07T15", "06T14"]),
        ({"symbol": "mes"}, ["07T15", "06T14"]),
        ({"symbol": "MESZ5"}, ["06T14"]),
        ({"symbol": "MES 12-25"}, ["06T14"]),
        ({"symbol": "CON.F.US.MES.H26"}, ["07T15"]),
        ({"symbol": "MESH6", "status": "closed"}, []),
        ({"symbol": "MESM6"}, []),
        ({"strategy": "fade"}, []),
    ],
)
def test_each_filter_lets_pass_what_it_names(
    client: Client, query: dict[str, str], found: list[str]
) -> None:
    store(client, SEVERAL)
    body = positions(client, **query)
    assert opened(body) == found
    assert_has(body["summary"], total=len(found))


@pytest.mark.parametrize(
    ("query", "found", "closed", "still_open"),
    [
        # By the instant of the closing; what is open is always inside ...
        ({"start": "2025-11-06", "end": "2025-11-06"}, ["06T14", "06T05"], 2, 0),
        ({"start": "2025-11-07"}, ["07T15", "07T15"], 1, 1),
        ({"start": "2025-11-08"}, ["07T15"], 0, 1),
        ({"end": "2025-11-05"}, [], 0, 0),
        ({"start": "2025-11-06T14:30:00Z", "end": "2025-11-06T16:00:00Z"}, ["06T14"], 1, 0),
        ({"start": "2025-11-06T14:30:00.000001Z", "end": "2025-11-06T16:00:01Z"}, ["06T05"], 1, 0),
        # ... unless it was opened at the end or later.
        ({"end": "2025-11-07T15:00:00Z"}, ["06T14", "06T05"], 2, 0),
        ({"end": "2025-11-07T15:00:00.000001Z"}, ["07T15", "06T14", "06T05"], 2, 1),
        ({"start": "2025-11-08", "status": "closed"}, [], 0, 0),
        ({"end": "2025-11-06", "status": "open"}, [], 0, 0),
        ({"start": "1900-01-01", "end": "2199-12-31"}, ["07T15", "07T15", "06T14", "06T05"], 3, 1),
    ],
)
def test_a_window_holds_what_closed_in_it_and_what_is_open(
    client: Client, query: dict[str, str], found: list[str], closed: int, still_open: int
) -> None:
    store(client, SEVERAL)
    body = positions(client, **query)
    assert opened(body) == found
    assert_has(body["summary"], closed=closed, open=still_open)


def test_the_window_that_dates_stand_for_is_said(client: Client) -> None:
    store(client, SEVERAL)
    body = positions(client, start="2025-11-06", end="2025-11-06")
    assert_has(body, start="2025-11-06T06:00:00Z", end="2025-11-07T06:00:00Z")
    assert_has(positions(client, end="2025-11-06T12:00:00-06:00"), end="2025-11-06T18:00:00Z")


@pytest.mark.feature("TPA-08")
def test_the_summary_counts_wins_losses_and_what_breaks_even(client: Client) -> None:
    store(client, round_trips("11-06", ("5", "1"), ("-5", "1"), ("0.5", "1"), ("7", "0")))
    summary = positions(client)["summary"]
    assert_has(summary, total=4, open=0, closed=4, winning=2, losing=1, breakeven=1)
    assert_has(summary, gross_pnl="15.0", fees="3.0", net_pnl="12.0")


@pytest.mark.feature("TPA-08", "PAM-PERF-24")
@pytest.mark.parametrize("window", [{}, {"start": "2025-11-06"}, {"end": "2025-11-06"}])
def test_closed_positions_add_up_to_the_history_and_all_to_it_by_execution(
    client: Client, window: dict[str, str]
) -> None:
    store(client, SEVERAL)
    closed = positions(client, **window, status="closed")["summary"]
    history = exact(get(client, "/api/performance/history", **window))["summary"]
    assert closed["net_pnl"] == history["total_pnl"]
    counts = (closed["total"], closed["winning"], closed["losing"])
    names = ("trade_count", "winning_trades", "losing_trades")
    assert counts == tuple(history[name] for name in names)
    by_fill = exact(get(client, "/api/performance/history", basis="execution"))["summary"]
    assert positions(client)["summary"]["net_pnl"] == by_fill["total_pnl"]


@pytest.mark.feature("TPA-08")
def test_a_days_positions_add_up_to_the_day(client: Client) -> None:
    store(client, SEVERAL)
    for day in ("2025-11-05", "2025-11-06", "2025-11-07"):
        summary = positions(client, status="closed", start=day, end=day)["summary"]
        daily = exact(get(client, "/api/performance/daily", date=day))
        assert summary["net_pnl"] == daily["daily_pnl"]
        assert_has(daily, gross_pnl=summary["gross_pnl"], fees=summary["fees"])
        assert_has(daily, total_trades=summary["total"], winning_trades=summary["winning"])


def test_a_page_is_a_table_too(client: Client) -> None:
    store(client, CROSSING)
    header, *lines = get(client, "/api/positions", format="csv").text.splitlines()
    assert header.split(",")[:5] == ["id", "account_id", "symbol", "contract", "side"]
    assert [line.split(",")[4] for line in lines] == ["SHORT", "LONG"]
    assert len(get(client, "/api/positions", format="ndjson").text.splitlines()) == 2


def test_a_page_costs_the_same_few_statements_however_many_positions(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(client, round_trips("11-06", *[("1", "0")] * 50))
    asked: list[TextClause] = []
    for name in ("rows", "first"):
        monkeypatch.setattr(position_pages, name, counting(getattr(position_pages, name), asked))
    positions(client, limit="10")
    # The page, what is open, and what closed before and after the days that are kept whole.
    assert len(asked) == 4
    path = f"/api/positions/{positions(client, limit='1')['items'][0]['id']}"
    asked.clear()
    exact(get(client, path))
    assert len(asked) == 2


def counting(read: Callable[..., Any], asked: list[TextClause]) -> Callable[..., Any]:
    def counted(conn: Connection, statement: TextClause, **values: object) -> Any:
        asked.append(statement)
        return read(conn, statement, **values)

    return counted
