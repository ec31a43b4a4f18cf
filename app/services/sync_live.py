"""The broker's live hubs beside the sync: news ends its pause, prices become bars of a second."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from app.broker.stream import Price, Stream, Wanted
from app.domain import fixed, instants
from app.domain.bars import Bar
from app.errors import AppError
from app.services import bar_storing
from app.services.bell import Bell
from app.services.sync_context import Syncing
from app.services.sync_marks import Marks

# Kept of a contract at most, should nobody come for them.
_BARS_MAX = 600
_VOLUME_MAX = 10**9


class Seconds:
    """Prices as they come from another thread, made into bars of a second."""

    def __init__(self) -> None:
        self._bars: dict[str, dict[int, Bar]] = {}
        self._guard = threading.Lock()

    def add(self, said: Price) -> None:
        """A price more; ValueError where it is none."""
        price_nanos = fixed.price_nanos(said.price)
        opened_at_us = said.at_us - said.at_us % instants.SECOND_US
        volume = min(max(said.volume, 0), _VOLUME_MAX)
        first = Bar(opened_at_us, *(price_nanos,) * 4, 0)
        with self._guard:
            bars = self._bars.setdefault(said.contract_id, {})
            bar = bars.get(opened_at_us, first)
            bars[opened_at_us] = bar._replace(
                high_nanos=max(bar.high_nanos, price_nanos),
                low_nanos=min(bar.low_nanos, price_nanos),
                close_nanos=price_nanos,
                volume=bar.volume + volume,
            )
            if len(bars) > _BARS_MAX:
                del bars[min(bars)]

    def take(self, until_us: int) -> Mapping[str, list[Bar]]:
        """The bars that are over at an instant, by contract; they are had only once."""
        with self._guard:
            found = {
                contract_id: [bar for at_us, bar in bars.items() if at_us < until_us]
                for contract_id, bars in self._bars.items()
            }
            for contract_id, bars in found.items():
                for bar in bars:
                    del self._bars[contract_id][bar.opened_at_us]
        return {contract_id: bars for contract_id, bars in found.items() if bars}


class Live:
    """The stream of one sync."""

    def __init__(self, base_url: str, bell: Bell) -> None:
        self._seconds = Seconds()
        self._stream = Stream(base_url, bell.ring, self._heard)

    def follow(self, to: Syncing, broker_ids: frozenset[int], marks: Marks) -> None:
        """Hear of these accounts and of what they hold."""
        try:
            token = to.broker.token()
        except AppError:
            return  # The next pass tells of it.
        self._stream.follow(Wanted(token, broker_ids, frozenset(marks.held)))

    def store(self, to: Syncing, marks: Marks) -> None:
        """Store the bars of the seconds that are over, save those that the broker told of."""
        now_us = to.res.now_us()
        found = self._seconds.take(now_us - now_us % instants.SECOND_US)
        for contract_id, bars in found.items():
            delivery = marks.held.get(contract_id)
            since_us = marks.seconds_until_us.get(contract_id, 0)
            fresh = [each for each in bars if each.opened_at_us >= since_us]
            if delivery and fresh:
                to.step()
                bar_storing.store(to.res, delivery, 1, fresh, ())

    def close(self) -> None:
        """Hear of nothing any more."""
        self._stream.close()

    def _heard(self, said: Price) -> None:
        try:
            self._seconds.add(said)
        except ValueError:
            return  # No price: REST will tell.
