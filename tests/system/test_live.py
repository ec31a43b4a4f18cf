"""Live updates of a running service with several workers: what is told, and when."""

from __future__ import annotations

import asyncio
import json
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

import pytest
from websockets.asyncio.client import connect as async_connect

from tests import loops
from tests.figures import figure
from tests.service import Service
from tests.system.listener import (
    LONG_S,
    Listener,
    Message,
    admin,
    fill,
    listening,
    post,
    subscribed,
)
from tests.system.traders import START

DAILY = "/api/performance/daily"
CROWD, WRITES = figure("LIVE_CROWD", 300), 5


def kinds(messages: list[Message]) -> list[str]:
    return [each["type"] for each in messages]


def send(service: Service, method: str, path: str, body: Any = None) -> Any:
    answer = service.session().request(method, service.url + path, json=body, timeout=LONG_S)
    assert answer.status_code == 200, answer.text
    return answer.json()


def an_order(account_id: str) -> dict[str, Any]:
    at = START.isoformat()
    named = {"account_id": account_id, "order_id": "o1", "symbol": "MNQ", "side": "BUY"}
    return named | {"quantity": 1, "status": "PENDING", "submitted_at": at, "updated_at": at}


@pytest.mark.feature("PAM-WS-01")
def test_a_write_is_told_with_the_body_that_the_same_get_answers(service: Service) -> None:
    post(service, fill("same", 1))
    with subscribed(service, admin(service), "same") as listener:
        version = post(service, fill("same", 2, -1))["accounts"]["same"]["version"]
        told = listener.figures()
        assert told["data"]["version"] == version
        assert told["data"] == service.get(service.session(), DAILY, account_id="same")


@pytest.mark.feature("PAM-WS-01", "PAM-WS-02", "PAM-PERF-28")
def test_a_fill_is_told_by_what_it_changed_and_last_by_the_figures(service: Service) -> None:
    opening = post(service, fill("kinds", 1, 2))["accounts"]["kinds"]["version"]
    with subscribed(service, admin(service), "kinds") as listener:
        post(service, fill("kinds", 2, -2, price="21001.25", fees="0.5"))
        trades, positions, account, limits, figures = heard = listener.until("performance_update")
        assert kinds(heard) == [
            *("trade_update", "position_update", "account_update"),
            *("risk_update", "performance_update"),
        ]
        assert {each["seq"] for each in heard} == {opening + 1}
        assert {each["account_id"] for each in heard} == {"kinds"}
        assert [each["id"] for each in trades["data"]["items"]] == ["e2"]
        assert trades["data"]["items"][0]["pnl"] == 4
        (position,) = positions["data"]["items"]
        session = service.session()
        assert position == service.get(session, "/api/positions", account_id="kinds")["items"][0]
        assert account["data"]["balance"] == Decimal("3.5")
        risk = service.get(session, "/api/risk", account_id="kinds")
        assert limits["data"] == risk | {"timestamp": limits["data"]["timestamp"]}
        assert figures["data"]["daily_pnl"] == Decimal("3.5")


def test_a_snapshot_has_the_account_what_is_open_and_the_figures(service: Service) -> None:
    version = post(service, [fill("whole", 1), fill("whole", 2, symbol="MES", price="6000")])
    with listening(service, admin(service)) as listener:
        hello = listener.hear()
        assert (hello["type"], hello["data"]["caller"], hello["seq"]) == ("hello", "admin", None)
        listener.subscribe("whole")
        heard = listener.until("performance_update")
        assert kinds(heard) == [
            *("account_update", "position_update", "risk_update", "performance_update"),
        ]
        assert {each["seq"] for each in heard} == {version["accounts"]["whole"]["version"]}
        assert heard[1]["data"]["is_snapshot"]
        assert len(heard[1]["data"]["items"]) == 2


