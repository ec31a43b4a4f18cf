"""Health: alive without any I/O, ready only while rows can be read and written."""

from __future__ import annotations

import dataclasses
import resource
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event

from app.cache.memory import Memory
from app.cache.read_through import ReadThrough
from app.cache.shared import Redis
from app.db import footprint
from app.db.connection import Database, run
from app.services.checks import GOOD_FOR_S, Checks
from app.services.resources import Resources
from tests.blueprints.calls import exact, get, store
from tests.blueprints.errors import assert_error
from tests.cache.redis_server import RedisServer
from tests.conftest import Client
from tests.databases import CHOSEN

DEADLINE_S = 10
IMPORT_S = 1.5
DEGRADED = {"status": "degraded", "database": "ok", "redis": "unavailable", "access": "tokens"}
OK = {"status": "ok", "database": "ok", "redis": "ok", "access": "tokens"}


class Time:
    """A clock of which every reading is later than any check is good for."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        self.now_s += 2 * GOOD_FOR_S
        return self.now_s


@pytest.fixture
def anyone(app: Flask, sqlite_res: Resources) -> Client:
    """Someone without a token, whose every question is checked anew."""
    fresh = dataclasses.replace(sqlite_res, checks=Checks(now_s=Time()))
    app.extensions["resources"] = fresh
    return Client(app.test_client(), "")


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    made = RedisServer(tmp_path_factory.mktemp("redis"))
    made.start()
    yield made
    made.close()


@pytest.fixture
def with_redis(app: Flask, anyone: Client, server: RedisServer) -> Client:
    """The same, of a service that has a Redis."""
    res: Resources = app.extensions["resources"]
    cache = ReadThrough(Memory(), Redis(server.url))
    app.extensions["resources"] = dataclasses.replace(res, cache=cache)
    return anyone


def ready(client: Client) -> Any:
    return exact(get(client, "/health/ready"))


def watched(*engines: Engine) -> list[str]:
    """What is done with the connections of some engines from now on."""
    seen: list[str] = []
    for engine in engines:
        for name in ("checkout", "commit"):
            event.listen(engine, name, lambda *_, name=name: seen.append(name))
    return seen


@contextmanager
def full_disk() -> Iterator[None]:
    """No file grows, and none is written to, as far as this process is concerned."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_alive_touches_nothing_and_ready_reads_and_writes(
    anyone: Client, sqlite_res: Resources
) -> None:
    seen = watched(sqlite_res.db._reader, sqlite_res.db._writer)
    assert exact(get(anyone, "/health/live")) == {"status": "ok"}
    assert seen == []
    assert ready(anyone) == OK | {"redis": "none"}
    assert seen.count("checkout") == 2


@pytest.mark.sqlite_only("it reads SQLite's log")
def test_ready_leaves_a_row_that_was_committed(anyone: Client, sqlite_res: Resources) -> None:
    ready(anyone)
    log = Path(f"{sqlite_res.db.url.database}-wal")
    before = log.read_bytes()
    with sqlite_res.db.write():
        pass
    assert log.read_bytes() == before, "the lock alone writes nothing"
    ready(anyone)
    assert log.read_bytes() != before


def test_many_who_ask_within_a_second_cost_one_write(app: Flask, sqlite_res: Resources) -> None:
    anyone = Client(app.test_client(), "")
    seen = watched(sqlite_res.db._writer)
    for _ in range(20):
        ready(anyone)
    assert seen.count("commit") == 1


@pytest.mark.feature("TPA-16")
@pytest.mark.sqlite_only("PostgreSQL's disk is its server's")
def test_a_disk_that_is_full_lets_in_who_wants_the_lock_alone_and_is_not_ready(
    anyone: Client, sqlite_res: Resources
) -> None:
    ready(anyone)
    with full_disk():
        with sqlite_res.db.write():
            pass  # Whoever tries no more than this is content.
        answer = get(anyone, "/health/ready")
        alive = get(anyone, "/health/live")
    assert_error(answer, 503, "DATABASE_UNAVAILABLE")
    assert alive.status_code == 200
    ready(anyone)


@pytest.mark.feature("TPA-16")
def test_an_import_that_takes_seconds_is_waited_for(
    anyone: Client, another_process: Database
) -> None:
    with ThreadPoolExecutor(1) as pool:
        with another_process.write() as conn:
            run(conn, footprint.TOUCH, step=0)
            asked = pool.submit(get, anyone, "/health/ready")
            time.sleep(IMPORT_S)
            assert not asked.done()
        assert asked.result(DEADLINE_S).status_code == 200


@pytest.mark.feature("TPA-16")
def test_a_database_of_another_version_is_not_ready(anyone: Client, sqlite_res: Resources) -> None:
    with sqlite_res.db.write() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    error = assert_error(get(anyone, "/health/ready"), 503, "DATABASE_UNAVAILABLE")
    assert "revision 9999" in error["message"]
    assert_error(get(anyone, "/health/ready"), 503, "DATABASE_UNAVAILABLE")


@pytest.mark.feature("TPA-16")
def test_without_its_redis_the_service_is_degraded_and_ready(
    with_redis: Client, server: RedisServer
) -> None:
    assert ready(with_redis) == OK
    server.kill()
    assert ready(with_redis) == DEGRADED


@pytest.mark.feature("TPA-16")
def test_with_a_redis_that_hangs_or_takes_no_write_the_service_is_degraded_and_heals(
    with_redis: Client, server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.cache.breaker.REST_S", 0.0)
    server.freeze()
    assert ready(with_redis) == DEGRADED
    server.thaw()
    until_ok(with_redis)
    server.fill()
    assert ready(with_redis) == DEGRADED
    server.make_room()
    until_ok(with_redis)


def until_ok(client: Client) -> None:
    deadline_s = time.monotonic() + DEADLINE_S
    while ready(client) != OK:
        assert time.monotonic() < deadline_s


def test_health_for_callers_tells_what_an_operator_asks_first(
    client: Client, anyone: Client
) -> None:
    assert_error(get(anyone, "/api/health"), 401, "UNAUTHENTICATED")
    body = exact(get(client, "/api/health"))
    parts = ["status", "version", "uptime_s", "workers", "database", "redis", "access", "sync"]
    parts.append("broker_limits")
    assert list(body) == parts
    assert body["database"].pop("bytes") > 0
    kind = {"sqlite": "sqlite", "postgres": "postgresql"}[CHOSEN]
    assert (body["database"].pop("wal_bytes") is None) == (CHOSEN == "postgres")
    assert body["database"].pop("revision")
    assert body["database"] == {"kind": kind, "last_change_at": None}
    assert (body["workers"], float(body["uptime_s"]) > 0) == (1, True)
    store(client, "11-07 09:00 +1 @ 21000")
    told = exact(get(client, "/api/health"))["database"]["last_change_at"]
    assert told == "2025-11-07T18:00:00Z"
