"""What tests stand on: real databases, a clock that is set by hand, and the application."""

from __future__ import annotations

import json
import os
import shutil
import zoneinfo
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import cli
from app.cache.memory import Memory
from app.cache.read_through import ReadThrough
from app.cache.shared import Nothing
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
from tests import databases
from tests.databases import Fresh, Outage, Server

# What is judged reads pytz's zone database. Oracles read that of the package tzdata, and not the
# system's, which is of any age.
zoneinfo.reset_tzpath(to=())
SHARED = Path(__file__).parent.parent.parent / "shared" / "data"
NOON = instants.parse("2025-11-07T18:00:00Z")  # A Friday, 12:00 in Chicago.


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what is about SQLite itself where another database is chosen."""
    if databases.CHOSEN == "sqlite":
        return
    for item in items:
        for marker in item.iter_markers("sqlite_only"):
            item.add_marker(pytest.mark.skip(reason=f"of SQLite alone: {marker.args[0]}"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A real PostgreSQL."""
    with databases.postgres() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty file to be copied: to make the tables takes ten times as long."""
    return databases.sqlite_with_tables(tmp_path_factory.mktemp("tables"))


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_with_tables: Path) -> str:
    """The URL of a file of its own with all tables."""
    return f"sqlite:///{shutil.copy(sqlite_with_tables, tmp_path / 'trader.db')}"


@pytest.fixture(scope="session")
def fresh(request: pytest.FixtureRequest) -> Fresh:
    """Makes databases with all tables, whose commits wait for no disk, one after the other."""
    if databases.CHOSEN == "postgres":
        server: Server = request.getfixturevalue("postgres")
        return server.lend
    return partial(databases.in_memory, request.getfixturevalue("sqlite_with_tables"))


@pytest.fixture
def memory_url(fresh: Fresh) -> Iterator[str]:
    """The URL of such a database."""
    with fresh() as url:
        yield url


@pytest.fixture
def postgres_url(postgres: Server) -> Iterator[str]:
    """The URL of a database of its own with all tables."""
    with postgres.lend() as url:
        yield url


@pytest.fixture
def bare_sqlite_url(tmp_path: Path) -> str:
    """The URL of a file that is not there yet."""
    return f"sqlite:///{tmp_path / 'bare.db'}"


@pytest.fixture
def bare_postgres_url(postgres: Server, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database without a table."""
    name = f"bare_{abs(hash(request.node.nodeid)):x}"
    yield postgres.create(name)
    postgres.drop(name)


@pytest.fixture
def bare_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database without a table, of the chosen kind."""
    url: str = request.getfixturevalue(f"bare_{databases.CHOSEN}_url")
    return url


@pytest.fixture(params=databases.KINDS)
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Each test that asks for it runs on both databases."""
    db = Database(request.getfixturevalue(f"{request.param}_url"))
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
    db = Database(request.getfixturevalue(f"{databases.CHOSEN}_url"))
    yield resources_on(db, clock)
    db.close()


@pytest.fixture
def another_process(sqlite_res: Resources) -> Iterator[Database]:
    """The same database, as another process has it."""
    db = Database(sqlite_res.db.url.render_as_string(hide_password=False))
    yield db
    db.close()


@pytest.fixture
def outage(sqlite_res: Resources, request: pytest.FixtureRequest) -> Outage:
    """What takes that database away."""
    server = None if sqlite_res.db.is_sqlite else request.getfixturevalue("postgres")
    return Outage(sqlite_res.db.url.render_as_string(hide_password=False), server)


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
