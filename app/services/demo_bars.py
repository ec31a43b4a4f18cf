"""The prices around a generated history's last trades, as bars of a minute.

They are drawn from the prices that its fills are made at, so every fill lies within its minute.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from hashlib import blake2b
from typing import NamedTuple

from app.domain import fixed, instants, periods, sessions
from app.domain.bars import SECONDS, Bar
from app.domain.executions import Fill
from app.domain.instruments import SHIPPED
from app.domain.invented import Market, front_contract, price_ticks
from app.domain.periods import SESSION, Span
from app.services import bar_storing, demo
from app.services.demo import MARKETS, Demo
from app.services.resources import Resources

DATES = 5

_TIMEFRAME_S = SECONDS["1m"]
_MINUTE_US = _TIMEFRAME_S * instants.SECOND_US
# Contracts in a minute, and how many times as many while the exchange's day session lasts, in
# minutes after a session's opening at 17:00.
_QUIET_VOLUME, _BUSY_TIMES = (40, 160), 7
_BUSY_MINUTES = range(15 * 60 + 30, 22 * 60)

_Filled = Mapping[tuple[str, int], Sequence[int]]


class _Session(NamedTuple):
    """A market's trading of one session, and the prices at which the trader was filled in it."""

    seed: int
    market: Market
    contract: str
    open: Span
    filled: _Filled

    def bars(self, now_us: int) -> Iterator[Bar]:
        """Its bars that are complete."""
        until_us = min(self.open.end_us, now_us - _MINUTE_US + 1)
        for start_us in range(self.open.start_us, until_us, _MINUTE_US):
            yield self._bar(start_us)

    def _bar(self, start_us: int) -> Bar:
        first, last = (self._ticks(at_us) for at_us in (start_us, start_us + _MINUTE_US))
        name = f"{self.seed}/{self.market.root}/{start_us}"
        above, below, traded = blake2b(name.encode(), digest_size=3).digest()
        wick_max = abs(last - first) // 2 + 2
        ends = [max(first, last) + above % wick_max, min(first, last) - below % wick_max]
        tick_nanos = SHIPPED.by_root[self.market.root].tick_nanos
        seen = [
            *(each * tick_nanos for each in ends),
            *self.filled.get((self.contract, start_us), ()),
        ]
        volume = self._volume(start_us, traded)
        return Bar(start_us, first * tick_nanos, max(seen), min(seen), last * tick_nanos, volume)

    def _ticks(self, at_us: int) -> int:
        return price_ticks(self.seed, self.market, at_us)

    def _volume(self, start_us: int, luck: int) -> int:
        least, most = _QUIET_VOLUME
        minute = (start_us - self.open.start_us) // _MINUTE_US
        times = _BUSY_TIMES if minute in _BUSY_MINUTES else 1
        return times * (least + luck % (most - least))


def record(res: Resources, made: Demo, dates: Sequence[date]) -> int:
    """Store the bars of the last dates' sessions, as far as they have gone; how many are new."""
    now_us = res.now_us()
    # A session begins on the evening before its date.
    filled = _filled(demo.fills(made, dates[-DATES - 1 :], now_us))
    first, last = periods.number(dates[-DATES:][0]), periods.day_of(SESSION, now_us)
    return sum(
        _store(res, _Session(made.seed, market, _contract(market, day), within, filled))
        for market in MARKETS
        for day in range(first, last + 1)
        if (within := sessions.trading(sessions.hours(SHIPPED.by_root[market.root]), day))
    )


def _contract(market: Market, day: int) -> str:
    return front_contract(market, periods.date_of(day))


def _store(res: Resources, session: _Session) -> int:
    found = list(session.bars(res.now_us()))
    if not found:
        return 0
    delivery = bar_storing.delivery(res, session.contract, None, found)
    return bar_storing.store(res, delivery, _TIMEFRAME_S, found).new


def _filled(fills: Iterable[Fill]) -> _Filled:
    """The prices at which each contract was filled in each minute."""
    found: dict[tuple[str, int], list[int]] = defaultdict(list)
    for fill in fills:
        at_us = fill.executed_at_us - fill.executed_at_us % _MINUTE_US
        found[fill.contract or fill.symbol, at_us].append(fixed.price_nanos(fill.price))
    return found
