"""What webhooks are told: at least once, by one process, until it is taken or a day is over."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from app.domain.executions import Fill
from app.domain.instants import parse
from app.services import accounts, ingest, risk_terms
from app.services.accounts import AccountSettings
from app.services.resources import Resources
from app.services.risk_terms import TermsChange
from app.services.webhook_sending import NotTaken
from app.services.webhooks import GIVEN_UP_US, LEASE_US, PAUSE_MAX_US, Webhooks
from tests.bar_notes import minutes, put
from tests.conftest import Clock

ONE, TWO = "https://one.example/hook", "https://two.example/hook"
MINUTE_US = 60_000_000


class Targets:
    """Takes what is sent, save what goes to a target that is down."""

    def __init__(self) -> None:
        self.down: set[str] = set()
        self.tried = 0
        self.taken: list[tuple[str, str, Any]] = []

    def send(self, target: str, delivery_id: str, body: bytes, now_s: int) -> None:
        assert now_s
        self.tried += 1
        if target in self.down:
            raise NotTaken("down")
        self.taken.append((target, delivery_id, json.loads(body)))


@pytest.fixture
def targets() -> Targets:
    return Targets()


@pytest.fixture
def hooks(res: Resources, targets: Targets) -> Webhooks:
    made = Webhooks(res, (ONE,), targets, "first")
    made.look()  # What happened before webhooks were switched on is nobody's news.
    return made


def trade(res: Resources, number: int, account_id: str = "A") -> None:
    """A position that opens and closes."""
    at_us = parse("2025-11-07T15:00:00Z") + 2 * number
    fills = [
        Fill(account_id, f"{side}{number}", "MNQZ5", side, 1, Decimal(21_000), at_us + late)
        for late, side in enumerate(("BUY", "SELL"))
    ]
    ingest.record(res, fills)


def test_a_position_that_closes_is_told(res: Resources, hooks: Webhooks, targets: Targets) -> None:
    trade(res, 1)
    hooks.look()
    ((target, delivery_id, body),) = targets.taken
    assert target == ONE
    assert (body["type"], body["id"], body["account_id"]) == ("positions_closed", delivery_id, "A")
    assert [each["closed_at"] for each in body["data"]] == ["2025-11-07T15:00:00.000003Z"]
    hooks.look()
    assert len(targets.taken) == 1


def test_a_limit_that_is_reached_is_told_once_by_whatever_reached_it(
    res: Resources, hooks: Webhooks, targets: Targets, clock: Clock
) -> None:
    limits = TermsChange(daily_loss_limit=Decimal(100), max_loss_limit=Decimal(5_000))
    accounts.change(res, "A", AccountSettings(starting_balance=Decimal(50_000), risk=limits))
    at_us = parse("2025-11-07T17:58:00Z")
    ingest.record(res, [Fill("A", "e", "MNQZ5", "BUY", 1, Decimal(21_000), at_us)])
    hooks.look()
    assert targets.taken == []
    clock.set("2025-11-07T18:01:00Z")
    put(res, "MNQZ5", minutes("2025-11-07T18:00:00Z", 20_940))
    hooks.look()
    hooks.look()
    ((_, delivery_id, body),) = targets.taken
    assert (body["type"], body["id"], body["account_id"]) == ("limit_reached", delivery_id, "A")
    assert body["data"]["limit"] == "daily_loss_limit"
    assert body["timestamp"] == body["data"]["reached_at"] == "2025-11-07T18:01:00Z"
    clock.set("2025-11-10T15:00:00Z")  # Another session, another loss.
    put(res, "MNQZ5", minutes("2025-11-10T14:58:00Z", 20_940, 20_880))
    hooks.look()
    assert [each["data"]["limit"] for _, _, each in targets.taken] == ["daily_loss_limit"] * 2


def limited(res: Resources, **limits: Any) -> None:
    """An account with limits that bought at 21,000 two minutes ago."""
    change = TermsChange(**limits)
    accounts.change(res, "A", AccountSettings(starting_balance=Decimal(50_000), risk=change))
    fill(res, "e1", "BUY", 21_000, parse("2025-11-07T17:58:00Z"))


def fill(res: Resources, execution_id: str, side: str, price: int, at_us: int) -> None:
    ingest.record(res, [Fill("A", execution_id, "MNQZ5", side, 1, Decimal(price), at_us)])


def told(targets: Targets) -> list[str]:
    """Which limits were told to have been reached."""
    return [body["data"]["limit"] for *_, body in targets.taken if body["type"] == "limit_reached"]


def test_a_limit_is_told_once_where_the_fill_that_reached_it_is_of_a_clock_ahead(
    res: Resources, hooks: Webhooks, targets: Targets, clock: Clock
) -> None:
    limited(res, daily_loss_limit=Decimal(100))
    at_us = clock.now_us + 2_000_000
    fill(res, "e2", "SELL", 20_940, at_us)
    for _ in range(5):
        hooks.look()
        clock.now_us += 1_000_000
        accounts.change(res, "A", AccountSettings(name=str(clock.now_us)))
    assert told(targets) == ["daily_loss_limit"]


def test_a_limit_that_is_reached_again_after_a_correction_is_told_again(
    res: Resources, hooks: Webhooks, targets: Targets, clock: Clock
) -> None:
    limited(res, daily_loss_limit=Decimal(100))
    for number in (1, 2):
        fill(res, f"s{number}", "SELL", 20_940, clock.now_us)
        hooks.look()
        clock.now_us += 1_000_000
        ingest.delete(res, "A", f"s{number}")
        hooks.look()
    assert told(targets) == ["daily_loss_limit"] * 2


def test_a_maximum_loss_that_was_lifted_and_is_reached_at_once_is_told_again(
    res: Resources, hooks: Webhooks, targets: Targets, clock: Clock
) -> None:
    limited(res, max_loss_limit=Decimal(100))
    fill(res, "e2", "SELL", 20_940, clock.now_us)
    for _ in range(2):
        hooks.look()
        clock.now_us += 1_000_000
    assert risk_terms.reset(res, "A", "admin").violated
    hooks.look()
    assert told(targets) == ["max_loss_limit"] * 2


def test_what_closes_nothing_is_not_told(res: Resources, hooks: Webhooks, targets: Targets) -> None:
    fill = Fill("A", "e", "MNQZ5", "BUY", 1, Decimal(21_000), parse("2025-11-07T15:00:00Z"))
    ingest.record(res, [fill])
    hooks.look()
    assert targets.taken == []


def test_nothing_from_before_they_were_switched_on_is_told(
    res: Resources, targets: Targets, clock: Clock
) -> None:
    trade(res, 1)
    clock.now_us += 1
    hooks = Webhooks(res, (ONE,), targets, "first")
    hooks.look()
    trade(res, 2)
    hooks.look()
    assert [body["seq"] for _, _, body in targets.taken] == [2]


def test_every_target_is_told_and_one_that_is_down_keeps_no_other_waiting(
    res: Resources, hooks: Webhooks, targets: Targets, clock: Clock
) -> None:
    both = hooks._replace(targets=(ONE, TWO))
    targets.down = {ONE}
    for number in range(3):
        trade(res, number)
    both.look()
    assert [target for target, *_ in targets.taken] == [TWO] * 3
    targets.down = set()
    clock.now_us += MINUTE_US
    both.look()
    assert sorted(body["seq"] for target, _, body in targets.taken if target == ONE) == [1, 2, 3]


def test_what_is_not_taken_is_sent_again_less_and_less_often(
    res: Resources, hooks: Webhooks, targets: Targets, clock: Clock
) -> None:
    targets.down = {ONE}
    trade(res, 1)
    tried = []
    for _ in range(240):
        hooks.look()
        tried.append(targets.tried)
        clock.now_us += MINUTE_US
    assert tried[0] == 1
    assert 6 <= tried[59] <= 13
    assert tried[-1] - tried[59] <= 8  # About once an hour by now.
    targets.down = set()
    clock.now_us += 2 * PAUSE_MAX_US
    hooks.look()
    assert len(targets.taken) == 1


def test_what_nobody_takes_for_a_day_is_given_up(
    res: Resources, hooks: Webhooks, targets: Targets, clock: Clock
) -> None:
    targets.down = {ONE}
    trade(res, 1)
    hooks.look()
    clock.now_us += GIVEN_UP_US
    hooks.look()
    targets.down = set()
    clock.now_us += 2 * PAUSE_MAX_US
    hooks.look()
    assert (targets.tried, targets.taken) == (2, [])


def test_one_process_delivers_until_it_is_gone(
    res: Resources, hooks: Webhooks, targets: Targets, clock: Clock
) -> None:
    second = hooks._replace(me="second")
    trade(res, 1)
    second.look()
    assert targets.taken == []
    clock.now_us += LEASE_US
    second.look()
    assert len(targets.taken) == 1
    trade(res, 2)
    hooks.look()
    assert len(targets.taken) == 1


def test_a_lease_is_kept_by_who_looks_and_written_seldom(
    res: Resources, hooks: Webhooks, clock: Clock
) -> None:
    writes = []
    res.db.on_commit = lambda: writes.append(clock.now_us)
    for _ in range(120):
        hooks.look()
        clock.now_us += LEASE_US // 60
    assert 2 <= len(writes) <= 5
    hooks._replace(me="second").look()
    hooks.look()
    assert hooks._leased()


def test_what_a_target_that_is_gone_was_not_sent_is_forgotten(
    res: Resources, hooks: Webhooks, targets: Targets, clock: Clock
) -> None:
    targets.down = {ONE}
    trade(res, 1)
    hooks.look()
    others = hooks._replace(targets=(TWO,))
    clock.now_us += GIVEN_UP_US + 2 * PAUSE_MAX_US
    others.look()
    targets.down = set()
    hooks.look()
    assert targets.taken == []
