"""`wait=`: an answer is held back until it is another one."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.db import accounts
from app.domain import instants
from app.realtime import hub as hub_module
from app.services import access, answers
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


def test_who_finds_no_place_to_wait_looks_only_now_and_then(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "WAITERS_MAX", 0)
    store(client, ENTRY)
    known, ask, looks = tag(client), answers.ask, []

    def counted(*asked: Any) -> Any:
        looks.append(asked)
        return ask(*asked)

    monkeypatch.setattr(answers, "ask", counted)
    assert wait(client, 1, known).status_code == 304
    assert len(looks) <= 3


@pytest.mark.parametrize(
    "path", [DAILY, "/api/risk?account_id=A", "/api/positions?account_id=A", "/api/statistics"]
)
def test_a_feed_that_goes_stale_meanwhile_is_told_to_who_requires_a_live_one(
    client: Client, sqlite_res: Resources, clock: Clock, path: str
) -> None:
    store(client, ENTRY)
    hear(sqlite_res, clock.now_us)
    path = f"{path}{'&' if '?' in path else '?'}require=live"
    known = call(client, "GET", path).headers["ETag"]
    setter = later(clock.set, "2025-11-07T18:01:01Z")
    answer = call(client, "GET", f"{path}&wait=20", headers={"If-None-Match": known})
    setter.join()
    assert_error(answer, 503, "FEED_STALE")


def test_a_first_heartbeat_answers_who_waits(
    client: Client, sqlite_res: Resources, clock: Clock
) -> None:
    store(client, ENTRY)
    known = tag(client)
    hearer = later(hear, sqlite_res, clock.now_us)
    answer = wait(client, 30, known)
    hearer.join()
    assert exact(answer)["feed"]["status"] == "live"


def hear(res: Resources, now_us: int) -> None:
    account = access.state(res, "A").account
    assert account
    with res.db.write() as conn:
        accounts.heard(conn, account.account_key, now_us, 60 * instants.SECOND_US)
