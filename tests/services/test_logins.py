"""Failed logins are counted by address, over all processes, and cost little."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from app.db.connection import Database, rows
from app.errors import RateLimited, Unauthenticated
from app.services import logins
from app.services.resources import Resources
from tests.conftest import Clock, resources_on

AT_ONCE = 30
COUNT = text("SELECT count(*) FROM failed_logins")


def outcome(res: Resources, address: str = "192.0.2.1") -> type[Exception]:
    """How a failed login from an address is answered."""
    with pytest.raises((RateLimited, Unauthenticated)) as error:
        logins.refuse(res, address)
    return error.type


def noted(db: Database) -> int:
    with db.read() as conn:
        number: int = rows(conn, COUNT)[0][0]
    return number


def test_of_many_processes_at_once_ten_failures_are_let_through(
    database: Database, clock: Clock
) -> None:
    start = threading.Barrier(AT_ONCE)
    other = Database(database.url.render_as_string(hide_password=False))
    processes = [resources_on(each, clock) for each in (database, other)]

    def fail(number: int) -> type[Exception]:
        start.wait()
        return outcome(processes[number % 2])

    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(fail, range(AT_ONCE)))
    other.close()
    assert outcomes.count(Unauthenticated) == logins.FAILURES_MAX == noted(database)
    assert outcomes.count(RateLimited) == AT_ONCE - logins.FAILURES_MAX


def test_no_minute_has_more_than_ten_failures_wherever_it_begins(
    res: Resources, clock: Clock
) -> None:
    let_through = []
    for _ in range(300):
        clock.now_us += 1_700_000
        if outcome(res) is Unauthenticated:
            let_through.append(clock.now_us)
    spans = zip(let_through, let_through[logins.FAILURES_MAX :], strict=False)
    assert min(last - first for first, last in spans) >= logins.WINDOW_S * 1_000_000
    assert len(let_through) > 60


def test_the_time_to_wait_ends_with_the_minute_of_the_first_failure(
    res: Resources, clock: Clock
) -> None:
    for _ in range(logins.FAILURES_MAX):
        outcome(res)
        clock.now_us += 1_000_000
    with pytest.raises(RateLimited) as error:
        logins.refuse(res, "192.0.2.1")
    assert error.value.retry_after_s == logins.WINDOW_S - logins.FAILURES_MAX
    clock.now_us += error.value.retry_after_s * 1_000_000
    assert outcome(res) is Unauthenticated


def test_addresses_are_counted_apart_and_the_sum_is_bounded(
    res: Resources, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logins, "FAILURES_TOTAL_MAX", 25)
    outcomes = [outcome(res, f"192.0.2.{number % 200}") for number in range(400)]
    assert outcomes.count(Unauthenticated) == noted(res.db) == 25
    clock.now_us += logins.WINDOW_S * 1_000_000
    assert outcome(res) is Unauthenticated
    assert noted(res.db) == 1


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "local"),
        ("no address", "local"),
    ],
)
def test_an_address_counts_for_whom_it_belongs_to(address: str, expected: str) -> None:
    assert logins.network(address) == expected
