"""Engines: how connections to each database are opened and set, and which SQLite is good enough."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

try:
    from pysqlite3 import dbapi2 as sqlite
except ImportError:  # No wheel for this platform: the standard library's, if it is new enough.
    import sqlite3 as sqlite

DRIVER = sqlite
SQLITE_VERSION: tuple[int, ...] = sqlite.sqlite_version_info
_OPEN_WAIT_MS = 5_000
_READ_WAIT_MS = 1_000
_POOL_SIZE = 10
# So many of them stay open on SQLite: each keeps its pages, and to open one takes 0.7 ms.
_POOL_KEPT = 1
_POOL_WAIT_S = 5
# A server that dies closes its connections; one that is cut off says nothing, and the system's own
# patience with it is a quarter of an hour for a question and two hours for an answer.
_PATIENCE = {
    "connect_timeout": 3,
    # What was sent is taken by the other machine within this, or that one is gone.
    "tcp_user_timeout": 5_000,
    # An answer may take any time, so a machine that is silent is asked whether it is there.
    "keepalives_idle": 3,
    "keepalives_interval": 1,
    "keepalives_count": 5,
}
# The other way round: what a machine that is gone has locked is locked for ten seconds.
_PREPARE = """
    SET tcp_keepalives_idle = 5;
    SET tcp_keepalives_interval = 1;
    SET tcp_keepalives_count = 5;
"""
# Also where the server's last answer lies untaken, which it would send anew for a quarter of an
# hour. Of writers alone: who reads an export may take their time, and locks nothing.
_PREPARE_WRITER = "SET tcp_user_timeout = 10000;"
_BACK_PORTS = ((3, 44, 6), (3, 50, 7))


class UnsafeSQLite(RuntimeError):
    """The linked SQLite can corrupt a WAL database that several processes use."""


def check_sqlite(version: tuple[int, ...]) -> None:
    """Refuse a SQLite with the WAL-reset bug (3.7.0 to 3.51.2, save two back-ports, and 3.52.0)."""
    back_ported = any(version[:2] == port[:2] and version >= port for port in _BACK_PORTS)
    if back_ported or (version >= (3, 51, 3) and version[:2] != (3, 52)):
        return
    raise UnsafeSQLite(
        f"SQLite {'.'.join(map(str, version))} can corrupt databases in WAL mode;"
        " 3.51.3 or newer is needed: install the pysqlite3 package or use PostgreSQL"
    )


def sqlite_engine(url: str, *, begin: str, query_only: bool) -> Engine:
    """An engine of a SQLite file, whose transactions begin so."""
    engine = create_engine(
        url,
        module=sqlite,
        connect_args={"check_same_thread": False, "timeout": _OPEN_WAIT_MS / 1000},
        pool_size=_POOL_KEPT,
        max_overflow=_POOL_SIZE - _POOL_KEPT,
        pool_timeout=_POOL_WAIT_S,
    )
    event.listen(engine, "connect", _sqlite_settings(query_only=query_only))
    event.listen(engine, "begin", lambda conn: _begin(conn, begin))
    return engine


def _begin(conn: Connection, statement: str) -> None:
    # On the driver's own connection: SQLAlchemy's way takes longer than the figure that is read.
    own: Any = conn.connection.driver_connection
    try:
        own.execute(statement).close()
    except sqlite.Error as error:
        raise DBAPIError.instance(
            statement, None, error, sqlite.Error, dialect=conn.dialect
        ) from error


def _sqlite_settings(*, query_only: bool) -> Callable[[Any, object], None]:
    def prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None  # The driver's own BEGIN would be a deferred one.
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",  # NORMAL loses acknowledged executions when power fails.
            "foreign_keys = ON",
            "trusted_schema = OFF",
            "cell_size_check = ON",
            "temp_store = MEMORY",
            "cache_size = -4000",  # KiB, for each connection: less is felt, more is not.
            "mmap_size = 0",
            "journal_size_limit = 67108864",
            f"query_only = {int(query_only)}",
            f"busy_timeout = {_READ_WAIT_MS if query_only else 0}",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    return prepare


def postgres_engine(url: str, *, isolation_level: str, read_only: bool) -> Engine:
    """An engine of a PostgreSQL database, which does not wait for a machine that is gone."""
    engine = create_engine(
        url,
        isolation_level=isolation_level,
        execution_options={"postgresql_readonly": read_only},
        connect_args=_PATIENCE,
        pool_size=_POOL_SIZE,
        max_overflow=0,
        pool_timeout=_POOL_WAIT_S,
        pool_pre_ping=True,
    )
    patience = _PREPARE if read_only else _PREPARE + _PREPARE_WRITER
    event.listen(engine, "connect", lambda connection, _: _prepare(connection, patience))
    return engine


def _prepare(connection: Any, statements: str) -> None:
    # Outside of a transaction it is one way to the server and back. Not in the options of the
    # connection, since a pooler in between refuses what it does not know.
    connection.autocommit = True
    connection.execute(statements)
    connection.autocommit = False
