"""What is told of an account, on both databases, without a server."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from app.domain.executions import Fill
from app.domain.instants import parse
from app.realtime import channel as channel_module
from app.realtime import fanout as fanout_module
from app.realtime.fanout import Fanout
from app.realtime.source import Subject
from app.services import access, accounts, answers, ingest
from app.services.live import TODAY, Live
from app.services.resources import Resources
from tests.bar_notes import minutes, put
from tests.conftest import Clock

NOW = "2025-11-07T15:30:00Z"


class Heard:
    """A socket that takes everything."""

    backlog_bytes = 0

    def __init__(self) -> None:
        self.frames: list[bytes] = []

    def put(self, frames: Sequence[bytes]) -> bool:
        self.frames += frames
        return True

    def end(self, code: int, reason: str, *last: bytes, at_once: bool = False) -> None:
        raise AssertionError((code, reason, last, at_once))

    def taken(self) -> list[Any]:
        """What came since this was asked last."""
        texts = [each[each.index(b"{") :] for each in self.frames]
        self.frames.clear()
        return [json.loads(each, parse_float=Decimal) for each in texts]


@pytest.fixture
def fanout(res: Resources, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Fanout:
    clock.set(NOW)
    monkeypatch.setattr(channel_module, "REFRESH_S", 0.0)
    monkeypatch.setattr(fanout_module, "BARS_S", 1000.0)
    made = Fanout()
    made.read_from(Live(res))
    return made


def buy(res: Resources, number: int, quantity: int = 2) -> None:
    at_us = parse("2025-11-07T15:00:00Z") + number
    side = "BUY" if quantity > 0 else "SELL"
    fill = Fill("A", f"e{number}", "MNQZ5", side, abs(quantity), Decimal(21_000), at_us)
    ingest.record(res, [fill])


def listen(res: Resources, fanout: Fanout, after: int | None = None) -> Heard:
    heard = Heard()
    account = access.state(res, "A").account
    assert account
    fanout.admit(heard, access.ANYONE)
    fanout.subscribe(heard, Subject(account.account_key, "A"), after)
    fanout.look()
    return heard


def daily(res: Resources) -> Any:
    """What the GET would answer."""
    account = access.state(res, "A").account
    assert account
    found = answers.answer(res, answers.ask(res, account, TODAY))
    return json.loads(found.content, parse_float=Decimal)


def test_a_new_price_is_told_without_a_number_once_for_what_is_held(
    res: Resources, fanout: Fanout
) -> None:
    buy(res, 1)
    heard = listen(res, fanout)
    assert [each["seq"] for each in heard.taken()] == [1, 1, 1, 1]
    put(res, "MNQZ5", minutes("2025-11-07T15:29:00Z", 21_010))
    fanout.look()
    fanout.look()
    limits, told = heard.taken()
    assert (limits["type"], limits["seq"]) == ("risk_update", None)
    assert limits["data"]["unrealized_pnl"] == 40
    assert (told["type"], told["seq"]) == ("performance_update", None)
    assert told["data"]["open"]["unrealized_pnl"] == 40
    assert told["data"] == daily(res)


def test_a_price_of_what_is_not_held_is_not_told(res: Resources, fanout: Fanout) -> None:
    buy(res, 1)
    heard = listen(res, fanout)
    heard.taken()
    put(res, "MESZ5", minutes("2025-11-07T15:29:00Z", 6_700))
    fanout.look()
    assert heard.taken() == []


@pytest.mark.feature("PAM-BARS-18")
def test_bars_that_were_stored_are_told(
    res: Resources, fanout: Fanout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout_module, "BARS_S", 0.0)
    buy(res, 1)
    heard = listen(res, fanout)
    heard.taken()
    put(res, "MESZ5", minutes("2025-11-07T15:29:00Z", 6_700))
    fanout.look()
    fanout.look()
    (told,) = heard.taken()
    assert (told["type"], told["account_id"], told["seq"]) == ("bar_update", None, None)
    assert told["data"] == {"symbol": "MES", "contract": "MESZ5"}


def test_a_new_day_is_told_when_it_begins(res: Resources, fanout: Fanout, clock: Clock) -> None:
    buy(res, 1)
    heard = listen(res, fanout)
    heard.taken()
    clock.set("2025-11-08T06:00:00Z")
    fanout.look()
    _, told = heard.taken()
    assert told["data"]["date"] == "2025-11-08"


def test_a_new_session_is_told_when_it_begins(res: Resources, fanout: Fanout, clock: Clock) -> None:
    buy(res, 1)
    heard = listen(res, fanout)
    heard.taken()
    clock.set("2025-11-07T23:00:00Z")  # 17:00 in Chicago: the daily loss begins anew.
    fanout.look()
    limits, told = heard.taken()
    assert limits["data"]["session"] == "2025-11-08"
    assert told["data"]["date"] == "2025-11-07"


def test_who_comes_back_after_midnight_with_all_events_gets_the_figures_of_now(
    res: Resources, fanout: Fanout, clock: Clock
) -> None:
    buy(res, 1)
    assert listen(res, fanout, after=1).taken() == []
    clock.set("2025-11-08T06:00:00Z")
    limits, told = listen(res, fanout, after=1).taken()
    assert (limits["seq"], told["seq"]) == (None, None)
    assert told["data"] == daily(res)


def test_who_comes_back_to_what_has_a_price_gets_the_figures_of_now(
    res: Resources, fanout: Fanout
) -> None:
    buy(res, 1)
    put(res, "MNQZ5", minutes("2025-11-07T15:29:00Z", 21_010))
    _, told = listen(res, fanout, after=1).taken()
    assert (told["seq"], told["data"]["open"]["unrealized_pnl"]) == (None, 40)


def test_what_was_missed_is_told_one_by_one_with_the_figures_of_now(
    res: Resources, fanout: Fanout
) -> None:
    for number in range(1, 5):
        buy(res, number, 1 if number % 2 else -1)
    told = listen(res, fanout, after=1).taken()
    figures = [each for each in told if each["type"] == "performance_update"]
    assert [each["seq"] for each in figures] == [2, 3, 4]
    assert {each["data"]["version"] for each in figures} == {4}
    trades = [each["data"]["items"] for each in told if each["type"] == "trade_update"]
    assert [[one["id"] for one in each] for each in trades] == [["e2"], ["e3"], ["e4"]]


def test_a_position_that_became_another_one_is_told_as_gone(res: Resources, fanout: Fanout) -> None:
    buy(res, 5)
    heard = listen(res, fanout)
    (snapshot,) = [each for each in heard.taken() if each["type"] == "position_update"]
    buy(res, 1)  # Earlier: the position begins with another execution, so it has another id.
    fanout.look()
    (told,) = [each for each in heard.taken() if each["type"] == "position_update"]
    assert told["data"]["gone"] == [snapshot["data"]["items"][0]["id"]]
    assert len(told["data"]["items"]) == 1


def test_an_account_is_told_as_it_is_listed(res: Resources, fanout: Fanout) -> None:
    buy(res, 1)
    told = listen(res, fanout).taken()[0]["data"]
    (listed,) = accounts.overview(res, lambda _: True, None)
    assert {*told} == {*listed.__struct_fields__} - {"selected"}
    assert told["name"] == listed.name
