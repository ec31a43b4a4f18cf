"""Pages that somebody changed on the way, and pages of a broker that says what makes no sense."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
import requests

from app.broker import transport
from app.broker.projectx import ProjectX
from app.domain import instants
from app.errors import UpstreamUnavailable
from tests.broker.gateways import COMBINE, Served, questions, whole
from tests.figures import figure

PAGES = figure("SPOILED_PAGES", 1_000)


def mutations(content: bytes, rng: random.Random) -> bytes:
    """The answer with something wrong in it."""
    at = rng.randrange(len(content))
    kind = rng.randrange(7)
    if kind == 0:
        return content[:at]
    if kind == 1:
        return content[:at] + bytes([rng.randrange(256)]) + content[at + 1 :]
    if kind == 2:
        # Less than a row: nobody could tell that a whole one is missing.
        return content[:at] + content[at + rng.randrange(1, 60) :]
    if kind == 3:
        return content[:at] + rng.randbytes(5) + content[at:]
    if kind == 4:
        return b"[" * 50_000 + content
    said = json.loads(content)
    spoil(said, rng)
    return json.dumps(said).encode()


def spoil(said: Any, rng: random.Random) -> None:
    """Put a value where it makes no sense, or take one away, in some row."""
    rows = next((each for each in said.values() if isinstance(each, list) and each), [said])
    row = rng.choice(rows)
    name = rng.choice(sorted(row))
    if rng.random() < 0.3:
        del row[name]
    else:
        row[name] = rng.choice(
            [float("nan"), -1, 1e300, "x" * 600, [], {}, -0.5, 2**70, "2025-13-01", "NaN", True]
        )


def test_a_thousand_spoiled_pages_crash_nothing_and_none_is_taken_for_more_than_it_is(
    in_mid_trade: Served, broker: ProjectX
) -> None:
    asked = questions(in_mid_trade, broker)
    expected = {name: ask() for name, ask in asked.items()}
    rng, seen = random.Random(5), [0]

    def mutate(content: bytes) -> bytes:
        seen[0] += 1
        return mutations(content, rng)

    in_mid_trade.gateway.faults.mutate = mutate
    outcomes = {"answers": 0, "errors": 0}
    while seen[0] < PAGES:
        for name, ask in asked.items():
            try:
                found = ask()
            except UpstreamUnavailable:
                outcomes["errors"] += 1
            else:
                outcomes["answers"] += 1
                if name not in ("contract", "bars"):
                    assert len(found) == len(expected[name]), name
    assert min(outcomes.values()) > 20, outcomes
    in_mid_trade.gateway.faults.mutate = lambda content: content
    assert {name: ask() for name, ask in asked.items()} == expected


def test_a_client_that_takes_what_it_gets_would_be_found_out(in_mid_trade: Served) -> None:
    window = whole(in_mid_trade)
    question = {
        "accountId": COMBINE,
        "startTimestamp": instants.text(window.start_us),
        "endTimestamp": instants.text(window.end_us),
    }
    headers = {"Authorization": f"Bearer {in_mid_trade.client().token()}"}
    url = f"{in_mid_trade.url}/api/Trade/search"

    def naive() -> int:
        answer = requests.post(url, json=question, headers=headers, timeout=10)
        return len(answer.json().get("trades") or [])

    count = naive()
    in_mid_trade.script("null")
    assert naive() == 0 < count
    in_mid_trade.script("duplicated")
    assert naive() > count


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price", "NaN"),
        ("price", "1e999"),
        ("price", '"25000"'),
        ("price", "null"),
        ("size", "-2"),
        ("size", "0"),
        ("size", "1.5"),
        ("fees", "-0.74"),
        ("side", "2"),
        ("voided", "null"),
        ("voided", '"false"'),
        ("creationTimestamp", '"2025-11-07T14:32:55"'),
        ("accountId", "1"),
        ("id", "0"),
        ("contractId", '""'),
    ],
)
def test_a_value_that_makes_no_sense_fails_the_answer(
    gateway: Served, broker: ProjectX, field: str, value: str
) -> None:
    def mutate(content: bytes) -> bytes:
        said = json.loads(content)
        said["trades"][-1][field] = "HERE"
        return json.dumps(said).replace('"HERE"', value).encode()

    gateway.gateway.faults.mutate = mutate
    with pytest.raises(UpstreamUnavailable, match=r"sense|JSON|another account"):
        broker.trades(COMBINE, whole(gateway))


def test_what_is_new_is_left_alone_and_null_stands_for_none(
    gateway: Served, broker: ProjectX
) -> None:
    expected = broker.trades(COMBINE, whole(gateway))

    def more(content: bytes) -> bytes:
        said = json.loads(content) | {"new": {"deep": [1]}}
        said["trades"] = [each | {"liquidity": "maker"} for each in said["trades"]]
        return json.dumps(said).encode()

    gateway.gateway.faults.mutate = more
    assert broker.trades(COMBINE, whole(gateway)) == expected
    gateway.gateway.faults.mutate = lambda _: b'{"success":true,"errorCode":0,"trades":null}'
    assert broker.trades(COMBINE, whole(gateway)) == []
    gateway.gateway.faults.mutate = lambda _: b'{"success":true,"errorCode":0}'
    with pytest.raises(UpstreamUnavailable, match="lacks its rows"):
        broker.trades(COMBINE, whole(gateway))


def test_two_rows_that_contradict_each_other_fail_the_answer(
    gateway: Served, broker: ProjectX
) -> None:
    def mutate(content: bytes) -> bytes:
        said = json.loads(content)
        said["trades"].append(said["trades"][0] | {"price": 1})
        return json.dumps(said).encode()

    gateway.gateway.faults.mutate = mutate
    with pytest.raises(UpstreamUnavailable, match="two things"):
        broker.trades(COMBINE, whole(gateway))


def test_an_answer_without_end_is_cut(
    gateway: Served, broker: ProjectX, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "ANSWER_BYTES_MAX", 1_000)
    with pytest.raises(UpstreamUnavailable, match="larger"):
        broker.trades(COMBINE, whole(gateway))
