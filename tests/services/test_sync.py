"""What a sync makes of an account, and what it tells of one that is not the broker's."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from app.db import syncs
from app.demo_gateway.gateway import Gateway
from app.domain import instants
from app.services import accounts, ingest, sync_positions, sync_status
from app.services.accounts import AccountSettings
from app.services.sync_lease import Lease, SyncedElsewhere
from tests.broker.gateways import COMBINE, SATURDAY, Clock
from tests.services.broker_syncs import Scene
from tests.services.synced_account import (
    HOUR_S,
    OURS,
    account,
    feed,
    fill_of,
    halves,
    opened,
    saying,
    state,
    stored,
    without,
)

# --- The first pass ------------------------------------------------------------------------------


@pytest.mark.feature("PAM-PERF-25")
def test_an_account_is_made_on_first_use_with_the_brokers_name_and_worth(at: Scene) -> None:
    made = at.make_pass()
    assert (made.broker_ids, made.live, made.faults) == (frozenset({COMBINE}), 1, {})
    assert made.brought.fresh == len(halves(at))
    at.wait(10)
    assert not any(at.make_pass().brought)
    found = account(at)
    assert (found.name, found.account_type) == ("50KTC-V2-1001-10000001", "simulated")
    assert found.starting_balance_micros == 50_000 * 10**6
    assert found.balance_micros == found.broker_balance_micros
    (overview,) = accounts.overview(at.res, lambda _: True, None)
    assert overview.broker_balance == overview.balance
    assert feed(at) == "live"


def test_an_account_that_is_there_keeps_what_it_has(at: Scene) -> None:
    settings = AccountSettings(name="Mine", starting_balance=Decimal(49_000))
    accounts.create(at.res, "mine", settings)
    at.plan = at.plan._replace(account_ids={COMBINE: "mine"})
    for _ in range(2):
        at.make_pass()
        at.wait(10)
    (found,) = accounts.every(at.res)
    assert (found.account_id, found.name) == ("mine", "Mine")
    assert found.starting_balance_micros == 49_000 * 10**6
    with at.res.db.read() as conn:
        (told,) = syncs.every(conn)
    assert told.balance_difference_micros == 1_000 * 10**6


def test_nothing_before_the_first_day_is_asked_for(at: Scene) -> None:
    since_us = instants.parse("2025-11-06T23:00:00Z")
    at.plan = at.plan._replace(since_us=since_us)
    at.make_pass()
    at.wait(HOUR_S)
    at.make_pass()
    late = [each for each in halves(at) if each.at_us >= since_us]
    assert stored(at, str(late[0].trade_id))
    early = [each for each in halves(at) if each.at_us < since_us]
    assert stored(at, str(early[-1].trade_id)) is None


def test_a_pass_that_brings_nothing_changes_no_version(at: Scene) -> None:
    for _ in range(2):
        at.make_pass()
        at.wait(10)
    before = account(at)
    at.make_pass()
    after = account(at)
    assert after.version == before.version
    assert before.synced_at_us
    assert after.synced_at_us
    assert after.synced_at_us > before.synced_at_us


def test_it_is_the_same_on_postgres(at_saturday: Gateway, postgres_url: str) -> None:
    clock = at_saturday.now_us
    assert isinstance(clock, Clock)
    clock.now_us = SATURDAY
    at = Scene(at_saturday, clock, postgres_url)
    try:
        Lease(at.db, clock, "process 1 on a").take()
        with pytest.raises(SyncedElsewhere):
            Lease(at.db, clock, "process 1 on b").take()
        assert at.make_pass().brought.fresh == len(halves(at))
        saying(at, halves(at)[-1].trade_id, voided=True)
        at.wait(HOUR_S)
        assert at.make_pass().brought.voided == 1
        assert feed(at) == "live"
        assert sync_status.body(at.res)
    finally:
        vars(at_saturday).pop("trades", None)
        at.close()


# --- Faults of one account -----------------------------------------------------------------------


def test_fills_that_came_by_another_road_are_not_taken_twice(at: Scene) -> None:
    ingest.record(at.res, [fill_of(halves(at)[3])._replace(execution_id="x", source="csv")])
    made = at.make_pass()
    assert made.live == 0
    assert "allow_overlap" in made.faults[OURS]
    assert state(at).fault == made.faults[OURS]
    assert account(at).synced_at_us is None
    at.plan = at.plan._replace(since_us=halves(at)[3].at_us + 1)
    assert at.make_pass().live == 1
    assert state(at).fault is None


def test_an_account_that_is_listed_no_more_is_no_fault(at: Scene) -> None:
    at.make_pass()
    at.gateway.accounts = lambda **_: []  # type: ignore[method-assign]
    assert at.make_pass().broker_ids == frozenset()
    assert state(at).is_listed == 0
    vars(at.gateway).pop("accounts")
    at.make_pass()
    assert state(at).is_listed == 1


def test_two_of_the_brokers_accounts_never_become_one(at: Scene) -> None:
    at.make_pass()
    (row,) = at.gateway.accounts(only_active=True)
    at.gateway.accounts = lambda **_: [row | {"id": 9}]  # type: ignore[method-assign]
    at.plan = at.plan._replace(account_ids={9: OURS})
    assert "give 9 another one" in at.make_pass().faults[OURS]


# --- What is missing -----------------------------------------------------------------------------


def test_positions_that_go_on_to_differ_end_the_live_feed(at: Scene) -> None:
    half = opened(at)
    at.clock.now_us = half.at_us + 5_000_000
    without(at, half.trade_id)
    assert at.make_pass().live == 1  # It may come yet.
    (differing,) = sync_positions.read(state(at).differing)
    assert differing.missing == half.sign * half.size
    at.wait(10)
    assert at.make_pass().live == 0
    at.wait(61)
    assert feed(at) == "stale"
    vars(at.gateway).pop("trades")
    assert at.make_pass().live == 1
    assert feed(at) == "live"
    assert state(at).differs_since_us is None


def test_a_fill_of_which_the_contract_is_not_known_is_told_and_ends_the_live_feed(
    at: Scene,
) -> None:
    first = halves(at)[0]
    saying(at, first.trade_id, contractId=first.contract.symbol_id)
    at.gateway.orders = lambda *_: []  # type: ignore[method-assign]
    # Others of its order would tell.
    for each in halves(at)[1:]:
        if each.order_id == first.order_id:
            without(at, each.trade_id)
    at.clock.now_us = first.at_us + 5_000_000
    assert at.make_pass().live == 0
    assert json.loads(state(at).undecided) == {str(first.trade_id): first.at_us}
    assert stored(at, str(first.trade_id)) is None
    vars(at.gateway).pop("orders")
    at.wait(70)
    at.make_pass()
    found = stored(at, str(first.trade_id))
    assert found
    assert found.execution.contract == first.contract.code
    assert state(at).undecided == "{}"


def test_a_balance_that_is_not_ours_is_told(at: Scene) -> None:
    for _ in range(3):
        at.make_pass()
        at.wait(HOUR_S)
    (row,) = at.gateway.accounts(only_active=True)
    more = row | {"balance": row["balance"] + Decimal("0.01")}
    at.gateway.accounts = lambda **_: [more]  # type: ignore[method-assign]
    at.make_pass()
    assert state(at).balance_difference_micros == 0  # A cent is rounding.
    at.gateway.accounts = lambda **_: [more | {"balance": row["balance"] - 20}]  # type: ignore[method-assign]
    at.make_pass()
    assert state(at).balance_difference_micros == -20 * 10**6
