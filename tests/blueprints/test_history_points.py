"""GET /api/performance/history by single fills and trades, filtered and filled; and its export.

One point of MNQ is worth 2 USD, one of MES 5. Chicago is six hours behind UTC in November.
"""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from app.services import performance_history
from tests.blueprints.calls import assert_has, call, exact, figures, fills, get, store
from tests.blueprints.errors import assert_error
from tests.conftest import Client

HISTORY = "/api/performance/history"
EXPORT = "/api/performance/export"
# Two that exit at once, a partial exit, a loss on Friday; an entry without fees.
NOTES = """
    11-05 10:00 +1 @ 21000 fee 0.5
    11-05 10:10 -1 @ 21010 fee 0.5
    11-05 11:00 +2 MESZ5 @ 6700
    11-05 11:10 -1 MESZ5 @ 6702 fee 1
    11-05 11:20 -1 MESZ5 @ 6704 fee 1
    11-07 09:00 -1 @ 21000
    11-07 09:10 +1 @ 21020
"""
TICKS = [
    ("2025-11-05T16:00:00Z", "-0.5", 0),
    ("2025-11-05T16:10:00Z", "19.5", 1),
    ("2025-11-05T17:10:00Z", "9.0", 0),
    ("2025-11-05T17:20:00Z", "19.0", 1),
    ("2025-11-07T15:10:00Z", "-40.0", 1),
]
TRADES = [
    ("2025-11-05T16:10:00Z", "19.0", 1),
    ("2025-11-05T17:20:00Z", "28.0", 1),
    ("2025-11-07T15:10:00Z", "-40.0", 1),
]
# A gain of one strategy; then another's position is turned into one of the first.
REVERSAL = """
    11-05 10:00 +1 @ 21000
    11-05 10:10 -1 @ 21010
    11-05 10:20 +1 @ 21010
    11-05 10:30 -2 @ 21020 fee 3
    11-05 10:40 +1 @ 21000 fee 1
"""
BY_STRATEGY = {"e1": "fade", "e3": "breakout", "e4": "fade"}


def history(client: Client, **query: str) -> Any:
    return figures(client, "history", **query)


def points(body: Any) -> list[tuple[str, str, int]]:
    return [(each["timestamp"], each["period_pnl"], each["trade_count"]) for each in body["points"]]


def store_strategies(client: Client) -> None:
    sent = [
        each | {"strategy": BY_STRATEGY[each["execution_id"]]}
        if each["execution_id"] in BY_STRATEGY
        else each
        for each in fills(REVERSAL)
    ]
    exact(call(client, "POST", "/api/executions", json=sent))


@pytest.mark.feature("PAM-PERF-04", "PAM-PERF-14")
@pytest.mark.parametrize("basis", [{}, {"basis": "position"}, {"basis": "execution"}])
def test_ticks_are_the_executions_with_pnl_or_fees_and_always_by_execution(
    client: Client, basis: dict[str, str]
) -> None:
    store(client, NOTES)
    body = history(client, interval="tick", **basis)
    assert_has(body, interval="tick", basis="execution")
    assert points(body) == TICKS
    assert [each["period"] for each in body["points"]] == [at for at, _, _ in TICKS]
    assert_has(body["summary"], total_pnl="7.0", trade_count=3, max_drawdown="-40.0")


@pytest.mark.feature("PAM-PERF-05", "PAM-PERF-14")
@pytest.mark.parametrize("basis", [{}, {"basis": "position"}, {"basis": "execution"}])
def test_trades_are_the_closed_positions_and_always_by_position(
    client: Client, basis: dict[str, str]
) -> None:
    store(client, NOTES)
    body = history(client, interval="trade", **basis)
    assert_has(body, interval="trade", basis="position")
    assert points(body) == TRADES
    assert [each["cumulative_pnl"] for each in body["points"]] == ["19.0", "47.0", "7.0"]
    assert_has(body["summary"], total_pnl="7.0", trade_count=3, winning_trades=2)


@pytest.mark.feature("PAM-PERF-16")
@pytest.mark.parametrize(
    ("filters", "pnl"),
    [
        ({"symbol": "MNQ"}, "-21.0"),
        ({"symbol": "mnq dec25"}, "-21.0"),
        ({"symbol": "CON.F.US.MES.Z25"}, "28.0"),
        ({"symbol": "MESH6"}, "0.0"),
        ({"strategy": "nobody's"}, "0.0"),
    ],
)
@pytest.mark.parametrize("interval", ["tick", "trade", "hour", "day", "month"])
def test_a_filter_leaves_its_positions_figures_and_no_balances(
    client: Client, filters: dict[str, str], pnl: str, interval: str
) -> None:
    store(client, NOTES)
    body = history(client, interval=interval, **filters)
    nothing = {"start_balance": None, "end_balance": None, "cash_flow": None}
    assert_has(body["summary"], total_pnl=pnl, **nothing)
    assert {each["balance"] for each in body["points"]} <= {None}
    assert [each["cumulative_pnl"] for each in body["points"][-1:]] == (
        [pnl] if pnl != "0.0" else []
    )
    # The window begins with the account's first execution, whatever it was in.
    assert body["start"] == "2025-11-05T16:00:00Z"