@pytest.mark.feature("PAM-PERF-28", "PAM-WS-01")
def test_each_write_gives_one_message_of_figures_to_each_account_that_it_changed(
    service: Service,
) -> None:
    for account_id in ("one", "two"):
        post(service, fill(account_id, 1))
    order = an_order("one")
    with ExitStack() as stack:
        one, two = (
            stack.enter_context(subscribed(service, admin(service), each))
            for each in ("one", "two")
        )
        post(service, [fill("one", 2, -1), fill("two", 2, -1), fill("one", 3)])
        post(service, [fill("one", 2, -1)])  # Known already: nothing happened.
        send(service, "PUT", "/api/executions/one/e3", fill("one", 3, 2))
        send(service, "DELETE", "/api/executions/one/e3")
        send(service, "DELETE", "/api/executions/one/e3")
        post(service, order, "/api/orders")
        post(service, order, "/api/orders")
        post(
            service,
            {"id": "c", "amount": "5", "occurred_at": START.isoformat()},
            "/api/accounts/one/cash",
        )
        send(service, "PUT", "/api/accounts/one", {"name": "renamed"})
        send(service, "PUT", "/api/accounts/one", {"name": "renamed"})
        told = [one.figures()["seq"] for _ in range(6)]
        assert told == list(range(told[0], told[0] + 6))
        assert told[-1] == service.get(service.session(), DAILY, account_id="one")["version"]
        assert kinds(two.until("performance_update")).count("performance_update") == 1
        assert one.rest() == []
        assert two.rest() == []


@pytest.mark.feature("PAM-WS-02")
def test_an_order_is_told_and_what_was_deleted_is_said_to_be_gone(service: Service) -> None:
    post(service, fill("gone", 1))
    with subscribed(service, admin(service), "gone") as listener:
        post(service, an_order("gone"), "/api/orders")
        heard = listener.until("performance_update")
        assert kinds(heard) == ["trade_update", "risk_update", "performance_update"]
        assert [each["status"] for each in heard[0]["data"]["items"]] == ["PENDING"]
        send(service, "DELETE", "/api/executions/gone/e1")
        trades, positions, *_ = listener.until("performance_update")
        assert (trades["data"]["items"], trades["data"]["gone"]) == ([], ["e1"])
        assert (positions["data"]["items"], len(positions["data"]["gone"])) == ([], 1)


def test_of_a_long_batch_not_every_row_is_told(service: Service) -> None:
    post(service, fill("long", 1))
    with subscribed(service, admin(service), "long") as listener:
        post(service, [fill("long", n) for n in range(2, 252)])
        trades = listener.until("performance_update")[0]["data"]
        assert len(trades["items"]) == 100
        assert trades["has_more"]


def test_every_worker_tells_every_write_in_order(service: Service) -> None:
    first = post(service, fill("order", 0))["accounts"]["order"]["version"]
    with ExitStack() as stack:
        every = [
            stack.enter_context(subscribed(service, admin(service), "order")) for _ in range(9)
        ]
        for n in range(1, 31):
            post(service, fill("order", n, 1 if n % 2 else -1))
        wanted = list(range(first + 1, first + 31))
        for listener in every:
            assert [listener.figures()["seq"] for _ in wanted] == wanted


def test_who_was_told_a_version_gets_it_or_a_later_one_from_every_worker(
    service: Service,
) -> None:
    post(service, fill("later", 0))
    with subscribed(service, admin(service), "later") as listener:
        for n in range(1, 21):
            post(service, fill("later", n))
            told = listener.figures()["data"]["version"]
            # A session of its own each: another connection, mostly another worker.
            answer = service.get(service.session(), DAILY, account_id="later")
            assert answer["version"] >= told


def test_a_crowd_is_told_while_others_go_on_asking(service: Service) -> None:
    """Timed by hand with a thousand on one worker: see docs/BENCHMARKS.md."""
    first = post(service, fill("crowd", 0))["accounts"]["crowd"]["version"]
    url = f"ws://127.0.0.1:{service.port}/ws"
    headers = {"Authorization": f"Bearer {admin(service)}"}

    async def told(all_there: asyncio.Barrier) -> list[int]:
        async with async_connect(url, additional_headers=headers, ping_interval=None) as socket:
            await socket.send(f'{{"type":"subscribe","account_id":"crowd","after":{first}}}')
            await socket.recv()
            await all_there.wait()
            seqs: list[int] = []
            while len(seqs) < WRITES:
                message = json.loads(await asyncio.wait_for(socket.recv(), LONG_S))
                seqs += [message["seq"]] * (message["type"] == "performance_update")
            return seqs

    async def scenario() -> list[list[int]]:
        all_there = asyncio.Barrier(CROWD + 1)
        tasks = [asyncio.create_task(told(all_there)) for _ in range(CROWD)]
        await all_there.wait()
        for n in range(1, WRITES + 1):
            await asyncio.to_thread(post, service, fill("crowd", n))
            await asyncio.to_thread(send, service, "GET", f"{DAILY}?account_id=crowd")
        return await asyncio.gather(*tasks)

    wanted = list(range(first + 1, first + 1 + WRITES))
    assert all(seqs == wanted for seqs in loops.run(scenario()))


