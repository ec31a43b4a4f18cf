"""Stops asking what does not answer, and asks again now and then."""

from __future__ import annotations

import time
from collections.abc import Callable

from app.metrics import counts

FAILURES_MAX = 3
REST_S = 2.0
# A single failure that took this long opens it for a moment: who waited once shall not wait again.
SLOW_S = 0.04
PAUSE_S = 0.1


class Breaker:
    """Open for a moment after a slow failure, and for long after some in a row; then one caller
    each rest probes whether it is healed.
    """

    def __init__(self, *, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._failures = 0
        self._closed_from_s = 0.0

    def allows(self) -> bool:
        """Whether to ask now; while it is open, True makes the caller the one that probes."""
        if self._now_s() < self._closed_from_s:
            return False
        if self._failures >= FAILURES_MAX:
            self._closed_from_s = self._now_s() + REST_S
        return True

    def succeeded(self) -> None:
        """It answered."""
        if self._failures >= FAILURES_MAX:
            counts.breaker_closed("redis")
        self._failures = 0
        self._closed_from_s = 0.0

    def failed(self, took_s: float) -> None:
        """It did not answer, or not with sense, and it took so long to know."""
        self._failures += 1
        if self._failures == FAILURES_MAX:
            counts.breaker_opened("redis")
        if self._failures >= FAILURES_MAX:
            self._closed_from_s = self._now_s() + REST_S
        elif took_s >= SLOW_S:
            self._closed_from_s = self._now_s() + PAUSE_S