def test_of_a_fill_through_zero_a_strategy_has_only_its_own_part(client: Client) -> None:
    store_strategies(client)
    fade = history(client, interval="tick", strategy="fade")
    # Half of the reversal's fee alone, and it is no part of the exit before.
    assert [pnl for _, pnl, _ in points(fade)] == ["20.0", "-1.5", "39.0"]
    assert_has(fade["summary"], total_pnl="57.5", trade_count=2, max_drawdown="-1.5")
    breakout = history(client, interval="tick", strategy="breakout")
    assert points(breakout) == [("2025-11-05T16:30:00Z", "18.5", 1)]
    whole = history(client, interval="tick")
    assert [pnl for _, pnl, _ in points(whole)] == ["20.0", "17.0", "39.0"]


def test_an_unknown_symbol_is_refused_with_near_names(client: Client) -> None:
    store(client, NOTES)
    error = assert_error(get(client, HISTORY, symbol="MNQQ"), 400, "UNKNOWN_SYMBOL")
    assert "MNQ" in error["message"]


@pytest.mark.parametrize(
    "query",
    [
        {"symbol": "MNQ 13-25"},
        {"symbol": "MNQZ35"},
        {"strategy": ""},
        {"strategy": "a\0b"},
        {"fill": "one"},
        {"fill": "zero", "interval": "tick"},
        {"fill": "zero", "interval": "trade"},
        {"interval": "ticks"},
        *({"limit": limit} for limit in ("0", "-1", "5001", "ten", "1.5", "", "9" * 30)),
    ],
)
def test_what_makes_no_sense_is_refused(client: Client, query: dict[str, str]) -> None:
    store(client, NOTES)
    assert_error(get(client, HISTORY, **query), 400, "INVALID_PARAMETER")


def test_fill_zero_also_shows_the_periods_without_trades(client: Client) -> None:
    store(client, NOTES)
    cash = {"id": "1", "amount": "100", "occurred_at": "2025-11-06T12:00:00Z"}
    exact(call(client, "POST", "/api/accounts/A/cash", json=cash))
    body = history(client, start="2025-11-04", end="2025-11-08", fill="zero")
    shown = [(each["period"], each["cumulative_pnl"], each["balance"]) for each in body["points"]]
    assert shown == [
        ("2025-11-04", "0.0", "0.0"),
        ("2025-11-05", "47.0", "47.0"),
        ("2025-11-06", "47.0", "147.0"),
        ("2025-11-07", "7.0", "107.0"),
        ("2025-11-08", "7.0", "107.0"),
    ]
    assert [each["trade_count"] for each in body["points"]] == [0, 2, 0, 1, 0]
    assert_has(body["points"][2], period_pnl="0.0", max_drawdown="0.0", winning_trades=0)


def test_a_long_idle_window_is_filled_page_by_page(client: Client) -> None:
    store(client, NOTES)
    window = {"interval": "hour", "start": "1900-01-01", "end": "2199-12-30", "fill": "zero"}
    first = history(client, **window)
    assert len(first["points"]) == 5000
    second = history(client, **window, cursor=first["next_cursor"], limit="1")
    last = first["points"][-1]["timestamp"]
    assert second["points"][0]["timestamp"] > last
    assert second["summary"] == first["summary"]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"interval": "tick"},
        {"interval": "trade", "symbol": "MES"},
        {"interval": "week", "basis": "execution"},
        {"start": "2025-11-04T12:00:00Z", "end": "2025-11-07T12:00:00Z", "fill": "zero"},
        {"start": "2025-12-01", "end": "2025-12-02"},
    ],
)
def test_the_export_is_the_histories_points(client: Client, query: dict[str, str]) -> None:
    store(client, NOTES)
    answer = get(client, EXPORT, **query)
    assert answer.status_code == 200
    assert answer.content_type == "text/csv; charset=utf-8"
    interval = query.get("interval", "day")
    assert answer.headers["Content-Disposition"] == (
        f"attachment; filename=performance-{interval}.csv"
    )
    assert answer.text.endswith("\r\n")
    header, *lines = csv.reader(io.StringIO(answer.text, newline=""))
    assert header[:4] == ["timestamp", "period", "period_pnl", "cumulative_pnl"]
    told = [{name: cell for name, cell in zip(header, line, strict=True) if cell} for line in lines]
    assert told == [as_cells(each) for each in history(client, **query)["points"]]


def as_cells(point: dict[str, Any]) -> dict[str, str]:
    given = {name: value for name, value in point.items() if value is not None}
    return {n: str(v).lower() if isinstance(v, bool) else str(v) for n, v in given.items()}


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"limit": "1"}, 400, "INVALID_PARAMETER"),
        ({"format": "json"}, 400, "INVALID_PARAMETER"),
        ({"start": "2025-11-08", "end": "2025-11-06"}, 400, "INVALID_PARAMETER"),
        ({"symbol": "NOPE"}, 400, "UNKNOWN_SYMBOL"),
        ({"require": "live"}, 503, "FEED_STALE"),
        ({"account_id": "NONE"}, 404, "ACCOUNT_NOT_FOUND"),
    ],
)
def test_an_export_is_refused_like_a_history(
    client: Client, query: dict[str, str], status: int, code: str
) -> None:
    store(client, NOTES)
    assert_error(get(client, EXPORT, **query), status, code)


def test_an_export_of_too_many_points_is_refused(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(client, NOTES)
    monkeypatch.setattr(performance_history, "EXPORT_MAX", 3)
    assert get(client, EXPORT, interval="trade").status_code == 200
    assert_error(get(client, EXPORT, interval="tick"), 400, "INVALID_PARAMETER")
