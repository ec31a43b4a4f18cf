"""A history: the periods in which something happened, one after the other, running on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Literal, NamedTuple

from app.domain import instants, totals
from app.domain.executions import Key
from app.domain.periods import Interval, Period, Span
from app.domain.totals import Basis, Totals

# A point an execution, or one a closed position, or one a period.
HistoryInterval = Literal["tick", "trade"] | Interval


class Stretch(NamedTuple):
    """A period, the part of it that lies in the window, and what that part made; that of a single
    execution has its sequence and id, too.
    """

    period: Period
    totals: Totals
    sequence: int = 0
    execution_id: str = ""

    @property
    def place(self) -> Key:
        """Where it comes in a history; no other stretch of the same history has the same place."""
        return Key(self.period.span.start_us, self.sequence, self.execution_id)


class Point(NamedTuple):
    """A stretch of a history; `cumulative_micros` starts at 0 where the window does."""

    stretch: Stretch
    pnl_micros: int
    cumulative_micros: int
    cash_micros: int
    is_partial: bool


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


def single(place: Key, made: Totals) -> Stretch:
    """One execution's or trade's stretch: its instant, and no more."""
    at_us = place.executed_at_us
    return Stretch(Period(instants.text(at_us), Span(at_us, at_us + 1)), made, *place[1:])


def points(
    stretches: Iterable[Stretch],
    window: Span,
    basis: Basis,
    cash: Sequence[CashFlow],
    *,
    before_micros: int = 0,
) -> Iterator[Point]:
    """The stretches running on from what those before them made; `cash_micros` is all cash since
    the window's start up to the period's end.
    """
    cumulative_micros, cash_micros = before_micros, 0
    flows = iter([*cash, CashFlow(instants.LAST_US, 0)])
    flow = next(flows)
    for each in stretches:
        start_us, end_us = each.period.span
        while flow.occurred_at_us < min(end_us, instants.LAST_US):
            cash_micros += flow.amount_micros
            flow = next(flows)
        pnl_micros = each.totals.path(basis).net
        cumulative_micros += pnl_micros
        is_partial = start_us < window.start_us or end_us > window.end_us
        yield Point(each, pnl_micros, cumulative_micros, cash_micros, is_partial)


def merge(stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    """Join neighbours of the same period: the days of a week, the two ends of a day."""
    for period, neighbours in groupby(stretches, attrgetter("period")):
        same = list(neighbours)
        joined = totals.join_all(each.totals for each in same) if len(same) > 1 else same[0].totals
        yield Stretch(period, joined)


def fill(stretches: Iterable[Stretch], every: Iterable[Period]) -> Iterator[Stretch]:
    """The stretches, and amid them those of `every` period that none of them is of."""
    left = iter(every)
    upcoming = next(left, None)
    for each in stretches:
        while upcoming and upcoming.span.start_us < each.period.span.start_us:
            yield Stretch(upcoming, totals.NOTHING)
            upcoming = next(left, None)
        if upcoming == each.period:
            upcoming = next(left, None)
        yield each
    while upcoming:
        yield Stretch(upcoming, totals.NOTHING)
        upcoming = next(left, None)
