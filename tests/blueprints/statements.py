"""The statements that a request costs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app.db import connection
from app.db.connection import Connection


class Statements:
    """The statements run since it was last looked at."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._run: list[str] = []
        original = connection.cursor

        @contextmanager
        def counting(conn: Connection, statement: str) -> Iterator[Any]:
            self._run.append(statement)
            with original(conn, statement) as cursor:
                yield cursor

        monkeypatch.setattr(connection, "cursor", counting)

    def taken(self) -> int:
        """How many there were."""
        number = len(self._run)
        self._run.clear()
        return number
