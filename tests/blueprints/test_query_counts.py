"""How many statements an answer costs, so that no poll ever costs more unnoticed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app.db import connection
from app.db.connection import Connection
from tests.blueprints.calls import call, exact, get, store
from tests.conftest import Client

TRADE = "11-07 09:00 +1 @ 21000\n11-07 09:10 -1 @ 21010"
PERIODS = ("daily", "weekly", "monthly")


class Statements:
    """The statements run since it was last looked at."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._run: list[str] = []
        original = connection._cursor

        @contextmanager
        def counting(conn: Connection, statement: str) -> Iterator[Any]:
            self._run.append(statement)
            with original(conn, statement) as cursor:
                yield cursor

        monkeypatch.setattr(connection, "_cursor", counting)

    def taken(self) -> int:
        number = len(self._run)
        self._run.clear()
        return number


@pytest.fixture
def caller(client: Client) -> Client:
    """A caller that is remembered, with a trade in account A."""
    store(client, TRADE)
    get(client, "/api/performance/history?account_id=A")
    return client


@pytest.mark.feature("TPA-06")
@pytest.mark.parametrize("period", PERIODS)
def test_an_answer_that_is_kept_costs_one_statement(
    caller: Client, monkeypatch: pytest.MonkeyPatch, period: str
) -> None:
    path = f"/api/performance/{period}?account_id=A"
    tag = call(caller, "GET", path).headers["ETag"]
    statements = Statements(monkeypatch)
    exact(call(caller, "GET", path))
    assert statements.taken() == 1
    assert call(caller, "GET", path, headers={"If-None-Match": tag}).status_code == 304
    assert statements.taken() == 1


@pytest.mark.parametrize("period", PERIODS)
def test_an_answer_that_is_made_costs_three(
    caller: Client, monkeypatch: pytest.MonkeyPatch, period: str
) -> None:
    statements = Statements(monkeypatch)
    exact(call(caller, "GET", f"/api/performance/{period}?account_id=A"))
    # The look-up; then in one snapshot how the account stands, and its days.
    assert statements.taken() == 3
