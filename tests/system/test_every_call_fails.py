"""Each call of a write and of a read to its database, and to Redis, fails in its turn: the answer
is right or an error, and nothing is stored in part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from itertools import count
from typing import Any, NamedTuple
from unittest.mock import patch

import pytest
import redis
from flask import Flask
from sqlalchemy import TextClause, inspect, text

from app.cache import shared
from app.cache.memory import Memory
from app.cache.read_through import ReadThrough
from app.cache.shared import Nothing, Redis, Shared
from app.db.connection import Database, rows
from app.factory import create_app
from app.services import access, verification
from app.services.callers import Callers
from app.settings import Settings
from tests.cache.redis_server import RedisServer
from tests.conftest import Client, Clock, resources_on
from tests.figures import reached
from tests.system.callers import DAY, execution
from tests.system.failing import Faults, Kind, let_fail
from tests.system.in_process import renew

ACCOUNT_ID = "A"
CALLS_MAX = 400
READS = (
    f"/api/performance/daily?account_id={ACCOUNT_ID}&date={DAY}",
    f"/api/performance/history?account_id={ACCOUNT_ID}&interval=hour",
    f"/api/positions?account_id={ACCOUNT_ID}&status=all",
    f"/api/statistics?account_id={ACCOUNT_ID}",
    f"/api/trades?account_id={ACCOUNT_ID}&start={DAY}&end={DAY}",
    f"/api/risk?account_id={ACCOUNT_ID}",
    "/api/accounts",
)

Tables = Mapping[str, frozenset[Any]]
Write = Callable[[Client, int], tuple[int, Any]]


class Made(NamedTuple):
    """The application on a database that fails when it is told to."""

    app: Flask
    client: Client
    db: Database
    faults: Faults

    def forget(self, tier: Shared) -> None:
        """Begin with nothing in this process's memory."""
        res = self.app.extensions["resources"]
        cache = ReadThrough(Memory(), tier)
        renew(self.app, replace(res, cache=cache, callers=Callers()))


@pytest.fixture
def made_on_postgres(postgres_url: str, settings: Settings) -> Iterator[Made]:
    yield from application(postgres_url, settings)


@pytest.fixture
def made_on_sqlite(sqlite_url: str, settings: Settings) -> Iterator[Made]:
    yield from application(sqlite_url, settings)


def application(url: str, settings: Settings) -> Iterator[Made]:
    db = Database(url)
    faults = let_fail(db)
    app = create_app(settings)
    app.extensions["resources"] = res = resources_on(db, Clock())
    client = Client(app.test_client(), access.create_token(res, "tests", "admin", ()))
    for number in range(4):
        assert posted(client, number)[0] == 200
    yield Made(app, client, db, faults)
    db.close()


def posted(client: Client, number: int) -> tuple[int, Any]:
    """Two fills of one account, and one of another."""
    fills = [execution(ACCOUNT_ID, 2 * number + n) for n in range(2)]
    return client.post("/api/executions", [*fills, execution("B", number)])


def corrected(client: Client, number: int) -> tuple[int, Any]:
    row = execution(ACCOUNT_ID, 1, fees=str(number + 2))
    path = f"/api/executions/{row.pop('account_id')}/{row['execution_id']}"
    return client.send("PUT", path, row)


def moved(client: Client, number: int) -> tuple[int, Any]:
    cash = {"id": f"c{number}", "amount": "12.34", "occurred_at": f"{DAY}T16:00:00Z"}
    return client.post(f"/api/accounts/{ACCOUNT_ID}/cash", cash)


def tables(db: Database) -> Tables:
    """All that is stored."""
    with db.read() as conn:
        return {name: frozenset(rows(conn, each)) for name, each in _every_row(db).items()}


@cache
def _every_row(db: Database) -> Mapping[str, TextClause]:
    with db.read() as conn:
        return {name: text(f'SELECT * FROM "{name}"') for name in inspect(conn).get_table_names()}


def write_faults(made: Made, write: Write, kind: Kind) -> tuple[int, list[str]]:
    """How many calls a write has, and what is wrong after one of them failed."""
    before = tables(made.db)
    for number in range(1, CALLS_MAX):
        made.forget(Nothing())
        with made.faults.at(number, kind):
            status, body = write(made.client, 100 + number)
        after = tables(made.db)
        if status == 200:
            return number - 1, [] if after != before else ["acknowledged and not stored"]
        if (status, body["error"]["code"]) != (503, "DATABASE_UNAVAILABLE"):
            return number, [f"call {number}: {status} {body}"]
        status, body = write(made.client, 100 + number)
        again = tables(made.db)
        if status != 200 or (fault := stored_fault(before, after, again)):
            return number, [f"call {number}: {fault if status == 200 else body}"]
        before = again
    return CALLS_MAX, ["it never passes"]


