"""Every way to take trades apart, against each trade's group found by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import changes, groups, instants, periods, trade_columns
from app.domain.changes import Changes
from app.domain.groups import WAYS, GroupBy, Grouped
from app.domain.periods import SESSION, Cut
from app.domain.trade_columns import Columns, Kind
from tests import oracle

# Around both changes of the clock in Chicago, and the turn of a year whose week is the old one's.
STARTS = [datetime(*day, tzinfo=UTC) for day in ((2025, 10, 31), (2026, 3, 6), (2026, 12, 30))]
CUTS = [Cut("civil", "America/Chicago"), Cut("civil", "Asia/Kolkata"), SESSION]
KINDS = {
    1: Kind("MNQ", "MNQZ5", "LONG", "fade"),
    2: Kind("MES", "MESZ5", "SHORT", None),
    5: Kind("MNQ", "MNQH6", "LONG", ""),
    6: Kind("MNQ", "MNQH6", "LONG", "A"),
}
TRADE = st.tuples(
    st.integers(0, 5 * 1440),
    st.sampled_from((0, 59, 60, 299, 300, 899, 900, 3_599, 3_600, 14_400, 86_399, 86_400)),
    st.sampled_from(sorted(KINDS)),
)


def columns(start: datetime, some: list[tuple[int, int, int]]) -> Columns:
    at_us = instants.from_datetime(start)
    rows = sorted((at_us + 60_000_000 * at, held * 10**6, 3, 1, kind) for at, held, kind in some)
    return trade_columns.of_rows(rows)


def named(by: GroupBy, cut: Cut, closed_us: int, held_us: int, kind: Kind) -> str | None:
    """The group of one trade."""
    closed = instants.to_datetime(closed_us)
    day = oracle.day_of(closed, cut.zone, cut.calendar)
    if by in get_args(groups.KindGroup):
        name: str | None = getattr(kind, by)
        return name
    if by == "holding_time":
        bounds = (60, 300, 900, 3_600, 14_400, 86_400)
        return groups.HOLDING_TIMES[sum(held_us >= each * 10**6 for each in bounds)]
    year, week, weekday = day.isocalendar()
    return {
        "hour": f"{closed.astimezone(ZoneInfo(cut.zone)).hour:02}",
        "weekday": groups.WEEKDAYS[weekday - 1],
        "day": day.isoformat(),
        "week": f"{year}-W{week:02}",
        "month": f"{day:%Y-%m}",
    }[by]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(STARTS), st.lists(TRADE, max_size=12), st.sampled_from(CUTS))
def test_each_trade_is_in_the_group_that_it_would_be_in_alone(
    start: datetime, some: list[tuple[int, int, int]], cut: Cut
) -> None:
    trades = columns(start, some)
    on = groups.days(cut, trades.closed_at_us)
    assert on.tolist() == [periods.day_of(cut, each) for each in trades.closed_at_us.tolist()]
    for by in WAYS:
        found = groups.group(by, cut, trades, on, KINDS)
        each = zip(trades.closed_at_us, trades.held_us, trades.kinds, strict=True)
        alone = [named(by, cut, int(at), int(held), KINDS[int(kind)]) for at, held, kind in each]
        assert [found.names[place] for place in found.places] == alone, by


def group(by: GroupBy, *kinds: int) -> Grouped:
    trades = columns(STARTS[0], [(n, 0, kind) for n, kind in enumerate(kinds)])
    return groups.group(by, SESSION, trades, groups.days(SESSION, trades.closed_at_us), KINDS)


def test_groups_are_in_the_order_that_is_told() -> None:
    assert list(group("strategy", 1).names) == ["", "A", "fade", None]
    assert list(group("symbol", 1).names) == ["MES", "MNQ"]
    assert next(iter(group("weekday", 1).names)) == "Monday"
    assert groups.MEANINGS.keys() == set(WAYS)
    assert groups.group("side", SESSION, columns(STARTS[0], []), np.zeros(0), {}).names == []


def test_sums_that_might_not_fit_are_taken_on_as_whole_numbers() -> None:
    fits, grows = (np.array([each, -1], np.int64) for each in (2**61 - 1, 2**61))
    assert trade_columns.roomy(fits).dtype == np.int64
    assert trade_columns.roomy(grows).dtype == object
    assert trade_columns.roomy(-grows).dtype == object
    assert trade_columns.roomy(fits[:0]).dtype == np.int64


def test_columns_are_kept_and_cut_without_a_change() -> None:
    trades = columns(STARTS[0], [(0, 60, 1), (1, 0, 2), (2, 0, 5)])
    assert trades.net_micros.tolist() == [2, 2, 2]
    first_us = int(trades.closed_at_us[0])
    cut = trades.between(first_us, first_us + 60_000_000)
    assert cut.kinds.tolist() == [1]
    assert cut.held_us.tolist() == [60_000_000]
    assert trades.between(first_us + 1, first_us + 60_000_001).kinds.tolist() == [2]
    for field in trade_columns.FIELDS:
        kept = trade_columns.packed(getattr(trades, field), field)
        assert len(kept) == 3 * (4 if field == "kinds" else 8)
        again = trade_columns.unpacked([kept, b""], field)
        assert again.tolist() == getattr(trades, field).tolist()
    swapped = trades.taken(np.array([2, 0]))
    assert swapped.kinds.tolist() == [5, 1]
    assert swapped.closed_at_us.tolist() == [first_us + 2 * 60_000_000, first_us]
    assert trade_columns.of_rows([]).kinds.dtype == np.dtype("<i4")
    assert timedelta(microseconds=int(swapped.closed_at_us[0]) - first_us).seconds == 120


def test_orders_are_told_once_each_and_no_more_than_so_many() -> None:
    assert changes.of_orders(["b", "a", "b"]) == Changes(orders=("b", "a"))
    many = [str(n) for n in range(changes.IDS_MAX + 1)]
    assert changes.of_orders(many[:-1]) == Changes(orders=tuple(many[:-1]))
    assert changes.of_orders(many) == Changes(orders=tuple(many[:-1]), has_more=True)


@pytest.mark.parametrize("by", WAYS)
def test_no_trades_are_in_no_group(by: GroupBy) -> None:
    places = group(by).places
    assert len(places) == 0
    assert places.dtype == np.int64


def test_the_hour_hand_is_set_at_the_instant_itself() -> None:
    set_us = instants.parse("2025-11-02T07:00:00Z")
    trades = trade_columns.of_rows([(set_us - 1, 0, 0, 0, 1), (set_us, 0, 0, 0, 1)])
    cut = CUTS[0]
    found = groups.group("hour", cut, trades, groups.days(cut, trades.closed_at_us), KINDS)
    assert [found.names[place] for place in found.places] == ["01", "01"]
    alone = trades.taken(slice(1, 2))
    assert groups.group("hour", cut, alone, alone.kinds, KINDS).places.tolist() == [1]


def test_days_before_1970_are_days_too() -> None:
    found = groups._by_period(SESSION, "day", np.array([-124, -124, 0]))
    assert found.names == ["1969-08-30", "1970-01-01"]
    assert found.places.tolist() == [0, 0, 1]
