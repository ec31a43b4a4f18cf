"""GET /api/statistics against examples worked out by hand."""

from __future__ import annotations

import csv
import json
import statistics
from decimal import Decimal

import pytest

from app.domain import groups
from app.domain.metrics import DEFINITIONS
from app.services.resources import Resources
from tests.blueprints.calls import assert_has, call, exact, get, round_trips, store
from tests.blueprints.trading_week import PATH, WINDOW, asked, own_account, trade_for_a_week
from tests.conftest import Client, Clock

METRICS = [each.name for each in DEFINITIONS]
# The squares of what was made add up to 256,951: √((7 x 256,951 - 401²) / (7 x 6)). The times
# held are 600, 1,800, 60, 1,200, 300, 60 and 60 s.
EXAMPLE = """
{"account_id": "A", "currency": "USD", "timezone": "America/Chicago", "calendar": "civil",
 "start": "2025-11-05T06:00:00Z", "end": "2025-11-12T06:00:00Z", "version": 3,
 "total_trades": 7, "winning_trades": 3, "losing_trades": 3, "breakeven_trades": 1,
 "net_pnl": 401.0, "gross_pnl": 417.5, "fees": 16.5, "win_rate": 42.9, "profit_factor": 2.3367,
 "payoff_ratio": 2.3367, "expectancy": 57.29, "avg_win": 233.67, "avg_loss": -100.0,
 "largest_win": 400.0, "largest_loss": -205.0, "std_dev": 197.48,
 "longest_winning_streak": 1, "longest_losing_streak": 2,
 "avg_holding_s": 582.857143, "median_holding_s": 300.0,
 "max_drawdown": -250.0, "max_drawdown_started_at": "2025-11-07T16:20:00Z",
 "max_drawdown_trough_at": "2025-11-10T15:11:00Z",
 "max_drawdown_recovered_at": "2025-11-11T15:01:00Z", "recovery_factor": 1.604,
 "sharpe_ratio": 5.2619, "sortino_ratio": 11.3589, "calmar_ratio": 80.64}
"""


@pytest.fixture
def trader(client: Client, sqlite_res: Resources, clock: Clock) -> Client:
    return trade_for_a_week(client, sqlite_res, clock)


# --- The body ------------------------------------------------------------------------------------


@pytest.mark.feature("TPA-02", "TPA-08", "PAM-OPS-05", "PAM-OPS-08")
def test_the_answer_is_the_example_field_by_field(trader: Client) -> None:
    body = asked(trader, **WINDOW)
    expected = json.loads(EXAMPLE, parse_float=str)
    assert body == expected
    assert list(body) == list(expected)


@pytest.mark.feature("TPA-02")
def test_the_root_path_answers_with_the_same_body(trader: Client) -> None:
    canonical, at_root = get(trader, PATH), get(trader, "/statistics")
    assert canonical.status_code == at_root.status_code == 200
    assert canonical.data == at_root.data
    defined = get(trader, f"{PATH}/definitions"), get(trader, "/statistics/definitions")
    assert defined[0].data == defined[1].data


def test_by_default_the_window_runs_from_the_first_execution_to_now(
    trader: Client, clock: Clock
) -> None:
    clock.set("2025-11-10T15:11:00Z")
    body = asked(trader)
    # The minute that runs has not ended: what closes at its start is not in yet.
    assert_has(body, start="2025-11-05T16:00:00Z", end="2025-11-10T15:11:00Z", total_trades=5)
    clock.set("2025-11-10T15:11:00.000001Z")
    assert_has(asked(trader), end="2025-11-10T15:12:00Z", total_trades=6, net_pnl="1.0")


def test_a_drawdown_that_has_not_recovered_and_one_from_the_windows_start(trader: Client) -> None:
    start = "2025-11-10T00:00:00Z"
    body = asked(trader, start=start, end="2025-11-10")
    assert_has(body, max_drawdown="-250.0", max_drawdown_started_at=start)
    assert_has(body, max_drawdown_trough_at="2025-11-10T15:11:00Z", recovery_factor="-1.0")
    assert_has(body, max_drawdown_recovered_at=None, profit_factor="0.0", payoff_ratio=None)


def test_a_window_that_starts_in_a_day_has_the_balance_of_its_start(trader: Client) -> None:
    # Of Wednesday -50 are left, on 10,100; then 0 and 201 on 10,050: the fall is 50 of 10,100.
    body = asked(trader, start="2025-11-05T16:10:00.000001Z", end="2025-11-07")
    mean = (Decimal(-50) / 10_100 + Decimal(201) / 10_050) / 3
    calmar = round(mean * 252 / (Decimal(50) / 10_100), 4)
    assert_has(body, net_pnl="151.0", calmar_ratio=f"{calmar.normalize():f}")


