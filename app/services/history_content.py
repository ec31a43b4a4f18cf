"""What a history's window holds: whole periods, or executions and trades one by one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from typing import NamedTuple, Protocol

from app.db import filtered_trades
from app.db.connection import Connection
from app.db.filtered_trades import EVERY, Chosen, LegAt, TradeAt
from app.domain import history
from app.domain.accounts import Account
from app.domain.executions import Key
from app.domain.history import HistoryInterval, Stretch
from app.domain.periods import Cut, Span
from app.domain.totals import Basis, Course
from app.services import windows


class Content(Protocol):
    """A window's stretches that are not idle, in their order."""

    def total(self) -> Course:
        """What all of them made."""
        ...

    def after(self, place: Key | None) -> tuple[int, Iterator[Stretch]]:
        """The net P&L up to a place, and the stretches that come after it, made one by one."""
        ...


class _Periods(NamedTuple):
    """Hours, days, weeks or months."""

    busy: Sequence[Stretch]

    def total(self) -> Course:
        return history.total(self.busy)

    def after(self, place: Key | None) -> tuple[int, Iterator[Stretch]]:
        until = bisect_right(self.busy, place, key=lambda each: each.place) if place else 0
        net_micros = sum(each.net_micros for each in self.busy[:until])
        return net_micros, iter(self.busy[until:])


class _Moment(NamedTuple):
    """An execution's legs, and the position that it closed if it closed one."""

    place: Key
    legs: Sequence[LegAt]
    closed: Sequence[TradeAt]

    @property
    def is_shown(self) -> bool:
        return bool(self.closed) or any(each.realized[1:] != (0, 0) for each in self.legs)

    def course(self, basis: Basis) -> Course:
        return windows.of_trades(self.closed, self.legs).course(basis)


class _Moments(NamedTuple):
    """Executions, or trades, which are rather the executions that closed them."""

    trades: Sequence[TradeAt]
    legs: Sequence[LegAt]
    busy: Sequence[_Moment]
    basis: Basis

    def total(self) -> Course:
        return windows.of_trades(self.trades, self.legs).course(self.basis)

    def after(self, place: Key | None) -> tuple[int, Iterator[Stretch]]:
        until = bisect_right(self.busy, place, key=lambda each: each.place) if place else 0
        net_micros = sum(map(_net_micros, self.busy[:until]))
        left = islice(self.busy, until, None)
        return net_micros, (history.single(each.place, each.course(self.basis)) for each in left)


def read(
    conn: Connection,
    account: Account,
    cut: Cut,
    interval: HistoryInterval,
    window: Span,
    basis: Basis,
    chosen: Chosen,
) -> Content:
    """What a window holds of the chosen positions; all of the account's from the kept days."""
    cutting = history.cutting(interval)
    if cutting is None:
        return _moments(conn, account, interval, window, basis, chosen)
    if chosen == EVERY:
        return _Periods([*windows.stretches(conn, account, cut, cutting, window, basis)])
    found = windows.from_chosen(conn, account, cut, cutting, window, chosen)
    return _Periods([*windows.as_told(found, basis)])


def _moments(
    conn: Connection,
    account: Account,
    interval: HistoryInterval,
    window: Span,
    basis: Basis,
    chosen: Chosen,
) -> Content:
    trades = filtered_trades.trades(conn, account.account_key, window, chosen)
    if interval == "trade":
        busy = [_Moment(_place(each), (), (each,)) for each in trades]
        return _Moments(trades, (), busy, basis)
    legs = filtered_trades.legs(conn, account.account_key, window, chosen)
    closed = {_place(each): (each,) for each in trades}
    moments = (
        _Moment(place, tuple(made), closed.get(place, ())) for place, made in groupby(legs, _place)
    )
    return _Moments(trades, legs, [each for each in moments if each.is_shown], basis)


def _place(row: TradeAt | LegAt) -> Key:
    return Key._make(row[:3])


def _net_micros(moment: _Moment) -> int:
    if not moment.legs:
        return sum(each.trade.net_micros for each in moment.closed)
    return sum(each.realized.gross_micros - each.realized.fees_micros for each in moment.legs)
