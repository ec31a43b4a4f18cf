"""Three hundred syncs of a gateway that drops, cuts, repeats, delays and takes back: what is stored
in the end is what the gateway has booked, and its limits were never met.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from random import Random

import pytest
from sqlalchemy import text

from app.db.connection import Connection, rows
from app.demo_gateway import ledger
from app.demo_gateway.ledger import BUST_AFTER_US
from app.domain import fixed
from app.errors import AppError
from app.services import accounts, sync_catching_up, sync_marks, sync_trades, verification
from app.services.reconciliation import ReconciliationQuestion
from app.services.resources import Resources
from tests.broker.gateways import SATURDAY, Clock, NoLimits
from tests.conftest import told
from tests.databases import Fresh
from tests.figures import figure
from tests.services.broker_syncs import Killed, LateGateway, Scene, chance_of, scene

GATEWAYS = 6
SYNCS_EACH = figure("BROKER_SYNCS_EACH", 50)
CHANCES = {
    "drop": 0.02,
    "truncated": 0.02,
    "html": 0.01,
    "busy": 0.02,
    "busy-wait": 0.02,
    "broken": 0.02,
    "expired": 0.01,
    "null": 0.02,
    "duplicated": 0.1,
    "reordered": 0.1,
}
KILLED = 0.01
PASSES = 3
# A variant that is wrong is found out by one of so few.
BAD_SYNCS_MAX = 12
# A pass comes so soon after some fill: before it is told of, or before it is taken back.
AFTER_US = 2 * BUST_AFTER_US
WEEK = ReconciliationQuestion(date(2025, 11, 3), date(2025, 11, 8))
STORED = text("""
    SELECT execution_id, contract, side, quantity, price_nanos, fees_micros, executed_at_us,
           broker_pnl_micros
    FROM executions WHERE account_key = :account_key
""")


@pytest.fixture(autouse=True)
def careless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that books many fills twice and leaves out many contracts; few prices are asked."""
    monkeypatch.setattr(ledger, "_BUSTS", 0.15)
    monkeypatch.setattr(ledger, "_SHORT_IDS", 0.15)
    monkeypatch.setattr(sync_marks, "_SECONDS_BACK_US", 5_000_000)
    monkeypatch.setattr(sync_marks, "_MINUTES_BACK_US", 300_000_000)


def gateway_of(seed: int) -> LateGateway:
    """An account that traded for two days before a weekend; the first gateway has two."""
    found = LateGateway(seed, days=2, now_us=Clock(SATURDAY))
    for account_id in sorted(found.ledgers)[1 + (seed == 0) :]:
        del found.ledgers[account_id]
    return found


def synced(at: Scene, rng: Random) -> None:
    """Passes with faults and kills at odd times, then as many good ones as it takes."""
    at.gateway.faults = chance_of(rng, CHANCES)
    at.clock.now_us = SATURDAY
    every = [each for ledger in at.gateway.ledgers.values() for each in ledger.booked(SATURDAY)]
    moments = sorted(rng.choice(every).half.at_us + rng.randrange(AFTER_US) for _ in range(PASSES))
    at.clock.now_us = moments[0]

    def step() -> None:
        if rng.random() < KILLED:
            raise Killed

    at.step = step
    for moment_us in moments:
        at.clock.now_us = max(at.clock.now_us, moment_us)
        try:
            at.make_pass()
        except Killed:
            at.restart()
        except AppError:
            pass  # As the loop does: the next pass tries again.
    at.step = lambda: None
    at.gateway.faults = chance_of(rng, {})
    at.clock.now_us = max(at.clock.now_us, SATURDAY)
    for _ in range(2):
        at.wait(3_600)
        at.make_pass()


def booked(at: Scene, account_id: int) -> set[tuple[object, ...]]:
    """The fills of an account that happened, by the gateway's own books."""
    return {
        (
            str(each.half.trade_id),
            each.half.contract.code,
            "BUY" if each.half.sign > 0 else "SELL",
            each.half.size,
            fixed.price_nanos(each.half.price),
            fixed.money_micros(each.half.fees),
            each.half.at_us,
            None if each.pnl is None else fixed.money_micros(each.pnl),
        )
        for each in at.gateway.ledgers[account_id].booked(at.clock.now_us)
        if not each.is_voided
    }


def stored(conn: Connection, account_key: int) -> set[tuple[object, ...]]:
    return {tuple(row) for row in rows(conn, STORED, account_key=account_key)}


def wrong(at: Scene) -> list[str]:
    """What is not as it should be after a sync."""
    found = [f"{at.refused} requests beyond the limits"] if at.refused else []
    for account_id in at.gateway.ledgers:
        found += wrong_in(at.res, at, account_id)
    return found


def wrong_in(res: Resources, at: Scene, account_id: int) -> Iterator[str]:
    with res.db.read() as conn:
        account = accounts.load(conn, str(account_id))
        ours = stored(conn, account.account_key)
    theirs = booked(at, account_id)
    yield from (f"missing {each}" for each in theirs - ours)
    yield from (f"not there {each}" for each in ours - theirs)
    yield from verification.differences(res, str(account_id))
    yield from (str(each) for each in told(res, str(account_id), WEEK)["executions"])
    if account.broker_balance_micros != account.balance_micros:
        yield f"worth {account.balance_micros}, not {account.broker_balance_micros}"
    if account.synced_at_us is None or at.clock.now_us - account.synced_at_us > 60 * 10**6:
        yield "not live"


def outcome(fresh: Fresh, gateway: LateGateway, seed: int) -> list[str]:
    with fresh() as url, scene(gateway, url) as at:
        synced(at, Random(seed))
        return wrong(at)


@pytest.mark.feature("PAM-TRADES-24")
@pytest.mark.parametrize("number", range(GATEWAYS))
def test_what_is_stored_is_what_the_broker_booked(fresh: Fresh, number: int) -> None:
    gateway = gateway_of(number)
    seeds = range(number * SYNCS_EACH, (number + 1) * SYNCS_EACH)
    assert {seed: found for seed in seeds if (found := outcome(fresh, gateway, seed))} == {}


# --- Known-bad variants --------------------------------------------------------------------------


def outcomes(fresh: Fresh) -> Iterator[str]:
    gateway = gateway_of(0)
    return (each for seed in range(BAD_SYNCS_MAX) for each in outcome(fresh, gateway, seed))


def test_windows_that_do_not_overlap_would_be_found_out(
    fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_catching_up, "LOOK_BACK_US", 0)
    monkeypatch.setattr(sync_catching_up, "DEEP_LOOK_BACK_US", 0)
    assert any(each.startswith("missing") for each in outcomes(fresh))


def test_keeping_what_was_taken_back_would_be_found_out(
    fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_trades, "take_out", lambda *_: None)
    assert any(each.startswith("not there") for each in outcomes(fresh))


def test_leaving_what_was_corrected_would_be_found_out(
    fresh: Fresh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_trades, "correct", lambda *_: None)
    assert any("broker_pnl" in each for each in outcomes(fresh))


def test_asking_without_a_budget_would_be_found_out(fresh: Fresh) -> None:
    gateway = gateway_of(0)
    with fresh() as url, scene(gateway, url) as at:
        at.broker._transport._budget = NoLimits()
        with suppress(AppError):
            for _ in range(5):
                at.make_pass()
        assert at.refused