def test_days_are_those_of_the_windows_cut(trader: Client, clock: Clock) -> None:
    clock.set("2025-12-01T00:00:00Z")
    store(trader, "11-14 17:30 +1 @ 1\n11-14 17:40 -1 @ 11", prefix="late")
    window = {"start": "2025-11-11", "end": "2025-11-30"}
    # From Tuesday to Friday in Chicago; by sessions, and in Berlin, to a Saturday, which counts.
    for days, cut in ((4, {}), (5, {"calendar": "session"}), (5, {"tz": "Europe/Berlin"})):
        made = [Decimal(400) / 10_000, *[Decimal(0)] * (days - 2), Decimal(20) / 10_400]
        sharpe = statistics.mean(made) / statistics.stdev(made) * Decimal(252).sqrt()
        body = asked(trader, **window, **cut)
        assert_has(body, sharpe_ratio=str(round(sharpe, 4)), sortino_ratio=None, calmar_ratio=None)


def test_without_a_positive_balance_at_a_days_start_the_ratios_of_days_are_null(
    client: Client,
) -> None:
    # 20 lost on nothing, and then as good as ever.
    store(client, round_trips("11-06", ("-10", "0")), prefix="a")
    store(client, round_trips("11-07", ("50", "0")), prefix="b")
    cash = {"id": "c", "amount": "1000", "occurred_at": "2025-11-06T18:00:00Z"}
    exact(call(client, "POST", "/api/accounts/A/cash", json=cash))
    body = asked(client)
    assert_has(body, net_pnl="80.0", sharpe_ratio=None, sortino_ratio=None, calmar_ratio=None)
    assert asked(client, start="2025-11-07")["total_trades"] == 1


# --- Definitions ---------------------------------------------------------------------------------


def test_the_definitions_are_of_exactly_the_metrics_of_the_answer(trader: Client) -> None:
    defined = exact(get(trader, f"{PATH}/definitions"))
    echoed = ["account_id", "currency", "timezone", "calendar", "start", "end", "version"]
    ways = [f"group_by={way}" for way in groups.MEANINGS]
    body = list(asked(trader))
    assert [*echoed, *(each["name"] for each in defined)] == [*body, *ways]
    assert {tuple(each) for each in defined} == {("name", "formula", "unit", "sample", "undefined")}
    said = [each[name] for each in defined for name in ("formula", "unit", "sample")]
    assert all(isinstance(each, str) and each for each in said)


def test_without_trades_every_metric_is_what_its_definition_says(trader: Client) -> None:
    defined = exact(get(trader, f"{PATH}/definitions"))
    body = asked(trader, start="2025-11-06", end="2025-11-06")
    undefined = {each["name"]: each["undefined"] for each in defined if each["unit"] != "group"}
    assert undefined == {n: body[n] for n in METRICS}
    assert_has(body, total_trades=0, net_pnl="0.0", win_rate="0.0", profit_factor=None)


def test_an_account_without_executions_is_answered_like_an_empty_window(
    client: Client, sqlite_res: Resources
) -> None:
    own_account(sqlite_res, "A", 10_000)
    body = asked(client)
    assert body["start"] == body["end"] == "2025-11-07T18:00:00Z"
    assert {body[name] for name in METRICS} == {0, "0.0", None}


# --- Caching and forms ---------------------------------------------------------------------------


@pytest.mark.feature("TPA-06", "TPA-26")
def test_an_answer_that_is_known_is_304_until_the_data_changes(trader: Client) -> None:
    first = get(trader, PATH, **WINDOW)
    tag = {"If-None-Match": first.headers["ETag"]}
    assert get(trader, PATH, **WINDOW).headers["X-Cache"] == "memory"
    again = call(trader, "GET", PATH, query_string=WINDOW, headers=tag)
    assert (again.status_code, again.data) == (304, b"")
    # Another question, and the same one after a write, have other answers.
    for query in (WINDOW | {"side": "LONG"}, WINDOW | {"strategy": "x"}, WINDOW | {"symbol": "ES"}):
        other = call(trader, "GET", PATH, query_string=query, headers=tag)
        assert (other.status_code, other.headers["X-Cache"]) == (200, "miss")
    store(trader, "11-11 10:00 +1 @ 1\n11-11 10:01 -1 @ 2", prefix="more")
    changed = call(trader, "GET", PATH, query_string=WINDOW, headers=tag)
    assert_has(exact(changed), net_pnl="403.0", version=4)


def test_as_csv_it_is_one_row_under_its_names(trader: Client) -> None:
    answer = get(trader, PATH, **WINDOW, format="csv")
    (row,) = csv.DictReader(answer.text.splitlines())
    body = asked(trader, **WINDOW)
    assert row == {name: "" if value is None else str(value) for name, value in body.items()}
