"""What was counted: for Prometheus open to anyone, for people with a token."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from app.db import accounts, connection
from app.db.connection import Database
from app.services.resources import Resources
from tests.blueprints.calls import call, exact, fills, get, store
from tests.blueprints.errors import assert_error
from tests.conftest import Client
from tests.databases import Outage
from tests.exposition import Samples, samples, total

DAILY = "/api/performance/daily"
TRADE = "11-07 09:00 +1 @ 21000\n11-07 09:10 -1 @ 21010"


@pytest.fixture
def anyone(app: Flask) -> Client:
    return Client(app.test_client(), "")


def scraped(client: Client) -> Samples:
    answer = get(client, "/metrics")
    assert answer.status_code == 200
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    return samples(answer.text)


def endpoint(client: Client, route: str) -> dict[str, Any]:
    (found,) = [
        each
        for each in get(client, "/api/metrics").get_json()["endpoints"]
        if each["route"] == route
    ]
    return dict(found)


def grown(before: Samples, after: Samples, name: str, **labels: str) -> float:
    """Metrics are of the process, so a test looks at what it added."""
    return total(after, name, **labels) - total(before, name, **labels)


@pytest.mark.feature("TPA-18", "PAM-OPS-03", "PAM-ERR-05")
def test_requests_are_counted_by_route_with_their_time_their_tier_and_their_error(
    client: Client, anyone: Client
) -> None:
    store(client, TRADE)
    before = scraped(anyone)
    for query in ({}, {}, {"date": "2025-13-01"}):
        get(client, DAILY, **query)
    after = scraped(anyone)
    for name in ("tpa_requests_total", "tpa_request_duration_seconds_count"):
        assert grown(before, after, name, route=DAILY) == 3
    assert grown(before, after, "tpa_requests_total", route=DAILY, status="200") == 2
    assert grown(before, after, "tpa_answers_total", route=DAILY, tier="miss") == 1
    assert grown(before, after, "tpa_answers_total", route=DAILY, tier="memory") == 1
    assert grown(before, after, "tpa_errors_total", code="INVALID_PARAMETER") == 1
    assert total(after, "tpa_cache_bytes", tier="memory") > 0


def test_executions_are_counted_once_they_are_committed(client: Client, anyone: Client) -> None:
    before = scraped(anyone)
    store(client, TRADE)
    store(client, TRADE)
    bad = fills(TRADE, prefix="x")
    bad[1]["symbol"] = "NONE"
    call(client, "POST", "/api/executions", json=bad)
    after = scraped(anyone)
    assert grown(before, after, "tpa_executions_total", result="accepted") == 2
    assert grown(before, after, "tpa_executions_total", result="duplicate") == 2


def test_labels_take_no_value_that_a_caller_makes_up(client: Client, anyone: Client) -> None:
    store(client, TRADE)
    get(client, DAILY, account_id="A")
    for n in range(20):
        get(anyone, f"/made-up-{n}")
        call(anyone, f"MADEUP{n}", "/health/live")
        get(client, f"/api/positions/made-up-{n}")
    text = get(anyone, "/metrics").text
    assert "made-up" not in text.lower()
    assert "MADEUP" not in text
    assert 'account="' not in text
    assert "account_id=" not in text
    assert set(re.findall(r'method="([^"]*)"', text)) <= {
        *("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "other")
    }


def test_a_write_that_found_the_database_busy_is_counted_as_such(
    client: Client,
    anyone: Client,
    another_process: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "WRITE_WAIT_S", 0.02)
    store(client, TRADE)
    before = scraped(anyone)
    with another_process.write() as conn:
        accounts.lock(conn, "A")
        assert_error(
            call(client, "POST", "/api/executions", json=fills(TRADE)), 503, "DATABASE_UNAVAILABLE"
        )
    after = scraped(anyone)
    assert grown(before, after, "tpa_database_failures_total", kind="busy") == 1
    assert grown(before, after, "tpa_errors_total", code="DATABASE_UNAVAILABLE") == 1


@pytest.mark.feature("TPA-18")
@pytest.mark.usefixtures("client")  # It wrote something.
def test_metrics_are_told_while_the_database_cannot_be_read(
    anyone: Client, sqlite_res: Resources, outage: Outage
) -> None:
    found = scraped(anyone)
    assert total(found, "tpa_database_up") == 1
    assert total(found, "tpa_database_bytes") > 0
    if sqlite_res.db.is_sqlite:  # A server's disk and log are its own.
        assert total(found, "tpa_database_wal_bytes") > 0
        assert total(found, "tpa_disk_free_bytes") > 0
    sqlite_res.db.close()
    outage.take_away()
    found = scraped(anyone)
    assert total(found, "tpa_database_up") == 0
    assert total(found, "tpa_requests_total", route="/metrics") > 0
    sqlite_res.db.close()


LOSS = "11-07 09:00 +1 @ 21000\n11-07 09:10 -1 @ 20960"
LIMITS = {"daily_loss_limit": "100", "max_loss_limit": "1000"}


def test_the_highest_use_of_each_limit_is_told_and_no_account(
    client: Client, anyone: Client
) -> None:
    assert total(scraped(anyone), "tpa_limits_reached") == 0
    store(client, LOSS)
    risk = {"starting_balance": "50000", "risk": LIMITS}
    assert client.send("PUT", "/api/accounts/A", risk)[0] == 200
    assert client.send("PUT", "/api/accounts/B", risk)[0] == 200
    text = get(anyone, "/metrics").text
    found = samples(text)
    assert total(found, "tpa_limit_used_ratio", limit="daily_loss_limit") == 0.8
    assert total(found, "tpa_limit_used_ratio", limit="max_loss_limit") == 0.08
    assert total(found, "tpa_limits_reached") == total(found, "tpa_limits_unknown") == 0
    assert not re.search(r'"[AB]"', text)


def test_a_limit_that_was_reached_is_told_and_one_that_nobody_can_tell_of(
    client: Client, anyone: Client
) -> None:
    store(client, LOSS + "\n11-07 09:20 +1 @ 21000\n11-07 09:30 -1 @ 20900")
    risk = {"starting_balance": "50000", "risk": LIMITS}
    assert client.send("PUT", "/api/accounts/A", risk)[0] == 200
    found = scraped(anyone)
    assert total(found, "tpa_limits_reached", limit="daily_loss_limit") == 1
    assert total(found, "tpa_limits_reached", limit="max_loss_limit") == 0
    # Held without a price.
    store(client, "11-07 11:59 +1 @ 21000", prefix="y")
    found = scraped(anyone)
    assert total(found, "tpa_limits_unknown", limit="max_loss_limit") == 1
    assert total(found, "tpa_limit_used_ratio", limit="max_loss_limit") == 0


@pytest.mark.feature("TPA-18", "PAM-OPS-03")
def test_people_are_told_calls_errors_latencies_and_cache_hits_of_each_route(
    client: Client, anyone: Client
) -> None:
    assert_error(get(anyone, "/api/metrics"), 401, "UNAUTHENTICATED")
    assert_error(get(client, "/api/metrics", x="1"), 400, "INVALID_PARAMETER")
    store(client, TRADE)
    get(client, DAILY)
    before = endpoint(client, DAILY)
    tag = get(client, DAILY).headers["ETag"]
    call(client, "GET", DAILY, headers={"If-None-Match": tag})
    get(client, DAILY, date="never")
    after = endpoint(client, DAILY)
    assert [after[name] - before[name] for name in ("calls", "errors", "not_modified")] == [3, 1, 1]
    assert after["cache"]["memory"] - before["cache"]["memory"] == 1
    assert 0 < after["cache"]["hit_rate"] <= 100
    assert 0 < after["latency_ms"]["p50"] <= after["latency_ms"]["p95"]
    assert after["latency_ms"]["p95"] <= after["latency_ms"]["p99"]
    body = exact(get(client, "/api/metrics"))
    assert body["total"]["calls"] >= after["calls"]
    assert float(body["uptime_s"]) > 0


def test_a_request_that_was_held_does_not_count_as_slow(client: Client, anyone: Client) -> None:
    store(client, TRADE)
    tag = get(client, DAILY).headers["ETag"]
    before = scraped(anyone)
    held = call(client, "GET", f"{DAILY}?wait=1", headers={"If-None-Match": tag})
    after = scraped(anyone)
    assert held.status_code == 304
    assert grown(before, after, "tpa_request_duration_seconds_count", route=DAILY) == 1
    assert grown(before, after, "tpa_request_duration_seconds_sum", route=DAILY) < 0.9
    assert total(after, "tpa_held_requests") == 0


@pytest.mark.feature("PAM-OPS-03")
def test_server_timing_tells_where_the_time_went(client: Client) -> None:
    store(client, TRADE)
    made, kept = (get(client, DAILY).headers["Server-Timing"] for _ in range(2))
    number = r"\d+\.\d\d"
    for told, tier in ((made, "miss"), (kept, "memory")):
        shape = rf'cache;desc="{tier}";dur={number}, db;desc="\d+";dur={number}, total;dur={number}'
        assert re.fullmatch(shape, told), told
    assert of(made, "db") > 0
    # What making the answer took is not the cache's.
    assert of(made, "cache") + of(made, "db") <= of(made, "total") + 0.02
    assert "db" not in get(client, "/health/live").headers["Server-Timing"]


def of(told: str, part: str) -> float:
    return float(re.search(rf"\b{part};[^,]*dur=([\d.]+)", told)[1])  # type: ignore[index]
