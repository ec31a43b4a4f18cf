"""How many requests the broker takes: windows that slide, over all processes and machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Limit(NamedTuple):
    """At most so many requests in any span of so many seconds."""

    name: str
    requests_max: int
    span_s: int


GENERAL = Limit("general", 200, 60)
BARS = Limit("bars", 50, 30)
# What callers may cause; the rest is left to the sync.
CALLERS = Limit("callers", 60, 60)

# The longest that a request may be under way: from the permit to the answer's last byte.
REQUEST_S_MAX = 30


class Budget(Protocol):
    """What is left of the limits. A request counts from before it is sent until its limit's span
    after it was answered, so it lies in the span of the broker's clock however long it travelled.
    """

    def take(self, limits: Sequence[Limit]) -> Sequence[int]:
        """Permits for one request; RateLimited, with the time to wait, where any limit is full."""
        ...

    def settle(self, permits: Sequence[int], limits: Sequence[Limit]) -> None:
        """Note that the request was answered, or given up."""
        ...
