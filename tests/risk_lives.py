"""Lives of an account, act by act, in the service and in the world of the oracle beside it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import event
from hypothesis import strategies as st

from app.db import accounts as account_rows
from app.domain import instants, sessions
from app.domain.bars import Bar
from app.domain.executions import Fill
from app.domain.instruments import SHIPPED
from app.errors import Conflict, RiskLimitReached, RiskUnknown
from app.services import (
    access,
    accounts,
    bar_storing,
    ingest,
    risk,
    risk_kept,
    risk_terms,
)
from app.services.accounts import AccountSettings, Cash
from app.services.resources import Resources
from app.services.risk import RiskQuestion
from app.services.risk_terms import TermsChange
from tests.conftest import Clock, told
from tests.risk_oracle import SECOND_US, Held, Note, Oracle, Verdict, World

CONTRACTS = ("MNQZ5", "MESZ5")
MINUTE_US = 60 * SECOND_US
START = 10_000
# Weeks in which clocks are set, and one with a holiday and a day that ends early.
WEEKS = ("2025-10-31T14:00:00Z", "2026-03-06T14:00:00Z", "2025-11-26T14:00:00Z")
STEPS_US = [each * SECOND_US for each in (0, 1, 30, 60, 61, 600, 3_600, 6 * 3_600, 86_400)]

Draw = Callable[[Any], Any]


class Account:
    """One account in the service and in the oracle's world."""

    def __init__(self, res: Resources, clock: Clock, account_id: str) -> None:
        self.res, self.clock, self.account_id = res, clock, account_id
        self.world = World(START * 10**6)
        self.numbers = itertools.count()
        accounts.change(res, account_id, AccountSettings(starting_balance=Decimal(START)))

    def fill(self, note: Note, execution_id: str | None = None) -> None:
        """Record a fill, or correct one."""
        named = execution_id or f"e{next(self.numbers):04}"
        side = "BUY" if note.quantity > 0 else "SELL"
        fees = Decimal(note.fees) / 10**6
        price = Decimal(note.quarters) / 4
        sent = Fill(
            self.account_id,
            named,
            note.contract,
            side,
            abs(note.quantity),
            price,
            note.at_us,
            fees=fees,
        )
        if execution_id:
            ingest.replace(self.res, sent)
        else:
            ingest.record(self.res, [sent])
        self.world.fills[named] = note

    def delete(self, execution_id: str) -> None:
        ingest.delete(self.res, self.account_id, execution_id)
        del self.world.fills[execution_id]

    def move(self, at_us: int, amount: int) -> None:
        cash = Cash(f"c{next(self.numbers)}", Decimal(amount), at_us, None)
        accounts.move_cash(self.res, self.account_id, cash)
        self.world.cash.append((at_us, amount * 10**6))

    def hold_to(self, daily: int | None, maximum: int | None, mode: Any) -> None:
        change = TermsChange(
            daily_loss_limit=None if daily is None else Decimal(daily),
            max_loss_limit=None if maximum is None else Decimal(maximum),
            max_loss_mode=mode,
            warning_shares=(Decimal("0.5"),),
        )
        accounts.change(self.res, self.account_id, AccountSettings(risk=change))
        limits = [None if each is None else each * 10**6 for each in (daily, maximum)]
        held = Held(self.clock.now_us, limits[0], limits[1], mode)
        # Of terms that were set at one instant, the last ones hold.
        self.world.held_to = [e for e in self.world.held_to if e.since_us != held.since_us]
        self.world.held_to.append(held)

    def price(self, contract: str, timeframe_s: int, closes: list[tuple[int, int]]) -> None:
        """Store bars that ended at some instants, if there was trading."""
        hours = sessions.hours(SHIPPED.by_root[contract[:-2]])
        width_us = timeframe_s * SECOND_US
        traded = {
            ended_us: quarters
            for ended_us, quarters in closes
            if ended_us <= self.clock.now_us and sessions.is_open(hours, ended_us - width_us)
        }
        bars = [
            Bar._make((at - width_us, *[said * 250_000_000] * 4, 1)) for at, said in traded.items()
        ]
        if bars:
            delivery = SHIPPED.delivery(contract, None, bars[0].opened_at_us)
            bar_storing.store(self.res, delivery, timeframe_s, bars)
        for at_us, quarters in traded.items():
            self.world.closes[contract, at_us] = quarters

    def lift(self) -> None:
        """Reset the maximum loss limit: refused unless it was reached."""
        if self.verdict().maximum_at is None:
            with pytest.raises(Conflict):
                risk_terms.reset(self.res, self.account_id, "me")
            return
        risk_terms.reset(self.res, self.account_id, "me")
        self.world.lifted.append(self.clock.now_us)

    def hear(self, late_us: int, off_micros: int | None) -> None:
        """A sync heard all by now, and a balance that differs by so much."""
        with self.res.db.write() as conn:
            account = account_rows.lock(conn, self.account_id)
            assert account
            key, now_us = account.account_key, self.clock.now_us
            account_rows.heard(conn, key, now_us, late_us)
            self.world.heard_until = now_us + late_us
            if off_micros is not None:
                self.world.broker_balance = account.balance_micros + off_micros
                account_rows.set_broker_balance(conn, key, self.world.broker_balance)
                account_rows.advance(conn, key, event="account", now_us=now_us)

    def verdict(self) -> Verdict:
        return Oracle(self.world, self.clock.now_us).judge()

    def check(self) -> None:
        """The service says what the oracle says."""
        expected = self.verdict()
        question = RiskQuestion(self.res.mark_age_max_us)
        assert seen(told(self.res, self.account_id, question)) == expected
        status = self.gate()
        assert status == {True: 200, False: 409, None: 503}[expected.is_compliant]
        with self.res.db.read() as conn:
            stored, made = risk_kept.both(conn, accounts.load(conn, "A"), self.clock.now_us)
        assert stored == made
        event(f"gate {status}, limits {expected.limits}")

    def gate(self) -> int:
        account = access.state(self.res, self.account_id).account
        assert account
        try:
            risk.gate(self.res, account)
        except RiskLimitReached:
            return 409
        except RiskUnknown:
            return 503
        return 200


