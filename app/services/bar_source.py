"""Where bars come from that are not stored: a broker, where there is one to ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from app.domain.bars import Bar
from app.domain.instruments import Delivery
from app.domain.periods import Span


class BarSource(Protocol):
    """Has the bars of contracts; asked only for time of which nothing is known."""

    def fetch(self, delivery: Delivery, timeframe_s: int, within: Span) -> Sequence[Bar]:
        """All closed bars that open in a span, in any order. UpstreamUnknown where there is no such
        contract; another AppError where it cannot tell.
        """
        ...
