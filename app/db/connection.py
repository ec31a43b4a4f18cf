"""Connections: engines for reading and for writing, and what a transaction is on each database.

On SQLite nothing waits inside the library: a worker whose write meets another process's sleeps
cooperatively and tries again, and one lock a process keeps its own writers apart.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import Connection as Connection  # noqa: PLC0414 (services name it, from here)
from sqlalchemy import TextClause, event, make_url
from sqlalchemy.exc import DBAPIError

from app import telemetry
from app.db.engines import SQLITE_VERSION, check_sqlite, postgres_engine, sqlite_engine
from app.db.faults import is_busy, unavailable_at_fault
from app.db.loan import Loan
from app.db.presence import Presence
from app.errors import DatabaseUnavailable, InvalidBody
from app.metrics import counts

WRITE_WAIT_S = 5.0
_RETRY_S = 0.01
_IN_MAX = 500
# What stands for `IN :ids` in a statement that SQLAlchemy has compiled.
_LIST = "__[POSTCOMPILE_ids]"
# All of its values are given, and a row that is there already is a fault.
_PLAIN_INSERT = re.compile(
    r"\s*INSERT INTO (?P<into>\w+ \([\w\s,]+\))\s+VALUES \(\?(?:,\s*\?)*\)\s*"
)
_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}

Row = Sequence[object]


class Database:
    """A database of one URL; connections are opened on first use, never before a fork."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._presence = Presence(Path(self.url.database or ""))
        self._writing = threading.Lock()
        # Called after every write that was committed, to tell those who wait for one.
        self.on_commit: Callable[[], None] = lambda: None
        # A connection that is kept ready: to take one of the pool costs twice the statement.
        self._ready: list[Connection] = []
        if self.is_sqlite:
            check_sqlite(SQLITE_VERSION)
            self._reader = sqlite_engine(url, begin="BEGIN", query_only=True)
            self._writer = sqlite_engine(url, begin="BEGIN IMMEDIATE", query_only=False)
            for engine in (self._reader, self._writer):
                event.listen(engine, "do_connect", lambda *_: self._presence.hold())
            self._glancer = self._reader
        else:
            self._reader = postgres_engine(url, isolation_level="REPEATABLE READ", read_only=True)
            self._writer = postgres_engine(url, isolation_level="READ COMMITTED", read_only=False)
            event.listen(self._writer, "begin", _wait_for_locks)
            # Of the same pool: to begin and end a transaction would double the ways to the server.
            self._glancer = self._reader.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One snapshot: all statements inside see the same data."""
        with Loan(self._reader, self._ready) as conn, conn.begin():
            yield conn

    def glance(self) -> Loan:
        """For a single statement, which is a snapshot by itself."""
        return Loan(self._glancer, self._ready)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, committed at the end, rolled back by any exception.

        Nothing inside may yield to another task; DatabaseUnavailable when it could not begin, or
        not have a row that it asked for, within WRITE_WAIT_S, or could not be committed.
        """
        deadline_s = time.monotonic() + WRITE_WAIT_S
        with unavailable_at_fault(), self._alone(), self._begun(deadline_s) as conn:
            yield conn
            with telemetry.spent("database"), _dropped_at_fault(conn):
                conn.commit()
        self.on_commit()

    def close(self) -> None:
        """Close idle connections; the database can still be used and opens new ones."""
        while self._ready:
            self._ready.pop().close()
        self._reader.dispose()
        self._writer.dispose()
        self._presence.release()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield  # PostgreSQL's writers meet at the account's row instead.
            return
        if not self._writing.acquire(timeout=WRITE_WAIT_S):
            counts.database_failed("busy")
            raise DatabaseUnavailable("the database is busy with another write; try again")
        try:
            yield
        finally:
            self._writing.release()

    @contextmanager
    def _begun(self, deadline_s: float) -> Iterator[Connection]:
        while True:
            conn = self._writer.connect()
            try:
                conn.begin()
                break
            except DBAPIError as error:
                conn.close()
                if not is_busy(error) or time.monotonic() > deadline_s:
                    raise
            time.sleep(_RETRY_S)
        with conn:
            yield conn


def many(conn: Connection, statement: str, rows: Sequence[Row]) -> None:
    """Run a `?` statement for every row."""
    if not rows:
        return
    is_sqlite = conn.dialect.name == "sqlite"
    copied = None if is_sqlite else _as_copy(statement)
    with cursor(conn, statement) as own:
        if copied:
            _copy(own, copied, rows)
        else:
            own.executemany(statement if is_sqlite else statement.replace("?", "%s"), rows)


@cache
def _as_copy(statement: str) -> str | None:
    """What takes the same rows for a tenth of the time, of an INSERT that does nothing else."""
    plain = _PLAIN_INSERT.fullmatch(statement)
    return f"COPY {plain['into']} FROM STDIN" if plain else None


