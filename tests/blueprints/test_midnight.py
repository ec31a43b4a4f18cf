"""Nothing of today is told past its midnight, whatever the caches hold: here they never forget, and
the clock stands a tenth of a second before the day, the week, the month or the session ends.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.cache import keys
from app.cache.memory import Memory
from app.cache.read_through import ReadThrough
from app.cache.shared import Nothing
from app.domain import instants
from app.services import access
from app.services.resources import Resources
from tests.blueprints.calls import call, exact, figures, get, store
from tests.conftest import Client, Clock

# A trade of each day around the edges: Sunday to Monday of a week, the ends of a month and a year.
NOTES = """
    10-31 10:00 +1 @ 21000
    10-31 10:01 -1 @ 21001
    11-01 10:00 +1 @ 21000
    11-01 10:01 -1 @ 21003
    11-02 10:00 +1 @ 21000
    11-02 10:01 -1 @ 21007
"""
TENTH_US = 100_000
_MADE_AT = re.compile(r'"timestamp": ?"[^"]*"')
# All that is asked without naming a time. The histories and logs say in full when they end.
OF_TODAY = (
    *("/api/performance/daily", "/api/performance/weekly", "/api/performance/monthly"),
    *("/api/performance", "/api/performance/history?interval=day", "/api/statistics"),
    *("/api/statistics?group_by=day", "/api/trades", "/api/risk", "/api/accounts"),
    *("/api/account/info", "/api/performance/daily?calendar=session", "/api/positions?status=all"),
    *("/api/performance/daily?tz=Asia/Kolkata", "/api/performance/weekly?format=csv"),
    *("/api/performance/daily?format=text", "/api/accounts/A/reconciliation"),
)


class Midnight(NamedTuple):
    """An instant at which something ends, the zone, and what begins then for which view."""

    at: str
    zone: str
    view: str
    begins: str


MIDNIGHTS = [
    Midnight("2025-11-01T05:00:00Z", "America/Chicago", "daily", "2025-11-01"),
    Midnight("2025-11-01T05:00:00Z", "America/Chicago", "monthly", "2025-11-01"),
    # This Sunday has 25 hours, and ends a week.
    Midnight("2025-11-02T05:00:00Z", "America/Chicago", "daily", "2025-11-02"),
    Midnight("2025-11-03T06:00:00Z", "America/Chicago", "weekly", "2025-11-03"),
    Midnight("2025-11-02T04:00:00Z", "America/New_York", "daily", "2025-11-02"),
    Midnight("2025-11-01T18:30:00Z", "Asia/Kolkata", "daily", "2025-11-02"),
    # A day of 23 and a half hours, one whose midnight never comes, and the day after one that did
    # not come at all.
    Midnight("2025-10-05T13:00:00Z", "Australia/Lord_Howe", "daily", "2025-10-06"),
    Midnight("2025-04-24T22:00:00Z", "Africa/Cairo", "daily", "2025-04-25"),
    Midnight("2011-12-30T10:00:00Z", "Pacific/Apia", "daily", "2011-12-31"),
]


@pytest.fixture
def forgetful(sqlite_res: Resources) -> Resources:
    """Resources that keep nothing."""
    return replace(sqlite_res, cache=ReadThrough(Memory(bytes_max=0), Nothing()))


@pytest.fixture
def caller(app: Flask, sqlite_res: Resources) -> Client:
    """A caller of a service whose caches never forget."""
    kept = ReadThrough(Memory(now_s=lambda: 0.0), Nothing())
    app.extensions["resources"] = replace(sqlite_res, cache=kept)
    caller = Client(app.test_client(), access.create_token(sqlite_res, "tests", "admin", ()))
    store(caller, NOTES)
    return caller


def told(caller: Client) -> dict[str, TestResponse]:
    """Every answer of today, asked twice so that it comes from a cache if it can."""
    for path in OF_TODAY:
        get(caller, path)
    return {path: get(caller, path) for path in OF_TODAY}


def said(answer: TestResponse) -> str:
    """What is said, but for when it was made."""
    assert answer.status_code == 200, answer.text
    return _MADE_AT.sub("", answer.text)


def stale_past(caller: Client, clock: Clock, midnight_us: int, forgetful: Resources) -> list[str]:
    """The resources that tell something else than a service that keeps nothing, or a 304."""
    clock.now_us = midnight_us - TENTH_US
    before = told(caller)
    clock.now_us = midnight_us
    application = caller.client.application
    kept = application.extensions["resources"]
    application.extensions["resources"] = forgetful
    fresh = {path: get(caller, path) for path in OF_TODAY}
    application.extensions["resources"] = kept
    wrong = []
    for path in OF_TODAY:
        tags = {"If-None-Match": before[path].headers.get("ETag", "")}
        again = call(caller, "GET", path, headers=tags)
        is_new = said(fresh[path]) != said(before[path])
        if said(get(caller, path)) != said(fresh[path]) or (is_new and again.status_code == 304):
            wrong.append(path)
    return wrong


@pytest.mark.feature("TPA-09", "TPA-10", "TPA-11")
@pytest.mark.parametrize("midnight", MIDNIGHTS, ids=lambda each: f"{each.view}-{each.at}")
def test_what_has_ended_is_not_told_as_todays(
    caller: Client, clock: Clock, forgetful: Resources, midnight: Midnight
) -> None:
    exact(call(caller, "PUT", "/api/accounts/A", json={"timezone": midnight.zone}))
    midnight_us = instants.parse(midnight.at)
    assert stale_past(caller, clock, midnight_us, forgetful) == []
    clock.now_us = midnight_us - TENTH_US
    was = figures(caller, midnight.view)
    clock.now_us = midnight_us
    now = figures(caller, midnight.view)
    assert (was["start"], was["end"]) != (now["start"], now["end"])
    assert was["end"] == now["start"] == midnight.at
    assert now.get("week_start", now["date"]) == midnight.begins


def test_a_session_ends_at_17_for_its_figures_and_its_limits(
    caller: Client, clock: Clock, forgetful: Resources
) -> None:
    end_us = instants.parse("2025-10-31T22:00:00Z")
    assert stale_past(caller, clock, end_us, forgetful) == []


def test_a_cache_that_knows_a_day_by_its_question_alone_is_found(
    caller: Client, clock: Clock, forgetful: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    def by_question(dependencies: keys.Dependencies, form: str) -> str:
        resource, account_key, version, *_ = dependencies
        return f"{resource}:{account_key}:{version}:{form}"

    monkeypatch.setattr(keys, "answer", by_question)
    midnight_us = instants.parse(MIDNIGHTS[0].at)
    assert "/api/performance/daily" in stale_past(caller, clock, midnight_us, forgetful)
