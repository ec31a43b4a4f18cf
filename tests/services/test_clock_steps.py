"""The clock on the wall is set: back by an hour or a day, or forward by one. No figure is another
one than it would be, and nothing opens that was closed.
"""

from __future__ import annotations

from contextlib import nullcontext, suppress
from dataclasses import replace
from decimal import Decimal

import pytest

from app.broker.limits import GENERAL
from app.cache.memory import Memory
from app.cache.read_through import ReadThrough
from app.cache.shared import Nothing
from app.domain import instants
from app.domain.executions import Fill
from app.errors import Conflict, RateLimited, Unauthenticated
from app.services import access, ingest, sessions, tickets
from app.services.broker import DatabaseBudget
from app.services.performance import PeriodQuestion
from app.services.resources import Resources
from app.services.sync_lease import Lease, SyncedElsewhere
from tests.conftest import Clock, told

HOUR_US, DAY_US = 3_600 * instants.SECOND_US, instants.DAY_US
STEPS = [-HOUR_US, DAY_US, -DAY_US]
QUESTIONS = [
    PeriodQuestion(period, None, None, None, basis)
    for period in ("day", "week", "month")
    for basis in ("position", "execution")
]


def trade(res: Resources, number: int, at_us: int) -> None:
    for side, price in (("BUY", 21_000), ("SELL", 21_000 + number)):
        name = f"{side}{number}"
        ingest.record(res, [Fill("A", name, "MNQZ5", side, 1, Decimal(price), at_us + number)])


@pytest.mark.parametrize("step_us", STEPS)
def test_figures_are_those_of_the_clock_as_it_is(
    sqlite_res: Resources, clock: Clock, step_us: int
) -> None:
    for day in range(-2, 2):
        trade(sqlite_res, day + 5, clock.now_us + day * DAY_US)
    forgetful = replace(sqlite_res, cache=ReadThrough(Memory(bytes_max=0), Nothing()))
    for moved_us in (0, step_us, 0, -step_us):
        clock.now_us += moved_us
        for question in QUESTIONS:
            assert told(sqlite_res, "A", question) == told(forgetful, "A", question)


@pytest.mark.parametrize("step_us", STEPS)
def test_a_fill_that_comes_again_is_the_same_fill(
    sqlite_res: Resources, clock: Clock, step_us: int
) -> None:
    fill = Fill("A", "e1", "MNQZ5", "BUY", 1, Decimal(21_000), clock.now_us - 1)
    ingest.record(sqlite_res, [fill])
    clock.now_us += step_us
    assert ingest.record(sqlite_res, [fill]).duplicates == 1
    with pytest.raises(Conflict):
        ingest.record(sqlite_res, [fill._replace(quantity=2)])


@pytest.mark.parametrize("step_us", STEPS)
def test_a_ticket_opens_one_socket_and_none_once_it_is_used(
    sqlite_res: Resources, clock: Clock, step_us: int
) -> None:
    secret = access.create_token(sqlite_res, "one", "read", ())
    caller = access.authenticate(sqlite_res, secret, 0, "")
    used, left = (tickets.issue(sqlite_res, caller).ticket for _ in range(2))
    tickets.redeem(sqlite_res, used)
    clock.now_us += step_us
    with pytest.raises(Unauthenticated):
        tickets.redeem(sqlite_res, used)
    access.revoke_token(sqlite_res, "one")
    with pytest.raises(Unauthenticated):
        tickets.redeem(sqlite_res, left)


@pytest.mark.parametrize("step_us", STEPS)
def test_a_session_that_is_over_stays_over_and_none_lives_beyond_its_days(
    sqlite_res: Resources, clock: Clock, step_us: int
) -> None:
    secret = access.create_token(sqlite_res, "one", "read", ())
    caller = access.authenticate(sqlite_res, secret, 0, "")
    left, kept = (sessions.start(sqlite_res, caller, None) for _ in range(2))
    sessions.end(sqlite_res, left.session_id)
    until_us = clock.now_us + 30 * DAY_US
    clock.now_us += step_us
    with pytest.raises(Unauthenticated):
        sessions.caller(sqlite_res, left.session_id, 1)
    # An idle one ends after a day.
    with nullcontext() if step_us < 0 else pytest.raises(Unauthenticated):
        assert sessions.caller(sqlite_res, kept.session_id, 1).name == "one"
    clock.now_us = until_us
    with pytest.raises(Unauthenticated):
        sessions.caller(sqlite_res, kept.session_id, 2)
    access.revoke_token(sqlite_res, "one")
    clock.now_us = until_us - 31 * DAY_US
    with pytest.raises(Unauthenticated):
        sessions.caller(sqlite_res, kept.session_id, 3)


@pytest.mark.parametrize("step_us", STEPS)
def test_the_broker_is_never_asked_more_often_for_a_clock_that_was_set_back(
    sqlite_res: Resources, clock: Clock, step_us: int
) -> None:
    budget = DatabaseBudget(sqlite_res.db, clock)
    for _ in range(GENERAL.requests_max):
        budget.settle(budget.take([GENERAL]), [GENERAL])
    with pytest.raises(RateLimited):
        budget.take([GENERAL])
    clock.now_us += min(step_us, 0)
    with pytest.raises(RateLimited):
        budget.take([GENERAL])


@pytest.mark.parametrize("step_us", STEPS)
def test_two_never_sync_one_database(sqlite_res: Resources, clock: Clock, step_us: int) -> None:
    # Of other machines: whether their processes are gone cannot be seen.
    one, other = (Lease(sqlite_res.db, clock, f"process 1 on {name}") for name in ("one", "other"))
    one.take()
    with pytest.raises(SyncedElsewhere):
        other.take()
    clock.now_us += step_us
    has_lease = []
    for lease in (other, one):
        with suppress(SyncedElsewhere):
            lease.take()
            has_lease.append(lease.holder)
    assert len(has_lease) == 1
