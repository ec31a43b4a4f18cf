"""The demo gateway itself: the same again from the same seed, and hubs that know who listens."""

from __future__ import annotations

import json

import pytest
import requests
from simple_websocket import Client

from app.broker.projectx import ProjectX
from app.demo_gateway.access import Limits
from app.demo_gateway.faults import Faults
from app.demo_gateway.gateway import Gateway
from app.domain import instants
from tests.broker.gateways import COMBINE, SATURDAY, Clock, Served

END = "\x1e"
HELLO = json.dumps({"protocol": "json", "version": 1}) + END


def test_a_seed_tells_the_same_history_on_every_day() -> None:
    friday = Gateway(now_us=lambda: SATURDAY - instants.DAY_US, days=20)
    later = Gateway(now_us=lambda: SATURDAY + 5 * instants.DAY_US, days=20)
    # What was bought on the evening before is not in the later one.
    span = (later.first_us + instants.DAY_US, SATURDAY - 2 * instants.DAY_US)
    told = friday.trades(COMBINE, *span)
    assert len(told) > 20
    # A history that begins later knows less of what was bought before, so only of the fills.
    kept = [{**row, "profitAndLoss": 0} for row in told]
    assert [{**row, "profitAndLoss": 0} for row in later.trades(COMBINE, *span)] == kept
    other = Gateway(8, now_us=lambda: SATURDAY, days=20)
    assert other.trades(COMBINE, *span) != told


def test_a_window_of_requests_slides() -> None:
    clock = Clock()
    limits = Limits(clock, {"few": (3, 10)})
    assert [limits.take("few") for _ in range(4)] == [True, True, True, False]
    clock.sleep(9.9)
    assert not limits.take("few")
    clock.sleep(0.1)
    assert [limits.take("few") for _ in range(4)] == [True, True, True, False]


def test_chance_is_decided_by_the_seed() -> None:
    chances = {"drop": 0.2, "html": 0.2}
    first, again, other = (Faults(seed, chances) for seed in (1, 1, 2))
    decided = [first.decide() for _ in range(200)]
    assert decided == [again.decide() for _ in range(200)]
    assert decided != [other.decide() for _ in range(200)]
    assert 20 < decided.count("drop") < 60
    with pytest.raises(ValueError, match="unknown faults: nonsense"):
        Faults(1, {"nonsense": 1.0})


def listening(gateway: Served, token: str, hub: str = "user") -> Client:
    return Client(f"{gateway.url.replace('http', 'ws')}/hubs/{hub}?access_token={token}")


def heard(hub: Client) -> list[dict[str, object]]:
    """The records of the next message."""
    said = hub.receive(timeout=20)
    return [json.loads(record) for record in said.split(END) if record]


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "é"])
@pytest.mark.parametrize("hub", ["user", "market"])
def test_a_hub_lets_nobody_in_without_a_token(gateway: Served, hub: str, token: str) -> None:
    url, said = f"{gateway.url}/hubs/{hub}", {"access_token": token}
    assert requests.get(url, params=said, timeout=10).status_code == 401
    good = gateway.gateway.tokens.make()
    gateway.clock.sleep(24 * 3600)
    assert requests.get(url, params={"access_token": good}, timeout=10).status_code == 401


def test_a_hub_speaks_json_and_nothing_else(gateway: Served, broker: ProjectX) -> None:
    hub = listening(gateway, broker.token())
    hub.send(json.dumps({"protocol": "messagepack", "version": 1}) + END)
    assert "error" in heard(hub)[0]
    hub.close()


def test_an_invocation_is_acknowledged_and_what_closes_is_told(
    gateway: Served, broker: ProjectX
) -> None:
    trades = gateway.gateway.trades(COMBINE, instants.FIRST_US, instants.LAST_US)
    opened = next(row for row in trades if row["profitAndLoss"] is None)
    gateway.clock.now_us = instants.parse(opened["creationTimestamp"])
    (held,) = gateway.gateway.positions(COMBINE)
    hub = listening(gateway, broker.token())
    hub.send(HELLO)
    assert heard(hub) == [{}]
    asked = {"type": 1, "target": "SubscribePositions", "arguments": [COMBINE]}
    hub.send(json.dumps(asked | {"invocationId": "1"}) + END)
    assert heard(hub) == [{"type": 3, "invocationId": "1", "result": None}]
    gateway.clock.now_us += instants.DAY_US
    records = heard(hub)
    hub.close()
    flat = {"action": 2, "data": {**plain(held), "size": 0}}
    assert {"type": 1, "target": "GatewayUserPosition", "arguments": [flat]} in records


def plain(row: dict[str, object]) -> dict[str, object]:
    said = json.dumps(row, default=float)
    found: dict[str, object] = json.loads(said)
    return found
