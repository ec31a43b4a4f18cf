from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from app.domain import excursions, positions
from app.domain.excursions import Excursions, Fill, Range
from tests.domain.test_lots import POINT_VALUE_MICROS, fill

WIDTH_US = 10


def gone(
    signed: Sequence[tuple[int, int, int]], ranges: Sequence[Range], until_us: int
) -> Excursions:
    made = [
        fill(n, quantity, price)._replace(executed_at_us=at)
        for n, (at, quantity, price) in enumerate(signed)
    ]
    (built,) = positions.build("A", POINT_VALUE_MICROS, positions.whole(made))
    fills = [
        Fill(each.executed_at_us, each.quantity, one.price_nanos, each.gross_micros)
        for each, one in zip(built.effects, made, strict=True)
    ]
    return excursions.excursions(fills, ranges, until_us, POINT_VALUE_MICROS)


@st.composite
def lives(draw: st.DrawFn) -> list[tuple[int, int, int]]:
    """Fills of one position, in order of time: it is flat at its end at the earliest."""
    direction = draw(st.sampled_from([1, -1]))
    held, at_us, found = 0, draw(st.integers(0, 30)), []
    for _ in range(draw(st.integers(1, 8))):
        quantity = draw(st.integers(1, 4)) if not held else draw(st.integers(1 - held, 4))
        if quantity:
            found.append((at_us, quantity * direction, draw(st.integers(-50, 50)) * 10**9))
            held += quantity
        at_us += draw(st.integers(0, 25))
    if draw(st.booleans()):
        found.append((at_us, -held * direction, draw(st.integers(-50, 50)) * 10**9))
    return found


@given(st.data(), lives())
def test_they_are_the_extremes_of_what_closing_at_any_price_would_have_made(
    data: st.DataObject, life: list[tuple[int, int, int]]
) -> None:
    until_us = life[-1][0] + data.draw(st.integers(1, 30))
    closed = not sum(quantity for _, quantity, _ in life)
    ends_us = life[-1][0] if closed else until_us
    starts = range(0, ends_us + WIDTH_US, WIDTH_US)
    lows = [data.draw(st.integers(-60, 60)) * 10**9 for _ in starts]
    ranges = [
        Range(start, start + WIDTH_US, low, low + data.draw(st.integers(0, 20)) * 10**9)
        for start, low in zip(starts, lows, strict=True)
    ]
    values = [0]
    for n in range(len(life)):
        until = life[n + 1][0] if n + 1 < len(life) else ends_us
        prices = {life[n][2]}
        for each in ranges:
            if (each.start_us < until and each.end_us > life[n][0]) or each.start_us <= life[n][
                0
            ] < each.end_us:
                prices |= {each.low_nanos, each.high_nanos}
        values += [worth(life[: n + 1], price) for price in prices]
    assert gone(life, ranges, ends_us) == (min(values), max(values))


def worth(life: list[tuple[int, int, int]], price: int) -> int:
    """Closed at a price, what the position would have made in all: each contract by itself."""
    flow = sum(-quantity * paid for _, quantity, paid in life)
    held = sum(quantity for _, quantity, _ in life)
    return (flow + held * price) * POINT_VALUE_MICROS // 10**9


def test_what_was_held_for_no_time_counts_the_range_that_begins_then() -> None:
    ranges = [Range(0, 10, 0, 0), Range(10, 20, -(10**9), 2 * 10**9)]
    assert gone([(10, 1, 0), (10, -1, 0)], ranges, 10) == Excursions(
        -POINT_VALUE_MICROS, 2 * POINT_VALUE_MICROS
    )
