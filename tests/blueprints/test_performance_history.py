"""GET /api/performance/history against examples worked out by hand.

One point of MNQ is worth 2 USD. Chicago is six hours behind UTC in November.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from app.services import accounts
from app.services.accounts import AccountSettings
from app.services.resources import Resources
from tests.blueprints.calls import assert_has, call, exact, figures, get, round_trips, store
from tests.blueprints.errors import assert_error
from tests.conftest import Client, Clock

# Net 30.5 on Wednesday, 80 on Thursday, -45 and 60 on Friday.
THREE_DAYS = """
    11-05 10:00 +1 @ 21000 fee 2.5
    11-05 10:10 -1 @ 21017.75 fee 2.5
    11-06 09:00 +2 @ 21000 fee 2
    11-06 09:10 -2 @ 21021 fee 2
    11-07 09:20 -1 @ 21000 fee 2.25
    11-07 09:30 +1 @ 21020.25 fee 2.25
    11-07 09:40 +1 @ 21000 fee 2.25
    11-07 09:50 -1 @ 21032.25 fee 2.25
"""
# 51,000 and Wednesday's 30.5 before the window; 500 more on Thursday, 200.5 less on Friday.
EXAMPLE = """
{"account_id": "A", "currency": "USD", "interval": "day", "timezone": "America/Chicago",
 "calendar": "civil", "basis": "position",
 "start": "2025-11-06T06:00:00Z", "end": "2025-11-08T06:00:00Z",
 "points": [
  {"timestamp": "2025-11-06T06:00:00Z", "period": "2025-11-06",
   "period_pnl": 80.0, "cumulative_pnl": 80.0, "balance": 51610.5,
   "trade_count": 1, "winning_trades": 1, "losing_trades": 0, "max_drawdown": 0.0},
  {"timestamp": "2025-11-07T06:00:00Z", "period": "2025-11-07",
   "period_pnl": 15.0, "cumulative_pnl": 95.0, "balance": 51425.0,
   "trade_count": 2, "winning_trades": 1, "losing_trades": 1, "max_drawdown": -45.0}],
 "summary": {"start_balance": 51030.5, "end_balance": 51425.0, "cash_flow": 299.5,
  "total_pnl": 95.0, "win_rate": 66.7, "avg_win": 70.0, "avg_loss": -45.0, "max_drawdown": -45.0,
  "trade_count": 3, "winning_trades": 2, "losing_trades": 1, "profit_factor": 3.1111},
 "next_cursor": null}
"""
# Partial exits over midnight, a fill through zero on a Sunday, a loss after a peak.
VARIED = """
    11-03 23:50 +2 @ 21000 fee 1
    11-03 23:55 -1 @ 21010 fee 0.5
    11-04 00:05 -1 @ 21005 fee 0.5
    11-09 16:30 +1 @ 21000 fee 0.6
    11-09 16:59 -3 @ 21010 fee 1
    11-09 17:01 +2 @ 21016 fee 0.4
    11-28 12:00 -1 MESZ5 @ 6700 fee 0.37
    12-01 12:00 +1 MESZ5 @ 6690.25 fee 0.37