@pytest.mark.feature("PAM-WS-03")
def test_who_comes_back_with_the_last_number_gets_what_was_missed(service: Service) -> None:
    post(service, fill("back", 0))
    with subscribed(service, admin(service), "back") as listener:
        post(service, fill("back", 1))
        last = listener.figures()["seq"]
    for n in range(2, 5):
        post(service, fill("back", n))
    with subscribed(service, admin(service), "back", after=last) as listener:
        assert [listener.figures()["seq"] for _ in range(3)] == [last + 1, last + 2, last + 3]
        post(service, fill("back", 5))
        assert listener.figures()["seq"] == last + 4


@pytest.mark.feature("PAM-WS-03")
def test_a_number_that_is_not_known_is_answered_by_a_snapshot(service: Service) -> None:
    version = post(service, fill("odd", 0))["accounts"]["odd"]["version"]
    with subscribed(service, admin(service), "odd", after=version + 1_000) as listener:
        heard = listener.until("performance_update")
        assert kinds(heard)[0] == "error"
        assert (heard[0]["data"]["code"], heard[0]["account_id"]) == ("RESYNC", "odd")
        assert heard[-1]["seq"] == version
        post(service, fill("odd", 1))
        assert listener.figures()["seq"] == version + 1


def test_who_unsubscribes_is_told_no_more(service: Service) -> None:
    post(service, fill("quiet", 0))
    with subscribed(service, admin(service), "quiet") as listener:
        listener.say(type="unsubscribe", account_id="quiet")
        assert listener.rest() == []
        version = post(service, fill("quiet", 1))["accounts"]["quiet"]["version"]
        with subscribed(service, admin(service), "quiet", after=version - 1) as other:
            assert other.figures()["seq"] == version
        assert listener.rest() == []


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("{", "INVALID_BODY"),
        ("[]", "INVALID_BODY"),
        ('{"type": "sing"}', "INVALID_BODY"),
        ('{"type": "subscribe", "account_id": "A", "foo": 1}', "INVALID_BODY"),
        ('{"type": "subscribe", "account_id": 5}', "INVALID_BODY"),
        ('{"type": "subscribe", "account_id": "A", "after": -1}', "INVALID_BODY"),
        ('{"type": "subscribe", "account_id": "A", "after": "1"}', "INVALID_BODY"),
        ('{"type": "subscribe", "type": "ping"}', "INVALID_BODY"),
        ('{"type": "subscribe", "account_id": "nobody\'s"}', "ACCOUNT_NOT_FOUND"),
        ("\u0000", "INVALID_BODY"),
    ],
)
def test_a_message_that_makes_no_sense_is_answered_and_the_socket_goes_on(
    service: Service, shared: Listener, sent: str, code: str
) -> None:
    shared.connection.send(sent)
    answer = shared.hear()
    assert answer["type"] == "error"
    assert answer["data"]["code"] == code
    assert {*answer["data"]} == {"code", "message", "retryable", "request_id", "details"}
    assert shared.rest() == []
    assert service.process.poll() is None


@pytest.fixture(scope="module")
def shared(service: Service) -> Any:
    post(service, fill("A", 0))
    with listening(service, admin(service)) as listener:
        listener.hear()
        yield listener


def test_sockets_and_what_they_are_told_are_counted(service: Service) -> None:
    post(service, fill("count", 0))
    with subscribed(service, admin(service), "count"):
        page = service.session().get(f"{service.url}/metrics", timeout=LONG_S).text
        counted = dict(line.rsplit(" ", 1) for line in page.splitlines() if line[:1] != "#")
        assert float(counted['tpa_sockets{path="/ws"}']) >= 1
        assert float(counted['tpa_socket_messages_total{kind="snapshot"}']) >= 3
