"""One answer in several representations, compressed, known by its tag, and explained."""

from __future__ import annotations

import csv
import gzip
import io
import json
from decimal import Decimal
from typing import Any

import pytest

from tests.blueprints.calls import call, exact, figures, fills, get, store
from tests.blueprints.errors import assert_error
from tests.conftest import Client, Clock

DAILY = "/api/performance/daily"
HISTORY = "/api/performance/history"
TRADES = """11-06 09:00 +2 @ 21000 fee 0.74
11-06 09:10 -2 @ 21010 fee 0.74
11-07 09:00 -1 @ 21000 fee 0.37
11-07 09:10 +1 @ 21005 fee 0.37"""


@pytest.fixture
def caller(client: Client) -> Client:
    """A caller with one account, A, and a won and a lost trade in it."""
    store(client, TRADES)
    return client


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("image/png", "application/json"),
        ("text/csv", "text/csv"),
        ("text/plain", "text/plain"),
        ("application/x-ndjson", "application/x-ndjson"),
        ("text/csv;q=0.5, application/json", "application/json"),
    ],
)
def test_accept_chooses_the_representation(caller: Client, accept: str, media_type: str) -> None:
    assert call(caller, "GET", DAILY, headers={"Accept": accept}).mimetype == media_type


def test_format_beats_accept(caller: Client) -> None:
    answer = call(caller, "GET", f"{DAILY}?format=csv", headers={"Accept": "application/json"})
    assert answer.mimetype == "text/csv"


def test_an_unknown_format_is_refused(caller: Client) -> None:
    assert_error(get(caller, f"{DAILY}?format=xml"), 400, "INVALID_PARAMETER")


def test_csv_says_the_same_as_json(caller: Client) -> None:
    points = exact(get(caller, HISTORY))["points"]
    text = get(caller, f"{HISTORY}?format=csv").text
    assert "\r\n" in text
    rows = table(text)
    assert [row["period_pnl"] for row in rows] == [each["period_pnl"] for each in points]
    assert [row["period"] for row in rows] == ["2025-11-06", "2025-11-07"]


def test_the_columns_of_a_day_are_the_same_whether_it_has_ended_or_not(caller: Client) -> None:
    (today,) = table(get(caller, f"{DAILY}?format=csv").text)
    (ended,) = table(get(caller, f"{DAILY}?format=csv&date=2025-11-06").text)
    assert today.keys() == ended.keys()
    assert (today["open_positions"], ended["open_positions"]) == ("0", "")


def test_a_text_that_would_run_as_a_formula_is_defused_and_numbers_are_not(client: Client) -> None:
    store(client, TRADES, account_id="=1+1")
    (row,) = table(get(client, f"{DAILY}?account_id=%3D1%2B1&format=csv").text)
    assert row["account_id"] == "'=1+1"
    assert row["daily_pnl"] == "-10.74"


def test_ndjson_is_a_line_a_row(caller: Client) -> None:
    lines = get(caller, f"{HISTORY}?format=ndjson").text.splitlines()
    assert [json.loads(line)["period"] for line in lines] == ["2025-11-06", "2025-11-07"]


def test_text_is_one_line_for_a_period_and_a_table_for_a_history(caller: Client) -> None:
    (line,) = get(caller, f"{DAILY}?format=text").text.splitlines()
    assert "-10.74 USD" in line
    head, *rows = get(caller, f"{HISTORY}?format=text").text.splitlines()
    assert "period_pnl" in head
    assert len(rows) == 2


