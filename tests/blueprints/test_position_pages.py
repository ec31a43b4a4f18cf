"""Pages of /api/positions: every position once and newest first, whatever comes in meanwhile."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

import pytest

from tests.blueprints.calls import assert_has, call, exact, get, store
from tests.blueprints.errors import assert_error
from tests.conftest import Client

TRADES = """
    11-06 09:00 +1 @ 21000
    11-06 09:05 -1 @ 21010
    11-06 09:05 +1 MESZ5 @ 6700
    11-06 09:10 -1 MESZ5 @ 6710
    11-07 10:00 -1 @ 21000
"""
COUNT = 120
LIMITS = (1, 7, 50, COUNT - 1, COUNT, COUNT + 1, 500)
Query = dict[str, str]


def positions(client: Client, **query: str) -> Any:
    return exact(get(client, "/api/positions", **query))


def pages(client: Client, **query: str) -> Iterator[Any]:
    """Page after page, each asked for once the one before it has been looked at."""
    body = positions(client, **query)
    yield body
    while body["next_cursor"]:
        body = positions(client, **query, cursor=body["next_cursor"])
        yield body


def ids(bodies: Sequence[Any]) -> list[str]:
    return [each["id"] for body in bodies for each in body["items"]]


def trade(number: int, at: str, sequence: int) -> list[dict[str, Any]]:
    """Opened and closed at one instant: its own contract's only position but for its equals."""
    common = {"account_id": "A", "symbol": "MNQZ5", "quantity": 1, "executed_at": at}
    return [
        common
        | {"execution_id": f"{number}{side[0]}", "side": side, "sequence": sequence + step}
        | {"price": 21_000 + step * (number % 3)}
        for step, side in enumerate(("BUY", "SELL"))
    ]


def trades(numbers: range, day: str) -> list[dict[str, Any]]:
    """Round trips whose instants are mostly equal and whose order is by sequence."""
    found = []
    for n in numbers:
        found += trade(n, f"2025-11-{day}T15:00:0{n % 3}Z", 10 * n)
    return found


def send(client: Client, executions: list[dict[str, Any]]) -> None:
    Random(7).shuffle(executions)
    exact(call(client, "POST", "/api/executions", json=executions))


@pytest.mark.parametrize("limit", LIMITS)
def test_pages_hold_every_position_once_newest_first(client: Client, limit: int) -> None:
    send(client, trades(range(COUNT), "06"))
    found = list(pages(client, limit=str(limit)))
    everything = positions(client, limit="500")
    assert ids(found) == ids([everything])
    assert len(set(ids(found))) == COUNT
    assert [len(each["items"]) for each in found[:-1]] == [limit] * (len(found) - 1)
    assert 0 < len(found[-1]["items"]) <= limit
    for each in found:
        assert each["summary"] == everything["summary"]
    # Equal instants are told apart by the sequence, of which each trade's is greater.
    expected = sorted(range(COUNT), key=lambda n: (n % 3, n), reverse=True)
    opening = [first_execution(client, each) for each in ids(found)[:9]]
    assert opening == [f"{n}B" for n in expected[:9]]


def first_execution(client: Client, position_id: str) -> str:
    [first, _] = exact(get(client, f"/api/positions/{position_id}"))["executions"]
    return str(first["execution_id"])


@pytest.mark.parametrize("limit", [1, 7, 50, 119])
def test_fills_that_come_in_between_pages_repeat_and_hide_nothing(
    client: Client, limit: int
) -> None:
    send(client, trades(range(COUNT), "06"))
    there = ids([positions(client, limit="500")])
    seen: list[str] = []
    for number, page in enumerate(pages(client, limit=str(limit))):
        seen += ids([page])
        if number < 30:
            # One of them newer than all, one older than all, and one among them.
            for n, day in enumerate(("07", "05", "06")):
                send(client, trades(range(1000 + 3 * number + n, 1001 + 3 * number + n), day))
    assert len(seen) == len(set(seen))
    assert [each for each in seen if each in set(there)] == there


@pytest.mark.parametrize("status", ["open", "closed", "all"])
def test_the_next_page_of_every_status_goes_on(client: Client, status: str) -> None:
    store(client, TRADES)
    store(client, "11-07 11:00 +1 MESZ5 @ 6700", prefix="held")
    found = list(pages(client, status=status, limit="1"))
    assert ids(found) == ids([positions(client, status=status)])
    assert len(found) == {"open": 2, "closed": 2, "all": 4}[status]


def test_every_position_of_a_filter_and_window_is_paged(client: Client) -> None:
    send(client, trades(range(30), "05") + trades(range(30, 60), "06"))
    send(client, trades(range(60, 90), "07"))
    query = {"start": "2025-11-06", "end": "2025-11-06", "symbol": "MNQ", "side": "LONG"}
    found = list(pages(client, **query, limit="7"))
    assert len(set(ids(found))) == len(ids(found)) == 30
    for body in found:
        assert_has(body, start="2025-11-06T06:00:00Z", end="2025-11-07T06:00:00Z")
        assert_has(body["summary"], total=30)


