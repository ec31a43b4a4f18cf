"""Query parameters: those that are taken, those that change nothing, and all others refused."""

from __future__ import annotations

import pytest

from tests.blueprints.calls import exact, figures, get, store
from tests.blueprints.errors import assert_error
from tests.conftest import Client

VIEWS = ("daily", "weekly", "history")
OTHERS = ("/api/accounts", "/api/instruments")

NO_CUT = [
    ("tz", "Mars"),
    ("tz", "america/chicago"),
    ("tz", ""),
    ("tz", "null"),
    ("tz", "+01:00"),
    ("tz", "../../etc/passwd"),
    ("tz", "A" * 5_000),
    ("calendar", "lunar"),
    ("calendar", ""),
    ("calendar", "null"),
    ("calendar", "Session"),
    ("basis", "fifo"),
    ("basis", "null"),
    ("basis", ""),
]
NO_DAY = [
    "",
    "null",
    "undefined",
    "NaN",
    "today",
    "7",
    "2025-11",
    "2025-02-29",
    "2025-13-01",
    "07/11/2025",
    "2025-11-07T00:00:00Z",
    "2025-11-07\0",
    "1899-12-31",
    "2200-01-01",
    "9999-12-31",
    "99999-01-01",
    "0000-00-00",
]
NO_BOUND = [
    *("", "null", "yesterday", "2025-02-29", "2025-11-07T00:00:00", "2025-11-07T25:00:00Z"),
    *("2025-11-07T00:00:00+99:00", "1899-12-31T23:59:59Z", "2200-01-01T00:00:00Z", "1762473600"),
]


@pytest.fixture
def caller(client: Client) -> Client:
    """A caller with one account, A, and a trade in it."""
    store(client, "11-06 09:00 +1 @ 21000\n11-06 09:01 -1 @ 21001 fee 1")
    return client


def assert_refused(client: Client, path: str, name: str, value: str) -> str:
    """Hold a parameter to be refused by its name; the message."""
    error = assert_error(get(client, path, **{name: value}), 400, "INVALID_PARAMETER")
    assert [each["field"] for each in error["details"]] == [name]
    assert name in error["message"]
    assert len(error["message"]) < 500
    message: str = error["message"]
    return message


@pytest.mark.feature("TPA-29", "PAM-ERR-01")
@pytest.mark.parametrize("view", VIEWS)
def test_values_that_cut_nothing_are_refused_by_name(
    caller: Client, subtests: pytest.Subtests, view: str
) -> None:
    for name, value in NO_CUT:
        with subtests.test(name=name, value=value[:40]):
            assert_refused(caller, f"/api/performance/{view}", name, value)


@pytest.mark.feature("TPA-14", "TPA-29")
@pytest.mark.parametrize("view", ["daily", "weekly"])
def test_what_is_no_date_is_refused_and_not_taken_for_today(
    caller: Client, subtests: pytest.Subtests, view: str
) -> None:
    for value in NO_DAY:
        with subtests.test(value=value):
            assert_refused(caller, f"/api/performance/{view}", "date", value)


@pytest.mark.feature("PAM-PERF-11", "PAM-PERF-12")
@pytest.mark.parametrize("name", ["start", "end"])
def test_what_bounds_nothing_is_refused(
    caller: Client, subtests: pytest.Subtests, name: str
) -> None:
    for value in NO_BOUND:
        with subtests.test(value=value):
            assert_refused(caller, "/api/performance/history", name, value)


@pytest.mark.feature("PAM-PERF-10")
def test_an_unknown_interval_is_refused(caller: Client, subtests: pytest.Subtests) -> None:
    for value in ("", "null", "year", "minute", "Day", "day,week", "1"):
        with subtests.test(value=value):
            assert_refused(caller, "/api/performance/history", "interval", value)


@pytest.mark.feature("TPA-14", "TPA-29")
@pytest.mark.parametrize(
    ("path", "name", "near"),
    [
        ("/api/performance/daily", "dat", "date"),
        ("/api/performance/daily", "timezone", "tz"),
        ("/api/performance/daily", "account", "account_id"),
        ("/api/performance/weekly", "calender", "calendar"),
        ("/api/performance/history", "Start", "start"),
        ("/api/performance/history", "intervall", "interval"),
        ("/performance/history", "bases", "basis"),
    ],
)
def test_an_unknown_parameter_is_refused_with_the_near_name(
    caller: Client, path: str, name: str, near: str
) -> None:
    assert near in assert_refused(caller, path, name, "1")


