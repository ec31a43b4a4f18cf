"""Cursors of the trades log: of our making and of this question, or refused."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.blueprints.calls import call, exact, fills, get
from tests.blueprints.errors import assert_error
from tests.conftest import Client

WEEK = {"account_id": "A", "start": "2025-11-05", "end": "2025-11-07"}


@pytest.fixture
def caller(client: Client) -> Client:
    """A caller with three executions at one instant, in A and in B."""
    notes = "\n".join(["11-07 09:00 +1 @ 21000"] * 3)
    told = [*fills(notes), *fills(notes, account_id="B")]
    exact(call(client, "POST", "/api/executions", json=told))
    return client


def page(client: Client, **query: str) -> Any:
    return exact(get(client, "/api/trades", **WEEK | query))


def encoded(said: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode()


def refused(client: Client, cursor: str, **query: str) -> None:
    answer = get(client, "/api/trades", **WEEK | {"cursor": cursor} | query)
    assert_error(answer, 400, "INVALID_CURSOR")


@pytest.mark.feature("PAM-TRADES-10", "PAM-TRADES-15")
def test_a_cursor_says_the_last_item_and_is_null_on_the_last_page(caller: Client) -> None:
    first = page(caller, limit="2")
    assert [item["id"] for item in first["items"]] == ["e3", "e2"]
    said = json.loads(base64.urlsafe_b64decode(first["next_cursor"]))
    assert (said["t"], said["id"]) == ("2025-11-07T15:00:00Z", "e2")
    last = page(caller, limit="2", cursor=first["next_cursor"])
    assert [item["id"] for item in last["items"]] == ["e1"]
    assert last["next_cursor"] is None
    assert last["summary"] == first["summary"]
    assert page(caller, limit="3")["next_cursor"] is None
    assert page(caller, type="rejected")["next_cursor"] is None


def test_a_page_may_have_another_length_than_the_one_before(caller: Client) -> None:
    cursor = page(caller, limit="1")["next_cursor"]
    assert len(page(caller, limit="500", cursor=cursor)["items"]) == 2


@pytest.mark.parametrize(
    "other",
    [
        {"type": "all"},
        {"symbol": "MNQ"},
        {"strategy": "fade"},
        {"account_id": "B"},
        {"start": "2025-11-06"},
        {"end": "2025-11-08"},
        {"start": "2025-11-05T06:00:00Z"},
    ],
)
def test_a_cursor_of_another_question_is_refused(caller: Client, other: dict[str, str]) -> None:
    cursor = page(caller, limit="1")["next_cursor"]
    refused(caller, cursor, **other)


def test_the_default_window_is_kept_from_page_to_page(caller: Client, clock: Any) -> None:
    first = exact(get(caller, "/api/trades", account_id="A", limit="1"))
    clock.set("2025-11-20T00:00:00Z")
    query = {"account_id": "A", "limit": "1", "cursor": first["next_cursor"]}
    second = exact(get(caller, "/api/trades", **query))
    assert (second["start"], second["end"]) == (first["start"], first["end"])
    assert second["items"][0]["id"] == "e2"


@pytest.mark.parametrize(
    "changes",
    [
        {"id": ""},
        {"id": "a/b"},
        {"id": "\ud800"},
        {"id": "é"},
        {"id": "x" * 129},
        {"id": None, "t": None},
        {"s": 2**64},
        {"s": "x"},
        {"s": float("inf")},
        {"s": float("nan")},
        {"s": []},
        {"t": "2024-11-07T15:00:00Z"},
        {"t": "2025-11-09T15:00:00Z"},
        {"t": "2025-11-07T15:00:00"},
        {"t": 5},
        {"w": []},
        {"w": "2025"},
        {"w": {}},
        {"w": [1, 2]},
        {"w": ["2025-11-08T00:00:00Z", "2025-11-01T00:00:00Z"]},
        {"f": ""},
        {"f": None},
    ],
)
def test_a_cursor_that_was_tampered_with_is_refused(
    caller: Client, changes: dict[str, Any]
) -> None:
    said = json.loads(base64.urlsafe_b64decode(page(caller, limit="1")["next_cursor"]))
    refused(caller, encoded(said | changes))


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "abc=", "%", "é", "e30=", "bnVsbA==", "MQ==", "W10=", encoded("t"), "A" * 5_000],
)
def test_what_is_no_cursor_is_refused(caller: Client, cursor: str) -> None:
    refused(caller, cursor)


def test_a_deeply_nested_cursor_is_refused(caller: Client) -> None:
    refused(caller, base64.urlsafe_b64encode(b"[" * 760).decode())


def test_any_text_and_any_json_is_refused(caller: Client) -> None:
    values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["t", "id", "w", "f", "s"]), inner, max_size=5)
        ),
        max_leaves=12,
    )

    @settings(
        max_examples=200,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.text(max_size=60) | values.map(encoded))
    def every(cursor: str) -> None:
        refused(caller, cursor.encode("utf-8", "replace").decode())

    every()