def test_the_first_and_the_last_instant_of_all_are_paged(client: Client) -> None:
    send(client, trade(1, "1900-01-01T00:00:00Z", 0))
    send(client, trade(2, "2199-12-31T23:59:59.999999Z", 0))
    windows: list[Query] = [{}, {"start": "1900-01-01T00:00:00Z", "end": "2199-12-31"}]
    for query in windows:
        assert len(ids(list(pages(client, **query, limit="1")))) == 2


def test_the_size_of_the_page_may_change_between_pages(client: Client) -> None:
    send(client, trades(range(20), "06"))
    first = positions(client, limit="3")
    rest = positions(client, limit="500", cursor=first["next_cursor"])
    assert ids([first, rest]) == ids([positions(client)])
    assert rest["next_cursor"] is None


# --- Cursors -------------------------------------------------------------------------------------


def test_a_cursor_says_the_instant_and_the_place_of_the_last_item(client: Client) -> None:
    store(client, TRADES)
    body = positions(client, limit="2")
    said = json.loads(base64.urlsafe_b64decode(body["next_cursor"]))
    assert_has(said, t=body["items"][-1]["opened_at"], id="0/e3")


@pytest.mark.parametrize(
    "other",
    [
        {"status": "closed"},
        {"symbol": "MNQ"},
        {"strategy": "fade"},
        {"side": "LONG"},
        {"start": "2025-11-06"},
        {"end": "2025-11-08"},
        {"account_id": "B"},
    ],
)
def test_a_cursor_of_another_question_is_refused(client: Client, other: Query) -> None:
    store(client, TRADES)
    store(client, TRADES, account_id="B")
    query = {"account_id": "A", "limit": "1"}
    cursor = positions(client, **query)["next_cursor"]
    answer = get(client, "/api/positions", **(query | other), cursor=cursor)
    assert_error(answer, 400, "INVALID_CURSOR")
    # Nor does one of a narrower question go on in the wider one.
    narrow = positions(client, **query, status="all", side="LONG")["next_cursor"]
    assert_error(get(client, "/api/positions", **query, cursor=narrow), 400, "INVALID_CURSOR")


def forged(cursor: str, **changes: Any) -> str:
    said = json.loads(base64.urlsafe_b64decode(cursor)) | changes
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode()


@pytest.mark.parametrize(
    "changes",
    [
        *({"id": each} for each in ("", "e1", "/", "x/e1", "0/", "0/a/b", "0/\0", "0/é", 7, None)),
        *({"id": f"{each}/e1"} for each in (2**63, -(2**63), 10**18 * 9, "1" * 400)),
        *({"t": each} for each in ("", "now", "2025-11-07", None, 5, "9999-01-01T00:00:00Z")),
        *({"w": each} for each in (None, "ab", 5, ["2025-11-07T00:00:00Z"], ["x", "y"])),
        {"f": None},
    ],
)
def test_a_cursor_that_was_tampered_with_is_refused(client: Client, changes: Any) -> None:
    store(client, TRADES)
    cursor = forged(positions(client, limit="1")["next_cursor"], **changes)
    assert_error(get(client, "/api/positions", cursor=cursor), 400, "INVALID_CURSOR")


@pytest.mark.parametrize("cursor", ["", "x", "null", "0", "AAAA", "e30=", "W10=", "%00", "é" * 9])
def test_what_is_no_cursor_is_refused(client: Client, cursor: str) -> None:
    store(client, TRADES)
    assert_error(get(client, "/api/positions", cursor=cursor), 400, "INVALID_CURSOR")


# --- What has not changed ------------------------------------------------------------------------


@pytest.mark.feature("TPA-06", "TPA-26")
def test_an_answer_is_kept_until_a_fill_comes_in(client: Client) -> None:
    store(client, TRADES)
    held = positions(client)["items"][0]["id"]
    paths = ("/api/positions", f"/api/positions/{held}", "/api/positions?limit=1")
    tags = {path: get(client, path).headers["ETag"] for path in paths}
    for path, tag in tags.items():
        again = call(client, "GET", path, headers={"If-None-Match": tag})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
        assert get(client, path).headers["X-Cache"] == "memory"
    store(client, "11-07 10:30 +1 @ 21000", prefix="late")
    for path, tag in tags.items():
        assert exact(call(client, "GET", path, headers={"If-None-Match": tag}))
    assert exact(get(client, paths[1]))["closed_at"] == "2025-11-07T16:30:00Z"


def test_answers_to_different_questions_have_different_tags(client: Client) -> None:
    store(client, TRADES)
    cursor = positions(client, limit="1")["next_cursor"]
    asked: list[dict[str, str]] = [{}, {"limit": "1"}, {"limit": "1", "cursor": cursor}]
    asked += [{"status": "open"}, {"side": "LONG"}, {"symbol": "MES"}, {"symbol": "MESZ5"}]
    asked += [{"strategy": "x"}, {"start": "2025-11-06"}, {"end": "2025-11-06"}]
    tags = {get(client, "/api/positions", **query).headers["ETag"] for query in asked}
    assert len(tags) == len(asked)