def stored_fault(before: Tables, after: Tables, again: Tables) -> str | None:
    """What was refused is there as a whole or not at all, and doing it again stores it once."""
    if after in (before, again):
        return "sent again, acknowledged, not stored" if again == before else None
    changed = [name for name in before if after[name] not in (before[name], again[name])]
    return f"stored in part: {changed or 'some tables and not others'}"


def asked(made: Made, path: str) -> tuple[int, Any]:
    answer = made.client.client.get(path, headers=made.client.headers)
    return answer.status_code, answer.get_json()


def read_faults(made: Made, path: str, kind: Kind) -> tuple[int, list[str]]:
    """How many calls a read has, and what is wrong with its answers where one of them failed."""
    made.forget(Nothing())
    expected = asked(made, path)
    for number in range(1, CALLS_MAX):
        made.forget(Nothing())
        with made.faults.at(number, kind):
            told = asked(made, path)
        again = asked(made, path)
        if again != expected:
            return number, [f"{path}, after call {number} failed: {again} in place of {expected}"]
        if told[0] == 200:
            wrong = told != expected
            return number - 1, [f"{path}, call {number}: {told}"] if wrong else []
        if told[0] != 503:
            return number, [f"{path}, call {number}: {told}"]
    return CALLS_MAX, ["it never passes"]


@pytest.mark.feature("TPA-16", "TPA-14")
@pytest.mark.parametrize(
    ("database", "write", "kind"),
    [
        ("sqlite", posted, "before"),
        ("sqlite", corrected, "before"),
        ("sqlite", moved, "before"),
        ("sqlite", moved, "after"),
        ("postgres", posted, "after"),
    ],
)
def test_a_write_of_which_one_call_fails_is_an_error_and_stored_as_a_whole_or_not_at_all(
    request: pytest.FixtureRequest, database: str, write: Write, kind: Kind
) -> None:
    made: Made = request.getfixturevalue(f"made_on_{database}")
    calls, found = write_faults(made, write, kind)
    assert found == []
    assert calls > 5
    res = made.app.extensions["resources"]
    assert [*verification.differences(res, ACCOUNT_ID)] == []
    reached(f"{database}, {write.__name__}: {calls} calls failed {kind} their work")


@pytest.mark.feature("TPA-16", "TPA-14")
def test_a_read_of_which_one_call_fails_is_right_or_an_error(made_on_sqlite: Made) -> None:
    for path in READS:
        calls, found = read_faults(made_on_sqlite, path, "before")
        assert found == []
        assert calls > 1
        reached(f"{path.partition('?')[0]}: {calls} calls failed")


def test_a_service_that_keeps_what_was_done_before_a_failure_is_found(made_on_sqlite: Made) -> None:
    _, found = write_faults(made_on_sqlite, posted, "halves")
    assert any("stored in part" in each for each in found)


def test_a_service_that_takes_a_failure_for_nothing_is_found(made_on_sqlite: Made) -> None:
    assert any(read_faults(made_on_sqlite, path, "nothing")[1] for path in READS)


@pytest.mark.feature("TPA-31")
@pytest.mark.parametrize("is_carried_out", [False, True])
def test_a_read_of_which_one_call_to_redis_fails_is_right(
    made_on_sqlite: Made,
    redis_server: RedisServer,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_carried_out: bool,
) -> None:
    made = made_on_sqlite
    # On a busy machine a call that was merely slow would keep the next ones from being made.
    for name in ("TIMEOUT_S", "CALL_MAX_S"):
        monkeypatch.setattr(shared, name, 30.0)
    for path in READS[:2]:
        made.forget(Nothing())
        expected = asked(made, path)
        for number in count(1):
            redis_server.client.flushall()
            made.forget(Redis(redis_server.url))
            with failing_redis(number, is_carried_out=is_carried_out) as has_failed:
                told = [asked(made, path), asked(made, path)]
            made.forget(Redis(redis_server.url))
            assert [*told, asked(made, path)] == [expected] * 3
            if not has_failed:
                break
        assert number > 3
        reached(f"Redis, {path.partition('?')[0]}: {number - 1} calls failed")


@contextmanager
def failing_redis(number: int, *, is_carried_out: bool) -> Iterator[list[bool]]:
    """Let the n-th command fail; what is given is empty until then."""
    command: Callable[..., Any] = redis.Redis.execute_command
    numbers, failed = count(1), list[bool]()

    def execute(client: redis.Redis, *args: Any, **options: Any) -> Any:
        if next(numbers) != number:
            return command(client, *args, **options)
        failed.append(True)
        if is_carried_out:
            command(client, *args, **options)
        raise redis.ConnectionError("this command was made to fail")

    with patch.object(redis.Redis, "execute_command", execute):
        yield failed


@pytest.fixture
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.close()
