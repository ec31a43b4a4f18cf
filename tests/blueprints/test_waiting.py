"""`wait=`: an answer is held back until it is another one."""

from __future__ import annotations

import threading
import time

import pytest
from werkzeug.test import TestResponse

from app.services import access
from app.services.resources import Resources
from tests.blueprints.calls import call, exact, store
from tests.blueprints.errors import assert_error
from tests.conftest import Client, Clock

DAILY = "/api/performance/daily?account_id=A"
ENTRY = "11-07 09:00 +1 @ 21000"


def tag(client: Client) -> str:
    return call(client, "GET", DAILY).headers["ETag"]


def wait(client: Client, seconds: int, known: str) -> TestResponse:
    return call(client, "GET", f"{DAILY}&wait={seconds}", headers={"If-None-Match": known})


def write(client: Client) -> None:
    store(client, "11-07 09:10 -1 @ 21010", prefix="later")


def later(work: object, *arguments: object) -> threading.Thread:
    def run() -> None:
        time.sleep(0.2)
        work(*arguments)  # type: ignore[operator]

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_without_a_known_tag_nobody_waits(client: Client) -> None:
    store(client, ENTRY)
    started_s = time.monotonic()
    assert call(client, "GET", f"{DAILY}&wait=30").status_code == 200
    assert time.monotonic() - started_s < 10


def test_a_write_answers_who_waits(client: Client) -> None:
    store(client, ENTRY)
    known = tag(client)
    writer = later(write, client)
    answer = wait(client, 30, known)
    writer.join()
    assert exact(answer)["daily_pnl"] == "20.0"


def test_midnight_answers_who_waits(client: Client, clock: Clock) -> None:
    store(client, ENTRY)
    clock.set("2025-11-08T05:59:59.800Z")
    known = tag(client)
    setter = later(clock.set, "2025-11-08T06:00:00Z")
    answer = wait(client, 30, known)
    setter.join()
    assert exact(answer)["date"] == "2025-11-08"


def test_a_token_revoked_meanwhile_is_refused(client: Client, sqlite_res: Resources) -> None:
    store(client, ENTRY)
    known = tag(client)

    def revoke_and_write() -> None:
        access.revoke_token(sqlite_res, "tests")
        with sqlite_res.db.write() as conn:
            conn.exec_driver_sql("UPDATE accounts SET version = version + 1")

    writer = later(revoke_and_write)
    assert_error(wait(client, 30, known), 401, "UNAUTHENTICATED")
    writer.join()


@pytest.mark.parametrize("seconds", ["-1", "56", "x", "1.5"])
def test_a_wait_that_cannot_be_is_refused(client: Client, seconds: str) -> None:
    store(client, ENTRY)
    answer = call(client, "GET", f"{DAILY}&wait={seconds}")
    assert_error(answer, 400, "INVALID_PARAMETER")
