"""The live hubs of a gateway over real WebSockets: news ends the sync's pause, prices are kept."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from app.broker.login import Credentials
from app.broker.projectx import ProjectX
from app.broker.stream import Price, Stream, Wanted, hub_url, prices
from app.db import executions
from app.db.connection import Database, rows
from app.demo_gateway import server
from app.demo_gateway.gateway import Gateway
from app.domain import instants
from app.domain.bars import Bar
from app.services import accounts
from app.services.bell import Bell
from app.services.resources import Resources
from app.services.sync import Plan
from app.services.sync_live import Live, Seconds
from app.services.sync_loop import Loop
from tests.broker.gateways import COMBINE, MNQ, Clock, NoLimits
from tests.conftest import resources_on
from tests.service import ROOT

DEADLINE_S = 30.0
FRIDAY = instants.parse("2025-11-07T21:00:00Z")
AT = "2025-11-07T15:00:00.25Z"
SECONDS_STORED = text("SELECT count(*) FROM bars WHERE timeframe_s = 1")


class Running:
    """A clock that runs as time does, from some other time on."""

    def __init__(self, now_us: int) -> None:
        self._ahead_us = now_us - time.time_ns() // 1000

    def __call__(self) -> int:
        return time.time_ns() // 1000 + self._ahead_us


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + DEADLINE_S
    while not is_so():
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


@contextmanager
def served(gateway: Gateway) -> Iterator[str]:
    listening = server.make(gateway)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{listening.server_port}"
    listening.shutdown()
    thread.join()
    listening.server_close()


@contextmanager
def streaming(res: Resources, gateway: Gateway, url: str) -> Iterator[None]:
    """A sync that asks by itself once an hour."""
    bell = Bell()
    broker = ProjectX(url, Credentials(*gateway.user), NoLimits(), patience_s=30)
    live = Live(url, bell)
    loop = Loop(res, broker, Plan({}, gateway.first_us, 3_600.0), bell, live)
    thread = threading.Thread(target=loop.forever)
    thread.start()
    try:
        yield
    finally:
        bell.stop()
        thread.join(DEADLINE_S)
        live.close()
        broker.close()
        assert not thread.is_alive()


def opening_after(gateway: Gateway, at_us: int) -> int:
    """When the account next opens something; something then stays open for a while."""
    booked = gateway.ledgers[COMBINE].booked(FRIDAY)
    held = 0
    for each in booked:
        if each.half.at_us > at_us and held == 0:
            return each.half.at_us
        held += 0 if each.is_voided else each.half.sign * each.half.size
    raise AssertionError("nothing is opened")


def test_a_fill_is_stored_at_once_and_what_it_opened_has_prices(sqlite_url: str) -> None:
    first = Gateway(7, days=3, now_us=Clock(FRIDAY))
    opened_us = opening_after(first, FRIDAY - 6 * 3_600_000_000)
    clock = Running(opened_us - 4_000_000)
    gateway = Gateway(7, days=3, now_us=clock)
    db = Database(sqlite_url)
    res = resources_on(db, clock)  # type: ignore[arg-type]

    def has(sought_us: int) -> bool:
        with db.read() as conn:
            key = accounts.load(conn, str(COMBINE)).account_key
            found = executions.source_spans(conn, key, "MNQZ5") + executions.source_spans(
                conn, key, "MESZ5"
            )
        return any(each.last_us >= sought_us for each in found)

    def seconds() -> int:
        with db.read() as conn:
            return int(rows(conn, SECONDS_STORED)[0][0])

    with served(gateway) as url, streaming(res, gateway, url):
        wait_until(lambda: accounts.exists(res, str(COMBINE)))
        wait_until(lambda: has(opened_us))
        wait_until(lambda: seconds() > 0)
        before = seconds()
        # The bars that the broker was asked for end with the pass; these were heard.
        wait_until(lambda: seconds() > before + 2)
    db.close()


class Dropping(Gateway):
    """Ends a connection of its user hub when it is told to."""

    drops = looks = 0

    def accounts(self, *, only_active: bool) -> list[dict[str, Any]]:
        self.looks += 1
        if self.drops:
            self.drops -= 1
            raise ValueError
        return super().accounts(only_active=only_active)


def test_a_hub_that_ends_is_connected_to_again_and_that_is_news() -> None:
    gateway = Dropping(7, days=3, now_us=Clock(FRIDAY))
    news = threading.Semaphore(0)
    with served(gateway) as url:
        stream = Stream(url, news.release, lambda _: None)
        stream.follow(Wanted(gateway.tokens.make(), frozenset({COMBINE}), frozenset()))
        try:
            for _ in range(2):
                assert news.acquire(timeout=DEADLINE_S)
                assert not news.acquire(blocking=False)
                looks = gateway.looks + 2
                wait_until(lambda: gateway.looks > looks)  # noqa: B023 (called here)
                gateway.drops = 1
        finally:
            stream.close()


def test_without_a_stream_nothing_of_it_is_imported() -> None:
    found = "import sys, wsgi; print([each for each in sys.modules if 'signalr' in each])"
    command = [sys.executable, "-c", found]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr


# --- What is heard -------------------------------------------------------------------------------


def heard(said: object) -> list[Price]:
    return list(prices([MNQ, said]))


def test_quotes_and_trades_are_prices() -> None:
    quote = {"symbol": "F.US.MNQ", "lastPrice": 25_204.25, "volume": 9_000, "lastUpdated": AT}
    at_us = instants.parse(AT)
    assert heard(quote) == [Price(MNQ, Decimal("25204.25"), at_us, 0)]
    trade = {"symbolId": "F.US.MNQ", "price": 25_204, "timestamp": AT, "type": 0, "volume": 3}
    assert heard([trade, trade]) == [Price(MNQ, Decimal(25_204), at_us, 3)] * 2
    assert heard(trade) == [Price(MNQ, Decimal(25_204), at_us, 3)]


@pytest.mark.parametrize(
    "said",
    [
        None,
        "x",
        [],
        [None],
        {"bestBid": 25_204.25, "timestamp": AT},
        {"lastPrice": None, "timestamp": AT},
        {"lastPrice": True, "timestamp": AT},
        {"lastPrice": 25_204.25},
        {"lastPrice": 25_204.25, "timestamp": "yesterday"},
        {"price": 25_204.25, "timestamp": AT, "volume": ["many"]},
    ],
)
def test_what_makes_no_sense_is_no_price(said: object) -> None:
    assert heard(said) == []
    assert list(prices(said)) == []


def test_prices_of_a_second_make_its_bar_once_it_is_over() -> None:
    seconds, at_us = Seconds(), instants.parse(AT)
    start_us = at_us - at_us % 1_000_000
    for price, volume in (("10", 1), ("12.5", 0), ("9.25", 2), ("11", 1)):
        seconds.add(Price(MNQ, Decimal(price), at_us, volume))
    assert seconds.take(start_us) == {}
    bar = Bar(start_us, 10 * 10**9, 12_500_000_000, 9_250_000_000, 11 * 10**9, 4)
    assert seconds.take(start_us + 1_000_000) == {MNQ: [bar]}
    assert seconds.take(start_us + 1_000_000) == {}


def test_prices_that_nobody_takes_are_not_kept_for_ever() -> None:
    seconds, at_us = Seconds(), instants.parse(AT)
    for second in range(2_000):
        seconds.add(Price(MNQ, Decimal(1), at_us + second * 1_000_000, 1))
    (bars,) = seconds.take(at_us * 2).values()
    assert len(bars) == 600
    assert bars[-1].opened_at_us // 1_000_000 == at_us // 1_000_000 + 1_999


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("https://api.topstepx.com", "https://rtc.topstepx.com/hubs/user"),
        (
            "https://gateway-api-demo.s2f.projectx.com",
            "https://gateway-rtc-demo.s2f.projectx.com/hubs/user",
        ),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/hubs/user"),
    ],
)
def test_the_hubs_are_beside_the_api(base: str, expected: str) -> None:
    assert hub_url(base, "user") == expected
