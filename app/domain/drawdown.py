"""Running P&L as a path that starts at 0, and the deepest fall from its peak.

Paths compose, so a year's drawdown folds from its days:
dd(a+b) = min(dd(a), dd(b), net(a) + low(b) - high(a)).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Path(NamedTuple):
    """Where a path ends, its lowest and highest point (0, its start, among them), and the lowest
    value of the path minus its running peak; all in micro-units.
    """

    net: int
    low: int
    high: int
    drawdown: int


FLAT = Path(0, 0, 0, 0)


def along(steps: Iterable[int]) -> Path:
    """The path of some steps."""
    net = low = high = drawdown = 0
    for step in steps:
        net += step
        # Without a call: there is a step for every execution.
        if net > high:
            high = net
        elif net - high < drawdown:
            drawdown = net - high
        low = min(low, net)
    return Path(net, low, high, drawdown)


def join_all(paths: Iterable[Path | tuple[int, int, int, int]]) -> Path:
    """The path of the steps of all paths, one after the other."""
    net = low = high = drawdown = 0
    for steps, lowest, highest, fall in paths:
        # Thousands of days make a history, and min and max take three times as long as a look.
        if fall < drawdown or net + lowest - high < drawdown:
            drawdown = min(fall, net + lowest - high)
        if net + lowest < low or net + highest > high:
            low, high = min(low, net + lowest), max(high, net + highest)
        net += steps
    return Path(net, low, high, drawdown)