def _copy(own: Any, statement: str, rows: Sequence[Row]) -> None:
    with own.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def rows(conn: Connection, statement: TextClause, **values: object) -> Sequence[Any]:
    """All rows of a read, as tuples."""
    text, bound = _bound(conn, statement, values)
    with cursor(conn, text) as own:
        own.execute(text, bound)
        found: Sequence[Any] = own.fetchall()
        return found


def first(conn: Connection, statement: TextClause, **values: object) -> Any:
    """The first row, or None."""
    found = rows(conn, statement, **values)
    return found[0] if found else None


def run(conn: Connection, statement: TextClause, **values: object) -> int:
    """The number of rows that a write changed."""
    text, bound = _bound(conn, statement, values)
    with cursor(conn, text) as own:
        own.execute(text, bound)
        changed: int = own.rowcount
        return changed


def rows_among(
    conn: Connection, statement: TextClause, ids: Iterable[object], **values: object
) -> Iterator[Any]:
    """The rows of a read whose `IN :ids` takes a list, asked for in lists of a bearable length."""
    left = iter(ids)
    while some := list(islice(left, _IN_MAX)):
        yield from _rows_of_list(conn, statement, some, values)


def _rows_of_list(
    conn: Connection, statement: TextClause, some: Sequence[object], values: dict[str, object]
) -> Sequence[Any]:
    text, order = _compiled(statement, conn.dialect.name)
    if order is None:
        named = {f"ids_{place}": each for place, each in enumerate(some)}
        marks, bound = ", ".join(f"%({name})s" for name in named), {**values, **named}
    else:
        marks, bound = ", ".join("?" * len(some)), _in_order(order, some, values)
    text = text.replace(_LIST, marks)
    with cursor(conn, text) as own:
        own.execute(text, bound)
        found: Sequence[Any] = own.fetchall()
        return found


def _in_order(order: Sequence[str], some: Sequence[object], values: dict[str, object]) -> Any:
    lists = ((some if name == "ids" else (values[name],)) for name in order)
    return [each for one in lists for each in one]


def hop(conn: Connection, statement: TextClause, account_key: int) -> Iterator[str]:
    """Each next value of an account's index column: one search a value, however many rows."""
    value = ""
    while True:
        value = first(conn, statement, account_key=account_key, after=value)[0]
        if value is None:
            return
        yield value


@contextmanager
def _dropped_at_fault(conn: Connection) -> Iterator[None]:
    """A commit that failed may leave its transaction open, which SQLAlchemy takes for ended: the
    pool must not get it back with its lock.
    """
    try:
        yield
    except DBAPIError:
        conn.invalidate()
        raise


class cursor:  # noqa: N801 (used as a function: `with cursor(conn, statement) as own:`)
    """The driver's own cursor for a statement; a fault of the driver comes as SQLAlchemy's."""

    __slots__ = ("_conn", "_own", "_spent", "_statement")

    def __init__(self, conn: Connection, statement: str) -> None:
        self._conn = conn
        self._statement = statement
        self._spent = telemetry.spent("database")

    def __enter__(self) -> Any:
        self._own = self._conn.connection.cursor()
        self._spent.__enter__()
        return self._own

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._spent.__exit__(kind, error, trace)
        self._own.close()
        if error is not None:
            self._translate(error)

    def _translate(self, error: BaseException) -> None:
        driver = self._conn.dialect.loaded_dbapi
        if isinstance(error, (OverflowError, driver.DataError)):
            raise InvalidBody("a value or a sum is larger than can be kept: check them") from error
        if isinstance(error, driver.Error):
            # As a statement that SQLAlchemy ran would have failed.
            raise DBAPIError.instance(
                self._statement, None, error, driver.Error, dialect=self._conn.dialect
            ) from error


def _bound(conn: Connection, statement: TextClause, values: dict[str, object]) -> tuple[str, Any]:
    """A statement and its values for the driver's own cursor: SQLAlchemy's result would cost
    several times the query.
    """
    text, order = _compiled(statement, conn.dialect.name)
    return text, values if order is None else [values[name] for name in order]


@cache
def _compiled(statement: TextClause, dialect: str) -> tuple[str, Sequence[str] | None]:
    """A statement in a driver's style, and the order of its values where they have no names."""
    compiled = statement.compile(dialect=make_url(f"{_DRIVERS[dialect]}://").get_dialect()())
    order: Sequence[str] | None = getattr(compiled, "positiontup", None)
    return compiled.string, order


def _wait_for_locks(conn: Connection) -> None:
    # Of this transaction alone: a pooler may give the connection to another one after it.
    conn.exec_driver_sql(f"SET LOCAL lock_timeout = {int(WRITE_WAIT_S * 1000)}")
