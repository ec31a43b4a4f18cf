"""What one account must look like: round trips that never overlap, so that a sum is an oracle."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from itertools import accumulate
from typing import NamedTuple
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Chicago")
START_BALANCE = Decimal(50_000)
# Versions that listeners may still tell of.
REMEMBERED = 300
ZERO = Decimal(0)


class Leg(NamedTuple):
    """One execution."""

    execution_id: str
    contract: str
    side: str
    quantity: int
    price: Decimal
    fees: Decimal
    executed_at: datetime
    sequence: int


class Trip(NamedTuple):
    """From flat to flat by two executions: a long one."""

    entry: Leg
    exit: Leg
    point_value: int

    @property
    def gross(self) -> Decimal:
        return (self.exit.price - self.entry.price) * self.exit.quantity * self.point_value

    @property
    def fees(self) -> Decimal:
        return self.entry.fees + self.exit.fees

    @property
    def net(self) -> Decimal:
        return self.gross - self.fees

    @property
    def order(self) -> tuple[datetime, int]:
        return self.exit.executed_at, self.exit.sequence


class Figures(NamedTuple):
    """A day, or many of them."""

    net: Decimal = ZERO
    gross: Decimal = ZERO
    fees: Decimal = ZERO
    trades: int = 0
    wins: int = 0
    losses: int = 0
    drawdown: Decimal = ZERO

    def plus(self, other: Figures) -> Figures:
        """Both; the drawdown of two parts is not known from theirs."""
        return Figures(
            net=self.net + other.net,
            gross=self.gross + other.gross,
            fees=self.fees + other.fees,
            trades=self.trades + other.trades,
            wins=self.wins + other.wins,
            losses=self.losses + other.losses,
        )


class Book:
    """One writer's account; others may look up what a version looked like."""

    def __init__(self, account_id: str) -> None:
        self.account_id = account_id
        self.version = 0
        self.open: Leg | None = None
        self.days: defaultdict[date, dict[str, Trip]] = defaultdict(dict)
        self._figures: dict[date, Figures] = {}
        self._told: dict[int, tuple[date, Figures]] = {}
        self._changed = threading.Condition()

    def put(self, trip: Trip) -> None:
        """A trip, or what a correction made of one."""
        day = day_of(trip.exit.executed_at)
        self.days[day][trip.exit.execution_id] = trip
        self._figures.pop(day, None)

    def drop(self, trip: Trip) -> None:
        """A trip is no more."""
        day = day_of(trip.exit.executed_at)
        del self.days[day][trip.exit.execution_id]
        self._figures.pop(day, None)

    def at(self, version: int) -> None:
        """All that was put and dropped until now is this version of the account."""
        day = day_of(datetime.now(tz=ZONE))
        with self._changed:
            self.version = version
            self._told[version] = (day, self.figures(day))
            self._told.pop(version - REMEMBERED, None)
            self._changed.notify_all()

    def told(self, version: int, wait_s: float) -> tuple[date, Figures] | None:
        """The day of the writing and its figures at a version; None if it never was."""
        deadline_s = time.monotonic() + wait_s
        with self._changed:
            while version not in self._told and time.monotonic() < deadline_s:
                self._changed.wait(deadline_s - time.monotonic())
            return self._told.get(version)

    def figures(self, day: date) -> Figures:
        """The figures of a civil day, by position."""
        kept = self._figures.get(day)
        if kept is None:
            kept = self._figures[day] = figures(self.trips(day))
        return kept

    def trips(self, day: date) -> list[Trip]:
        """The trips that were closed on a day, in their order."""
        return sorted(self.days.get(day, {}).values(), key=lambda trip: trip.order)

    def total(self, days: list[date] | None = None) -> Figures:
        """Some days together, all by default."""
        found = Figures()
        for day in self.days if days is None else days:
            found = found.plus(self.figures(day))
        return found

    def balance(self) -> Decimal:
        """What is left of the starting balance; an open leg has cost its fees."""
        paid = self.open.fees if self.open else ZERO
        return START_BALANCE + self.total().net - paid


def figures(trips: list[Trip]) -> Figures:
    """The figures of trips in their order."""
    nets = [trip.net for trip in trips]
    running = list(accumulate(nets, initial=ZERO))
    peaks = accumulate(running, max)
    return Figures(
        net=sum(nets, ZERO),
        gross=sum((trip.gross for trip in trips), ZERO),
        fees=sum((trip.fees for trip in trips), ZERO),
        trades=len(trips),
        wins=sum(net > 0 for net in nets),
        losses=sum(net < 0 for net in nets),
        drawdown=min((now - peak for now, peak in zip(running, peaks, strict=True)), default=ZERO),
    )


def day_of(moment: datetime) -> date:
    """The civil day of the account that a moment is in."""
    return moment.astimezone(ZONE).date()
