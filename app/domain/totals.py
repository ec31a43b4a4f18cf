"""What a stretch of time made: the positions closed in it, and the executions made in it.

Both add up over adjoining stretches, so days make weeks, months and any history.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from app.domain import drawdown, fixed
from app.domain.drawdown import Path
from app.domain.positions import SECOND_LEG

Basis = Literal["position", "execution"]


class ClosedTrade(NamedTuple):
    """A closed position's P&L."""

    gross_micros: int
    fees_micros: int
    net_micros: int


class Realized(NamedTuple):
    """What one leg of an execution realized, and its fees."""

    leg: int
    gross_micros: int
    fees_micros: int


class Closed(NamedTuple):
    """The positions closed in a stretch; break-even ones are the rest of `trades`."""

    trades: int
    winning: int
    losing: int
    gross_micros: int
    fees_micros: int
    won_micros: int
    lost_micros: int
    largest_win_micros: int
    largest_loss_micros: int
    path: Path


class Executed(NamedTuple):
    """The executions made in a stretch: `fills` of them, of which `executions` with P&L or fees."""

    executions: int
    fills: int
    gross_micros: int
    fees_micros: int
    path: Path


class Course(NamedTuple):
    """What a history tells of a stretch, by one dating of P&L: the positions closed in it, and its
    path. A row of figures, since thousands of days make a history.
    """

    trades: int
    winning: int
    losing: int
    won_micros: int
    lost_micros: int
    net_micros: int
    low_micros: int
    high_micros: int
    drawdown_micros: int


class Totals(NamedTuple):
    """A stretch by both datings of P&L."""

    closed: Closed
    executed: Executed

    def gross_micros(self, basis: Basis) -> int:
        """P&L before fees."""
        return self.closed.gross_micros if basis == "position" else self.executed.gross_micros

    def fees_micros(self, basis: Basis) -> int:
        """Fees paid."""
        return self.closed.fees_micros if basis == "position" else self.executed.fees_micros

    def path(self, basis: Basis) -> Path:
        """Net P&L in the order in which it came."""
        return self.closed.path if basis == "position" else self.executed.path

    def course(self, basis: Basis) -> Course:
        """As a history tells it."""
        closed = self.closed
        counts = closed.trades, closed.winning, closed.losing
        return Course(*counts, closed.won_micros, closed.lost_micros, *self.path(basis))

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened at all."""
        return not self.executed.fills and self.is_idle("position") and self.is_idle("execution")

    def is_idle(self, basis: Basis) -> bool:
        """Whether nothing happened that this basis shows."""
        if basis == "position":
            return not self.closed.trades
        return not (self.executed.executions or self.closed.trades)


IDLE = Course(0, 0, 0, 0, 0, *drawdown.FLAT)
NOTHING = Totals(
    Closed(0, 0, 0, 0, 0, 0, 0, 0, 0, drawdown.FLAT), Executed(0, 0, 0, 0, drawdown.FLAT)
)


def of_closed(trades: Sequence[ClosedTrade | tuple[int, int, int]]) -> Closed:
    """Total closed positions, given in the order of their closing executions."""
    if not trades:
        return NOTHING.closed
    gross, fees, net = zip(*trades, strict=True)
    wins = [each for each in net if each > 0]
    losses = [each for each in net if each < 0]
    return Closed(
        trades=len(trades),
        winning=len(wins),
        losing=len(losses),
        gross_micros=sum(gross),
        fees_micros=sum(fees),
        won_micros=sum(wins),
        lost_micros=sum(losses),
        largest_win_micros=max(wins, default=0),
        largest_loss_micros=min(losses, default=0),
        path=drawdown.along(net),
    )


def of_executed(legs: Iterable[Realized | tuple[int, int, int]]) -> Executed:
    """Total executions, given leg by leg in their order; both legs of one are one step."""
    made: list[tuple[int, int]] = []
    for leg, gross, fees in legs:
        if leg == SECOND_LEG and made:
            closing_gross, closing_fees = made.pop()
            made.append((closing_gross + gross, closing_fees + fees))
        else:
            made.append((gross, fees))
    if not made:
        return NOTHING.executed
    every_gross, every_fees = zip(*made, strict=True)
    return Executed(
        sum(1 for gross, fees in made if gross or fees),
        len(made),
        sum(every_gross),
        sum(every_fees),
        drawdown.along([gross - fees for gross, fees in made]),
    )


def join_all(stretches: Iterable[Totals]) -> Totals:
    """The totals of stretches that follow one another, added up column by column."""
    every = tuple(stretches)
    if not every:
        return NOTHING
    closed, executed = zip(*every, strict=True)
    return Totals(_join_closed(closed), _join_executed(executed))


def join_courses(courses: Iterable[Course]) -> Course:
    """The course of stretches that follow one another."""
    every = tuple(courses)
    return join_columns(zip(*every, strict=True)) if every else IDLE


def join_columns(columns: Iterable[Sequence[int]]) -> Course:
    """The same of their figures column by column, of which none is empty."""
    trades, winning, losing, won, lost, *path = columns
    added = map(sum, (trades, winning, losing, won, lost))
    return Course._make((*added, *drawdown.join_all(zip(*path, strict=True))))


def win_rate(closed: Closed | Course) -> int:
    """Winning / total x 100, in tenths, half-even; 0 without trades."""
    return fixed.divide(closed.winning * 1000, closed.trades) if closed.trades else 0


def average_micros(total_micros: int, count: int) -> int:
    """The average in micro-units, rounded half-even to cents; 0 of nothing."""
    if not count:
        return 0
    return fixed.rounded(total_micros, count, places=fixed.MONEY_PLACES, step_places=2)


def profit_factor(closed: Closed | Course) -> int | None:
    """Won / lost in ten-thousandths, half-even; None without a loss."""
    if not closed.lost_micros:
        return None
    return fixed.divide(closed.won_micros * 10_000, -closed.lost_micros)


def _join_closed(stretches: Iterable[Closed]) -> Closed:
    *added, largest_wins, largest_losses, paths = zip(*stretches, strict=True)
    extremes = max(largest_wins), min(largest_losses)
    return Closed._make((*map(sum, added), *extremes, drawdown.join_all(paths)))


def _join_executed(stretches: Iterable[Executed]) -> Executed:
    *added, paths = zip(*stretches, strict=True)
    return Executed._make((*map(sum, added), drawdown.join_all(paths)))
