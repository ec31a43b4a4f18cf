"""apsw in the shape of a DB-API driver, so that the service's own statements run through a file
system of ours: `Driver(…)` takes the place of `app.db.engines.sqlite`.

apsw runs a statement no further than to its first row: here every one is run to its end at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from typing import Any

import apsw


class Error(Exception):
    """Of the DB-API; SQLAlchemy goes by these names."""


class DatabaseError(Error): ...


class OperationalError(DatabaseError): ...


class IntegrityError(DatabaseError): ...


class ProgrammingError(DatabaseError): ...


class DataError(DatabaseError): ...


@contextmanager
def _faults() -> Any:
    try:
        yield
    except apsw.ConstraintError as error:
        raise IntegrityError(str(error)) from error
    except apsw.Error as error:
        raise OperationalError(str(error)) from error


class Cursor:
    """Runs statements on a connection, each to its end."""

    def __init__(self, conn: apsw.Connection) -> None:
        self.arraysize = 1
        self.rowcount = -1
        self.lastrowid = 0
        self.description: Sequence[Any] | None = None
        self._conn = conn
        self._rows: list[Any] = []

    def execute(self, statement: str, values: Any = ()) -> Cursor:
        with _faults():
            cursor = self._conn.cursor()
            cursor.exec_trace = self._note
            before = self._conn.total_changes()
            self._rows = list(cursor.execute(statement, values))
            self.rowcount = self._conn.total_changes() - before
            self.lastrowid = self._conn.last_insert_rowid()
        return self

    def executemany(self, statement: str, rows: Sequence[Any]) -> Cursor:
        with _faults():
            self._conn.cursor().executemany(statement, rows)
        return self

    def fetchone(self) -> Any:
        return self._rows.pop(0) if self._rows else None

    def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    def fetchmany(self, size: int = 1) -> list[Any]:
        rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    def close(self) -> None:
        self._rows = []

    def _note(self, cursor: apsw.Cursor, _: str, __: Any) -> bool:
        # Of a statement without a row it cannot be asked afterwards.
        found = cursor.get_description()
        self.description = [(each[0], *[None] * 6) for each in found] or None
        return True


class Connection:
    """One connection; `adjust` may change a statement before it is run."""

    def __init__(self, conn: apsw.Connection, adjust: Callable[[str], str]) -> None:
        self.isolation_level: str | None = None
        self._conn = conn
        self._adjust = adjust

    def cursor(self) -> Cursor:
        return Cursor(self._conn)

    def execute(self, statement: str) -> Cursor:
        return self.cursor().execute(self._adjust(statement))

    def create_function(self, name: str, count: int, function: Any, **_: Any) -> None:
        self._conn.create_scalar_function(name, function, count)

    def commit(self) -> None:
        if self._conn.in_transaction:
            self.cursor().execute("COMMIT")

    def rollback(self) -> None:
        if self._conn.in_transaction:
            self.cursor().execute("ROLLBACK")

    def close(self) -> None:
        self._conn.close()


class Driver:
    """The module that SQLAlchemy asks for connections, which all use one file system."""

    paramstyle = "qmark"
    threadsafety = 1
    sqlite_version_info = tuple(map(int, apsw.sqlite_lib_version().split(".")))
    Error, DatabaseError, OperationalError = Error, DatabaseError, OperationalError
    IntegrityError, ProgrammingError, DataError = IntegrityError, ProgrammingError, DataError
    InterfaceError = InternalError = NotSupportedError = DatabaseError

    def __init__(self, vfs: str, adjust: Callable[[str], str]) -> None:
        self._vfs = vfs
        self._adjust = adjust

    def connect(self, file: str, *, timeout: float = 5, **_: Any) -> Connection:
        conn = apsw.Connection(file, vfs=self._vfs)
        conn.set_busy_timeout(int(timeout * 1000))
        return Connection(conn, self._adjust)
