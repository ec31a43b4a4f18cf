"""GET /api/performance/daily and /weekly against examples worked out by hand.

One point of MNQ is worth 2 USD. Chicago is six hours behind UTC in November, five in summer.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal

import pytest

from tests.blueprints.calls import assert_has, figures, get, round_trips, store
from tests.conftest import Client, Clock

# Net, in closing order: 80, -45, 60, 30.5; then a long of 3 of which one is sold.
DAY = """
    11-07 09:00 +2 @ 21000 fee 2
    11-07 09:10 -2 @ 21021 fee 2
    11-07 09:20 -1 @ 21000 fee 2.25
    11-07 09:30 +1 @ 21020.25 fee 2.25
    11-07 09:40 +1 @ 21000 fee 2.25
    11-07 09:50 -1 @ 21032.25 fee 2.25
    11-07 10:00 +1 @ 21000 fee 2.5
    11-07 10:10 -1 @ 21017.75 fee 2.5
    11-07 14:30 +3 @ 21000 fee 3
    11-07 14:41:03 -1 @ 21008.5 fee 1.5
"""
# The wins make 170.5, a third of which is 56.8333…; what is open has realized 17 gross less 4.5 of
# fees, and no price is known to value the rest.
EXAMPLE = """
{"account_id": "12694476", "currency": "USD", "period": "day", "date": "2025-11-07",
 "timezone": "America/Chicago", "calendar": "civil", "start": "2025-11-07T06:00:00Z",
 "end": "2025-11-08T06:00:00Z",
 "daily_pnl": 125.5, "gross_pnl": 143.5, "fees": 18.0, "realized_pnl": 138.0,
 "total_trades": 4, "winning_trades": 3, "losing_trades": 1, "breakeven_trades": 0,
 "win_rate": 75.0, "avg_win": 56.83, "avg_loss": -45.0, "largest_win": 80.0, "largest_loss": -45.0,
 "max_drawdown": -45.0,
 "open": {"positions": 1, "quantity": 2, "realized_pnl": 12.5, "unrealized_pnl": null,
          "marked_at": null},
 "feed": {"status": "manual", "last_execution_at": "2025-11-07T20:41:03Z"},
 "version": 1}
"""

# Two bought before midnight and sold one by one around it: 20 gross, then 10.
OVER_MIDNIGHT = """
    11-06 23:50 +2 @ 21000 fee 1
    11-06 23:55 -1 @ 21010 fee 0.5
    11-07 00:05 -1 @ 21005 fee 0.5
"""

# Three sold against a long of one: 20 gross there, then a short of two, which makes 16.
REVERSAL = """
    11-06 23:50 +1 @ 21000 fee 0.6
    11-06 23:59 -3 @ 21010 fee 1
    11-07 00:01 +2 @ 21006 fee 0.4
