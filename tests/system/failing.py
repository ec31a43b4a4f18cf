"""Databases whose n-th call fails, on the drivers' own connections."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Literal

import psycopg
from sqlalchemy import event

from app.db import engines
from app.db.connection import Database

# `before` and `after` it was carried out, which for a commit makes a difference; `halves` fails as
# `before` does, but what was done until then is kept; `nothing` is found where it would fail.
Kind = Literal["before", "after", "halves", "nothing"]


class Faults:
    """Lets the n-th call since it was set fail; none while it is not set."""

    def __init__(self) -> None:
        self.kind: Kind = "before"
        self._left = 0

    @contextmanager
    def at(self, number: int, kind: Kind) -> Iterator[None]:
        """Let the n-th call fail meanwhile, if there are so many."""
        self._left, self.kind = number, kind
        try:
            yield
        finally:
            self._left, self.kind = 0, "before"

    def call(self, work: Callable[[], Any], fault: type[Exception]) -> Any:
        """Do some work of a driver's, or fail with its fault."""
        self._left -= 1
        if self._left:
            return work()
        if self.kind == "nothing":
            return None
        if self.kind == "after":
            work()
        raise fault("this call was made to fail")


def let_fail(db: Database) -> Faults:
    """Faults of a database that was not yet connected to."""
    faults = Faults()
    connect = _sqlite(faults) if db.is_sqlite else _postgres(faults)
    for engine in (db._reader, db._writer):
        event.listen(engine, "do_connect", connect)
    return faults


def _sqlite(faults: Faults) -> Callable[..., Any]:
    driver = engines.DRIVER

    class Cursor(driver.Cursor):  # type: ignore[misc, name-defined]
        def execute(self, *args: Any) -> Any:
            return faults.call(lambda: super(Cursor, self).execute(*args), driver.OperationalError)

        def executemany(self, *args: Any) -> Any:
            return faults.call(
                lambda: super(Cursor, self).executemany(*args), driver.OperationalError
            )

    class Connection(driver.Connection):  # type: ignore[misc, name-defined]
        def cursor(self, *_: Any) -> Any:
            return super().cursor(Cursor)

        def commit(self) -> Any:
            return faults.call(super().commit, driver.OperationalError)

        def rollback(self) -> Any:
            return super().commit() if faults.kind == "halves" else super().rollback()

    return lambda _, __, args, options: driver.connect(*args, **options, factory=Connection)


def _postgres(faults: Faults) -> Callable[..., Any]:
    class Cursor(psycopg.Cursor[Any]):
        def execute(self, *args: Any, **options: Any) -> Any:
            return faults.call(
                lambda: super(Cursor, self).execute(*args, **options), psycopg.OperationalError
            )

        def executemany(self, *args: Any, **options: Any) -> Any:
            return faults.call(
                lambda: super(Cursor, self).executemany(*args, **options), psycopg.OperationalError
            )

        @contextmanager
        def copy(self, *args: Any, **options: Any) -> Iterator[Any]:
            with ExitStack() as stack:
                yield stack.enter_context(super().copy(*args, **options))
                # What was written is of no effect before the end was said.
                faults.call(lambda: stack.pop_all().close(), psycopg.OperationalError)

    class Connection(psycopg.Connection[Any]):
        def commit(self) -> Any:
            return faults.call(super().commit, psycopg.OperationalError)

    return lambda _, __, args, options: Connection.connect(*args, **options, cursor_factory=Cursor)