def seen(body: Any) -> Verdict:
    """A body as the oracle would say it."""
    daily, maximum = body["dll"] or {}, body["mll"] or {}
    warned = {each["limit"]: instants.parse(each["crossed_at"]) for each in body["warnings"]}
    return Verdict(
        micros(body["balance"]),
        micros(body["session_start_balance"]),
        micros(body["highest_eod_balance"]),
        micros(body["equity"]),
        micros(maximum.get("level")),
        micros(daily.get("used")),
        moment(daily.get("reached_at")),
        moment(maximum.get("reached_at")),
        warned.get("daily_loss_limit"),
        warned.get("max_loss_limit"),
        body["compliance"],
        bool(daily) + bool(maximum),
    )


def micros(said: Decimal | None) -> Any:
    return None if said is None else int(said * 10**6)


def moment(said: str | None) -> int | None:
    return None if said is None else instants.parse(said)


Act = Callable[[Draw, Account], None]


def delays(draw: Draw) -> int:
    """How late something comes: at once, mostly."""
    late_s: int = draw(st.sampled_from([0, 0, 0, 0, 30, 600, 6 * 3_600, 40 * 3_600]))
    return late_s * SECOND_US


def quarters(draw: Draw) -> int:
    """A price near the others."""
    away: int = draw(st.integers(-120, 120))
    return 84_000 + away


def note(draw: Draw, one: Account) -> Note:
    """A fill of some time ago; every other one closes what is held."""
    contract = draw(st.sampled_from(CONTRACTS))
    held = sum(each.quantity for each in one.world.fills.values() if each.contract == contract)
    quantity = draw(st.sampled_from([-3, -1, 1, 2]))
    if held and draw(st.booleans()):
        quantity = -held
    fees = draw(st.sampled_from([0, 370_000]))
    return Note(one.clock.now_us - delays(draw), contract, quantity, quarters(draw), fees)


def fill(draw: Draw, one: Account) -> None:
    one.fill(note(draw, one))


def correct(draw: Draw, one: Account) -> None:
    if one.world.fills:
        one.fill(note(draw, one), draw(st.sampled_from(sorted(one.world.fills))))


def delete(draw: Draw, one: Account) -> None:
    if one.world.fills:
        one.delete(draw(st.sampled_from(sorted(one.world.fills))))


def move(draw: Draw, one: Account) -> None:
    one.move(one.clock.now_us - delays(draw), draw(st.sampled_from([-300, -50, 100, 500])))


def price(draw: Draw, one: Account) -> None:
    """Some minutes, or a second in one of them, so that no two timeframes end together."""
    contract = draw(st.sampled_from(CONTRACTS))
    last_us = (one.clock.now_us - delays(draw)) // MINUTE_US * MINUTE_US
    if draw(st.integers(0, 3)):
        ends = [last_us - n * MINUTE_US for n in range(draw(st.integers(1, 4)))]
        one.price(contract, 60, [(each, quarters(draw)) for each in ends])
    else:
        one.price(contract, 1, [(last_us - 30 * SECOND_US, quarters(draw))])


def hold_to(draw: Draw, one: Account) -> None:
    daily = draw(st.sampled_from([60, None, 150, 300]))
    maximum = draw(st.sampled_from([120, None, 300, 600]))
    one.hold_to(daily, maximum, draw(st.sampled_from(["eod", "static"])))


def lift(draw: Draw, one: Account) -> None:  # noqa: ARG001
    one.lift()


def hear(draw: Draw, one: Account) -> None:
    off = draw(st.sampled_from([None, 0, 10_000, 10_001]))
    one.hear(draw(st.sampled_from([30, 100_000])) * SECOND_US, off)


def later(draw: Draw, one: Account) -> None:
    one.clock.now_us += draw(st.sampled_from(STEPS_US))


ACTS: tuple[Act, ...] = (
    *(fill, fill, fill, price, price, price, later, later, later),
    *(correct, delete, move, hold_to, lift, hear),
)


def live(draw: Draw, one: Account, acts: int) -> None:
    """A life of an account, looked at all along."""
    if draw(st.booleans()):
        hold_to(draw, one)
    for _ in range(acts):
        draw(st.sampled_from(ACTS))(draw, one)
        if draw(st.integers(0, 2)) == 0:
            one.check()
    one.check()
