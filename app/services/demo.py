"""A generated trading history to look around in: what a futures trader's year may look like.

A day's fills are made from the seed and the date alone, and a price from the seed and the instant.
So a history that is told again, on whatever day, repeats itself word for word and only goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple

from app.db import executions, rollups
from app.domain import fixed, instants, periods
from app.domain.executions import BUY, SELL, Fill
from app.domain.instruments import SHIPPED
from app.domain.invented import MES, MGC, MNQ, Market, front_contract, is_holiday, price_ticks
from app.errors import Conflict
from app.services import accounts, ingest
from app.services.accounts import AccountSettings
from app.services.bodies import Recorded
from app.services.resources import Resources
from app.services.risk_terms import TermsChange

SOURCE = "demo"
STARTING_BALANCE = Decimal(50_000)
MAX_LOSS = Decimal(4_000)

_CHICAGO = periods.cut("civil", periods.SESSION_ZONE)
_MINUTE_US = 60 * instants.SECOND_US
_FRIDAY = 4


class Demo(NamedTuple):
    """Whose history it is, and what it is made from."""

    account_id: str
    seed: int


class Summary(NamedTuple):
    """What an account did over some dates; `days` are those on which it closed a position."""

    days: int
    positions: int
    net_micros: int
    last_day: date


class _Hours(NamedTuple):
    """When trades of a kind begin, and when they have ended: minutes after midnight."""

    first: int
    last: int
    end: int


class _Habit(NamedTuple):
    """How a market is traded: how often, how far away its stop lies, and what a contract costs."""

    weight: int
    stop_ticks: int
    fee: Decimal


class _Order(NamedTuple):
    """An order that is filled at one instant; `quantity` is signed."""

    at_us: int
    market: Market
    quantity: int
    strategy: str


_HABITS = {
    MNQ: _Habit(60, 110, Decimal("0.37")),
    MES: _Habit(25, 26, Decimal("0.37")),
    MGC: _Habit(15, 45, Decimal("0.62")),
}
MARKETS = tuple(_HABITS)

_DAY = _Hours(8 * 60 + 31, 14 * 60 + 30, 15 * 60 + 8)
_EARLY = _Hours(2 * 60, 7 * 60, 8 * 60 + 25)
_EVENING = _Hours(17 * 60 + 5, 20 * 60, 22 * 60)
# Over the break from 16:00 to 17:00 and, by the session's calendar, into the next day.
_OVERNIGHT = _Hours(14 * 60, 15 * 60, 25 * 60)
_HOURS = {_DAY: 86, _EARLY: 7, _EVENING: 5, _OVERNIGHT: 2}
_OPENING_MINUTES = 75

# Each strategy's target, as a multiple of the stop.
_REWARDS = {"opening-range": 1.4, "vwap-fade": 0.8, "trend-pullback": 1.1}

# Shares of days, trades or orders.
_DAYS_OFF = 0.04
_SCALE_INS = 0.2
_PARTIAL_EXITS = 0.3
_REVERSALS = 0.05
_SPLIT_ORDERS = 0.15
# How often the better side is found beyond chance; on a bad day it is the worse one.
_EDGES = (-0.27, 0.48)


def dates(now_us: int, count: int) -> list[date]:
    """The last weekdays of Chicago's calendar up to today, oldest first."""
    today = periods.day_of(_CHICAGO, now_us)
    past = (periods.date_of(today - n) for n in range(2 * count + 2))
    return [day for day in past if day.weekday() <= _FRIDAY][:count][::-1]


def fills(demo: Demo, some_dates: Iterable[date], now_us: int) -> list[Fill]:
    """What was filled up to now of some dates' trades; a few of them end the night after."""
    made = [fill for day in some_dates for fill in _Trader(demo, day).fills()]
    return [fill for fill in made if fill.executed_at_us <= now_us]


def open_account(res: Resources, demo: Demo) -> None:
    """Create the account where it is missing; Conflict if there is anything real in it."""
    if not accounts.exists(res, demo.account_id):
        # Its maximum loss is wider than the preset's, which the history reaches.
        terms = TermsChange(preset="topstep-50k", max_loss_limit=MAX_LOSS)
        settings = AccountSettings(
            name="Demo, generated", starting_balance=STARTING_BALANCE, risk=terms
        )
        accounts.change(res, demo.account_id, settings)
    with res.db.read() as conn:
        key = accounts.load(conn, demo.account_id).account_key
        for contract in executions.contracts(conn, key):
            if any(span.source != SOURCE for span in executions.source_spans(conn, key, contract)):
                raise Conflict(f"account {demo.account_id!r} holds real executions: name another")


