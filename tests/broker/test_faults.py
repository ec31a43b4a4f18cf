"""Whatever goes wrong on the way, an answer of the broker is whole, or it is an error."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from app.broker import transport
from app.broker.login import Credentials
from app.broker.projectx import ProjectX, windows
from app.errors import UpstreamRefused, UpstreamUnavailable
from tests.broker.gateways import COMBINE, Clock, NoLimits, Served, questions, served, whole

# All that a second try puts right; `null` is an answer, and says no.
PASSING = [
    *("drop", "truncated", "html", "slow", "busy", "busy-wait", "broken", "expired"),
    *("duplicated", "reordered"),
]


@pytest.mark.parametrize("kind", PASSING)
def test_a_fault_that_passes_changes_no_answer(
    in_mid_trade: Served, broker: ProjectX, kind: str
) -> None:
    for name, ask in questions(in_mid_trade, broker).items():
        expected = ask()
        assert expected, name
        in_mid_trade.script(kind)
        assert ask() == expected, name
        in_mid_trade.script(kind, kind)
        assert ask() == expected, name
    assert in_mid_trade.budget.under_way == 0


@pytest.mark.parametrize("kind", ["drop", "truncated", "html", "busy", "busy-wait", "broken"])
def test_a_fault_that_stays_is_an_error_after_a_few_tries(
    gateway: Served, broker: ProjectX, kind: str
) -> None:
    gateway.budget.taken.clear()
    gateway.script(*[kind] * 50)
    with pytest.raises(UpstreamUnavailable) as failed:
        broker.trades(COMBINE, whole(gateway))
    assert len(gateway.budget.taken) == transport.TRIES_MAX
    assert failed.value.retryable
    assert gateway.clock.slept_s


def test_what_the_broker_asks_to_wait_is_waited(gateway: Served, broker: ProjectX) -> None:
    gateway.script("busy-wait")
    broker.accounts()
    (slept_s,) = gateway.clock.slept_s
    assert 1 <= slept_s <= 1 + transport._FIRST_PAUSE_S


def test_a_failure_with_a_reason_is_not_asked_again(gateway: Served, broker: ProjectX) -> None:
    gateway.budget.taken.clear()
    gateway.script("null")
    with pytest.raises(UpstreamRefused, match="error 8"):
        broker.trades(COMBINE, whole(gateway))
    assert len(gateway.budget.taken) == 1


@pytest.mark.parametrize("seed", range(12))
def test_a_sync_through_faults_of_every_kind_ends_with_what_the_broker_has(seed: int) -> None:
    chances = dict.fromkeys(PASSING, 0.05)
    with served(Clock(), days=14) as gateway:
        truth = gateway.client().trades(COMBINE, whole(gateway))
        gateway.gateway.faults._seed = seed
        gateway.gateway.faults._chances = chances
        assert synced(gateway) == truth


def synced(gateway: Served) -> list[Any]:
    """What is stored after all windows have been asked for until each was answered."""
    stored: dict[int, Any] = {}
    broker = gateway.client()
    for window in windows(*whole(gateway)):
        for _ in range(20):
            try:
                found = broker.trades(COMBINE, window)
            except UpstreamUnavailable:
                continue
            stored |= {each.trade_id: each for each in found}
            break
        else:
            pytest.fail("no answer in twenty tries")
    broker.close()
    return sorted(stored.values(), key=lambda each: (each.executed_at_us, each.trade_id))


# --- What is no gateway at all -------------------------------------------------------------------


class Elsewhere(BaseHTTPRequestHandler):
    """Sends everybody to another place."""

    asked: list[str] = []  # noqa: RUF012 (of the tests' only server)

    def do_POST(self) -> None:
        self.asked.append(self.path)
        self.send_response(307)
        self.send_header("Location", "/stolen")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def elsewhere() -> Iterator[int]:
    listening = HTTPServer(("127.0.0.1", 0), Elsewhere)
    thread = Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield listening.server_port
    listening.shutdown()
    thread.join()
    listening.server_close()


def client_of(port: int) -> ProjectX:
    url, user = f"http://127.0.0.1:{port}", Credentials("demo", "a-key-of-nobody-at-all")
    return ProjectX(url, user, NoLimits(), patience_s=30, clock=Clock().time)


def test_the_key_follows_no_redirect(elsewhere: int) -> None:
    Elsewhere.asked.clear()
    broker = client_of(elsewhere)
    with pytest.raises(UpstreamRefused, match="307"):
        broker.accounts()
    broker.close()
    assert Elsewhere.asked == ["/api/Auth/loginKey"]


def test_nobody_there_is_an_error() -> None:
    with HTTPServer(("127.0.0.1", 0), Elsewhere) as closed:
        port = closed.server_port
    with pytest.raises(UpstreamUnavailable, match="cannot be reached"):
        client_of(port).accounts()
