"""Pages of histories held against the whole ones, and those against the oracle."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from app.domain import instants
from app.services import history_points
from app.services.performance_history import HistoryQuestion
from app.services.resources import Resources
from tests import questions, streams
from tests.answers import Book
from tests.conftest import told
from tests.questions import Owner, Question
from tests.services.test_ingest_against_oracle import (
    carried_out,
    check_history,
    history_of,
    moved,
    open_account,
)
from tests.streams import Operation

HISTORIES = 500
HISTORIES_ON_POSTGRES = 100
PAGES = 5


def stored(res: Resources, owner: Owner, operations: list[Operation]) -> str:
    """The account that all of it happened to."""
    account_id = open_account(res, owner)
    version = 0
    for operation in operations:
        version = carried_out(res, account_id, operation, version)
    for cash in owner.cash:
        version = moved(res, account_id, cash, version)
    return account_id


def pages(res: Resources, account_id: str, asked: HistoryQuestion) -> list[Any]:
    """Every page, each asked for with the cursor of the one before."""
    found = [told(res, account_id, asked)]
    while found[-1]["next_cursor"]:
        asked = asked._replace(cursor=found[-1]["next_cursor"])
        found.append(told(res, account_id, asked))
    return found


def check_pages(res: Resources, account_id: str, question: Question, wanted: int) -> None:
    """Pages of any length are the whole history, cut."""
    asked = history_of(question)
    whole = told(res, account_id, asked)
    points = whole["points"]
    limit = max(1, len(points) // wanted)
    found = pages(res, account_id, asked._replace(limit=limit))
    assert [len(each["points"]) for each in found[:-1]] == [limit] * (len(found) - 1)
    assert [point for page in found for point in page["points"]] == points
    for page in found:
        assert page | {"points": points, "next_cursor": None} == whole


def check_pages_of_histories(res: Resources, number: int, random_seed: int) -> None:
    @seed(random_seed)
    @settings(max_examples=number, deadline=None, database=None)
    @given(
        streams.histories(),
        questions.owners(),
        st.lists(questions.questions(), min_size=3, max_size=3),
        st.integers(1, PAGES),
    )
    def every(
        operations: list[Operation], owner: Owner, asked: list[Question], wanted: int
    ) -> None:
        account_id = stored(res, owner, operations)
        book = Book(owner, streams.surviving(operations), instants.to_datetime(res.now_us()))
        for question in asked:
            check_history(res, account_id, book, question)
            check_pages(res, account_id, question, wanted)

    every()


@pytest.mark.feature("PAM-PERF-04", "PAM-PERF-05", "PAM-PERF-15", "PAM-PERF-16", "PAM-PERF-22")
@pytest.mark.parametrize("part", range(2))
def test_the_pages_of_any_history_are_the_oracles_history(part: int, memory_res: Resources) -> None:
    check_pages_of_histories(memory_res, HISTORIES // 2, part)


def test_the_pages_of_any_history_on_postgres_are_the_oracles_history(
    postgres_res: Resources,
) -> None:
    check_pages_of_histories(postgres_res, HISTORIES_ON_POSTGRES, 2)


def test_without_the_place_of_a_page_no_history_passes(
    memory_res: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    after = history_points.after
    monkeypatch.setattr(
        history_points,
        "after",
        lambda wanted, asked, found: after(wanted, asked._replace(after=None), found),
    )
    # Such a history has no end: its second page is its first one again.
    with pytest.raises(AssertionError):
        check_first_pages(memory_res)


def check_first_pages(res: Resources) -> None:
    @seed(0)
    @settings(max_examples=50, deadline=None, database=None, phases=(Phase.generate,))
    @given(streams.histories(), questions.owners(), questions.questions())
    def every(operations: list[Operation], owner: Owner, question: Question) -> None:
        account_id = stored(res, owner, operations)
        asked = history_of(question)
        first = told(res, account_id, asked._replace(limit=1))
        if first["next_cursor"]:
            second = told(res, account_id, asked._replace(cursor=first["next_cursor"]))
            assert first["points"] + second["points"] == told(res, account_id, asked)["points"]

    every()


def test_an_empty_account_has_an_empty_history(memory_res: Resources) -> None:
    owner = Owner("America/Chicago", "civil", questions.BALANCES[0], ())
    account_id = open_account(memory_res, owner)
    nothing = HistoryQuestion("day", None, None, None, None, "position", fill="zero")
    assert told(memory_res, account_id, nothing)["points"] == []
