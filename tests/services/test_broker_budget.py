"""The broker's limits hold in every window that slides, whoever asks and whatever is restarted."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.broker.limits import BARS, CALLERS, GENERAL, REQUEST_S_MAX, Budget, Limit
from app.broker.login import Credentials
from app.broker.projectx import FOR_CALLERS, FOR_SYNC, ProjectX
from app.db import schema
from app.db.connection import Database
from app.domain import instants
from app.errors import RateLimited, UpstreamUnavailable
from app.services import broker
from app.services.broker import DatabaseBudget
from app.services.resources import Resources
from app.settings import from_env
from tests.broker.gateways import Clock, Served, served
from tests.service import ROOT

FEW = Limit("few", 4, 10)
SECOND_US = instants.SECOND_US
# Takes as fast as it may, and notes when each request was sent and when it was answered.
TAKER = """
import sys, time
from app.broker.limits import Limit
from app.db.connection import Database
from app.errors import RateLimited, DatabaseUnavailable
from app.services.broker import DatabaseBudget

url, until_s = sys.argv[1], time.time() + float(sys.argv[2])
budget = DatabaseBudget(Database(url), lambda: time.time_ns() // 1000)
limit = Limit("raced", 10, 1)
while time.time() < until_s:
    try:
        permits = budget.take((limit,))
    except (RateLimited, DatabaseUnavailable):
        time.sleep(0.01)
        continue
    sent = time.time_ns() // 1000
    time.sleep(0.005)
    print(sent, time.time_ns() // 1000, flush=True)
    budget.settle(permits, (limit,))
"""


class FromTheStart(DatabaseBudget):
    """Counts a request from when it was sent: wrong, for it may arrive much later."""

    def take(self, limits: Sequence[Limit]) -> Sequence[int]:
        permits = super().take(limits)
        super().settle(permits, limits)
        return permits

    def settle(self, permits: Sequence[int], limits: Sequence[Limit]) -> None:
        pass


def most_in_a_window(arrivals_us: Sequence[int], span_s: int) -> int:
    """The most arrivals that any window of so many seconds holds, its end left out."""
    return max(
        (
            sum(start <= each < start + span_s * SECOND_US for each in arrivals_us)
            for start in arrivals_us
        ),
        default=0,
    )


# Per request: the pause before it, how long it takes, and when within that it arrives.
requests_made = st.lists(
    st.tuples(
        st.integers(0, 4_000_000),
        st.integers(0, REQUEST_S_MAX * SECOND_US),
        st.sampled_from([0.0, 0.5, 1.0]),
    ),
    min_size=5,
    max_size=25,
)


def arrivals(budget: DatabaseBudget, clock: Clock, made: list[tuple[int, int, float]]) -> list[int]:
    """When the requests that were let through arrived, many of them under way at once."""
    found: list[int] = []
    under_way: list[tuple[int, Sequence[int]]] = []
    for pause_us, takes_us, share in made:
        until_us = clock.now_us + pause_us
        settle(budget, clock, under_way, until_us)
        clock.now_us = until_us
        try:
            permits = budget.take((FEW,))
        except RateLimited:
            continue
        found.append(clock.now_us + int(takes_us * share))
        under_way.append((clock.now_us + takes_us, permits))
    return found


def settle(
    budget: DatabaseBudget, clock: Clock, under_way: list[tuple[int, Sequence[int]]], until_us: int
) -> None:
    for answered_us, permits in sorted(under_way):
        if answered_us <= until_us:
            clock.now_us = answered_us
            budget.settle(permits, (FEW,))
            under_way.remove((answered_us, permits))


@settings(max_examples=40, deadline=None)
@given(requests_made)
def test_no_window_that_slides_holds_more_than_the_limit(
    made: list[tuple[int, int, float]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        db, clock = database_in(folder), Clock()
        found = arrivals(DatabaseBudget(db, clock), clock, made)
        db.close()
    assert most_in_a_window(found, FEW.span_s) <= FEW.requests_max


def test_counting_from_the_start_would_be_found_out(tmp_path: Path) -> None:
    # Four that arrive late, and four more when the first are forgotten.
    made = [(0, 9 * SECOND_US, 1.0)] * 4 + [(11 * SECOND_US, 0, 0.0)] + [(0, 0, 0.0)] * 3
    counts = []
    for number, kind in enumerate((DatabaseBudget, FromTheStart)):
        (tmp_path / str(number)).mkdir()
        db, clock = database_in(str(tmp_path / str(number))), Clock()
        found = arrivals(kind(db, clock), clock, made)
        counts.append(most_in_a_window(found, FEW.span_s))
        db.close()
    assert counts == [FEW.requests_max, 2 * FEW.requests_max]


def database_in(folder: str) -> Database:
    db = Database(f"sqlite:///{folder}/trader.db")
    schema.upgrade(db)
    return db


def test_processes_share_what_is_left(database: Database) -> None:
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", TAKER, url, "3.5"]
    takers = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    told = [taker.communicate(timeout=60)[0].splitlines() for taker in takers]
    assert [taker.returncode for taker in takers] == [0] * 4
    assert sum(bool(lines) for lines in told) > 1
    for column in (0, 1):
        moments = [int(line.split()[column]) for lines in told for line in lines]
        assert len(moments) > 10
        assert most_in_a_window(moments, 1) <= 10


def test_what_was_taken_is_known_after_a_restart(res: Resources, clock: Clock) -> None:
    first = DatabaseBudget(res.db, res.now_us)
    for _ in range(FEW.requests_max):
        first.settle(first.take((FEW,)), (FEW,))
    again = DatabaseBudget(res.db, res.now_us)
    with pytest.raises(RateLimited) as refused:
        again.take((FEW,))
    assert refused.value.retry_after_s == FEW.span_s + broker.CLOCK_SLACK_S
    clock.now_us += refused.value.retry_after_s * SECOND_US
    assert again.take((FEW,))


def test_one_that_died_on_the_way_counts_no_longer_than_it_may(
    res: Resources, clock: Clock
) -> None:
    budget = DatabaseBudget(res.db, res.now_us)
    for _ in range(FEW.requests_max):
        budget.take((FEW,))
    with pytest.raises(RateLimited) as refused:
        budget.take((FEW,))
    clock.now_us += (FEW.span_s + broker.CLOCK_SLACK_S + REQUEST_S_MAX) * SECOND_US
    assert refused.value.retry_after_s is not None
    assert budget.take((FEW,))


def test_callers_get_their_share_and_leave_the_rest_to_the_sync(
    res: Resources, clock: Clock
) -> None:
    budget = DatabaseBudget(res.db, res.now_us)
    for pause_s in (BARS.span_s + broker.CLOCK_SLACK_S, 0):
        for _ in range(CALLERS.requests_max // 2):
            budget.settle(budget.take(FOR_CALLERS), FOR_CALLERS)
        clock.now_us += pause_s * SECOND_US
    with pytest.raises(RateLimited, match="60 such requests in 60 s"):
        budget.take(FOR_CALLERS)
    # Nothing was charged for what was refused.
    for _ in range(BARS.requests_max - CALLERS.requests_max // 2):
        budget.take(FOR_SYNC)


def test_the_limits_are_the_brokers() -> None:
    assert (GENERAL.requests_max, GENERAL.span_s) == (200, 60)
    assert (BARS.requests_max, BARS.span_s) == (50, 30)
    assert (CALLERS.requests_max, CALLERS.span_s) == (60, 60)


def test_the_gateway_never_has_to_refuse_one_who_keeps_the_limits(
    sqlite_res: Resources, clock: Clock
) -> None:
    began_us, clock = clock.now_us, Clock(clock.now_us)
    with served(clock, days=2, has_limits=True) as gateway:
        client = client_with(gateway, DatabaseBudget(sqlite_res.db, clock))
        for _ in range(2 * GENERAL.requests_max + 1):
            client.contracts()
        client.close()
        assert gateway.refused == 0
    assert clock.now_us - began_us >= 2 * GENERAL.span_s * SECOND_US


def test_the_gateway_refuses_one_who_does_not(clock: Clock) -> None:
    with served(Clock(clock.now_us), days=2, has_limits=True) as gateway:
        client = client_with(gateway, gateway.budget)
        for _ in range(GENERAL.requests_max - 1):
            client.contracts()
        with pytest.raises(UpstreamUnavailable, match="429"):
            client.contracts()
        client.close()


def client_with(gateway: Served, budget: Budget) -> ProjectX:
    user = Credentials(*gateway.gateway.user)
    return ProjectX(gateway.url, user, budget, patience_s=600, clock=gateway.clock.time)


def test_without_a_user_no_broker_is_asked(sqlite_res: Resources) -> None:
    plain = from_env({})
    assert broker.connect(plain, sqlite_res.db, sqlite_res.now_us, patience_s=1) is None
    keyed = from_env({"TOPSTEPX_USERNAME": "demo", "TOPSTEPX_API_KEY": "a-key-of-nobody-here"})
    client = broker.connect(keyed, sqlite_res.db, sqlite_res.now_us, patience_s=1)
    assert client is not None
    client.close()


def test_how_much_is_used_is_told_where_there_is_a_broker(sqlite_res: Resources) -> None:
    assert broker.use(sqlite_res) is None
    env = {"TOPSTEPX_USERNAME": "demo", "TOPSTEPX_API_KEY": "a-key-of-enough-characters"}
    client = broker.connect(from_env(env), sqlite_res.db, sqlite_res.now_us, patience_s=1.0)
    DatabaseBudget(sqlite_res.db, sqlite_res.now_us).take((BARS, CALLERS))
    use = broker.use(replace(sqlite_res, broker=client)) or []
    assert [(each.name, each.used, each.requests, each.span_s) for each in use] == [
        *(("general", 0, 200, 60), ("bars", 1, 50, 30), ("callers", 1, 60, 60)),
    ]
