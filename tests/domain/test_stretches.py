"""Stretches of trades join, wherever they are cut, whatever they are made of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.domain import falls, stretches, trade_columns
from app.domain.stretches import NOTHING, Fall, Made, Stretch
from app.domain.trade_columns import Columns

# Few values, so that much is equal; some whose sums, or squares, need more than 64 bits.
STEPS = st.one_of(
    st.integers(-2, 2), st.integers(-(10**9), 10**9), st.sampled_from((2**61, -(2**61), 2**43))
)
TRADES = st.lists(STEPS, max_size=30)
PIECES = st.lists(st.lists(STEPS, min_size=1, max_size=6), min_size=1, max_size=8)


def columns(nets: Sequence[int]) -> Columns:
    return trade_columns.of_rows([(n, 2**60 + n, net, 0, 1) for n, net in enumerate(nets)])


def in_pieces(pieces: Sequence[Sequence[int]]) -> Made:
    """The pieces, made all at once."""
    sizes = [len(each) for each in pieces]
    starts = np.cumsum([0, *sizes[:-1]])
    return stretches.of_columns(columns([net for each in pieces for net in each]), starts)


def alone(nets: Sequence[int]) -> Stretch:
    return stretches.of_columns(columns(nets), np.zeros(min(1, len(nets)), int)).stretches[0]


@given(PIECES)
def test_stretches_made_at_once_are_those_made_one_by_one(pieces: list[list[int]]) -> None:
    for made, piece in zip(in_pieces(pieces).stretches, pieces, strict=True):
        ours = made._replace(held_us=0)
        assert ours == alone(piece)._replace(held_us=0) == plain(piece)


@given(PIECES)
def test_the_whole_is_the_join_of_its_pieces(pieces: list[list[int]]) -> None:
    every = in_pieces(pieces).stretches
    whole = in_pieces([[net for each in pieces for net in each]]).stretches
    assert [stretches.join_all(every)] == whole


@given(TRADES, TRADES, TRADES)
def test_a_join_is_associative_and_nothing_is_its_identity(
    first: list[int], second: list[int], third: list[int]
) -> None:
    a, b, c = plain(first), plain(second), plain(third)
    join = stretches.join_all
    assert join([join([a, b]), c]) == join([a, join([b, c])]) == join([a, b, c])
    assert join([a, NOTHING]) == join([NOTHING, a]) == join([a]) == a
    assert join([]) == NOTHING


@given(PIECES)
def test_the_deepest_fall_is_found_from_what_stretches_tell(pieces: list[list[int]]) -> None:
    every = in_pieces(pieces).stretches
    whole = in_pieces([[net for each in pieces for net in each]])
    found, (fall,) = falls.deepest(every), whole.falls
    assert (found is None) == (fall is None)
    if found and fall:
        sizes = np.cumsum([0, *map(len, pieces)])
        assert sizes[found.place] <= fall.trough < sizes[found.place + 1]


def plain(nets: Sequence[int]) -> Stretch:
    """A stretch told once more, trade by trade."""
    level = peak = 0
    levels, depths = [0], [0]
    for net in nets:
        level += net
        peak = max(peak, level)
        levels.append(level)
        depths.append(level - peak)
    runs = "".join("+" if net > 0 else "-" if net < 0 else "0" for net in nets)
    won, lost = [net for net in nets if net > 0], [net for net in nets if net < 0]
    longest = [
        max(map(len, "".join(s if s == w else " " for s in runs).split()), default=0) for w in "+-"
    ]
    leading, trailing = run(runs), run(runs[::-1])
    return Stretch(
        *(len(nets), len(won), len(lost), sum(nets), 0, sum(won), sum(lost)),
        *(max(won, default=0), min(lost, default=0)),
        *(level, min(levels), max(levels), min(depths)),
        *(sum(net * net for net in nets), 0, leading, trailing, *longest),
    )


def run(signs: str) -> int:
    """The run that signs begin with, negative for losses."""
    if not signs or signs[0] == "0":
        return 0
    size = len(signs) - len(signs.lstrip(signs[0]))
    return size if signs[0] == "+" else -size


def test_two_stretches_have_a_peak_each() -> None:
    first, second = in_pieces([[5], [-1, 1]]).stretches
    assert (first.path, second.path) == ((5, 0, 5, 0), (0, -1, 0, -1))
    assert [each.drawdown_micros for each in in_pieces([[5], [0]]).stretches] == [0, 0]


def test_squares_of_many_that_would_not_fit_are_exact() -> None:
    assert alone([2**50] * 64).squares == 64 * 2**100


def test_every_figure_is_a_whole_number() -> None:
    for each in in_pieces([[5, 3, -1], [-2, 0, 4]]).stretches:
        assert {type(figure) for figure in each} == {int}


def test_a_fall_is_told_by_the_trades_of_its_own_stretch() -> None:
    assert in_pieces([[1], [2, -3, 3], [-1]]).falls == [None, Fall(0, 1, 2), Fall(None, 0, None)]
