"""What stretches of closed trades made, in figures that join: (a + b) + c = a + (b + c).

A stretch is any run of trades in closing order: a day, a group, a whole window. Days are kept, a
window is their join, and what no kept day holds is made from its trades by the same code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from app.domain import drawdown
from app.domain.drawdown import Path
from app.domain.totals import Closed
from app.domain.trade_columns import Array, Columns, roomy

# Numbers below two to this many bits have squares of which many fit into 64 bits.
_SQUARE_BITS = 20


class Further(NamedTuple):
    """What statistics need of a stretch beside its totals.

    Runs are wins (above 0) or losses (below 0) one after the other: at both ends of the stretch,
    and the most of either. A stretch that is one run has it at both ends, as long as itself.
    """

    squares: int
    held_us: int
    leading_run: int
    trailing_run: int
    winning_run: int
    losing_run: int


class Stretch(NamedTuple):
    """All that the trades of a stretch made: a row of figures, since thousands of days make a
    window.
    """

    trades: int
    winning: int
    losing: int
    gross_micros: int
    fees_micros: int
    won_micros: int
    lost_micros: int
    largest_win_micros: int
    largest_loss_micros: int
    net_micros: int
    low_micros: int
    high_micros: int
    drawdown_micros: int
    squares: int
    held_us: int
    leading_run: int
    trailing_run: int
    winning_run: int
    losing_run: int

    @property
    def path(self) -> Path:
        """Net P&L in closing order."""
        return Path._make(self[9:13])

    @property
    def closed(self) -> Closed:
        """The totals."""
        return Closed._make((*self[:9], self.path))

    @property
    def further(self) -> Further:
        """What there is beside the totals."""
        return Further._make(self[13:])


class Fall(NamedTuple):
    """Where the deepest fall of a stretch starts, is deepest and has recovered, as trades counted
    from the stretch's first; a start of None is the stretch's, a recovery of None has not come.
    """

    start: int | None
    trough: int
    recovery: int | None


NOTHING = Stretch._make([0] * len(Stretch._fields))


class Made(NamedTuple):
    """Stretches that follow one another, and the deepest fall of each, None without any."""

    stretches: list[Stretch]
    falls: list[Fall | None]


def of_columns(columns: Columns, starts: Array) -> Made:
    """What each stretch of trades made; `starts` are the first trades of stretches that are not
    empty, the first of all among them.
    """
    if not len(starts):
        return Made([], [])
    net = columns.net_micros
    sizes = np.diff(starts, append=len(net))
    paths, falls = _paths(net, starts, sizes)
    figures = (*_totals(columns, net, starts, sizes), *paths, *_further(columns, net, starts))
    return Made(list(map(Stretch, *figures)), falls)


def join_all(stretches: Sequence[Stretch]) -> Stretch:
    """What stretches made that follow one another; nothing is its identity."""
    if not stretches:
        return NOTHING
    by_figure = list(zip(*stretches, strict=True))
    added, (largest_wins, largest_losses) = by_figure[:7], by_figure[7:9]
    squares, held_us, *runs = by_figure[13:]
    extremes = max(largest_wins), min(largest_losses)
    path = drawdown.join_all(zip(*by_figure[9:13], strict=True))
    runs_joined = _join_runs(zip(by_figure[0], *runs, strict=True))
    sums = map(sum, added)
    return Stretch._make((*sums, *extremes, *path, sum(squares), sum(held_us), *runs_joined))


def _join_runs(every: Iterable[tuple[int, ...]]) -> tuple[int, int, int, int]:
    """The runs of stretches, each of which begins with how many trades it has."""
    leading = trailing = winning = losing = trades = 0
    for size, first, last, won, lost in every:
        goes_on = first * trailing > 0
        run = trailing + first if goes_on else first
        if abs(leading) == trades and (goes_on or not trades):
            leading = run
        if size:
            trailing = run if abs(first) == size else last
        winning, losing = max(winning, won, run), max(losing, lost, -run)
        trades += size
    return leading, trailing, winning, losing


def _totals(columns: Columns, net: Array, starts: Array, sizes: Array) -> Iterator[list[int]]:
    won, lost = np.maximum(net, 0), np.minimum(net, 0)
    yield sizes.tolist()
    yield _count(net > 0, starts)
    yield _count(net < 0, starts)
    for added in (roomy(columns.gross_micros), roomy(columns.fees_micros), won, lost):
        yield np.add.reduceat(added, starts).tolist()
    yield np.maximum.reduceat(won, starts).tolist()
    yield np.minimum.reduceat(lost, starts).tolist()


def _count(which: Array, starts: Array) -> list[int]:
    counts: list[int] = np.add.reduceat(which, starts, dtype=np.int64).tolist()
    return counts


def _further(columns: Columns, net: Array, starts: Array) -> Iterator[list[int]]:
    yield _squares(net, starts)
    yield np.add.reduceat(roomy(columns.held_us), starts).tolist()
    yield from _runs(net, starts)


def _squares(net: Array, starts: Array) -> list[int]:
    """The sum of squares of each stretch: from high and low halves, whose squares fit."""
    if net.dtype == object:
        whole: list[int] = np.add.reduceat(net * net, starts).tolist()
        return whole
    high, low = net >> _SQUARE_BITS, net & ((1 << _SQUARE_BITS) - 1)
    parts = ((high, high, 2 * _SQUARE_BITS), (high, low, _SQUARE_BITS + 1), (low, low, 0))
    sums = [
        [each << bits for each in np.add.reduceat(_product(one, other), starts).tolist()]
        for one, other, bits in parts
    ]
    return [sum(each) for each in zip(*sums, strict=True)]


def _product(one: Array, other: Array) -> Array:
    largest = max(int(np.abs(one).max()), int(np.abs(other).max()))
    if largest**2 * len(one) >= 2**62:
        return one.astype(object) * other
    return one * other


def _runs(net: Array, starts: Array) -> Iterator[list[int]]:
    signs = (net > 0).astype(np.int8) - (net < 0)
    begins = np.empty(len(net), bool)
    begins[1:] = signs[1:] != signs[:-1]
    begins[starts] = True
    firsts = np.flatnonzero(begins)
    lengths = np.diff(firsts, append=len(net)) * signs[firsts]
    places = np.searchsorted(firsts, starts)
    lasts = np.append(places[1:], len(firsts)) - 1
    winning = np.maximum(np.maximum.reduceat(lengths, places), 0)
    losing = np.maximum(-np.minimum.reduceat(lengths, places), 0)
    return (each.tolist() for each in (lengths[places], lengths[lasts], winning, losing))


def _paths(net: Array, starts: Array, sizes: Array) -> tuple[list[list[int]], list[Fall | None]]:
    ends = np.cumsum(net)
    before = ends[starts] - net[starts]
    levels = ends - np.repeat(before, sizes)
    lows = np.minimum(np.minimum.reduceat(levels, starts), 0)
    highs = np.maximum(np.maximum.reduceat(levels, starts), 0)
    depths = levels - _peaks(levels, sizes)
    deepest = np.minimum.reduceat(depths, starts)
    nets = levels[starts + sizes - 1]
    figures = [each.tolist() for each in (nets, lows, highs, deepest)]
    return figures, _falls(depths, deepest, starts, sizes)


def _peaks(levels: Array, sizes: Array) -> Array:
    """The highest level so far in each stretch, 0 at least."""
    if len(sizes) == 1:
        peaks: Array = np.maximum(np.maximum.accumulate(levels), 0)
        return peaks
    # Each stretch is raised above all that come before it, so that one pass is enough.
    reach = int(levels.max()) - int(levels.min()) + 1
    fits = reach * len(sizes) < 2**62
    raised = np.arange(len(sizes)) if fits else np.arange(len(sizes)).astype(object)
    by = np.repeat(raised * reach, sizes)
    return np.asarray(np.maximum(np.maximum.accumulate(levels + by) - by, 0))


def _falls(depths: Array, deepest: Array, starts: Array, sizes: Array) -> list[Fall | None]:
    """At its peak a path's depth is 0: the fall starts at the last such place before its trough,
    and has recovered at the first one after it.
    """
    at_peak = np.flatnonzero(depths == 0)
    troughs = _first_at(depths, deepest, starts, sizes)
    after = np.searchsorted(at_peak, troughs)
    bounded = np.concatenate(([-1], at_peak, [len(depths)]))
    table = (deepest, starts, sizes, troughs, bounded[after], bounded[after + 1])
    return [
        Fall(
            peak - start if peak >= start else None,
            trough - start,
            back - start if back < start + size else None,
        )
        if depth
        else None
        for depth, start, size, trough, peak, back in zip(
            *(each.tolist() for each in table), strict=True
        )
    ]


def _first_at(values: Array, wanted: Array, starts: Array, sizes: Array) -> Array:
    """The first place in each stretch that has the wanted value; there is one."""
    hits = np.flatnonzero(values == np.repeat(wanted, sizes))
    found: Array = hits[np.searchsorted(hits, starts)]
    return found
