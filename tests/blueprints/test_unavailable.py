"""What callers are told while the database cannot be used, and that a retry then helps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

from app.db import accounts, connection, footprint
from app.db.connection import Database, run
from app.services.resources import Resources
from tests.blueprints.calls import assert_has, call, exact, figures, fills, get, store
from tests.blueprints.errors import assert_error
from tests.conftest import Client
from tests.databases import Outage

TRADE = "11-07 09:00 +1 @ 21000\n11-07 09:10 -1 @ 21010"
MORE = fills(TRADE, prefix="more")
WRITES: list[tuple[str, str, object]] = [
    ("POST", "/api/executions", MORE),
    ("PUT", "/api/executions/A/e2", fills(TRADE)[1] | {"price": "21020"}),
    ("DELETE", "/api/executions/A/e2", None),
    (
        "POST",
        "/api/accounts/A/cash",
        {"id": "c", "amount": "1", "occurred_at": "2025-11-07T00:00Z"},
    ),
]
READS = ["/api/accounts", "/api/instruments", "/api/performance/daily", "/performance/weekly"]
READS += ["/api/performance/history"]


@pytest.fixture
def caller(client: Client) -> Client:
    """A caller with one account, A, and a trade in it."""
    store(client, TRADE)
    return client


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Writers that do not wait."""
    monkeypatch.setattr(connection, "WRITE_WAIT_S", 0.02)


@pytest.fixture
def gone(caller: Client, sqlite_res: Resources, outage: Outage) -> Iterator[Outage]:
    """The database is taken away until it is given back."""
    assert caller
    sqlite_res.db.close()
    outage.take_away()
    yield outage
    sqlite_res.db.close()


@contextmanager
def held(db: Database) -> Iterator[None]:
    """The account's row and the one that `ready` writes, kept from other writers."""
    with db.write() as conn:
        accounts.lock(conn, "A")
        run(conn, footprint.TOUCH, step=0)
        yield


@pytest.mark.feature("TPA-14", "TPA-16", "PAM-ERR-02")
@pytest.mark.usefixtures("gone")
def test_without_its_database_every_call_is_a_503(
    caller: Client, subtests: pytest.Subtests
) -> None:
    for method, path, body in [*[("GET", path, None) for path in READS], *WRITES]:
        with subtests.test(method=method, path=path):
            assert_error(call(caller, method, path, json=body), 503, "DATABASE_UNAVAILABLE")


@pytest.mark.feature("TPA-16")
@pytest.mark.usefixtures("gone")
def test_without_its_database_the_service_lives_and_is_not_ready(app: Flask) -> None:
    anyone = Client(app.test_client(), "")
    assert_error(get(anyone, "/health/ready"), 503, "DATABASE_UNAVAILABLE")
    assert get(anyone, "/health/live").status_code == 200


@pytest.mark.feature("TPA-14", "PAM-ERR-02")
def test_the_same_call_succeeds_once_the_database_is_back(caller: Client, gone: Outage) -> None:
    path = "/api/performance/daily"
    assert_error(get(caller, path), 503, "DATABASE_UNAVAILABLE")
    gone.give_back()
    assert_has(exact(get(caller, path)), daily_pnl="20.0", version=1)


@pytest.mark.feature("TPA-16", "PAM-ERR-02")
@pytest.mark.sqlite_only("PostgreSQL's files are its server's")
def test_a_file_that_is_no_database_is_a_503(
    caller: Client, sqlite_res: Resources, tmp_path: Path
) -> None:
    sqlite_res.db.close()
    (tmp_path / "trader.db").write_bytes(b"no database at all " * 500)
    assert_error(get(caller, "/api/performance/daily"), 503, "DATABASE_UNAVAILABLE")
    assert_error(get(caller, "/health/ready"), 503, "DATABASE_UNAVAILABLE")


@pytest.mark.feature("TPA-16")
def test_a_database_without_its_schema_is_not_ready_and_says_what_to_do(
    caller: Client, sqlite_res: Resources, outage: Outage
) -> None:
    sqlite_res.db.close()
    outage.lose_tables()
    error = assert_error(get(caller, "/health/ready"), 503, "DATABASE_UNAVAILABLE")
    assert "db upgrade" in error["message"]
    assert_error(get(caller, "/api/performance/daily"), 503, "DATABASE_UNAVAILABLE")


@pytest.mark.feature("TPA-16", "TPA-23", "PAM-ERR-02")
@pytest.mark.usefixtures("impatient")
def test_while_another_writes_for_too_long_writes_are_503_and_reads_go_on(
    caller: Client, another_process: Database, subtests: pytest.Subtests
) -> None:
    with held(another_process):
        for method, path, body in WRITES:
            with subtests.test(method=method, path=path):
                assert_error(call(caller, method, path, json=body), 503, "DATABASE_UNAVAILABLE")
        assert_error(get(caller, "/health/ready"), 503, "DATABASE_UNAVAILABLE")
        for path in READS:
            assert get(caller, path).status_code == 200
        assert_has(figures(caller, "daily"), daily_pnl="20.0", version=1)


@pytest.mark.feature("TPA-16", "PAM-ERR-02")
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_a_write_that_was_a_503_stored_nothing_and_succeeds_later(
    caller: Client, another_process: Database, method: str, path: str, body: object
) -> None:
    with held(another_process):
        assert_error(call(caller, method, path, json=body), 503, "DATABASE_UNAVAILABLE")
    before = figures(caller, "daily")
    assert_has(before, daily_pnl="20.0", version=1)
    assert exact(call(caller, method, path, json=body))["accounts"] == {"A": {"version": 2}}


@pytest.mark.feature("TPA-16", "PAM-ERR-02")
@pytest.mark.sqlite_only("PostgreSQL's disk is its server's")
@pytest.mark.parametrize("count", [40, 2_000])
def test_a_full_disk_is_a_503_and_stores_nothing(
    caller: Client, sqlite_res: Resources, count: int
) -> None:
    rows = [MORE[0] | {"execution_id": f"{n:0128}", "sequence": n} for n in range(count)]
    with sqlite_res.db.write() as conn:
        (pages,) = conn.exec_driver_sql("PRAGMA page_count").one()
        conn.exec_driver_sql(f"PRAGMA max_page_count = {pages + 1}")
    answer = call(caller, "POST", "/api/executions", json=rows)
    assert_error(answer, 503, "DATABASE_UNAVAILABLE")
    assert_has(figures(caller, "daily"), daily_pnl="20.0", version=1)
    assert figures(caller, "daily")["open"]["quantity"] == 0
