"""What callers see of a sync: the broker's balance, the feed's state, and how the sync stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from app.demo_gateway.gateway import Gateway
from app.factory import create_app
from app.services import access
from app.services.sync_lease import Lease
from app.settings import Settings
from tests.blueprints.calls import call, exact, get
from tests.blueprints.errors import assert_error
from tests.broker.gateways import COMBINE, SATURDAY, Clock
from tests.conftest import Client
from tests.services.broker_syncs import Scene, scene

FEED_PATHS = ("/api/performance/daily", "/api/performance/weekly", "/api/positions")


@pytest.fixture
def at(memory_url: str) -> Iterator[Scene]:
    with scene(Gateway(7, days=3, now_us=Clock(SATURDAY)), memory_url) as found:
        yield found


@pytest.fixture
def caller(at: Scene, settings: Settings) -> Client:
    app: Flask = create_app(settings)
    app.extensions["resources"] = at.res
    return Client(app.test_client(), access.create_token(at.res, "tests", "admin", ()))


def gauges(caller: Client) -> dict[str, float]:
    lines = get(caller, "/metrics").text.splitlines()
    found = (line.split() for line in lines if line.startswith(("tpa_feed", "tpa_sync")))
    return {name: float(value) for name, value in found}


def asked(caller: Client, path: str, **query: str) -> Any:
    return call(caller, "GET", path, query_string={"account_id": str(COMBINE)} | query)


def test_the_brokers_balance_is_shown_beside_ours(at: Scene, caller: Client) -> None:
    for _ in range(2):
        at.make_pass()
        at.wait(10)
    listed = exact(get(caller, "/api/accounts"))
    assert len(listed) == 3
    caller.post("/api/account/switch", {"account_id": str(COMBINE)})
    for account in (*listed, exact(get(caller, "/api/account/info"))):
        assert account["broker_balance"] == account["balance"]


def test_a_sync_that_ends_makes_the_feed_stale_and_require_live_fails(
    at: Scene, caller: Client
) -> None:
    at.make_pass()
    assert exact(asked(caller, "/api/performance/daily"))["feed"]["status"] == "live"
    tag = asked(caller, "/api/performance/daily").headers["ETag"]
    for path in FEED_PATHS:
        assert asked(caller, path, require="live").status_code == 200
    # No process syncs from here on.
    at.wait(at.plan.late_us / 10**6 - 1)
    assert asked(caller, "/api/performance/daily").headers["ETag"] == tag
    at.wait(2)
    assert exact(asked(caller, "/api/performance/daily"))["feed"]["status"] == "stale"
    assert asked(caller, "/api/performance/daily").headers["ETag"] != tag
    for path in FEED_PATHS:
        assert_error(asked(caller, path, require="live"), 503, "FEED_STALE")
    at.make_pass()
    for path in FEED_PATHS:
        assert asked(caller, path, require="live").status_code == 200


def test_health_and_metrics_say_how_the_sync_stands(at: Scene, caller: Client) -> None:
    assert exact(get(caller, "/api/health"))["sync"] is None
    assert gauges(caller) == {}
    at.make_pass()
    assert gauges(caller) == {}  # A pass by hand has no lease.
    Lease(at.db, at.clock, "process 1 on a").take()
    at.wait(30)
    told = exact(get(caller, "/api/health"))["sync"]
    assert told == {
        "running": True,
        "last_try_at": None,
        "accounts": 3,
        "last_pass_at": told["last_pass_at"],
        "differing": 0,
        "undecided": 0,
        "faults": 0,
        "fault": None,
    }
    found = gauges(caller)
    assert 30 <= found.pop("tpa_feed_age_seconds") < 60
    assert found == {
        "tpa_sync_running": 1,
        "tpa_sync_accounts": 3,
        "tpa_sync_differing_accounts": 0,
        "tpa_sync_undecided_fills": 0,
        "tpa_sync_faulty_accounts": 0,
    }
    at.wait(600)
    assert exact(get(caller, "/api/health"))["sync"]["running"] is False
