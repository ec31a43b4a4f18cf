"""A history: the periods in which something happened, one after the other, running on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from app.domain import totals
from app.domain.periods import Period, Span
from app.domain.totals import Basis, Totals


class Stretch(NamedTuple):
    """A period, the part of it that lies in the window, and what that part made."""

    period: Period
    totals: Totals


class Point(NamedTuple):
    """A period of a history; `cumulative_micros` starts at 0 where the window does."""

    period: Period
    totals: Totals
    pnl_micros: int
    cumulative_micros: int
    cash_micros: int
    is_partial: bool


class CashFlow(NamedTuple):
    """A deposit or withdrawal at an instant."""

    occurred_at_us: int
    amount_micros: int


def points(
    stretches: Iterable[Stretch], window: Span, basis: Basis, cash: Sequence[CashFlow]
) -> Iterator[Point]:
    """The stretches that are not idle on a basis, oldest first; `cash_micros` is all cash since
    the window's start up to the period's end.
    """
    cumulative_micros = 0
    for period, made in stretches:
        if made.is_idle(basis):
            continue
        pnl_micros = made.path(basis).net
        cumulative_micros += pnl_micros
        came = (each.amount_micros for each in cash if each.occurred_at_us < period.span.end_us)
        is_partial = period.span.start_us < window.start_us or period.span.end_us > window.end_us
        yield Point(period, made, pnl_micros, cumulative_micros, sum(came), is_partial)


def merge(stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    """Join neighbours of the same period: the days of a week, the two ends of a day."""
    held: Stretch | None = None
    for each in stretches:
        if held and held.period == each.period:
            held = Stretch(held.period, totals.join(held.totals, each.totals))
            continue
        if held:
            yield held
        held = each
    if held:
        yield held
