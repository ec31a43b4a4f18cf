"""What cuts days and weeks: the account's zone, `tz`, the futures session, changes of the clock.

Every trade here wins one point of one MNQ, 2 USD, and costs nothing.
"""

from __future__ import annotations

import pytest

from app.services import accounts
from app.services.accounts import AccountSettings
from app.services.resources import Resources
from tests.blueprints.calls import assert_has, call, exact, figures
from tests.conftest import Client, Clock


def trade(client: Client, *closed_at: str, account_id: str = "A") -> None:
    """Store one trade for each closing time; it opened a microsecond before."""
    fills = []
    for at in closed_at:
        fill = {"account_id": account_id, "symbol": "MNQZ5", "quantity": 1, "executed_at": at}
        fills += [
            fill | {"execution_id": f"{at} in", "side": "BUY", "price": 1, "sequence": -1},
            fill | {"execution_id": f"{at} out", "side": "SELL", "price": 2},
        ]
    exact(call(client, "POST", "/api/executions", json=fills))


def trades(client: Client, view: str = "daily", **query: str) -> int:
    body = figures(client, view, **query)
    assert float(body["weekly_pnl" if view == "weekly" else "daily_pnl"]) == (
        2 * body["total_trades"]
    )
    count: int = body["total_trades"]
    return count


@pytest.mark.feature("TPA-09", "TPA-11")
def test_a_day_has_its_first_instant_and_not_the_next_days(client: Client) -> None:
    trade(client, "2025-11-07T05:59:59.999999Z")
    trade(client, "2025-11-07T06:00:00Z", "2025-11-08T05:59:59.999999Z")
    trade(client, "2025-11-08T06:00:00Z")
    counts = [trades(client, date=f"2025-11-{day}") for day in ("06", "07", "08")]
    assert counts == [1, 2, 1]


@pytest.mark.feature("TPA-11")
def test_today_is_the_day_of_the_accounts_clock(client: Client, clock: Clock) -> None:
    trade(client, "2025-11-07T12:00:00Z")
    clock.set("2025-11-08T05:59:59Z")
    assert_has(figures(client, "daily"), date="2025-11-07", total_trades=1)
    assert_has(figures(client, "daily", tz="UTC"), date="2025-11-08", total_trades=0)
    clock.set("2025-11-08T06:00:00Z")
    assert_has(figures(client, "daily"), date="2025-11-08", total_trades=0)


@pytest.mark.feature("TPA-11")
@pytest.mark.parametrize(
    ("date", "start", "end"),
    [
        ("2025-03-09", "2025-03-09T06:00:00Z", "2025-03-10T05:00:00Z"),  # 23 hours
        ("2025-11-02", "2025-11-02T05:00:00Z", "2025-11-03T06:00:00Z"),  # 25 hours
        ("2025-07-04", "2025-07-04T05:00:00Z", "2025-07-05T05:00:00Z"),
    ],
)
def test_days_on_which_the_clock_changes_are_as_long_as_they_are(
    client: Client, date: str, start: str, end: str
) -> None:
    trade(client, start, end.replace("00:00Z", "00:00.000001Z"))
    assert_has(figures(client, "daily", date=date), start=start, end=end, total_trades=1)


@pytest.mark.feature("TPA-11")
def test_both_hours_that_show_half_past_one_belong_to_the_day(client: Client) -> None:
    trade(client, "2025-11-02T01:30:00-05:00", "2025-11-02T01:30:00-06:00")
    trade(client, "2025-11-02T23:59:59-06:00", "2025-11-03T00:00:00-06:00")
    assert trades(client, date="2025-11-02") == 3


@pytest.mark.feature("TPA-11")
def test_a_day_whose_midnight_does_not_exist_starts_at_its_first_instant(client: Client) -> None:
    # On 25 April 2025 clocks in Cairo went from 24:00 to 01:00.
    trade(client, "2025-04-24T21:59:59.999999Z", "2025-04-24T22:00:00Z")
    body = figures(client, "daily", date="2025-04-25", tz="Africa/Cairo")
    assert_has(body, start="2025-04-24T22:00:00Z", end="2025-04-25T21:00:00Z", total_trades=1)


@pytest.mark.feature("TPA-11")
@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("Asia/Tokyo", "2025-11-06T15:00:00Z"),
        ("Asia/Kathmandu", "2025-11-06T18:15:00Z"),
        ("Europe/Berlin", "2025-11-06T23:00:00Z"),
        ("UTC", "2025-11-07T00:00:00Z"),
        ("America/Chicago", "2025-11-07T06:00:00Z"),
    ],
)
def test_tz_cuts_the_days_of_one_request(client: Client, zone: str, start: str) -> None:
    trade(client, start)
    body = figures(client, "daily", date="2025-11-07", tz=zone)
    assert_has(body, timezone=zone, calendar="civil", start=start, total_trades=1)
    assert_has(figures(client, "daily", date="2025-11-06", tz=zone), end=start, total_trades=0)


