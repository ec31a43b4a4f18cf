"""GET /api/performance/history page by page, and the cursors that lead from one to the next."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.blueprints.calls import assert_has, call, exact, fills, get, store
from tests.blueprints.errors import assert_error
from tests.blueprints.test_history_points import HISTORY, NOTES, history
from tests.conftest import Client

LATE = """
    11-04 10:00 +1 M2KZ5 @ 1 fee 1
    11-05 10:00 -1 M2KZ5 @ 2 fee 1
    11-05 10:10 +1 M2KZ5 @ 3 fee 1
    11-06 10:00 -1 M2KZ5 @ 5
"""


def pages(client: Client, **query: str) -> list[Any]:
    found = [history(client, **query)]
    while cursor := found[-1]["next_cursor"]:
        found.append(history(client, **query, cursor=cursor))
    return found


def shown(found: list[Any]) -> list[tuple[str, str]]:
    return [(point["period"], point["period_pnl"]) for page in found for point in page["points"]]


def test_a_limit_out_of_range_says_what_the_range_is(client: Client) -> None:
    store(client, NOTES)
    error = assert_error(get(client, HISTORY, limit="5001"), 400, "INVALID_PARAMETER")
    assert error["message"] == "limit must be between 1 and 5000 (got 5001)"
    assert error["details"] == [{"field": "limit", "message": error["message"]}]


@pytest.mark.feature("PAM-PERF-22", "PAM-PERF-15")
@pytest.mark.parametrize("interval", ["tick", "trade", "hour", "day"])
@pytest.mark.parametrize("limit", ["1", "2", "3"])
def test_pages_are_the_history_cut_and_run_on(client: Client, interval: str, limit: str) -> None:
    store(client, NOTES)
    whole = history(client, interval=interval)
    found = pages(client, interval=interval, limit=limit)
    assert [point for page in found for point in page["points"]] == whole["points"]
    assert {len(page["points"]) for page in found[:-1]} <= {int(limit)}
    for page in found:
        assert page | {"points": whole["points"], "next_cursor": None} == whole
    assert "next_cursor" in whole


@pytest.mark.feature("PAM-PERF-22")
@pytest.mark.parametrize("interval", ["tick", "trade", "day"])
def test_what_comes_in_between_pages_repeats_nothing_and_skips_nothing(
    client: Client, interval: str
) -> None:
    store(client, NOTES)
    there = shown(pages(client, interval=interval))
    first = history(client, interval=interval, limit="1")
    # Before the first page, on the instant of one of its points or of the next, and after it.
    store(client, LATE, prefix="late")
    rest = shown(pages(client, interval=interval, cursor=first["next_cursor"]))
    seen = shown([first]) + rest
    assert [each for each in seen if each in there] == there
    assert [each for each in rest if each[0].startswith("2025-11-06")]


def test_executions_of_one_instant_are_each_on_one_page(client: Client) -> None:
    same = [
        each | {"executed_at": "2025-11-05T10:00:00Z", "sequence": n % 2, "fees": "1"}
        for n, each in enumerate(fills("11-05 10:00 +1 @ 1\n" * 4 + "11-05 10:00 -1 @ 2\n" * 4))
    ]
    exact(call(client, "POST", "/api/executions", json=same))
    whole = history(client, interval="tick")
    assert len(whole["points"]) == 8
    found = pages(client, interval="tick", limit="3")
    assert [point for page in found for point in page["points"]] == whole["points"]


def test_a_cursor_is_json_with_the_time_and_id_of_the_last_point(client: Client) -> None:
    store(client, NOTES)
    tick = base64.urlsafe_b64decode(history(client, interval="tick", limit="2")["next_cursor"])
    assert_has(json.loads(tick), t="2025-11-05T16:10:00Z", id="0/e2")
    day = base64.urlsafe_b64decode(history(client, limit="1")["next_cursor"])
    assert_has(json.loads(day), t="2025-11-05T06:00:00Z", id="2025-11-05")


def test_the_first_pages_window_holds_for_all_pages(client: Client) -> None:
    store(client, NOTES)
    first = history(client, limit="1")
    store(client, "11-03 10:00 +1 @ 1\n11-03 10:01 -1 @ 2", prefix="late")
    second = history(client, cursor=first["next_cursor"])
    assert (second["start"], second["end"]) == (first["start"], first["end"])
    assert history(client)["start"] != first["start"]


@pytest.mark.parametrize(
    "other",
    [
        {"interval": "week"},
        {"tz": "Asia/Tokyo"},
        {"calendar": "session"},
        {"basis": "execution"},
        {"symbol": "MNQ"},
        {"strategy": "fade"},
        {"fill": "zero"},
        {"start": "2025-11-01"},
        {"end": "2025-11-30"},
        {"account_id": "B"},
    ],
)
def test_a_cursor_of_another_question_is_refused(client: Client, other: dict[str, str]) -> None:
    store(client, NOTES)
    store(client, NOTES, account_id="B")
    cursor = history(client, account_id="A", limit="1")["next_cursor"]
    assert history(client, account_id="A", limit="5", cursor=cursor)["next_cursor"] is None
    answer = get(client, HISTORY, **{"account_id": "A", "cursor": cursor} | other)
    assert_error(answer, 400, "INVALID_CURSOR")


@pytest.mark.parametrize("identity", ["x/e2", "/e2", "1" * 5000 + "/e2"])
def test_a_cursor_that_names_no_point_is_refused(client: Client, identity: str) -> None:
    store(client, NOTES)
    cursor = history(client, interval="tick", limit="1")["next_cursor"]
    said = json.loads(base64.urlsafe_b64decode(cursor)) | {"id": identity}
    forged = base64.urlsafe_b64encode(json.dumps(said).encode()).decode()
    for cursor in (forged, "", "nonsense"):
        answer = get(client, HISTORY, interval="tick", cursor=cursor)
        assert_error(answer, 400, "INVALID_CURSOR")
