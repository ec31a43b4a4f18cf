"""Clients that come, go and lag in any order; and a fan-out that fails them."""

from __future__ import annotations

from random import Random

import pytest

from app.realtime import fanout as fanout_module
from app.realtime.channel import Channel
from app.realtime.fanout import Fanout
from app.realtime.source import Source
from tests.realtime.listeners import A, Client, Outbox, joined, listening, look


class Hasty(Channel):
    """Takes whoever joins for one that has everything: what was missed stays missed."""

    def _catch_up(self, source: Source, each: object, newest: int) -> None:
        each.place = newest - 1  # type: ignore[attr-defined]
        super()._catch_up(source, each, newest)  # type: ignore[arg-type]


def faults_in_any_order(seed: int) -> list[str]:
    """What is wrong after clients that come back now and then were given events in any order."""
    rng, outbox = Random(seed), Outbox(A)
    fanout: Fanout = listening(outbox)
    clients = [_Returning(fanout) for _ in range(5)]
    for _ in range(200):
        step = rng.randrange(5)
        if step == 0:
            outbox.write(A, rng.randrange(1, 4))
        elif step == 1:
            rng.choice(clients).leave()
        elif step == 2:
            rng.choice(clients).come_back(room=rng.choice((1, 5, 1_000)))
        elif step == 3:
            rng.choice(clients).client.backlog_bytes = rng.choice((0, 10**9))
        fanout.look()
    for each in clients:
        each.leave()
        each.come_back(room=1_000_000)
    look(fanout)
    wanted = list(range(1, outbox.head[A] + 1))
    return [f"{each.seen()} is not {wanted}" for each in clients if each.seen() != wanted]


class _Returning:
    """A client that remembers over all its connections what it has seen."""

    def __init__(self, fanout: Fanout) -> None:
        self._fanout = fanout
        self._before: list[int] = []
        self.client = joined(fanout, Client(), 0)
        self._is_there = True

    def seen(self) -> list[int]:
        return self._before + self.client.seqs()

    def leave(self) -> None:
        self._fanout.leave(self.client)
        self._is_there = False

    def come_back(self, room: int) -> None:
        if self._is_there:
            return
        self._before, after = self.seen(), (self.seen() or [0])[-1]
        self.client = joined(self._fanout, Client(room), after)
        self._is_there = True


@pytest.mark.parametrize("seed", range(20))
def test_whoever_comes_and_goes_gets_every_event_once_and_in_order(seed: int) -> None:
    assert faults_in_any_order(seed) == []


def test_a_fan_out_that_forgets_what_was_missed_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fanout_module, "Channel", Hasty)
    assert any(faults_in_any_order(seed) for seed in range(5))
