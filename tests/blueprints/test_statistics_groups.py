"""GET /api/statistics with `group_by`: which groups, in which order, and what they add up to."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from typing import Any

import pytest

from app.domain import groups, instants, periods
from app.domain.metrics import DEFINITIONS
from app.services import statistics_trades
from app.services.resources import Resources
from tests.blueprints.calls import assert_has, call, exact, get, store
from tests.blueprints.errors import assert_error
from tests.blueprints.trading_week import PATH, WINDOW, asked, trade_for_a_week
from tests.conftest import Client, Clock

CHICAGO = "America/Chicago"
METRICS = [each.name for each in DEFINITIONS]
# By name or in the order of time: the group, its trades, and what they made.
GROUPS = {
    "symbol": [("MES", 1, "0.0"), ("MNQ", 6, "401.0")],
    "contract": [("MESZ5", 1, "0.0"), ("MNQH6", 1, "-45.0"), ("MNQZ5", 5, "446.0")],
    "strategy": [("breakout", 5, "250.0"), ("fade", 2, "151.0")],
    "side": [("LONG", 5, "250.0"), ("SHORT", 2, "151.0")],
    "weekday": [
        ("Monday", 2, "-250.0"),
        ("Tuesday", 1, "400.0"),
        ("Wednesday", 2, "50.0"),
        ("Friday", 2, "201.0"),
    ],
    "hour": [("09", 4, "150.0"), ("10", 2, "301.0"), ("11", 1, "-50.0")],
    "day": [
        ("2025-11-05", 2, "50.0"),
        ("2025-11-07", 2, "201.0"),
        ("2025-11-10", 2, "-250.0"),
        ("2025-11-11", 1, "400.0"),
    ],
    "week": [("2025-W45", 4, "251.0"), ("2025-W46", 3, "150.0")],
    "month": [("2025-11", 7, "401.0")],
    "holding_time": [
        ("1m-5m", 3, "355.0"),
        ("5m-15m", 2, "-105.0"),
        ("15m-1h", 2, "151.0"),
    ],
}


@pytest.fixture
def trader(client: Client, sqlite_res: Resources, clock: Clock) -> Client:
    return trade_for_a_week(client, sqlite_res, clock)


def in_short(body: Any) -> list[tuple[str | None, int, str]]:
    return [(each["group"], each["total_trades"], each["net_pnl"]) for each in body["groups"]]


@pytest.mark.feature("PAM-OPS-04", "PAM-OPS-05", "PAM-PERF-24")
@pytest.mark.parametrize("way", GROUPS)
def test_trades_are_taken_apart_in_order(trader: Client, way: str) -> None:
    body = asked(trader, **WINDOW, group_by=way)
    assert in_short(body) == GROUPS[way]
    assert body["group_by"] == way
    # The rest is what is answered without groups, and each group has all the figures.
    assert {k: v for k, v in body.items() if k not in ("group_by", "groups")} == asked(
        trader, **WINDOW
    )
    assert all(list(each) == ["group", *METRICS] for each in body["groups"])


def test_there_is_an_example_of_every_way() -> None:
    assert set(GROUPS) == set(groups.WAYS) == set(groups.MEANINGS)


@pytest.mark.parametrize("way", GROUPS)
def test_a_group_says_what_a_filter_on_it_says(trader: Client, way: str) -> None:
    if way not in ("symbol", "contract", "strategy", "side", "day"):
        return
    body = asked(trader, **WINDOW, group_by=way)
    for each in body["groups"]:
        name = each.pop("group")
        query = {"symbol" if way == "contract" else way: name}
        if way == "day":
            # Where the fall begins with the window, it does not begin with the day.
            alone = asked(trader, start=name, end=name)
            alone["max_drawdown_started_at"] = each["max_drawdown_started_at"]
        else:
            alone = asked(trader, **WINDOW, **query)
        assert_has(alone, **each)


@pytest.mark.feature("PAM-PERF-24")
@pytest.mark.parametrize("way", GROUPS)
def test_groups_add_up_to_the_whole(trader: Client, way: str) -> None:
    for some in ({}, {"side": "LONG"}, {"tz": "Asia/Kolkata"}, {"calendar": "session"}):
        body = asked(trader, **WINDOW, group_by=way, **some)
        for name in ("total_trades", "winning_trades", "losing_trades", "breakeven_trades"):
            assert sum(each[name] for each in body["groups"]) == body[name]
        for name in ("net_pnl", "gross_pnl", "fees"):
            assert sum(Decimal(each[name]) for each in body["groups"]) == Decimal(body[name])


def test_trades_without_a_strategy_are_a_group_of_their_own_and_the_last(
    trader: Client,
) -> None:
    store(trader, "11-11 10:00 +1 @ 1\n11-11 10:01 -1 @ 2", prefix="more")
    groups = in_short(asked(trader, **WINDOW, group_by="strategy"))
    assert groups == [*GROUPS["strategy"], (None, 1, "2.0")]


def test_days_hours_and_weekdays_are_those_of_the_answers_cut(trader: Client) -> None:
    # 17:00 in Chicago begins the next session, and is 4:30 of the next day in Kolkata.
    store(trader, "11-11 16:55 +1 @ 1\n11-11 17:00 -1 @ 2", prefix="late")
    window = {"start": "2025-11-11T18:00:00Z", "end": "2025-11-12T18:00:00Z"}
    expected = {
        "tz": {"day": "2025-11-12", "hour": "04", "weekday": "Wednesday"},
        "calendar": {"day": "2025-11-12", "hour": "17", "weekday": "Wednesday"},
        "": {"day": "2025-11-11", "hour": "17", "weekday": "Tuesday"},
    }
    cuts = {"tz": {"tz": "Asia/Kolkata"}, "calendar": {"calendar": "session"}, "": {}}
    for cut, names in expected.items():
        for way, name in names.items():
            body = asked(trader, **window, **cuts[cut], group_by=way)
            assert in_short(body) == [(name, 1, "2.0")]


def test_an_hour_that_comes_twice_is_one_group(
    client: Client, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set("2025-11-12T18:00:00Z")
    for utc in ("06", "07"):
        at = f"2025-11-02T{utc}:30"
        for side, second in (("BUY", "00"), ("SELL", "10")):
            body = {
                "account_id": "A",
                "execution_id": f"{utc}{side}",
                "symbol": "MNQZ5",
                "side": side,
                "quantity": 1,
                "price": "1",
                "executed_at": f"{at}:{second}Z",
            }
            exact(call(client, "POST", "/api/executions", json=[body]))
    assert in_short(asked(client, group_by="hour")) == [("01", 2, "0.0")]
    # As if clocks were never set.
    never = periods.offsets(CHICAGO, instants.parse("2025-11-02T00:00:00Z"), clock())[:1]
    monkeypatch.setattr(periods, "offsets", lambda *_: never)
    fault = in_short(asked(client, start="2025-11-02", group_by="hour"))
    assert fault == [("01", 1, "0.0"), ("02", 1, "0.0")]


def test_without_trades_there_are_no_groups(trader: Client) -> None:
    body = asked(trader, start="2025-11-06", end="2025-11-06", group_by="symbol")
    assert (body["groups"], body["total_trades"]) == ([], 0)


# --- Refusals, caching and forms -----------------------------------------------------------------


@pytest.mark.parametrize("way", ["", "Symbol", "symbol,side", "account", "1"])
def test_another_way_is_refused_and_the_ways_are_named(trader: Client, way: str) -> None:
    error = assert_error(get(trader, PATH, group_by=way), 400, "INVALID_PARAMETER")
    assert all(each in error["message"] for each in groups.WAYS)


def test_too_many_groups_are_refused(trader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics_trades, "GROUPS_MAX", 3)
    assert len(asked(trader, **WINDOW, group_by="contract")["groups"]) == 3
    error = assert_error(get(trader, PATH, **WINDOW, group_by="day"), 400, "INVALID_PARAMETER")
    assert "3 groups" in error["message"]


@pytest.mark.feature("TPA-06", "TPA-26")
def test_each_way_is_an_answer_of_its_own_that_is_kept_until_a_write(trader: Client) -> None:
    tags = {way: get(trader, PATH, **WINDOW, group_by=way).headers["ETag"] for way in GROUPS}
    tags[""] = get(trader, PATH, **WINDOW).headers["ETag"]
    assert len(set(tags.values())) == len(GROUPS) + 1
    query = WINDOW | {"group_by": "symbol"}
    tag = {"If-None-Match": tags["symbol"]}
    assert call(trader, "GET", PATH, query_string=query, headers=tag).status_code == 304
    store(trader, "11-11 10:00 +1 @ 1\n11-11 10:01 -1 @ 2", prefix="more")
    again = call(trader, "GET", PATH, query_string=query, headers=tag)
    assert in_short(exact(again))[1] == ("MNQ", 7, "403.0")


def test_as_csv_and_ndjson_a_group_is_a_row(trader: Client) -> None:
    query = WINDOW | {"group_by": "side"}
    body = asked(trader, **query)
    rows = list(csv.DictReader(get(trader, PATH, **query, format="csv").text.splitlines()))
    told = [{k: "" if v is None else str(v) for k, v in each.items()} for each in body["groups"]]
    assert rows == told
    lines = get(trader, PATH, **query, format="ndjson").text.splitlines()
    assert [json.loads(line, parse_float=str) for line in lines] == body["groups"]


def test_as_text_groups_are_a_table(trader: Client) -> None:
    header, *rows = get(trader, PATH, **WINDOW, group_by="side", format="text").text.splitlines()
    assert header.split() == ["group", *METRICS]
    assert [row.split()[:2] for row in rows] == [["LONG", "5"], ["SHORT", "2"]]
