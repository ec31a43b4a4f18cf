"""What is held at the last prices, and when these, and the feed, are too old to tell."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import pytest

from app.db import accounts
from app.domain import instants
from app.domain.bars import Bar
from app.domain.periods import Span
from app.services import bar_storing
from app.services.resources import Resources
from tests.bar_notes import contract, minutes, put
from tests.blueprints.calls import call, exact, figures, get, store
from tests.blueprints.errors import assert_error
from tests.blueprints.test_waiting import DAILY, later, tag, wait
from tests.conftest import Client, Clock

LONG = "11-07 09:00 +2 @ 21000"
SHORT = "11-07 09:00 -2 @ 21000"
NOW = "2025-11-07T15:30:00Z"
LATE_US = 30 * instants.SECOND_US


@pytest.fixture
def on_time(clock: Clock) -> Clock:
    clock.set(NOW)
    return clock


def held(client: Client) -> Any:
    return figures(client, "daily", account_id="A")["open"]


def position(client: Client) -> tuple[Any, Any]:
    (found,) = exact(get(client, "/api/positions?account_id=A&status=open"))["items"]
    return found["current_price"], found["unrealized_pnl"]


def put_bars(res: Resources, code: str, at: str, *prices: int) -> None:
    put(res, code, minutes(at, *prices))


@pytest.mark.usefixtures("on_time")
@pytest.mark.parametrize(("notes", "unrealized"), [(LONG, "40.0"), (SHORT, "-40.0")])
def test_what_is_held_is_worth_its_move_to_the_last_price(
    client: Client, sqlite_res: Resources, notes: str, unrealized: str
) -> None:
    store(client, notes)
    assert held(client)["unrealized_pnl"] is None
    put_bars(sqlite_res, "MNQZ5", "2025-11-07T15:28:00Z", 20_990, 21_010)
    found = held(client)
    assert (found["unrealized_pnl"], found["marked_at"]) == (unrealized, NOW)
    assert position(client) == ("21010.0", unrealized)


@pytest.mark.usefixtures("on_time")
def test_a_december_position_is_never_marked_by_a_march_price(
    client: Client, sqlite_res: Resources
) -> None:
    store(client, LONG)
    put_bars(sqlite_res, "MNQH6", "2025-11-07T15:29:00Z", 21_200)
    put_bars(sqlite_res, "MESZ5", "2025-11-07T15:29:00Z", 6_700)
    put_bars(sqlite_res, "MNQ", "2025-11-07T15:29:00Z", 21_300)
    assert held(client)["unrealized_pnl"] is None
    put_bars(sqlite_res, "MNQZ5", "2025-11-07T15:29:00Z", 21_001)
    assert held(client)["unrealized_pnl"] == "4.0"
    assert position(client) == ("21001.0", "4.0")


def test_a_contract_of_another_decade_is_another_contract(
    client: Client, sqlite_res: Resources, on_time: Clock
) -> None:
    on_time.set("2015-11-06T15:30:00Z")
    december = contract("ESZ5", "2015-11-06T15:30:00Z")
    bar_storing.store(sqlite_res, december, 60, minutes("2015-11-06T15:29:00Z", 2_100))
    on_time.set(NOW)
    store(client, "11-07 09:00 +1 ESZ5 @ 6700")
    found = held(client)
    assert (found["unrealized_pnl"], found["marked_at"]) == (None, None)


def test_one_contract_without_a_price_leaves_the_whole_unknown(
    client: Client, sqlite_res: Resources, on_time: Clock
) -> None:
    store(client, f"{LONG}\n11-07 09:01 +1 MESZ5 @ 6700")
    put_bars(sqlite_res, "MNQZ5", "2025-11-07T15:29:00Z", 21_010)
    assert held(client)["unrealized_pnl"] is None
    put_bars(sqlite_res, "MESZ5", "2025-11-07T15:29:00Z", 6_698)
    assert held(client)["unrealized_pnl"] == "30.0"
    on_time.set("2025-11-07T15:30:40Z")
    put_bars(sqlite_res, "MNQZ5", "2025-11-07T15:29:00Z", 21_011)  # Corrected.
    assert held(client)["unrealized_pnl"] == "34.0"


def test_a_mark_grows_old_by_the_clock_and_changes_the_answer_then(
    client: Client, sqlite_res: Resources, on_time: Clock
) -> None:
    store(client, LONG)
    put_bars(sqlite_res, "MNQZ5", "2025-11-07T15:29:00Z", 21_010)
    known = tag(client)
    on_time.set("2025-11-07T15:31:00Z")
    assert (tag(client), held(client)["unrealized_pnl"]) == (known, "40.0")
    on_time.set("2025-11-07T15:31:01Z")
    assert tag(client) != known
    assert held(client)["unrealized_pnl"] is None
    assert position(client) == (None, None)


def test_who_waits_is_answered_when_a_mark_grows_old(
    client: Client, sqlite_res: Resources, on_time: Clock
) -> None:
    store(client, LONG)
    put_bars(sqlite_res, "MNQZ5", "2025-11-07T15:29:00Z", 21_010)
    on_time.set("2025-11-07T15:30:59.900Z")
    known = tag(client)
    mover = later(on_time.set, "2025-11-07T15:31:01Z")
    started_s = time.monotonic()
    assert exact(wait(client, 30, known))["open"]["unrealized_pnl"] is None
    assert time.monotonic() - started_s < 10
    mover.join()


@pytest.mark.usefixtures("on_time")
def test_a_new_mark_answers_who_waits(client: Client, sqlite_res: Resources) -> None:
    store(client, LONG)
    known = tag(client)
    writer = later(put_bars, sqlite_res, "MNQZ5", "2025-11-07T15:29:00Z", 21_010)
    assert exact(wait(client, 30, known))["open"]["unrealized_pnl"] == "40.0"
    writer.join()


@pytest.mark.parametrize(
    ("now", "is_fresh"),
    [
        ("2025-11-07T22:30:00Z", True),  # Friday's market is closed.
        ("2025-11-09T22:59:59Z", True),  # Sunday's is not open yet.
        ("2025-11-09T23:00:59Z", True),
        ("2025-11-09T23:01:01Z", False),
    ],
)
def test_the_last_close_is_fresh_until_the_market_is_open_again(
    client: Client, sqlite_res: Resources, clock: Clock, now: str, *, is_fresh: bool
) -> None:
    clock.set("2025-11-07T22:00:30Z")
    store(client, LONG)
    put_bars(sqlite_res, "MNQZ5", "2025-11-07T21:59:00Z", 21_010)
    clock.set(now)
    found = held(client)
    assert found["unrealized_pnl"] == ("40.0" if is_fresh else None)
    assert found["marked_at"] == "2025-11-07T22:00:00Z"


def test_where_it_is_known_that_nothing_was_traded_the_last_price_is_still_the_last(
    client: Client, sqlite_res: Resources, clock: Clock
) -> None:
    clock.set("2025-11-07T15:40:00Z")
    store(client, LONG)
    first = instants.parse("2025-11-07T15:20:00Z")
    known(sqlite_res, minutes("2025-11-07T15:20:00Z", 21_010), Span(first, first + 600_000_000))
    assert held(client) == held(client) | {"unrealized_pnl": None}
    until_us = instants.parse("2025-11-07T15:40:00Z")
    known(sqlite_res, [], Span(first + 600_000_000, until_us))
    found = held(client)
    assert (found["unrealized_pnl"], found["marked_at"]) == ("40.0", "2025-11-07T15:40:00Z")


def known(res: Resources, found: Sequence[Bar], span: Span) -> None:
    bar_storing.store(res, contract("MNQZ5"), 60, found, [span])


def test_an_older_bar_that_comes_later_does_not_mark(
    client: Client, sqlite_res: Resources, on_time: Clock
) -> None:
    store(client, LONG)
    put_bars(sqlite_res, "MNQZ5", "2025-11-07T15:29:00Z", 21_010)
    put_bars(sqlite_res, "MNQZ5", "2025-11-07T15:00:00Z", 20_000)
    assert held(client)["unrealized_pnl"] == "40.0"
    on_time.set("2025-11-07T15:30:20Z")
    put(sqlite_res, "MNQZ5", minutes("2025-11-07T15:30:00Z", 21_020))  # In progress.
    assert (held(client)["unrealized_pnl"], held(client)["marked_at"]) == (
        "80.0",
        "2025-11-07T15:30:20Z",
    )


@pytest.mark.usefixtures("on_time")
def test_what_is_quoted_in_another_currency_has_no_value_here(
    client: Client, sqlite_res: Resources
) -> None:
    row = {"symbol": "FDAX", "contract": "FDAXZ5", "side": "BUY", "quantity": 1, "price": "19000"}
    row |= {"account_id": "A", "execution_id": "1", "executed_at": NOW, "fx_rate": "1.1"}
    exact(call(client, "POST", "/api/executions", json=[row]))
    put_bars(sqlite_res, "FDAXZ5", "2025-11-07T15:29:00Z", 19_010)
    assert held(client)["unrealized_pnl"] is None
    assert position(client) == ("19010.0", None)


def hear(res: Resources, account_id: str = "A") -> None:
    with res.db.write() as conn:
        account = accounts.by_id(conn, account_id)
        assert account is not None
        accounts.heard(conn, account.account_key, res.now_us(), LATE_US)


def test_a_feed_is_live_until_its_heartbeat_is_missed(
    client: Client, sqlite_res: Resources, on_time: Clock
) -> None:
    store(client, LONG)
    assert figures(client, "daily", account_id="A")["feed"]["status"] == "manual"
    assert_error(get(client, f"{DAILY}&require=live"), 503, "FEED_STALE")
    hear(sqlite_res)
    answer = get(client, f"{DAILY}&require=live")
    assert exact(answer)["feed"]["status"] == "live"
    assert answer.headers["X-Last-Sync"] == NOW
    on_time.set("2025-11-07T15:30:10Z")
    hear(sqlite_res)
    headers = {"If-None-Match": answer.headers["ETag"]}
    again = call(client, "GET", DAILY, headers=headers)
    assert (again.status_code, again.headers["X-Last-Sync"]) == (304, "2025-11-07T15:30:10Z")
    on_time.set("2025-11-07T15:30:40Z")
    assert call(client, "GET", DAILY, headers=headers).status_code == 200
    assert figures(client, "daily", account_id="A")["feed"]["status"] == "stale"
    assert figures(client, "weekly", account_id="A", date="2025-10-01")["feed"]["status"] == "stale"
    for path in (DAILY, "/api/positions?account_id=A", "/api/performance?account_id=A"):
        parted = "&" if "?" in path else "?"
        assert_error(get(client, f"{path}{parted}require=live"), 503, "FEED_STALE")
    hear(sqlite_res)
    assert tag(client) == answer.headers["ETag"]


@pytest.mark.parametrize(("before", "after"), [("live", "stale"), ("stale", "live")])
def test_who_waits_is_answered_when_the_feed_is_lost_and_when_it_is_back(
    client: Client, sqlite_res: Resources, on_time: Clock, before: str, after: str
) -> None:
    store(client, LONG)
    hear(sqlite_res)
    on_time.set("2025-11-07T15:30:29.900Z" if before == "live" else "2025-11-07T15:30:31Z")
    known_tag = tag(client)
    if before == "live":
        mover = later(on_time.set, "2025-11-07T15:30:31Z")
    else:
        mover = later(hear, sqlite_res)
    assert exact(wait(client, 30, known_tag))["feed"]["status"] == after
    mover.join()
