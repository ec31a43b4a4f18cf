"""Figures that change without a write: who has which, and who is given those of now."""

from __future__ import annotations

import pytest

from app.realtime import channel as channel_module
from tests.realtime.listeners import A, Client, Outbox, joined, listening, look


def test_figures_that_change_without_a_write_are_told_without_a_number_and_seldom(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outbox = Outbox()
    fanout = listening(outbox)
    client = joined(fanout, Client(), 0)
    monkeypatch.setattr(channel_module, "REFRESH_S", 0.0)
    look(fanout)
    outbox.tags[A] = "another price"
    look(fanout)
    look(fanout)
    assert [(each["kind"], each["seq"]) for each in client.got] == [("refresh", None)]
    monkeypatch.setattr(channel_module, "REFRESH_S", 1000.0)
    outbox.tags[A] = "a third price"
    look(fanout)
    assert client.kinds() == ["refresh"]


def test_who_comes_back_to_what_is_remembered_gets_the_figures_of_now(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(channel_module, "REFRESH_S", 0.0)
    outbox = Outbox()
    fanout = listening(outbox)
    joined(fanout, Client(), 0)
    outbox.write(A, 2)
    look(fanout)
    outbox.tags[A] = "another day"
    look(fanout)
    some, none_missed = joined(fanout, Client(), 1), joined(fanout, Client(), 2)
    look(fanout)
    look(fanout)
    assert some.kinds() == ["event", "refresh"]
    assert none_missed.kinds() == ["refresh"]


def test_who_has_no_room_for_new_figures_gets_them_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_module, "REFRESH_S", 0.0)
    outbox = Outbox()
    fanout = listening(outbox)
    client = joined(fanout, Client(), 0)
    look(fanout)
    client.backlog_bytes = channel_module.BACKLOG_BYTES
    outbox.tags[A] = "another price"
    look(fanout)
    client.backlog_bytes = 0
    look(fanout)
    look(fanout)
    assert client.kinds() == ["refresh"]
