"""What an invented trader's broker has booked: half-turns, orders, positions and a balance.

Its profits are reckoned here once more, lot by lot, so that they can stand against the service's.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple

from app.demo_gateway.contracts import Listed, listed
from app.domain import instants, periods
from app.domain.executions import BUY, Fill
from app.services import demo
from app.services.demo import STARTING_BALANCE, Demo

_CHICAGO = periods.cut("civil", periods.SESSION_ZONE)
_ROWS_A_DAY = 10_000
_ACCOUNTS_MAX = 10
# An order that was filled twice by mistake is put right after this long.
BUST_AFTER_US = 15 * 60 * instants.SECOND_US
_BUSTS = 0.02
# How many fills have only their product's id, as the real gateway's sometimes do.
_SHORT_IDS = 0.03
_CANCELLED = 0.3
# On which share of the days an account trades; what it trades is the same, for prices are.
_DAYS_TRADED = (1.0, 0.6, 0.4)
_REJECTED = 0.03
FILLED, OPEN, CANCELLED, REJECTED = 2, 1, 3, 5
LIMIT, MARKET, STOP = 1, 2, 4


class Half(NamedTuple):
    """One fill; one with `busted_at_us` never happened, and is known to be wrong from then on."""

    trade_id: int
    order_id: int
    contract: Listed
    has_short_id: bool
    at_us: int
    sign: int
    size: int
    price: Decimal
    fees: Decimal
    busted_at_us: int | None


class Booked(NamedTuple):
    """A fill as it stands at some time, with what it has won where it closed something."""

    half: Half
    is_voided: bool
    pnl: Decimal | None


class Order(NamedTuple):
    """An order, whatever became of it."""

    order_id: int
    contract: Listed
    created_at_us: int
    updated_at_us: int
    status: int
    kind: int
    sign: int
    size: int
    filled: int
    filled_price: Decimal | None
    limit_price: Decimal | None


class Lot(NamedTuple):
    """What is left of a fill that opened; `size` is signed."""

    half: Half
    size: int


class Ledger:
    """The books of one account, made up day by day from a seed, as far as its clock has come."""

    def __init__(self, number: int, name: str, seed: int, first_day: date) -> None:
        self.account_id = 12_694_470 + number
        self.name = name
        self._number = number
        self._demo = Demo(name, seed)
        self._next_day = first_day
        self._halves: list[Half] = []
        self._trading = threading.Lock()

    def booked(self, now_us: int) -> list[Booked]:
        """Every fill up to now, oldest first."""
        self._trade_until(now_us)
        seen = [half for half in self._halves if half.at_us <= now_us]
        return list(_booked(seen, now_us))

    def lots(self, now_us: int) -> dict[str, list[Lot]]:
        """What is open now, by contract."""
        lots: dict[str, deque[Lot]] = {}
        for each in self.booked(now_us):
            if not each.is_voided:
                _match(lots.setdefault(each.half.contract.contract_id, deque()), each.half)
        return {contract: list(left) for contract, left in lots.items() if left}

    def balance(self, now_us: int) -> Decimal:
        """What has been booked: profits less fees."""
        valid = [each for each in self.booked(now_us) if not each.is_voided]
        return STARTING_BALANCE + sum((each.pnl or 0) - each.half.fees for each in valid)

    def orders(self, now_us: int) -> list[Order]:
        """Every order up to now: filled, cancelled, rejected and, while something is open, a stop
        that waits.
        """
        by_id: dict[int, list[Half]] = {}
        for each in self.booked(now_us):
            if each.half.busted_at_us is None:
                by_id.setdefault(each.half.order_id, []).append(each.half)
        made = [order for halves in by_id.values() for order in self._around(halves)]
        stops = [_stop(lots) for lots in self.lots(now_us).values()]
        return sorted(order for order in (*made, *stops) if order.created_at_us <= now_us)

    def _trade_until(self, now_us: int) -> None:
        today = periods.date_of(periods.day_of(_CHICAGO, now_us))
        with self._trading:
            while self._next_day <= today:
                known = [*self._halves, *self._traded(self._next_day)]
                self._halves = sorted(known, key=lambda half: (half.at_us, half.trade_id))
                self._next_day += timedelta(days=1)

    def _traded(self, day: date) -> Iterator[Half]:
        luck = Random(f"{self._demo.seed}/{self.name}/{day}").random()  # noqa: S311
        if luck >= _DAYS_TRADED[(self._number - 1) % len(_DAYS_TRADED)]:
            return
        # Also what ends the night after; the clock decides what is seen of it.
        yield from self._told(day, demo.fills(self._demo, [day], instants.LAST_US - 1))

    def _told(self, day: date, fills: Sequence[Fill]) -> Iterator[Half]:
        orders = {said: n for n, said in enumerate(dict.fromkeys(f.order_id for f in fills))}
        for number, fill in enumerate(fills):
            rng = Random(f"{self._demo.seed}/{self.name}/{day}/{number}")  # noqa: S311
            order_id = self._id(day, orders[fill.order_id])
            half = Half(
                self._id(day, 2 * number),
                order_id,
                listed(fill.contract or fill.symbol, fill.executed_at_us),
                rng.random() < _SHORT_IDS,
                fill.executed_at_us,
                1 if fill.side == BUY else -1,
                fill.quantity,
                fill.price,
                fill.fees or Decimal(0),
                None,
            )
            yield half
            if rng.random() < _BUSTS:
                busted_at_us = half.at_us + BUST_AFTER_US
                yield half._replace(trade_id=half.trade_id + 10, busted_at_us=busted_at_us)

    def _id(self, day: date, number: int) -> int:
        return (periods.number(day) * _ROWS_A_DAY + number) * _ACCOUNTS_MAX + self._number

    def _around(self, halves: Sequence[Half]) -> Iterator[Order]:
        """An order that was filled, and sometimes another that was not."""
        first, last = halves[0], halves[-1]
        size = sum(half.size for half in halves)
        average = sum((half.price * half.size for half in halves), Decimal(0)) / size
        rng = Random(f"{self._demo.seed}/{first.order_id}")  # noqa: S311
        created_at_us = first.at_us - rng.randint(20, 3_000) * 1_000
        filled = Order(
            first.order_id,
            first.contract,
            created_at_us,
            last.at_us,
            FILLED,
            MARKET,
            first.sign,
            size,
            size,
            average,
            None,
        )
        yield filled
        luck = rng.random()
        if luck < _REJECTED + _CANCELLED:
            is_rejected = luck < _REJECTED
            yield filled._replace(
                order_id=first.order_id + _ROWS_A_DAY // 2 * _ACCOUNTS_MAX,
                updated_at_us=last.at_us if is_rejected else last.at_us + 60 * instants.SECOND_US,
                status=REJECTED if is_rejected else CANCELLED,
                kind=LIMIT,
                filled=0,
                filled_price=None,
                limit_price=first.price - first.sign * 10 * first.contract.tick_size,
            )


def _booked(halves: Iterable[Half], now_us: int) -> Iterator[Booked]:
    lots: dict[str, deque[Lot]] = {}
    for half in halves:
        if half.busted_at_us is not None and half.busted_at_us <= now_us:
            yield Booked(half, is_voided=True, pnl=None)
        else:
            pnl = _match(lots.setdefault(half.contract.contract_id, deque()), half)
            yield Booked(half, is_voided=False, pnl=pnl)


def _match(lots: deque[Lot], half: Half) -> Decimal | None:
    """Close what a fill closes, oldest first; what that won, or None where it closed nothing."""
    left, won = half.sign * half.size, None
    while left and lots and (lots[0].size > 0) != (left > 0):
        lot = lots.popleft()
        closed = min(abs(left), abs(lot.size))
        points = (half.price - lot.half.price) * (closed if lot.size > 0 else -closed)
        won = (won or Decimal(0)) + points * half.contract.point_value
        left += closed if lot.size > 0 else -closed
        rest = lot.size - closed if lot.size > 0 else lot.size + closed
        if rest:
            lots.appendleft(lot._replace(size=rest))
    if left:
        lots.append(Lot(half, left))
    return won


def _stop(lots: Sequence[Lot]) -> Order:
    """The order that ends an open position where it loses too much."""
    first, size = lots[0].half, sum(lot.size for lot in lots)
    sign = -1 if size > 0 else 1
    return Order(
        first.order_id + _ROWS_A_DAY // 4 * _ACCOUNTS_MAX,
        first.contract,
        first.at_us,
        first.at_us,
        OPEN,
        STOP,
        sign,
        abs(size),
        0,
        None,
        first.price + sign * 100 * first.contract.tick_size,
    )