@pytest.mark.feature("TPA-11")
def test_an_accounts_own_zone_cuts_its_days(client: Client, sqlite_res: Resources) -> None:
    accounts.create(sqlite_res, "B", AccountSettings(timezone="Europe/Berlin"))
    trade(client, "2025-11-06T22:59:59Z", "2025-11-06T23:00:00Z", account_id="B")
    body = figures(client, "daily", account_id="B", date="2025-11-07")
    assert_has(body, timezone="Europe/Berlin", start="2025-11-06T23:00:00Z", total_trades=1)
    assert trades(client, account_id="B", date="2025-11-06") == 1
    week = figures(client, "weekly", account_id="B", tz="UTC")
    assert [each["total_trades"] for each in week["days"]] == [0, 0, 0, 2, 0, 0, 0]


@pytest.mark.feature("TPA-09")
def test_a_session_runs_from_five_to_five_and_has_the_name_of_the_day_that_it_ends_on(
    client: Client,
) -> None:
    trade(client, "2025-11-06T16:59:59.999999-06:00")
    trade(client, "2025-11-06T17:00:00-06:00", "2025-11-07T16:59:59-06:00")
    trade(client, "2025-11-07T17:00:00-06:00")
    body = figures(client, "daily", date="2025-11-07", calendar="session")
    assert_has(body, timezone="America/Chicago", calendar="session", total_trades=2)
    assert_has(body, start="2025-11-06T23:00:00Z", end="2025-11-07T23:00:00Z")
    assert trades(client, date="2025-11-06", calendar="session") == 1
    assert trades(client, date="2025-11-07", calendar="civil") == 2


@pytest.mark.feature("TPA-09")
def test_after_five_today_is_the_next_session(client: Client, clock: Clock) -> None:
    trade(client, "2025-11-07T17:30:00-06:00")
    clock.set("2025-11-07T22:59:59Z")
    assert_has(figures(client, "daily", calendar="session"), date="2025-11-07")
    clock.set("2025-11-07T23:00:00Z")
    assert_has(figures(client, "daily", calendar="session"), date="2025-11-08", total_trades=1)
    assert_has(figures(client, "daily"), date="2025-11-07", total_trades=1)


@pytest.mark.feature("TPA-10")
def test_a_session_week_runs_from_sunday_five_to_sunday_five(client: Client) -> None:
    trade(client, "2025-11-02T16:59:59-06:00")
    trade(client, "2025-11-02T17:00:00-06:00", "2025-11-09T16:59:59-06:00")
    trade(client, "2025-11-09T17:00:00-06:00")
    body = figures(client, "weekly", date="2025-11-07", calendar="session")
    assert_has(body, start="2025-11-02T23:00:00Z", end="2025-11-09T23:00:00Z", total_trades=2)
    assert_has(body, week_start="2025-11-03", week_end="2025-11-09")
    assert [each["total_trades"] for each in body["days"]] == [1, 0, 0, 0, 0, 0, 1]
    # By the civil calendar the evening of the 2nd is Sunday's, which the week before has.
    civil = figures(client, "weekly", date="2025-11-07")
    assert [each["total_trades"] for each in civil["days"]] == [0, 0, 0, 0, 0, 0, 2]


@pytest.mark.feature("TPA-11")
def test_a_session_begins_at_five_by_the_clock_also_when_the_clock_changes(client: Client) -> None:
    trade(client, "2025-11-01T22:00:00Z", "2025-11-02T22:59:59Z", "2025-11-02T23:00:00Z")
    body = figures(client, "daily", date="2025-11-02", calendar="session")
    assert_has(body, start="2025-11-01T22:00:00Z", end="2025-11-02T23:00:00Z", total_trades=2)


@pytest.mark.feature("TPA-10")
@pytest.mark.parametrize(
    ("date", "monday", "sunday"),
    [
        ("2025-11-03", "2025-11-03", "2025-11-09"),
        ("2025-11-09", "2025-11-03", "2025-11-09"),
        ("2025-11-10", "2025-11-10", "2025-11-16"),
        ("2025-12-31", "2025-12-29", "2026-01-04"),
        ("2026-01-01", "2025-12-29", "2026-01-04"),
        ("2024-02-29", "2024-02-26", "2024-03-03"),
    ],
)
def test_any_day_names_its_week_from_monday_to_sunday(
    client: Client, date: str, monday: str, sunday: str
) -> None:
    trade(client, f"{monday}T00:00:00-06:00", f"{sunday}T23:59:59-06:00")
    body = figures(client, "weekly", date=date)
    assert_has(body, week_start=monday, week_end=sunday, total_trades=2)
    assert [each["total_trades"] for each in body["days"]] == [1, 0, 0, 0, 0, 0, 1]
    assert [body["days"][0]["date"], body["days"][6]["date"]] == [monday, sunday]


@pytest.mark.feature("TPA-10", "TPA-11")
def test_a_week_is_made_of_its_days_also_where_the_clock_changes(client: Client) -> None:
    trade(client, *[f"2025-11-02T{hour:02}:15:00Z" for hour in range(24)])
    body = figures(client, "weekly", date="2025-11-01")
    assert_has(body, start="2025-10-27T05:00:00Z", end="2025-11-03T06:00:00Z", total_trades=24)
    # Until 05:00 UTC it is Saturday in Chicago.
    assert [each["total_trades"] for each in body["days"]] == [0, 0, 0, 0, 0, 5, 19]
