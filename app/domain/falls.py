"""Where among stretches that follow one another the deepest fall of all lies.

Each stretch tells how low and high its path went. So the stretches in which the fall begins, is
deepest and is over are known before any trade is looked at, and only their trades have to be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from app.domain.stretches import Stretch
from app.domain.trade_columns import Array


class Level(NamedTuple):
    """Cumulative net P&L before a stretch, and its highest value until then."""

    net: int
    peak: int


class Deepest(NamedTuple):
    """The place of the stretch with the trough, and the levels before every stretch."""

    place: int
    levels: list[Level]


def deepest(stretches: Sequence[Stretch]) -> Deepest | None:
    """The first of the stretches at which P&L lies deepest below its peak; None: it never fell."""
    levels, place, depth = [Level(0, 0)], None, 0
    for n, made in enumerate(stretches):
        net, peak = levels[-1]
        fallen = min(made.drawdown_micros, net + made.low_micros - peak)
        if fallen < depth:
            place, depth = n, fallen
        levels.append(Level(net + made.net_micros, max(peak, net + made.high_micros)))
    return None if place is None else Deepest(place, levels)


def along(nets: Array, reached: Level) -> tuple[Array, Array]:
    """The levels after each trade of a stretch, and the peaks until then."""
    levels = np.cumsum(nets) + reached.net
    return levels, np.maximum(np.maximum.accumulate(levels), reached.peak)


def before(found: Deepest, stretches: Sequence[Stretch], peak: int) -> Iterator[int]:
    """The stretches before the trough's that touch the peak, the last one first; in one that only
    begins at it no trade does.
    """
    for n in range(found.place - 1, -1, -1):
        if found.levels[n].net + stretches[n].high_micros == peak:
            yield n


def after(found: Deepest, stretches: Sequence[Stretch], peak: int) -> Iterator[int]:
    """The stretches after the trough's that come back to the peak, the first one first."""
    for n in range(found.place + 1, len(stretches)):
        if found.levels[n].net + stretches[n].high_micros >= peak:
            yield n
