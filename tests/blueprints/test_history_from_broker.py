"""GET /api/history where a broker has the bars: what callers may ask of it, and when it is gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from app.broker.limits import BARS, CALLERS
from app.broker.login import Credentials
from app.broker.projectx import FOR_SYNC, ProjectX
from app.domain import instants
from app.services.broker import DatabaseBudget
from app.services.broker_bars import BrokerBars
from app.services.resources import Resources, in_place
from tests.blueprints.calls import call, exact
from tests.broker.gateways import Clock as GatewayClock
from tests.broker.gateways import Served, served
from tests.conftest import Client

PATIENCE_S = 5


@pytest.fixture
def gateway() -> Iterator[Served]:
    with served(GatewayClock(), days=20, has_limits=True) as found:
        yield found


@pytest.fixture
def budget(sqlite_res: Resources, gateway: Served) -> DatabaseBudget:
    return DatabaseBudget(sqlite_res.db, gateway.clock)


@pytest.fixture
def caller(
    app: Flask, client: Client, sqlite_res: Resources, gateway: Served, budget: DatabaseBudget
) -> Iterator[Client]:
    """A caller of a service that has a broker, on the broker's clock."""
    user, clock = gateway.gateway.user, gateway.clock
    broker = ProjectX(
        gateway.url, Credentials(*user), budget, patience_s=PATIENCE_S, clock=clock.time
    )
    source = BrokerBars(broker, clock, lambda _: in_place)
    app.extensions["resources"] = replace(sqlite_res, now_us=clock, bar_source=source)
    yield client
    broker.close()


def path(number: int) -> str:
    """A minute that no other number has."""
    end_us = instants.parse("2025-11-07T21:00:00Z") - number * 120 * instants.SECOND_US
    return f"/api/history?symbol=MNQZ5&timeframe=1m&limit=1&end={instants.text(end_us)}"


@pytest.mark.feature("PAM-BARS-11", "PAM-BARS-13")
def test_bars_that_are_not_stored_come_from_the_broker(caller: Client) -> None:
    first = exact(call(caller, "GET", path(0)))
    assert (first["source"], first["cache_status"]["tier"]) == ("topstepx_api", "topstepx")
    assert first["bars"][0]["timestamp"] == "2025-11-07T20:59:00Z"
    assert exact(call(caller, "GET", path(0)))["source"] == "memory_cache"


@pytest.mark.feature("PAM-BARS-16")
def test_what_callers_may_ask_of_the_broker_is_limited_and_the_rest_is_the_sync_s(
    caller: Client, gateway: Served, budget: DatabaseBudget
) -> None:
    clock, numbers = gateway.clock, iter(range(200))
    began_us = clock.now_us
    for _ in range(BARS.requests_max):
        assert call(caller, "GET", path(next(numbers))).status_code == 200
    assert clock.now_us == began_us
    refused = call(caller, "GET", path(next(numbers)))
    # The broker's own limit, for half a minute.
    assert refused.status_code == 429
    assert 20 <= int(refused.headers["Retry-After"]) <= BARS.span_s + 1
    clock.now_us += int(refused.headers["Retry-After"]) * instants.SECOND_US
    for _ in range(CALLERS.requests_max - BARS.requests_max):
        assert call(caller, "GET", path(next(numbers))).status_code == 200
    refused = call(caller, "GET", path(next(numbers)))
    assert refused.status_code == 429
    assert refused.get_json()["error"]["code"] == "RATE_LIMITED"
    assert 20 <= int(refused.headers["Retry-After"]) <= CALLERS.span_s + 1
    # What is known costs nothing, and the sync may still ask.
    assert call(caller, "GET", path(0)).status_code == 200
    assert budget.take(FOR_SYNC)
    assert gateway.refused == 0
    clock.now_us += int(refused.headers["Retry-After"]) * instants.SECOND_US
    assert call(caller, "GET", path(next(numbers))).status_code == 200


def test_while_the_broker_is_gone_what_is_known_is_answered_and_nothing_else(
    caller: Client, gateway: Served
) -> None:
    call(caller, "GET", path(0))
    gateway.script(*["broken"] * 50)
    assert call(caller, "GET", path(0)).status_code == 200
    # A part of it is stored: an answer of that part would look like a quiet hour.
    wider = path(0).replace("limit=1", "limit=5")
    refused = call(caller, "GET", wider)
    assert refused.status_code == 503
    assert refused.get_json()["error"]["code"] == "UPSTREAM_UNAVAILABLE"
    gateway.gateway.faults.script.clear()
    assert exact(call(caller, "GET", wider))["count"] == 5


def test_an_answer_that_makes_no_sense_is_not_stored(caller: Client, gateway: Served) -> None:
    gateway.gateway.faults.mutate = lambda content: content.replace(b":00+00:00", b":30+00:00")
    assert call(caller, "GET", path(0)).status_code == 503
    gateway.gateway.faults.mutate = lambda content: content
    assert exact(call(caller, "GET", path(0)))["bars"][0]["timestamp"] == "2025-11-07T20:59:00Z"
