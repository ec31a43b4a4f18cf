"""Statistics of all of an account's trades, from what is kept of its days.

A window is the join of its whole days, and of its cut ends made from their trades. When the
deepest fall began and was over is looked up in the trades of those days alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from app.db import statistics_days, trade_columns
from app.db.connection import Connection
from app.db.statistics_days import DayMade
from app.domain import falls, periods, returns, statistics, stretches
from app.domain.accounts import Account
from app.domain.periods import Cut, Span
from app.domain.returns import Dated, Ledger
from app.domain.statistics import Drawdown, Statistics
from app.domain.trade_columns import Array, Columns
from app.services import balances, windows

# The trades of a day that lie in the window.
_Trades = Callable[[int], Columns]


def of_window(conn: Connection, account: Account, cut: Cut, window: Span) -> Statistics:
    """All metrics of a window that is cut as days are kept."""

    def trades(day: int) -> Columns:
        return trade_columns.within(conn, account.account_key, _part(cut, window, day))

    days = [*_days(conn, account.account_key, cut, window, trades)]
    made = stretches.join_all([each.made for each in days])
    nets = [Dated(each.day, each.made.net_micros) for each in days]
    ledger = balances.ledger(conn, account, cut, window, nets)
    held_us = trade_columns.held_within(conn, account.account_key, window)
    return statistics.of_stretch(
        made,
        _fell(days, window.start_us, trades),
        statistics.median_us(held_us),
        _ratios(ledger, nets),
    )


def _part(cut: Cut, window: Span, day: int) -> Span:
    whole = periods.days(cut, day, day)
    return Span(max(whole.start_us, window.start_us), min(whole.end_us, window.end_us))


def _days(
    conn: Connection, account_key: int, cut: Cut, window: Span, trades: _Trades
) -> Iterator[DayMade]:
    """The window's days with closed positions; those that it cuts are made from their trades."""
    if window.start_us >= window.end_us:
        return
    first, last = windows.whole_days(cut, window)
    before, after = periods.day_of(cut, window.start_us), periods.day_of(cut, window.end_us - 1)
    if not first <= before <= last:
        yield from _cut_day(before, trades)
    if first <= last:
        yield from statistics_days.within(conn, account_key, cut.calendar, first, last)
    if max(before, last) < after:
        yield from _cut_day(after, trades)


def _cut_day(day: int, trades: _Trades) -> Iterator[DayMade]:
    found = trades(day)
    starts = np.zeros(min(1, len(found.held_us)), np.int64)
    yield from (DayMade(day, made) for made in stretches.of_columns(found, starts).stretches)


def _ratios(ledger: Ledger | None, nets: list[Dated]) -> returns.Ratios:
    if ledger is None:
        return returns.NONE
    days, micros = (returns.whole(list(each)) for each in zip(*nets, strict=True))
    return returns.ratios(*returns.counted(ledger, days, micros))


def _fell(days: list[DayMade], start_us: int, trades: _Trades) -> Drawdown:
    """When the deepest fall began, was deepest and was over."""
    made = [each.made for each in days]
    found = falls.deepest(made)
    if found is None:
        return statistics.NEVER
    there = trades(days[found.place].day)
    levels, peaks = falls.along(there.net_micros, found.levels[found.place])
    trough = int(np.argmin(levels - peaks))
    peak = int(peaks[trough])
    at_peak = np.flatnonzero(levels == peaks)
    after = int(np.searchsorted(at_peak, trough))

    def closings(place: int) -> tuple[Array, Array]:
        there = trades(days[place].day)
        return there.closed_at_us, falls.along(there.net_micros, found.levels[place])[0]

    if after:
        started_us = int(there.closed_at_us[at_peak[after - 1]])
    else:
        before = map(closings, falls.before(found, made, peak))
        at_us = (closed_at_us[levels == peak] for closed_at_us, levels in before)
        started_us = next((int(each[-1]) for each in at_us if len(each)), start_us)
    if after < len(at_peak):
        recovered_us: int | None = int(there.closed_at_us[at_peak[after]])
    else:
        later = map(closings, falls.after(found, made, peak))
        back_us = (closed_at_us[levels >= peak] for closed_at_us, levels in later)
        recovered_us = next((int(each[0]) for each in back_us), None)
    return Drawdown(started_us, int(there.closed_at_us[trough]), recovered_us)