def record(res: Resources, demo: Demo, some_dates: Sequence[date]) -> Recorded:
    """Store what was filled on some dates; what is there already changes nothing."""
    try:
        return ingest.record(res, fills(demo, some_dates, res.now_us()))
    except Conflict as conflict:
        raise Conflict(
            f"account {demo.account_id!r} holds another history than seed {demo.seed} makes:"
            " name its seed, or another account"
        ) from conflict


def summary(res: Resources, demo: Demo, some_dates: Sequence[date]) -> Summary:
    """What the account has from the first of some dates to the day after the last."""
    first, last = periods.number(some_dates[0]), periods.number(some_dates[-1]) + 1
    with res.db.read() as conn:
        account = accounts.load(conn, demo.account_id)
        stored = rollups.within(conn, account.account_key, "civil", first, last)
    traded = [each for each in stored if each.totals.closed.trades]
    return Summary(
        days=len(traded),
        positions=sum(each.totals.closed.trades for each in traded),
        net_micros=sum(each.totals.executed.path.net for each in stored),
        last_day=periods.date_of(traded[-1].day) if traded else some_dates[-1],
    )


class _Trader:
    """The trades that begin on one day."""

    def __init__(self, demo: Demo, day: date) -> None:
        self._demo = demo
        self._day = day
        self._rng = Random(f"{demo.seed}/{day}")  # noqa: S311 (an invented history is no secret)
        self._edge = self._rng.uniform(*_EDGES)
        self._midnight_us = periods.at_wall_time(_CHICAGO.zone, datetime.combine(day, time()))

    def fills(self) -> Iterator[Fill]:
        """Their fills in order."""
        if is_holiday(self._day) or self._rng.random() < _DAYS_OFF:
            return
        orders = sorted(self._orders(), key=lambda order: order.at_us)
        for number, order in enumerate(orders, start=1):
            yield from self._filled(order, f"{self._day:%Y%m%d}-{number:03}")

    def _orders(self) -> Iterator[_Order]:
        busy_until_us = dict.fromkeys(MARKETS, 0)
        weights = [habit.weight for habit in _HABITS.values()]
        for start_us, hours in sorted(self._starts()):
            market = self._rng.choices(MARKETS, weights)[0]
            rested_us = busy_until_us[market] + self._between(_MINUTE_US // 2, 6 * _MINUTE_US)
            entry_us = max(start_us, rested_us)
            if entry_us <= self._at(hours.last):
                trade = list(self._trade(market, entry_us, hours))
                busy_until_us[market] = trade[-1].at_us
                yield from trade

    def _starts(self) -> Iterator[tuple[int, _Hours]]:
        weights = dict(_HOURS)
        if not self._may_hold():
            weights[_EVENING] = weights[_OVERNIGHT] = 0
        count = round(self._rng.triangular(2, 11, 5))
        for hours in self._rng.choices(list(weights), list(weights.values()), k=count):
            minute = self._rng.triangular(hours.first, hours.last, hours.first)  # Rather early.
            yield self._at(int(minute)) + self._between(0, _MINUTE_US), hours

    def _may_hold(self) -> bool:
        """Whether the market opens again in the evening, and with the same contracts."""
        tomorrow = self._day + timedelta(days=1)
        if self._day.weekday() == _FRIDAY or is_holiday(tomorrow):
            return False
        return all(front_contract(m, self._day) == front_contract(m, tomorrow) for m in MARKETS)

    def _trade(self, market: Market, entry_us: int, hours: _Hours) -> Iterator[_Order]:
        """The orders of one round trip, or of two where the trader turns around."""
        strategy = self._strategy(entry_us)
        reward = _REWARDS[strategy]
        direction, exit_us = self._side(market, entry_us, hours, reward)
        # What is held overnight has no stop, so it is small.
        legs = [(entry_us, 1)] if hours is _OVERNIGHT else self._entered(entry_us, exit_us)
        held = sum(quantity for _, quantity in legs)
        if hours is _DAY and exit_us < self._at(hours.last) and self._rng.random() < _REVERSALS:
            turned_us = self._exit(market, exit_us, hours, -direction, reward)
            legs += [(exit_us, -held - legs[0][1]), (turned_us, legs[0][1])]
        else:
            legs.append((exit_us, -held))
        for at_us, quantity in legs:
            yield _Order(at_us, market, direction * quantity, strategy)

    def _strategy(self, entry_us: int) -> str:
        just_open = self._at(_DAY.first) <= entry_us < self._at(_DAY.first + _OPENING_MINUTES)
        return self._rng.choices(list(_REWARDS), (6 if just_open else 0, 2, 2))[0]

    def _side(self, market: Market, entry_us: int, hours: _Hours, reward: float) -> tuple[int, int]:
        """Whether to buy (1) or to sell (-1), and when that ends."""
        direction = self._rng.choice((1, -1))
        exit_us = self._exit(market, entry_us, hours, direction, reward)
        gained = direction * (self._ticks(market, exit_us) - self._ticks(market, entry_us))
        if (gained > 0) != (self._edge > 0) and self._rng.random() < abs(self._edge):
            direction = -direction
            exit_us = self._exit(market, entry_us, hours, direction, reward)
        return direction, exit_us

    def _exit(
        self, market: Market, entry_us: int, hours: _Hours, direction: int, reward: float
    ) -> int:
        """When the price is first seen at the stop or the target, or patience ends."""
        if hours is _OVERNIGHT:
            return self._between(self._at(_EVENING.first), self._at(hours.end))
        patience_us = self._between(5 * _MINUTE_US, 90 * _MINUTE_US)
        look_us = self._between(_MINUTE_US // 4, _MINUTE_US // 2)
        until_us = min(entry_us + patience_us, self._at(hours.end))
        entry, stop = self._ticks(market, entry_us), _HABITS[market].stop_ticks
        for at_us in range(entry_us + look_us, until_us, look_us):
            gained = direction * (self._ticks(market, at_us) - entry)
            if gained <= -stop or gained >= reward * stop:
                return at_us
        return until_us

    def _entered(self, entry_us: int, exit_us: int) -> list[tuple[int, int]]:
        """When how much is bought (positive) or sold before the exit, seen as a long trade's."""
        size = self._rng.choices((1, 2, 3, 4), (35, 35, 20, 10))[0]
        legs, held_us = [(entry_us, size)], exit_us - entry_us
        if self._rng.random() < _SCALE_INS:
            added = self._rng.randint(1, size)
            legs.append((self._between(entry_us + held_us // 8, entry_us + held_us // 2), added))
            size += added
        if size > 1 and self._rng.random() < _PARTIAL_EXITS:
            part = self._rng.randint(1, size - 1)
            legs.append((self._between(exit_us - held_us // 3, exit_us), -part))
        return legs

    def _filled(self, order: _Order, order_id: str) -> Iterator[Fill]:
        side = 1 if order.quantity > 0 else -1
        tick_nanos = SHIPPED.by_root[order.market.root].tick_nanos
        for part, quantity in enumerate(self._parts(abs(order.quantity))):
            # What does not fit into the first price pays a tick more.
            price_nanos = (self._ticks(order.market, order.at_us) + side * part) * tick_nanos
            yield Fill(
                account_id=self._demo.account_id,
                execution_id=f"{order_id}-{part + 1}",
                order_id=order_id,
                symbol=order.market.root,
                contract=front_contract(order.market, self._day),
                side=BUY if side > 0 else SELL,
                quantity=quantity,
                price=Decimal(price_nanos).scaleb(-fixed.PRICE_PLACES),
                fees=_HABITS[order.market].fee * quantity,
                executed_at_us=order.at_us,
                sequence=part,
                strategy=order.strategy,
                source=SOURCE,
            )

    def _parts(self, quantity: int) -> tuple[int, ...]:
        if quantity == 1 or self._rng.random() >= _SPLIT_ORDERS:
            return (quantity,)
        first = self._rng.randint(1, quantity - 1)
        return first, quantity - first

    def _at(self, minute: int) -> int:
        return self._midnight_us + minute * _MINUTE_US

    def _between(self, first_us: int, last_us: int) -> int:
        return self._rng.randint(first_us // 1000, last_us // 1000) * 1000  # Whole milliseconds.

    def _ticks(self, market: Market, at_us: int) -> int:
        return price_ticks(self._demo.seed, market, at_us)