@pytest.mark.parametrize("path", [*OTHERS, "/api/performance/daily", "/api/performance/history"])
def test_an_unknown_parameter_is_refused_everywhere(caller: Client, path: str) -> None:
    for name in ("foo", "__", "_tt", "refreshed", "x" * 3_000, "\0", "é"):
        error = assert_error(get(caller, path, **{name: "1"}), 400, "INVALID_PARAMETER")
        assert len(error["message"]) < 500


@pytest.mark.parametrize("path", [*OTHERS, *[f"/api/performance/{view}" for view in VIEWS]])
def test_what_callers_add_to_get_past_caches_changes_nothing(caller: Client, path: str) -> None:
    plain = get(caller, path)
    busted = get(caller, f"{path}?_=1&_=2&_t=3&refresh=true&refresh=")
    assert exact(busted) == exact(plain)
    assert busted.data == plain.data


@pytest.mark.parametrize("name", ["date", "tz", "calendar", "basis", "account_id"])
def test_a_parameter_given_twice_is_refused(caller: Client, name: str) -> None:
    value = {"date": "2025-11-06", "tz": "UTC", "calendar": "civil", "basis": "position"}
    said = f"{name}={value.get(name, 'A')}"
    answer = get(caller, f"/api/performance/daily?{said}&{said}")
    assert name in assert_error(answer, 400, "INVALID_PARAMETER")["message"]


def test_every_bad_parameter_is_named_at_once(caller: Client) -> None:
    answer = get(caller, "/api/performance/daily", date="x", tz="y", basis="z", foo="1")
    details = assert_error(answer, 400, "INVALID_PARAMETER")["details"]
    assert {each["field"] for each in details} == {"date", "tz", "basis", "foo"}


@pytest.mark.feature("TPA-09")
@pytest.mark.parametrize("view", VIEWS)
def test_a_zone_for_session_days_is_refused(caller: Client, view: str) -> None:
    path = f"/api/performance/{view}"
    for zone in ("Europe/Berlin", "America/Chicago"):
        answer = get(caller, path, calendar="session", tz=zone)
        assert "tz" in assert_error(answer, 400, "INVALID_PARAMETER")["message"]
    assert exact(get(caller, path, calendar="session"))["calendar"] == "session"


@pytest.mark.feature("PAM-PERF-12")
@pytest.mark.parametrize("end", ["2025-11-06T16:02:00+01:00", "2025-11-06T16:02:00%2B01:00"])
def test_the_plus_of_an_offset_may_come_as_it_is_or_escaped(caller: Client, end: str) -> None:
    answer = get(caller, f"/api/performance/history?start=2025-11-06&end={end}")
    body = exact(answer)
    assert body["end"] == "2025-11-06T15:02:00Z"
    assert body["summary"]["total_pnl"] == "1.0"


@pytest.mark.feature("TPA-11")
def test_the_first_and_the_last_day_of_the_calendar_are_taken(caller: Client) -> None:
    for date in ("1900-01-01", "2199-12-31"):
        for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"):
            assert figures(caller, "daily", date=date, tz=zone)["total_trades"] == 0
            assert figures(caller, "weekly", date=date, tz=zone)["total_trades"] == 0
    everything = figures(caller, "history", start="1900-01-01", end="2199-12-31")
    assert everything["summary"]["total_pnl"] == "1.0"


@pytest.mark.parametrize("path", ["performance/history", "positions", "statistics", "trades"])
@pytest.mark.parametrize("name", ["", "A" * 129, "a\tb"])
def test_what_no_strategy_can_be_called_is_refused_wherever_it_filters(
    caller: Client, path: str, name: str
) -> None:
    answer = get(caller, f"/api/{path}", account_id="A", strategy=name)
    assert assert_error(answer, 400, "INVALID_PARAMETER")["details"][0]["field"] == "strategy"
