"""A history: the periods in which something happened, one after the other, running on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Literal, NamedTuple

from app.domain import instants, totals
from app.domain.executions import Key
from app.domain.periods import Interval, Period, Span
from app.domain.totals import Course

# After whatever can be dated.
_NEVER_US = 1 << 63
# A point an execution, or one a closed position, or one a period.
HistoryInterval = Literal["tick", "trade"] | Interval


class Stretch(NamedTuple):
    """A period, and the course of the part of it that lies in the window; that of a single
    execution has its sequence and id, too. A row of figures, since thousands make a history.
    """

    period: Period
    trades: int
    winning: int
    losing: int
    won_micros: int
    lost_micros: int
    net_micros: int
    low_micros: int
    high_micros: int
    drawdown_micros: int
    sequence: int = 0
    execution_id: str = ""

    @property
    def course(self) -> Course:
        """What it made."""
        return Course._make(self[1:10])

    @property
    def place(self) -> Key:
        """Where it comes in a history; no other stretch of the same history has the same place."""
        return Key(self.period.span.start_us, self.sequence, self.execution_id)


class CashFlow(NamedTuple):
    """A deposit or withdrawal at an instant."""

    occurred_at_us: int
    amount_micros: int


def cutting(interval: HistoryInterval) -> Interval | None:
    """The interval if it cuts time into periods; None for executions and trades."""
    match interval:
        case "tick" | "trade":
            return None
        case _:
            return interval


def single(place: Key, made: Course) -> Stretch:
    """One execution's or trade's stretch: its instant, and no more."""
    at_us = place.executed_at_us
    begins = instants.text(at_us)
    return Stretch(Period(begins, Span(at_us, at_us + 1), begins), *made, *place[1:])


def total(stretches: Sequence[Stretch]) -> Course:
    """The course of all of them."""
    if not stretches:
        return totals.IDLE
    _, *columns, _, _ = zip(*stretches, strict=True)
    return totals.join_columns(columns)


def cash_until(ends_us: Iterable[int], cash: Iterable[CashFlow]) -> Iterator[int]:
    """All cash before each of some instants; both come in order."""
    cash_micros = 0
    flows = iter([*cash, CashFlow(_NEVER_US, 0)])
    flow_us, amount_micros = next(flows)
    for end_us in ends_us:
        while flow_us < end_us:
            cash_micros += amount_micros
            flow_us, amount_micros = next(flows)
        yield cash_micros


def merge(stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    """Join neighbours of the same period: the days of a week, the two ends of a day."""
    for period, neighbours in groupby(stretches, itemgetter(0)):
        same = list(neighbours)
        yield Stretch(period, *total(same)) if len(same) > 1 else same[0]


def fill(stretches: Iterable[Stretch], every: Iterable[Period]) -> Iterator[Stretch]:
    """The stretches, and amid them those of `every` period that none of them is of."""
    left = iter(every)
    upcoming = next(left, None)
    for each in stretches:
        while upcoming and upcoming.span.start_us < each.period.span.start_us:
            yield Stretch(upcoming, *totals.IDLE)
            upcoming = next(left, None)
        if upcoming == each.period:
            upcoming = next(left, None)
        yield each
    while upcoming:
        yield Stretch(upcoming, *totals.IDLE)
        upcoming = next(left, None)
