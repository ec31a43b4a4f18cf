"""Prices of what is held, as a sync keeps them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from app.broker.limits import Limit
from app.broker.model import TIMEFRAMES, BarQuestion, BrokerBar
from app.db import bars as rows
from app.domain.periods import Span
from app.errors import UpstreamUnavailable
from app.services import sync_marks
from tests.services.broker_syncs import Scene
from tests.services.synced_account import (
    marks,
    opened,
)

# --- Prices --------------------------------------------------------------------------------------


def test_what_is_held_has_a_fresh_price_after_every_pass(at: Scene) -> None:
    half = opened(at)
    at.clock.now_us = half.at_us + 5_000_000
    for _ in range(5):
        assert at.make_pass().marks == 1
        (mark,) = marks(at)
        assert mark.is_fresh
        assert at.clock.now_us - mark.at_us < 20 * 10**6
        at.wait(20)


def test_what_is_seldom_traded_has_its_last_price(
    at: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = opened(at)
    at.clock.now_us = half.at_us + 5_000_000
    at.make_pass()
    last_us = at.clock.now_us
    bars = at.broker.bars
    monkeypatch.setattr(
        at.broker,
        "bars",
        lambda *asked: [each for each in bars(*asked) if each.opened_at_us < last_us],
    )
    for _ in range(4):
        at.wait(40)
        at.make_pass()
    (mark,) = marks(at)
    assert mark.is_fresh


def test_a_broker_without_bars_keeps_no_fill_from_being_stored(at: Scene) -> None:
    half = opened(at)
    at.clock.now_us = half.at_us + 5_000_000
    bars_fail(at)
    made = at.make_pass()
    assert (made.live, made.marks) == (1, 0)


def bars_fail(at: Scene) -> None:
    def bars(*_: object) -> list[BrokerBar]:
        raise UpstreamUnavailable("no bars today")

    at.broker.bars = bars  # type: ignore[method-assign,assignment]


def gaps_of_late_bars(at: Scene) -> set[int]:
    """The minutes that are told to be known and are not, where bars come four seconds late."""
    half = opened(at)
    minute_us = 60 * 10**6
    # Some seconds before a minute is over.
    at.clock.now_us = half.at_us + minute_us - half.at_us % minute_us + 55_000_000
    bars = at.broker.bars

    def late(asked: BarQuestion, limits: Sequence[Limit] = ()) -> list[BrokerBar]:
        length_us = (60 if asked.unit == TIMEFRAMES["1m"] else 1) * 10**6
        told_us = at.clock.now_us - length_us - 4_000_000
        return [each for each in bars(asked, limits) if each.opened_at_us <= told_us]

    at.broker.bars = late  # type: ignore[method-assign]
    for _ in range(20):
        at.make_pass()
        at.wait(1)
    with at.res.db.read() as conn:
        (contract, *_) = rows.contracts(conn, half.contract.root)
        series = (contract.contract_key, 60)
        known = rows.covered(conn, *series, Span(half.at_us, at.clock.now_us))
        stored = {each.opened_at_us for span in known for each in rows.between(conn, *series, span)}
    return {
        at_us for span in known for at_us in range(span.start_us, span.end_us, minute_us)
    } - stored


def test_bars_that_come_late_leave_no_gap(at: Scene) -> None:
    assert gaps_of_late_bars(at) == set()


def test_asking_too_early_would_be_found_out(at: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync_marks, "_BEHIND_US", 0)
    assert gaps_of_late_bars(at)
