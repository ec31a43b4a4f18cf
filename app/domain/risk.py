"""Loss limits, and whether an account reached one anywhere along its way.

Nothing here is remembered: a limit counts as reached because the way so far says so, so fills and
prices that come late, or are corrected, leave what their arrival in order would have left. Terms
hold from the instant at which they were set; a limit that there was none of before holds for all
time before, too.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple

from app.domain import fixed, instants
from app.domain.equity import Point

Mode = Literal["eod", "static"]

# Shares are kept in ten-thousandths.
SHARE_PLACES = 4
WHOLE = 10**SHARE_PLACES


class Terms(NamedTuple):
    """What an account is held to since an instant; None: to nothing of the kind."""

    since_us: int = instants.FIRST_US
    daily_loss_micros: int | None = None
    max_loss_micros: int | None = None
    mode: Mode = "eod"
    profit_target_micros: int | None = None
    consistency_share: int | None = None
    minimum_days: int | None = None
    warning_shares: tuple[int, ...] = (5_000, 8_000)


class MaxLoss(NamedTuple):
    """A maximum loss, and whether its floor follows the balances at the sessions' ends."""

    limit_micros: int
    mode: Mode

    def floor_micros(self, start_micros: int, highest_micros: int) -> int:
        """The equity at which it is reached."""
        if self.mode == "static":
            return start_micros - self.limit_micros
        return min(start_micros, max(start_micros, highest_micros) - self.limit_micros)


class Closed(NamedTuple):
    """A session's balance at its end, and the highest of all up to it."""

    session: int
    balance_micros: int
    highest_micros: int


class Low(NamedTuple):
    """The lowest equity of a stretch, less the balance at its session's start."""

    session: int
    start_us: int
    moved_micros: int


class Reached(NamedTuple):
    """When a limit was reached, the equity then, and the one at which it is reached."""

    at_us: int
    equity_micros: int
    level_micros: int


class Ledger:
    """Balances at the sessions' ends; the session before the first ended at the start."""

    def __init__(self, start_micros: int, moved: Iterable[tuple[int, int]]) -> None:
        """From what each session moved of the balance, in their order."""
        self._start_micros = balance = highest = start_micros
        self._closed: list[Closed] = []
        for session, micros in moved:
            balance += micros
            highest = max(highest, balance)
            self._closed.append(Closed(session, balance, highest))

    @property
    def start_micros(self) -> int:
        """What the account began with."""
        return self._start_micros

    def before(self, session: int) -> Closed:
        """How the last session before one ended."""
        place = bisect_left(self._closed, (session,))
        if place:
            return self._closed[place - 1]
        return Closed(session - 1, self._start_micros, self._start_micros)

    def floor_micros(self, session: int, limit: MaxLoss) -> int:
        """The floor through a session."""
        return limit.floor_micros(self._start_micros, self.before(session).highest_micros)


def daily_loss(history: Sequence[Terms], at_us: int) -> int | None:
    """The daily loss that is allowed at an instant."""
    terms = _in_force(history, at_us, lambda each: each.daily_loss_micros is not None)
    return terms.daily_loss_micros if terms else None


def max_loss(history: Sequence[Terms], at_us: int) -> MaxLoss | None:
    """The maximum loss that is allowed at an instant."""
    terms = _in_force(history, at_us, lambda each: each.max_loss_micros is not None)
    if terms is None or terms.max_loss_micros is None:
        return None
    return MaxLoss(terms.max_loss_micros, terms.mode)


def _in_force(
    history: Sequence[Terms], at_us: int, is_limited: Callable[[Terms], bool]
) -> Terms | None:
    first = next((n for n, each in enumerate(history) if is_limited(each)), None)
    if first is None:
        return None
    place = bisect_right(history, at_us, key=lambda each: each.since_us) - 1
    return history[max(place, first)]


def used_daily(point: Point) -> int | None:
    """What a point has used of a daily loss; None where equity is not known."""
    gained = point.gained_micros
    return None if gained is None else max(0, -gained)


def used_max(equity_micros: int, floor_micros: int, limit: MaxLoss) -> int:
    """What an equity has used of a maximum loss: all of it at the floor."""
    return max(0, floor_micros + limit.limit_micros - equity_micros)


def daily_reached(
    points: Iterable[Point], history: Sequence[Terms], balance_micros: int
) -> Reached | None:
    """Where one session, which began with a balance, first reached its daily loss."""
    for each in points:
        limit, used, moved = daily_loss(history, each.at_us), used_daily(each), each.moved_micros
        if limit is not None and used is not None and moved is not None and used >= limit:
            level = balance_micros + each.cash_micros - limit
            return Reached(each.at_us, balance_micros + moved, level)
    return None


def daily_crossed(
    points: Iterable[Point], history: Sequence[Terms], shares: Sequence[int]
) -> dict[int, int]:
    """When one session first used each share of its daily loss."""
    crossed: dict[int, int] = {}
    for each in points:
        limit, used = daily_loss(history, each.at_us), used_daily(each)
        if limit is not None and used is not None:
            _cross(crossed, shares, used, limit, each.at_us)
    return crossed


def max_crossed(
    points: Iterable[Point], history: Sequence[Terms], ledger: Ledger, shares: Sequence[int]
) -> dict[int, int]:
    """When some sessions first used each share of the maximum loss."""
    crossed: dict[int, int] = {}
    for each in points:
        limit, moved = max_loss(history, each.at_us), each.moved_micros
        if limit is not None and moved is not None:
            equity = ledger.before(each.session).balance_micros + moved
            used = used_max(equity, ledger.floor_micros(each.session, limit), limit)
            _cross(crossed, shares, used, limit.limit_micros, each.at_us)
    return crossed


def _cross(
    crossed: dict[int, int], shares: Sequence[int], used: int, limit: int, at_us: int
) -> None:
    for share in shares:
        if used * WHOLE >= limit * share:
            crossed.setdefault(share, at_us)


def lows(points: Iterable[Point]) -> list[Low]:
    """The lowest equity of each stretch in which it was known at all, in order."""
    found: dict[tuple[int, int], int] = {}
    for each in points:
        moved, stretch = each.moved_micros, (each.session, each.stretch_us)
        if moved is not None:
            found[stretch] = min(found.get(stretch, moved), moved)
    return [Low(*stretch, moved) for stretch, moved in sorted(found.items())]


def first_low(
    stretches: Iterable[Low], history: Sequence[Terms], ledger: Ledger, since_us: int
) -> Low | None:
    """The first stretch since an instant, which began one, that reached the maximum loss."""
    for each in stretches:
        limit = max_loss(history, each.start_us)
        if limit is not None and each.start_us >= since_us:
            equity = ledger.before(each.session).balance_micros + each.moved_micros
            if equity <= ledger.floor_micros(each.session, limit):
                return each
    return None


def max_reached(
    points: Iterable[Point], history: Sequence[Terms], ledger: Ledger, since_us: int
) -> Reached | None:
    """Where the maximum loss was first reached since an instant."""
    for each in points:
        limit, moved = max_loss(history, each.at_us), each.moved_micros
        if limit is not None and moved is not None and each.at_us >= since_us:
            equity = ledger.before(each.session).balance_micros + moved
            floor = ledger.floor_micros(each.session, limit)
            if equity <= floor:
                return Reached(each.at_us, equity, floor)
    return None


def share(part_micros: int, whole_micros: int) -> int:
    """A part of a positive whole in ten-thousandths, half-even."""
    return fixed.divide(part_micros * WHOLE, whole_micros)
