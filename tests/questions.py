"""Hypothesis strategies for what an account is and for what is asked of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Literal, NamedTuple

from hypothesis import strategies as st

from tests.oracle import EXCHANGE, Basis, Calendar, Interval
from tests.streams import MOMENTS, NUDGES, SEEDS, STRATEGIES

# A date stands for its whole day, None for the beginning or for now.
Bound = date | datetime | None

# Mostly the exchange's own; else with half an hour to UTC, or clocks that are set by half an hour.
ZONES = (
    *[EXCHANGE] * 4,
    *("Australia/Lord_Howe", "Asia/Kolkata", "America/St_Johns", "Europe/London"),
)
CALENDARS: tuple[Calendar, ...] = ("civil", "civil", "session")
BASES: tuple[Basis, ...] = ("position", "execution")
INTERVALS: tuple[Interval, ...] = ("tick", "trade", "hour", "day", "week", "month")
# What is meant, by how it may be spelt: a root, or one of its contracts.
SYMBOLS = {
    "MNQ": "MNQ",
    "mnqz5": "MNQZ5",
    "CON.F.US.MES.Z25": "MESZ5",
    "CL 12-25": "CLZ5",
    "6J": "6J",
    "ES": "ES",
}
# So long a window is filled in any interval within the time of a test.
FILLED = timedelta(days=4)
AMOUNTS = tuple(map(Decimal, ("50000", "-1250.5", "0.000001", "-0.333333")))
BALANCES = tuple(map(Decimal, ("0", "50000", "-12.345679")))
# Inside an hour, and before what tests take for now.
SPRING = datetime(2025, 3, 9, 7, 12, tzinfo=UTC)
DAY = timedelta(days=1)


class Cash(NamedTuple):
    """A deposit or a withdrawal, `occurred_at` in UTC."""

    amount: Decimal
    occurred_at: datetime


class Owner(NamedTuple):
    """The account that a history happens to."""

    zone: str
    calendar: Calendar
    starting_balance: Decimal
    cash: tuple[Cash, ...]


class Question(NamedTuple):
    """A day, its week and a window, and what cuts them; None is the account's own."""

    zone: str | None
    calendar: Calendar | None
    basis: Basis
    interval: Interval
    day: date
    start: Bound
    end: Bound
    symbol: str | None
    strategy: str | None
    fill: Literal["zero"] | None

    @property
    def own_basis(self) -> Basis:
        """The answer's: single executions and trades can be dated in one way only."""
        own: dict[Interval, Basis] = {"tick": "execution", "trade": "position"}
        return own.get(self.interval, self.basis)

    @property
    def is_filtered(self) -> bool:
        return bool(self.symbol or self.strategy)


@st.composite
def owners(draw: st.DrawFn) -> Owner:
    """Half of them in the exchange's zone, and half with cash movements."""
    rng = Random(draw(SEEDS))
    cash = tuple(Cash(rng.choice(AMOUNTS), _moment(rng)) for _ in range(rng.choice((0, 0, 1, 3))))
    return Owner(rng.choice(ZONES), rng.choice(CALENDARS), rng.choice(BALANCES), cash)


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """All that the service answers, of times at which streams have fills."""
    rng = Random(draw(SEEDS))
    zone = rng.choice((None, None, rng.choice(ZONES)))
    # A zone with the session's days would be refused.
    calendar: Calendar | None = "civil" if zone else rng.choice((None, *CALENDARS))
    basis, interval = rng.choice(BASES), rng.choice(INTERVALS)
    window = _window(rng)
    symbol, strategy = rng.choice((None, *SYMBOLS)), rng.choice((None, *STRATEGIES))
    if rng.choice((True, True, False)):
        symbol = strategy = None
    fill = _fill(rng, interval, *window)
    day = _moment(rng).date()
    return Question(zone, calendar, basis, interval, day, *window, symbol, strategy, fill)


def _fill(rng: Random, interval: Interval, start: Bound, end: Bound) -> Literal["zero"] | None:
    if interval in ("tick", "trade") or rng.choice((True, False)):
        return None
    if isinstance(start, datetime) and isinstance(end, datetime) and end - start <= FILLED:
        return "zero"
    return "zero" if interval in ("week", "month") else None


def _window(rng: Random) -> tuple[Bound, Bound]:
    """Not the wrong way round, in whatever zone its dates are read."""
    if rng.choice((True, False, False)):
        return rng.choice((None, SPRING, SPRING.date())), None
    first, last = sorted(_moment(rng) for _ in range(2))
    start = rng.choice((None, first, first, (first - DAY).date()))
    return start, rng.choice((last, last, (last + DAY).date()))


def _moment(rng: Random) -> datetime:
    return rng.choice(MOMENTS) + rng.choice(NUDGES)