def test_a_tag_that_is_known_is_answered_without_a_body(caller: Client) -> None:
    first = get(caller, DAILY)
    again = call(caller, "GET", DAILY, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert first.headers["Vary"] == "Accept, Accept-Encoding, Authorization, Cookie"


def test_a_tag_is_of_one_representation_and_one_question(caller: Client) -> None:
    paths = [DAILY, f"{DAILY}?format=csv", f"{DAILY}?basis=execution", f"{DAILY}?explain=true"]
    tags = {get(caller, path).headers["ETag"] for path in paths}
    assert len(tags) == len(paths)


def test_a_write_makes_another_tag(caller: Client) -> None:
    before = get(caller, DAILY).headers["ETag"]
    store(caller, "11-07 10:00 +1 @ 21000", prefix="new")
    answer = call(caller, "GET", DAILY, headers={"If-None-Match": before})
    assert answer.status_code == 200
    assert answer.headers["X-Cache"] == "miss"


def test_at_midnight_todays_answer_and_its_tag_change(caller: Client, clock: Clock) -> None:
    clock.set("2025-11-08T05:59:59.999999Z")
    before = get(caller, DAILY)
    clock.set("2025-11-08T06:00:00Z")
    after = call(caller, "GET", DAILY, headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert (exact(before)["date"], exact(after)["date"]) == ("2025-11-07", "2025-11-08")
    # The day that has ended no longer tells what is open now.
    assert exact(get(caller, f"{DAILY}?date=2025-11-07"))["open"] is None


def test_the_second_answer_comes_from_memory(caller: Client) -> None:
    assert [get(caller, DAILY).headers["X-Cache"] for _ in range(2)] == ["miss", "memory"]


def test_a_large_answer_is_compressed_for_who_can_read_it(caller: Client) -> None:
    path = "/api/performance/monthly"
    plain = get(caller, path)
    packed = call(caller, "GET", path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["ETag"] == plain.headers["ETag"]
    refused = call(caller, "GET", path, headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers


def test_a_figure_is_explained_by_its_positions_and_the_sum_done_again(caller: Client) -> None:
    body = figures(caller, "weekly", explain="true")
    explanation: dict[str, Any] = body["explanation"]
    assert [each["net_pnl"] for each in explanation["positions"]] == ["38.52", "-10.74"]
    assert explanation["sum"]["net_pnl"] == body["weekly_pnl"]
    assert (explanation["sum"]["positions"], explanation["more"]) == (2, 0)
    assert "explanation" not in figures(caller, "weekly")


def test_a_history_is_explained_by_the_positions_that_its_filters_pass(client: Client) -> None:
    store(client, TRADES)
    others = fills("11-07 10:00 +1 @ 21000\n11-07 10:30 -1 @ 21001", prefix="other")
    others = [each | {"strategy": "other"} for each in others]
    exact(call(client, "POST", "/api/executions", json=others))
    path = "/api/performance/history?account_id=A&explain=true"
    for asked in (
        "",
        "&strategy=other",
        "&symbol=MNQ&basis=execution",
        "&interval=tick",
        "&limit=1",
    ):
        body = exact(get(client, path + asked))
        told = body["explanation"]
        assert told["sum"]["net_pnl"] == body["summary"]["total_pnl"]
        assert (told["start"], told["end"]) == (body["start"], body["end"])
        assert len(told["positions"]) == (1 if "other" in asked else 3)
        assert get(client, f"{path}{asked}&format=csv").status_code == 200


def test_the_summary_explains_each_of_its_periods(caller: Client) -> None:
    summary = exact(get(caller, "/api/performance?explain=true"))
    assert summary["week"]["explanation"]["sum"]["net_pnl"] == summary["week"]["weekly_pnl"]
    assert "explanation" not in exact(get(caller, "/api/performance"))["week"]


def test_by_execution_the_executions_of_the_window_are_what_counts(client: Client) -> None:
    store(client, "11-06 09:00 +2 @ 21000 fee 1\n11-07 09:00 -1 @ 21010\n11-07 09:30 -1 @ 21010")
    body = figures(client, "daily", explain="true", basis="execution", date="2025-11-06")
    (position,) = body["explanation"]["positions"]
    assert (position["gross_pnl"], position["fees"]) == ("0.0", "1.0")
    assert body["explanation"]["sum"]["net_pnl"] == body["daily_pnl"] == "-1.0"


def test_the_summary_tells_what_each_endpoint_tells(caller: Client) -> None:
    summary = exact(get(caller, "/api/performance"))
    for name, path in (("today", "daily"), ("week", "weekly"), ("month", "monthly")):
        assert summary[name] == exact(get(caller, f"/api/performance/{path}"))
    assert summary["all_time"]["net_pnl"] == "27.78"
    assert Decimal(summary["all_time"]["balance"]) == Decimal("27.78")


def test_a_month_has_all_its_days(caller: Client) -> None:
    month = figures(caller, "monthly")
    assert len(month["days"]) == 30
    assert sum(Decimal(each["pnl"]) for each in month["days"]) == Decimal(month["monthly_pnl"])


def test_who_requires_a_live_feed_is_told_that_there_is_none(caller: Client) -> None:
    answer = get(caller, f"{DAILY}?require=live")
    assert_error(answer, 503, "FEED_STALE")
    assert answer.headers["Retry-After"]