"""


def history(client: Client, **query: str) -> Any:
    return figures(client, "history", **query)


def periods(body: Any) -> list[tuple[str, str]]:
    return [(each["period"], each["period_pnl"]) for each in body["points"]]


@pytest.fixture
def funded(client: Client, sqlite_res: Resources) -> Client:
    """A caller with 50,000 and three movements of cash in account A."""
    accounts.create(sqlite_res, "A", AccountSettings(starting_balance=Decimal(50_000)))
    for day, amount in (("05", "1000"), ("06", "500"), ("07", "-200.5")):
        cash = {"id": day, "amount": amount, "occurred_at": f"2025-11-{day}T12:00:00Z"}
        exact(call(client, "POST", "/api/accounts/A/cash", json=cash))
    return client


@pytest.mark.feature("PAM-PERF-02", "PAM-PERF-13", "PAM-PERF-16", "PAM-PERF-19", "PAM-PERF-20")
def test_the_history_is_the_example_field_by_field(funded: Client) -> None:
    store(funded, THREE_DAYS)
    body = history(funded, interval="daily", start="2025-11-06", end="2025-11-07")
    expected = json.loads(EXAMPLE, parse_float=str)
    assert body == expected
    assert list(body) == list(expected)
    assert list(body["points"][0]) == list(expected["points"][0])
    assert list(body["summary"]) == list(expected["summary"])


@pytest.mark.feature("PAM-PERF-19")
def test_cash_counts_from_the_windows_first_instant_to_before_its_end(funded: Client) -> None:
    store(funded, THREE_DAYS)
    window = {"start": "2025-11-06T12:00:00Z", "end": "2025-11-07T12:00:00Z"}
    summary = history(funded, **window)["summary"]
    assert_has(summary, start_balance="51030.5", cash_flow="500.0", end_balance="51610.5")


@pytest.mark.feature("PAM-PERF-16")
def test_the_last_balance_is_what_the_list_of_accounts_says(funded: Client) -> None:
    store(funded, THREE_DAYS)
    summary = history(funded)["summary"]
    listed = exact(get(funded, "/api/accounts"))[0]["balance"]
    assert summary["end_balance"] == listed == "51425.0"
    # By default the window starts with the first fill, which came after the first deposit.
    assert_has(summary, start_balance="51000.0", cash_flow="299.5", total_pnl="125.5")


def test_balances_follow_the_answers_basis(client: Client) -> None:
    store(client, VARIED)
    window = {"start": "2025-11-04", "end": "2025-11-04"}
    # On the third, 18.5 had been realized by execution, and nothing by position.
    by_fill = history(client, **window, basis="execution")["summary"]
    assert_has(by_fill, start_balance="18.5", total_pnl="9.5", end_balance="28.0")
    by_position = history(client, **window)["summary"]
    assert_has(by_position, start_balance="0.0", total_pnl="28.0", end_balance="28.0")


@pytest.mark.feature("PAM-PERF-12")
def test_a_date_as_end_includes_its_day_and_an_instant_excludes_itself(client: Client) -> None:
    store(client, THREE_DAYS)
    whole = history(client, start="2025-11-05", end="2025-11-06")
    assert periods(whole) == [("2025-11-05", "30.5"), ("2025-11-06", "80.0")]
    until = history(client, start="2025-11-05", end="2025-11-06T15:10:00Z")
    assert periods(until) == [("2025-11-05", "30.5")]
    just_after = history(client, start="2025-11-05", end="2025-11-06T15:10:00.000001Z")
    assert just_after["points"][1]["partial"] is True
    assert_has(just_after, end="2025-11-06T15:10:00.000001Z")


@pytest.mark.feature("PAM-PERF-11")
def test_an_instant_as_start_includes_itself(client: Client) -> None:
    store(client, THREE_DAYS)
    from_closing = history(client, start="2025-11-06T09:10:00-06:00", end="2025-11-06")
    assert_has(from_closing, start="2025-11-06T15:10:00Z", end="2025-11-07T06:00:00Z")
    assert_has(from_closing["points"][0], period_pnl="80.0", timestamp="2025-11-06T06:00:00Z")
    after = history(client, start="2025-11-06T15:10:00.000001Z", end="2025-11-06")
    assert after["points"] == []
    assert_has(after["summary"], trade_count=0, total_pnl="0.0", win_rate="0.0", profit_factor=None)


@pytest.mark.feature("PAM-PERF-11", "PAM-PERF-12")
def test_by_default_the_window_runs_from_the_first_execution_to_now(
    client: Client, clock: Clock
) -> None:
    store(client, THREE_DAYS)
    clock.set("2025-11-07T15:45:00Z")
    body = history(client)
    assert_has(body, start="2025-11-05T16:00:00Z", end="2025-11-07T15:45:00Z")
    assert body["summary"]["total_pnl"] == "65.5"


@pytest.mark.feature("PAM-PERF-15")
def test_a_period_that_the_window_cuts_holds_its_part_and_says_so(client: Client) -> None:
    store(client, THREE_DAYS)
    window = {"start": "2025-11-06T15:00:00Z", "end": "2025-11-07T15:45:00Z"}
    days = history(client, **window)["points"]
    assert [each.get("partial") for each in days] == [True, True]
    assert [each["period_pnl"] for each in days] == ["80.0", "-45.0"]
    weeks = history(client, **window, interval="week")["points"]
    assert [(each["partial"], each["period_pnl"]) for each in weeks] == [(True, "35.0")]
    # An hour that lies inside the window is whole.
    assert "partial" not in history(client, **window, interval="hour")["points"][0]


@pytest.mark.feature("PAM-PERF-06", "PAM-PERF-07", "PAM-PERF-08", "PAM-PERF-09", "PAM-PERF-14")
@pytest.mark.parametrize(
    ("interval", "points"),
    [
        ("hour", [("2025-11-06T15:00:00Z", "80.0"), ("2025-11-07T15:00:00Z", "15.0")]),
        ("day", [("2025-11-06T06:00:00Z", "80.0"), ("2025-11-07T06:00:00Z", "15.0")]),
        ("week", [("2025-11-03T06:00:00Z", "95.0")]),
        ("month", [("2025-11-01T05:00:00Z", "95.0")]),
    ],
)
def test_every_interval_and_its_other_name_give_points_at_their_periods_start(
    client: Client, interval: str, points: list[tuple[str, str]]
) -> None:
    store(client, THREE_DAYS)
    window = {"start": "2025-11-06", "end": "2025-11-09"}
    body = history(client, **window, interval=interval)
    assert_has(body, interval=interval)
    assert [(each["timestamp"], each["period_pnl"]) for each in body["points"]] == points
    other = {"day": "daily"}.get(interval, f"{interval}ly")
    assert history(client, **window, interval=other) == body


@pytest.mark.feature("PAM-PERF-08", "PAM-PERF-09")
def test_weeks_and_months_have_their_names_also_around_the_new_year(client: Client) -> None:
    store(client, round_trips("12-28", ("1", "0")), prefix="a")
    store(client, round_trips("12-29", ("2", "0")), prefix="b")
    window = {"start": "2025-12-01", "end": "2026-01-04"}
    weeks = history(client, **window, interval="week")
    assert periods(weeks) == [("2025-W52", "2.0"), ("2026-W01", "4.0")]
    assert weeks["points"][1]["timestamp"] == "2025-12-29T06:00:00Z"
    assert periods(history(client, **window, interval="month")) == [("2025-12", "6.0")]


@pytest.mark.feature("PAM-PERF-06")
def test_an_hour_is_one_of_the_clock_on_the_wall(client: Client) -> None:
    store(client, "11-06 09:40 +1 @ 1\n11-06 09:59:59 -1 @ 2", prefix="a")
    store(client, "11-06 10:00 +1 @ 1\n11-06 10:29:59 -1 @ 3", prefix="b")
    starts = [each["timestamp"] for each in history(client, interval="hour")["points"]]
    assert starts == ["2025-11-06T15:00:00Z", "2025-11-06T16:00:00Z"]
    # There it is 21:29:59 and 21:59:59, and the hour began at half past three in UTC.
    kolkata = history(client, interval="hour", tz="Asia/Kolkata")["points"]
    assert [(each["timestamp"], each["period_pnl"]) for each in kolkata] == [
        ("2025-11-06T15:30:00Z", "6.0")
    ]


@pytest.mark.feature("PAM-PERF-09", "TPA-09")
def test_session_days_weeks_and_months_are_cut_at_five(client: Client) -> None:
    store(client, "10-31 16:00 +1 @ 1\n10-31 17:00 -1 @ 2", prefix="a")
    store(client, "11-09 16:00 +1 @ 1\n11-09 16:59 -1 @ 3", prefix="b")
    store(client, "11-09 17:00 +1 @ 1\n11-09 17:01 -1 @ 5", prefix="c")
    window = {"start": "2025-10-01", "end": "2025-11-30", "calendar": "session"}
    days = history(client, **window)
    assert periods(days) == [("2025-11-01", "2.0"), ("2025-11-09", "4.0"), ("2025-11-10", "8.0")]
    assert days["points"][1]["timestamp"] == "2025-11-08T23:00:00Z"
    weeks = [("2025-W44", "2.0"), ("2025-W45", "4.0"), ("2025-W46", "8.0")]
    assert periods(history(client, **window, interval="week")) == weeks
    months = history(client, **window, interval="month")
    assert periods(months) == [("2025-11", "14.0")]
    assert months["points"][0]["timestamp"] == "2025-10-31T22:00:00Z"


@pytest.mark.feature("PAM-PERF-18", "PAM-PERF-21", "PAM-PERF-26")
def test_drawdown_runs_on_through_the_window_and_starts_anew_in_each_point(client: Client) -> None:
    # Thursday: 50 up, 20 down. Friday: 30 down. The window's fall is from 50 to 0.
    store(client, round_trips("11-06", ("25", "0"), ("-10", "0")), prefix="a")
    store(client, round_trips("11-07", ("-15", "0")), prefix="b")
    body = history(client)
    assert [each["max_drawdown"] for each in body["points"]] == ["-20.0", "-30.0"]
    assert [each["cumulative_pnl"] for each in body["points"]] == ["30.0", "0.0"]
    assert body["summary"]["max_drawdown"] == "-50.0"
    # The peak starts at 0 where the window does.
    friday = history(client, start="2025-11-07")
    assert friday["summary"]["max_drawdown"] == "-30.0"


@pytest.mark.feature("PAM-PERF-24", "PAM-PERF-15")
@pytest.mark.parametrize("basis", ["position", "execution"])
@pytest.mark.parametrize("calendar", [{}, {"calendar": "session"}, {"tz": "Asia/Tokyo"}])
@pytest.mark.parametrize("interval", ["hour", "day", "week", "month"])
def test_the_bins_of_every_interval_add_up_to_the_total(
    client: Client, basis: str, calendar: dict[str, str], interval: str
) -> None:
    store(client, VARIED)
    window = {"start": "2025-11-01", "end": "2025-12-31", "interval": interval, "basis": basis}
    body = history(client, **window, **calendar)
    # 30 and 20 less 24 of MNQ, 48.75 of MES, less 4.74.
    assert_has(body["summary"], total_pnl="70.01", trade_count=4, winning_trades=3)
    points = body["points"]
    assert sum(Decimal(each["period_pnl"]) for each in points) == Decimal("70.01")
    assert points[-1]["cumulative_pnl"] == "70.01"
    assert sum(each["trade_count"] for each in points) == 4


@pytest.mark.feature("PAM-PERF-12")
@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2025-11-08", "2025-11-06"),
        ("2025-11-08", "2025-11-07"),
        ("2025-11-07T00:00:00.000001Z", "2025-11-07T00:00:00Z"),
        ("2025-11-07T06:00:00.000001Z", "2025-11-06"),
        ("2025-11-07", "2025-11-07T05:59:59Z"),
    ],
)
def test_a_start_after_the_end_is_refused(client: Client, start: str, end: str) -> None:
    store(client, THREE_DAYS)
    answer = get(client, "/api/performance/history", start=start, end=end)
    assert "start" in assert_error(answer, 400, "INVALID_PARAMETER")["message"]


def test_a_window_without_length_is_empty_and_no_fault(client: Client) -> None:
    store(client, THREE_DAYS)
    at = "2025-11-06T15:10:00Z"
    body = history(client, start=at, end=at)
    assert_has(body, start=at, end=at, points=[])
    assert_has(body["summary"], start_balance="30.5", end_balance="30.5", total_pnl="0.0")
