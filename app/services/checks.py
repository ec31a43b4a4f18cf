"""One check for all who ask at about the same time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from app.errors import DatabaseUnavailable

GOOD_FOR_S = 1.0


class Checks:
    """The last check of a process, for all who ask at about the same time: many probes cost one
    write a second, and none is told of a check that ended more than GOOD_FOR_S before it asked.
    """

    def __init__(self, *, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._guard = threading.Lock()
        self._ended_s = float("-inf")
        self._fault: str | None = None

    def run(self, check: Callable[[], None]) -> None:
        """Check, or wait for the check that goes on; DatabaseUnavailable if it failed."""
        asked_s = self._now_s()
        with self._guard:
            if self._ended_s < asked_s - GOOD_FOR_S:
                self._fault = _fault(check)
                self._ended_s = self._now_s()
            fault = self._fault
        if fault is not None:
            raise DatabaseUnavailable(fault)


def _fault(check: Callable[[], None]) -> str | None:
    try:
        check()
    except DatabaseUnavailable as error:
        return error.message
    return None
