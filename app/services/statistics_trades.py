"""Statistics of any of an account's trades, in groups or not, from the columns of the trades."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from app.db import trade_columns
from app.db.connection import Connection
from app.domain import groups, instants, returns, statistics, stretches
from app.domain.accounts import Account
from app.domain.groups import GROUPS_MAX, GroupBy
from app.domain.periods import Cut, Span
from app.domain.returns import Dated, Ledger, Ratios
from app.domain.statistics import Filter, Statistics
from app.domain.trade_columns import Array, Columns, Kind
from app.errors import InvalidParameter
from app.services import balances


class Group(NamedTuple):
    """A group's name, None for trades without a strategy, and its metrics."""

    name: str | None
    made: Statistics


class Chosen(NamedTuple):
    """Some trades of a window, their days, and the balances of the whole account."""

    start_us: int
    cut: Cut
    trades: Columns
    days: Array
    kinds: dict[int, Kind]
    ledger: Ledger | None


def choose(conn: Connection, account: Account, cut: Cut, window: Span, some: Filter) -> Chosen:
    """The trades of a window that a filter lets through."""
    every = trade_columns.within(conn, account.account_key, window)
    kinds = trade_columns.kinds(conn, account.account_key)
    days = groups.days(cut, every.closed_at_us)
    ledger = balances.ledger(conn, account, cut, window, _nets(every, days))
    picked = some.pick(kinds)
    if len(picked) < len(kinds):
        let_through = np.zeros(max(kinds, default=0) + 1, bool)
        let_through[np.array(list(picked), np.int64)] = True
        which = let_through[every.kinds]
        every, days = every.taken(which), days[which]
    return Chosen(window.start_us, cut, every, days, picked, ledger)


def total(chosen: Chosen) -> Statistics:
    """All metrics of all chosen trades."""
    starts = np.zeros(min(1, len(chosen.days)), np.int64)
    found = list(_figures(chosen, starts))
    return (
        found[0]
        if found
        else statistics.of_stretch(stretches.NOTHING, statistics.NEVER, 0, returns.NONE)
    )


def by_group(chosen: Chosen, by: GroupBy) -> list[Group]:
    """All metrics of each group with trades, in the groups' order; InvalidParameter if there are
    too many of them.
    """
    names, places = groups.group(by, chosen.cut, chosen.trades, chosen.days, chosen.kinds)
    sizes = np.bincount(places, minlength=len(names))
    busy = np.flatnonzero(sizes)
    if len(busy) > GROUPS_MAX:
        raise InvalidParameter(
            f"the window has more than {GROUPS_MAX} groups: take a shorter one, or fewer trades"
        )
    if len(busy) > 1 and bool((places[1:] < places[:-1]).any()):
        # The sort keeps the order within a group; of 16 bits it is done by counting.
        order = np.argsort(places.astype(np.uint16), kind="stable")
        chosen = chosen._replace(trades=chosen.trades.taken(order), days=chosen.days[order])
    starts = np.cumsum(sizes[busy]) - sizes[busy]
    figures = _figures(chosen, starts)
    return [Group(names[n], each) for n, each in zip(busy.tolist(), figures, strict=True)]


def _figures(chosen: Chosen, starts: Array) -> Iterator[Statistics]:
    """The metrics of each stretch of the chosen trades."""
    if chosen.ledger is None or not len(starts):
        return
    made = stretches.of_columns(chosen.trades, starts)
    ends = np.append(starts[1:], len(chosen.days)).tolist()
    by_day = _by_day(chosen, chosen.ledger, starts)
    for first, end, stretch, fall in zip(starts.tolist(), ends, *made, strict=True):
        closed_at_us = chosen.trades.closed_at_us[first:end]
        fell = statistics.fell(fall, closed_at_us, chosen.start_us)
        median_us = statistics.median_us(chosen.trades.held_us[first:end])
        yield statistics.of_stretch(stretch, fell, median_us, next(by_day))


def _by_day(chosen: Chosen, ledger: Ledger, starts: Array) -> Iterator[Ratios]:
    """The ratios of each stretch's days."""
    begins = np.diff(chosen.days, prepend=chosen.days[0] - 1) != 0
    begins[starts] = True
    firsts = np.flatnonzero(begins)
    nets, days = np.add.reduceat(chosen.trades.net_micros, firsts), chosen.days[firsts]
    places = np.append(np.searchsorted(firsts, starts), len(firsts)).tolist()
    for first, end in pairwise(places):
        yield returns.ratios(*returns.counted(ledger, days[first:end], nets[first:end]))


def _nets(every: Columns, days: Array) -> list[Dated]:
    """What each day of the whole account made."""
    firsts = np.flatnonzero(np.diff(days, prepend=-instants.LAST_US))
    if not len(firsts):
        return []
    nets = np.add.reduceat(every.net_micros, firsts)
    return list(map(Dated, days[firsts].tolist(), nets.tolist()))
