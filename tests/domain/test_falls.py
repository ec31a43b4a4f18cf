"""Where the deepest fall of stretches that follow one another lies."""

from __future__ import annotations

import numpy as np

from app.domain import falls, stretches, trade_columns
from app.domain.falls import Deepest, Level
from app.domain.stretches import Stretch


def made(*nets: int) -> Stretch:
    """A stretch of trades with such P&L."""
    trades = trade_columns.of_rows([(n, 0, net, 0, 1) for n, net in enumerate(nets)])
    (found,) = stretches.of_columns(trades, np.array([0])).stretches
    return found


def test_the_deepest_fall_is_found_by_the_ends_of_stretches_alone() -> None:
    every = [made(5, -1), made(-3), made(2, -4), made(8)]
    levels = [Level(0, 0), Level(4, 5), Level(1, 5), Level(-1, 5), Level(7, 7)]
    assert falls.deepest(every) == Deepest(2, levels)
    assert falls.deepest([made(-2), made(-3)]) == Deepest(
        1, [Level(0, 0), Level(-2, 0), Level(-5, 0)]
    )
    assert falls.deepest([made(1), made(0)]) is None
    assert falls.deepest([]) is None


def test_of_two_falls_as_deep_the_first_counts() -> None:
    found = falls.deepest([made(-3), made(3), made(-3)])
    assert found
    assert found.place == 0


def test_levels_and_peaks_go_on_from_where_the_stretch_began() -> None:
    levels, peaks = falls.along(np.array([2, -5, 9]), Level(10, 11))
    assert levels.tolist() == [12, 7, 16]
    assert peaks.tolist() == [12, 12, 16]


def test_the_stretches_at_the_peak_are_found_on_both_sides_of_the_trough() -> None:
    # 2 is touched by the first two, the third only begins there, and the last three are beyond.
    every = [made(2), made(-1, 1), made(-1), made(-6), made(1), made(6), made(-1), made(9)]
    found = falls.deepest(every)
    assert found
    assert found.place == 3
    assert list(falls.before(found, every, 2)) == [2, 1, 0]
    assert list(falls.after(found, every, 2)) == [5, 6, 7]
    assert list(falls.after(found, every, 3)) == [7]


def test_the_trough_s_own_stretch_is_on_neither_side() -> None:
    every = [made(2), made(-6), made(6), made(0)]
    found = falls.deepest(every)
    assert found
    assert found.place == 1
    assert list(falls.before(found, every, 2)) == [0]
    assert list(falls.after(found, every, 2)) == [2, 3]