"""


@pytest.mark.feature("TPA-12", "TPA-28", "PAM-OPS-08")
def test_the_daily_answer_is_the_contracts_example_field_by_field(
    client: Client, clock: Clock
) -> None:
    clock.set("2025-11-07T21:00:00Z")
    store(client, DAY, account_id="12694476")
    expected = json.loads(EXAMPLE, parse_float=str)
    body = figures(client, "daily")
    assert body == expected
    assert list(body) == list(expected)
    assert list(body["open"]) == list(expected["open"])


@pytest.mark.feature("TPA-10", "TPA-13", "TPA-28")
def test_the_weekly_answer_is_the_daily_one_with_its_seven_days(
    client: Client, clock: Clock
) -> None:
    clock.set("2025-11-07T21:00:00Z")
    store(client, DAY)
    body = figures(client, "weekly", date="2025-11-04")
    assert_has(body, period="week", weekly_pnl="125.5", gross_pnl="143.5", realized_pnl="138.0")
    assert_has(body, week_start="2025-11-03", week_end="2025-11-09")
    assert_has(body, start="2025-11-03T06:00:00Z", end="2025-11-10T06:00:00Z")
    daily = json.loads(EXAMPLE, parse_float=str)
    same = ("total_trades", "win_rate", "avg_win", "largest_loss", "max_drawdown", "open", "feed")
    assert_has(body, **{name: daily[name] for name in same})
    assert "daily_pnl" not in body
    assert [each["date"] for each in body["days"]] == [f"2025-11-0{n}" for n in range(3, 10)]
    friday = {"date": "2025-11-07", "pnl": "125.5", "total_trades": 4}
    assert body["days"][4] == friday | {"winning_trades": 3, "losing_trades": 1}
    assert list(body["days"][4]) == [*friday, "winning_trades", "losing_trades"]
    assert {each["pnl"] for each in body["days"] if each["date"] != "2025-11-07"} == {"0.0"}


@pytest.mark.feature("TPA-13", "PAM-OPS-08")
def test_the_weekly_answer_has_the_daily_ones_fields_in_their_order(client: Client) -> None:
    store(client, DAY)
    named = ["weekly_pnl" if name == "daily_pnl" else name for name in figures(client, "daily")]
    weekly = figures(client, "weekly")
    assert [name for name in weekly if name in named] == named
    assert set(weekly) - set(named) == {"week_start", "week_end", "days"}


@pytest.mark.feature("TPA-02", "TPA-28")
@pytest.mark.parametrize("view", ["daily", "weekly", "history"])
def test_the_root_paths_answer_with_the_same_body(client: Client, view: str) -> None:
    store(client, DAY)
    canonical, at_root = (get(client, f"{start}/performance/{view}") for start in ("/api", ""))
    assert canonical.status_code == at_root.status_code == 200
    assert canonical.data == at_root.data


@pytest.mark.feature("TPA-08")
def test_by_position_a_trade_belongs_whole_to_the_day_that_it_closed(client: Client) -> None:
    store(client, OVER_MIDNIGHT)
    thursday = figures(client, "daily", date="2025-11-06")
    assert_has(thursday, daily_pnl="0.0", gross_pnl="0.0", fees="0.0", total_trades=0)
    assert_has(thursday, realized_pnl="18.5", max_drawdown="0.0")
    friday = figures(client, "daily", date="2025-11-07")
    assert_has(friday, daily_pnl="28.0", gross_pnl="30.0", fees="2.0", total_trades=1)
    assert_has(friday, realized_pnl="9.5", avg_win="28.0", largest_win="28.0")


@pytest.mark.feature("TPA-08")
def test_by_execution_each_fill_belongs_to_its_own_day(client: Client) -> None:
    store(client, OVER_MIDNIGHT)
    thursday = figures(client, "daily", date="2025-11-06", basis="execution")
    # The opening fee comes first: -1, and only then 19.5 more.
    assert_has(thursday, daily_pnl="18.5", gross_pnl="20.0", fees="1.5", max_drawdown="-1.0")
    # What is counted and averaged is closed positions, and none has closed yet.
    assert_has(thursday, realized_pnl="18.5", total_trades=0, winning_trades=0, avg_win="0.0")
    friday = figures(client, "daily", date="2025-11-07", basis="execution")
    assert_has(friday, daily_pnl="9.5", gross_pnl="10.0", fees="0.5", realized_pnl="9.5")
    assert_has(friday, total_trades=1, winning_trades=1, avg_win="28.0", max_drawdown="0.0")


@pytest.mark.feature("TPA-08", "PAM-PERF-24")
@pytest.mark.parametrize("notes", [OVER_MIDNIGHT, REVERSAL])
def test_both_bases_agree_on_a_week_that_is_flat_at_both_ends(client: Client, notes: str) -> None:
    store(client, notes)
    by_position, by_execution = (
        figures(client, "weekly", basis=basis) for basis in ("position", "execution")
    )
    same = ("weekly_pnl", "gross_pnl", "fees", "realized_pnl", "total_trades", "avg_win")
    assert [by_position[name] for name in same] == [by_execution[name] for name in same]
    made = sum(Decimal(each["pnl"]) for each in by_execution["days"])
    assert made == Decimal(by_position["weekly_pnl"])


@pytest.mark.feature("TPA-07")
def test_a_fill_through_zero_closes_one_trade_and_opens_the_next(client: Client) -> None:
    assert store(client, REVERSAL)["positions_closed"] == 2
    # Of its fee the closing third is rounded down to 0.333333: 20 - 0.6 - 0.333333.
    thursday = figures(client, "daily", date="2025-11-06")
    assert_has(thursday, daily_pnl="19.066667", fees="0.933333", total_trades=1)
    # The opening part pays the rest: 16 - 0.666667 - 0.4.
    friday = figures(client, "daily", date="2025-11-07")
    assert_has(friday, daily_pnl="14.933333", fees="1.066667", total_trades=1)
    # By execution the whole fee is paid on Thursday: 20 - 0.6 - 1, after -0.6 at the opening.
    by_fill = figures(client, "daily", date="2025-11-06", basis="execution")
    assert_has(by_fill, daily_pnl="18.4", fees="1.6", total_trades=1, max_drawdown="-0.6")
    assert_has(figures(client, "daily", basis="execution"), daily_pnl="15.6", realized_pnl="15.6")
    week = figures(client, "weekly")
    assert_has(week, weekly_pnl="34.0", avg_win="17.0", largest_win="19.066667")


@pytest.mark.feature("PAM-PERF-23")
def test_a_short_wins_when_the_price_falls(client: Client) -> None:
    store(client, "11-07 09:00 -1 @ 21000\n11-07 09:01 +1 @ 20990")
    assert_has(figures(client, "daily"), daily_pnl="20.0", winning_trades=1)


@pytest.mark.feature("TPA-12")
def test_a_trade_that_pays_just_its_fees_is_neither_won_nor_lost(client: Client) -> None:
    # Half a point is 1.00, which is what it costs.
    store(client, round_trips("11-07", ("0.5", "1"), ("1", "0"), ("-1", "0")))
    body = figures(client, "daily")
    assert_has(body, total_trades=3, winning_trades=1, losing_trades=1, breakeven_trades=1)
    assert_has(body, daily_pnl="0.0", fees="1.0", gross_pnl="1.0", win_rate="33.3")


def test_the_win_rate_is_rounded_to_the_even_tenth(client: Client) -> None:
    # One of sixteen is 6.25 %, three of sixteen are 18.75 %.
    store(client, round_trips("11-06", ("1", "0"), *[("-1", "0")] * 15))
    store(client, round_trips("11-07", *[("1", "0")] * 3, *[("-1", "0")] * 13), prefix="f")
    assert figures(client, "daily", date="2025-11-06")["win_rate"] == "6.2"
    assert figures(client, "daily", date="2025-11-07")["win_rate"] == "18.8"


def test_averages_are_rounded_to_the_even_cent_and_extremes_are_not(client: Client) -> None:
    # A quarter point is 0.50. Wins of 0.12 and 0.13, losses of 0.87 and 0.88.
    won, lost = [("0.25", "0.38"), ("0.25", "0.37")], [("-0.25", "0.37"), ("-0.25", "0.38")]
    store(client, round_trips("11-07", *won, *lost))
    body = figures(client, "daily")
    assert_has(body, avg_win="0.12", avg_loss="-0.88", largest_win="0.13", largest_loss="-0.88")
    assert_has(body, daily_pnl="-1.5", max_drawdown="-1.75")


@pytest.mark.feature("TPA-14")
def test_a_day_without_trades_is_all_zeros_and_null_where_there_is_nothing(client: Client) -> None:
    store(client, OVER_MIDNIGHT)
    body = figures(client, "daily", date="2025-11-05")
    zeros = ("daily_pnl", "gross_pnl", "fees", "realized_pnl", "win_rate", "avg_win", "avg_loss")
    more = ("largest_win", "largest_loss", "max_drawdown")
    assert {body[name] for name in (*zeros, *more)} == {"0.0"}
    assert_has(body, total_trades=0, winning_trades=0, losing_trades=0, breakeven_trades=0)


def test_open_is_the_state_now_and_null_once_the_period_has_ended(
    client: Client, clock: Clock
) -> None:
    store(client, "11-06 09:00 +2 @ 21000 fee 1")
    held = {"positions": 1, "quantity": 2, "realized_pnl": "-1.0"}
    held |= {"unrealized_pnl": None, "marked_at": None}
    assert_has(figures(client, "daily"), open=held)
    assert_has(figures(client, "daily", date="2025-11-06"), open=None)
    assert_has(figures(client, "weekly", date="2025-11-06"), open=held)
    clock.set("2025-11-08T05:59:59.999999Z")
    assert_has(figures(client, "daily", date="2025-11-07"), open=held)
    clock.set("2025-11-08T06:00:00Z")
    assert_has(figures(client, "daily", date="2025-11-07"), open=None)
    assert_has(figures(client, "weekly", date="2025-11-07"), open=held)


def test_who_holds_nothing_has_nothing_unrealized(client: Client) -> None:
    store(client, OVER_MIDNIGHT)
    nothing = {"positions": 0, "quantity": 0, "realized_pnl": "0.0", "unrealized_pnl": "0.0"}
    assert_has(figures(client, "daily"), open=nothing | {"marked_at": None})


@pytest.mark.feature("TPA-14", "PAM-OPS-08")
def test_the_smallest_and_the_largest_figures_are_exact_and_without_an_exponent(
    client: Client,
) -> None:
    # A tick of the yen is 6.25; a hundred thousand points of a thousand MNQ are 200 million.
    store(
        client,
        """
        11-06 09:00 +1 6JZ5 @ 0.0065
        11-06 09:01 -1 6JZ5 @ 0.0065005 fee 0.000001
        11-07 09:00 +1000 @ 0.25
        11-07 09:01 -1000 @ 100000.25 fee 0.000001
        """,
    )
    assert_has(figures(client, "daily", date="2025-11-06"), daily_pnl="6.249999", fees="0.000001")
    assert_has(figures(client, "daily"), daily_pnl="199999999.999999", gross_pnl="200000000.0")
    for view in ("daily", "weekly", "history"):
        text = get(client, f"/api/performance/{view}").text
        assert re.findall(r"[:\[,]-?\d+(?:\.\d+)?[eE]", text) == []


def test_the_version_grows_with_every_change_and_with_nothing_else(client: Client) -> None:
    assert store(client, OVER_MIDNIGHT)["accounts"] == {"A": {"version": 1}}
    assert store(client, OVER_MIDNIGHT)["accounts"] == {"A": {"version": 1}}
    assert figures(client, "daily")["version"] == 1
    store(client, "11-07 10:00 +1 @ 21000", prefix="more")
    assert figures(client, "daily")["version"] == figures(client, "weekly")["version"] == 2
