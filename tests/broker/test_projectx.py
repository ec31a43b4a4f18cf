"""The client against the demo gateway over real HTTP: what it tells, and what it asks."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest

from app.broker import projectx
from app.broker.dated import dated
from app.broker.limits import BARS, CALLERS, GENERAL
from app.broker.model import TIMEFRAMES, BarQuestion, BrokerTrade, Window
from app.broker.projectx import FOR_CALLERS, ProjectX
from app.demo_gateway.ledger import BUST_AFTER_US
from app.domain import instants
from app.errors import UpstreamRefused, UpstreamUnknown
from tests.broker.gateways import COMBINE, MNQ, Served, whole

HOUR_US = 3600 * instants.SECOND_US


def test_the_active_accounts_have_exact_balances(gateway: Served, broker: ProjectX) -> None:
    accounts = broker.accounts()
    assert [each.name for each in accounts] == [
        "50KTC-V2-1001-10000001",
        "EXPRESS-V2-1001-10000002",
        "PRAC-V2-1001-10000003",
    ]
    for each in accounts:
        trades = broker.trades(each.account_id, whole(gateway))
        valid = [trade for trade in trades if not trade.is_voided]
        booked = sum(((trade.pnl or 0) - trade.fees for trade in valid), Decimal(50_000))
        assert each.balance == booked
    assert len({each.balance for each in accounts}) == len(accounts)


def test_trades_have_what_a_sync_needs(gateway: Served, broker: ProjectX) -> None:
    trades = broker.trades(COMBINE, whole(gateway))
    assert len(trades) > 100
    assert trades == sorted(trades, key=lambda each: (each.executed_at_us, each.trade_id))
    assert trades[0].pnl is None
    assert any(trade.pnl for trade in trades)
    assert all(trade.fees > 0 and trade.quantity > 0 for trade in trades)
    assert {trade.side for trade in trades} == {"BUY", "SELL"}
    assert {trade.account_id for trade in trades} == {COMBINE}
    assert any(trade.is_voided for trade in trades)
    assert any(trade.contract_id == "F.US.MNQ" for trade in trades)


def test_windows_that_overlap_hold_every_trade(gateway: Served, broker: ProjectX) -> None:
    at_once = broker.trades(COMBINE, whole(gateway))
    pieces = list(projectx.windows(*whole(gateway)))
    found = {trade for piece in pieces for trade in broker.trades(COMBINE, piece)}
    assert found == set(at_once)
    assert all(b.start_us == a.end_us - projectx.OVERLAP_US for a, b in pairwise(pieces))


def test_a_search_that_gives_only_so_many_rows_loses_none(
    gateway: Served, broker: ProjectX, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = broker.trades(COMBINE, whole(gateway))
    gateway.gateway.rows_max = 40
    assert len(broker.trades(COMBINE, whole(gateway))) == 40  # The fault, where nothing is done.
    monkeypatch.setattr(projectx, "ROWS_TRUSTED_MAX", 40)
    assert broker.trades(COMBINE, whole(gateway)) == every


def test_a_trade_is_voided_later(gateway: Served, broker: ProjectX) -> None:
    (bust, *_) = [each for each in broker.trades(COMBINE, whole(gateway)) if each.is_voided]
    window = Window(bust.executed_at_us, bust.executed_at_us)
    gateway.clock.now_us = bust.executed_at_us
    assert not of_id(broker.trades(COMBINE, window), bust).is_voided
    gateway.clock.now_us = bust.executed_at_us + BUST_AFTER_US
    assert of_id(broker.trades(COMBINE, window), bust).is_voided


def of_id(trades: list[BrokerTrade], wanted: BrokerTrade) -> BrokerTrade:
    (found,) = [each for each in trades if each.trade_id == wanted.trade_id]
    return found


def test_short_contract_ids_get_the_contract_of_their_order(
    gateway: Served, broker: ProjectX
) -> None:
    trades = broker.trades(COMBINE, whole(gateway))
    short = {each.trade_id for each in trades if not each.contract_id.startswith("CON.")}
    assert short
    by_order = dated(trades, broker.orders(COMBINE, whole(gateway)))
    assert by_order.undecided == []
    assert len(by_order.trades) == len(trades)
    assert all(each.contract_id.startswith("CON.F.US.") for each in by_order.trades)


def test_a_short_id_is_decided_by_what_is_open_or_not_at_all() -> None:
    first = trade(1, 10, MNQ, "BUY", 2)
    closing = trade(2, 11, "F.US.MNQ", "SELL", 2)
    unknown = trade(3, 12, "F.US.MNQ", "BUY", 1)
    found = dated([first, closing, unknown])
    assert [each.contract_id for each in found.trades] == [MNQ, MNQ]
    assert found.undecided == [unknown]
    # At a roll two are open, and either may be meant.
    other = trade(4, 13, "CON.F.US.MNQ.H26", "BUY", 1)
    assert dated([first, other, closing]).undecided == [closing]
    # A micro's id begins like no other's.
    assert dated([trade(5, 14, "CON.F.US.MNQX.Z25", "BUY", 1), unknown]).undecided == [unknown]


def trade(number: int, order_id: int, contract_id: str, side: str, size: int) -> BrokerTrade:
    price, fees = Decimal(25_000), Decimal(1)
    return BrokerTrade(
        number,
        COMBINE,
        contract_id,
        order_id,
        number,
        side,
        size,
        price,
        None,
        fees,
        is_voided=False,
    )


def test_orders_say_what_became_of_them(gateway: Served, broker: ProjectX) -> None:
    orders = broker.orders(COMBINE, whole(gateway))
    assert {each.status for each in orders} == {"FILLED", "CANCELLED", "REJECTED"}
    for each in orders:
        is_filled = each.status == "FILLED"
        assert (each.filled_quantity, each.filled_price is not None) == (
            each.quantity if is_filled else 0,
            is_filled,
        )
        assert each.created_at_us <= each.updated_at_us


def test_an_open_position_has_a_side_and_a_stop_that_waits(
    gateway: Served, broker: ProjectX
) -> None:
    opening = next(each for each in broker.trades(COMBINE, whole(gateway)) if each.pnl is None)
    assert broker.positions(COMBINE) == []
    gateway.clock.now_us = opening.executed_at_us
    (held,) = broker.positions(COMBINE)
    assert held.quantity == opening.quantity * (1 if opening.side == "BUY" else -1)
    assert held.average_price == opening.price
    (stop,) = broker.open_orders(COMBINE)
    assert (stop.status, stop.side != opening.side) == ("PENDING", True)


def test_contracts_have_the_names_of_both(broker: ProjectX) -> None:
    by_code = {each.code: each for each in broker.contracts()}
    assert by_code["NQZ5"].contract_id == "CON.F.US.ENQ.Z25"
    assert (by_code["MNQZ5"].tick_size, by_code["MNQZ5"].tick_value) == (
        Decimal("0.25"),
        Decimal("0.5"),
    )
    assert {each.code for each in broker.contracts_like("NQ")} == {"NQZ5", "MNQZ5"}
    assert broker.contract(MNQ) == by_code["MNQZ5"]
    # Simulated accounts have nothing on the live feed, and are not told so.
    assert broker.contracts(is_live=True) == []


def test_what_the_broker_does_not_know_is_said(gateway: Served, broker: ProjectX) -> None:
    for ask in (
        lambda: broker.trades(1, whole(gateway)),
        lambda: broker.orders(1, whole(gateway)),
        lambda: broker.positions(1),
        lambda: broker.open_orders(1),
    ):
        with pytest.raises(UpstreamUnknown, match="no such account"):
            ask()
    with pytest.raises(UpstreamUnknown, match="no such contract"):
        broker.contract("CON.F.US.NONE.Z25")
    asked = BarQuestion(MNQ, TIMEFRAMES["5m"], whole(gateway))
    with pytest.raises(UpstreamUnknown, match="no such contract"):
        broker.bars(asked._replace(is_live=True))
    with pytest.raises(UpstreamRefused, match="error 2"):
        broker.bars(asked._replace(unit=asked.unit._replace(unit=9)))


# --- Bars ----------------------------------------------------------------------------------------


@pytest.mark.feature("PAM-BARS-04")
@pytest.mark.parametrize("timeframe", ["1m", "5m", "15m", "1h", "1d"])
def test_bars_of_every_timeframe_come_oldest_first(
    gateway: Served, broker: ProjectX, timeframe: str
) -> None:
    start_us, end_us = whole(gateway)
    bars = broker.bars(BarQuestion(MNQ, TIMEFRAMES[timeframe], Window(start_us, end_us)))
    opened = [each.opened_at_us for each in bars]
    assert opened == sorted(set(opened))
    assert start_us <= opened[0] < opened[-1] < end_us
    seconds = {"1m": 60, "5m": 300, "15m": 900, "1h": 3600, "1d": 86_400}[timeframe]
    assert min(b - a for a, b in pairwise(opened)) >= (seconds - 3600 * 2) * 10**6
    if timeframe != "1d":
        assert all(each % (seconds * 10**6) == 0 for each in opened)


def test_coarse_bars_are_made_of_fine_ones(broker: ProjectX) -> None:
    end_us = instants.parse("2025-11-06T20:00:00Z")
    window = Window(end_us - 2 * HOUR_US, end_us)
    fine = broker.bars(BarQuestion(MNQ, TIMEFRAMES["1m"], window))
    first, second = broker.bars(BarQuestion(MNQ, TIMEFRAMES["1h"], window))
    assert len(fine) == 120
    for bar, minutes in ((first, fine[:60]), (second, fine[60:])):
        assert (bar.open, bar.close) == (minutes[0].open, minutes[-1].close)
        assert bar.high == max(each.high for each in minutes)
        assert bar.low == min(each.low for each in minutes)


def test_more_bars_than_a_page_holds_are_fetched_backward(
    gateway: Served, broker: ProjectX, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = BarQuestion(MNQ, TIMEFRAMES["15m"], whole(gateway))
    at_once = broker.bars(asked)
    monkeypatch.setattr(projectx, "BARS_A_PAGE", len(at_once) // 4)
    gateway.budget.taken.clear()
    assert broker.bars(asked) == at_once
    assert len(gateway.budget.taken) in (5, 6)


def test_the_bar_in_progress_comes_only_where_it_is_asked_for(
    gateway: Served, broker: ProjectX
) -> None:
    gateway.clock.set_to("2025-11-06T16:02:30Z")
    start_us = gateway.clock.now_us - HOUR_US
    asked = BarQuestion(MNQ, TIMEFRAMES["5m"], Window(start_us, gateway.clock.now_us))
    assert instants.text(broker.bars(asked)[-1].opened_at_us) == "2025-11-06T15:55:00Z"
    partial = broker.bars(asked._replace(has_partial=True))[-1]
    assert instants.text(partial.opened_at_us) == "2025-11-06T16:00:00Z"


def test_every_request_is_charged_to_its_limits(gateway: Served, broker: ProjectX) -> None:
    gateway.budget.taken.clear()
    broker.accounts()
    asked = BarQuestion(MNQ, TIMEFRAMES["1h"], whole(gateway))
    broker.bars(asked)
    broker.bars(asked, FOR_CALLERS)
    charged = [GENERAL.name, BARS.name, BARS.name, CALLERS.name]
    assert gateway.budget.taken == charged
    assert gateway.budget.under_way == 0
