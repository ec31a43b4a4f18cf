"""What ends the waits of a process that works by itself: news, or the wish that it ends."""

from __future__ import annotations

import queue
import time
from contextlib import suppress


class Stopped(Exception):
    """The process is to end now: nothing is half done."""


class Bell:
    """Rung by signal handlers and other threads; one thread waits."""

    def __init__(self) -> None:
        # Its `put` may interrupt its own `get`, as a signal handler does; an Event's may not.
        self._rings: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._is_rung = False
        self.is_stopping = False

    def ring(self) -> None:
        """There is news: end the wait that goes on, or the next one."""
        self._rings.put(None)

    def stop(self) -> None:
        """Have the process end at its next step."""
        self.is_stopping = True
        self._rings.put(None)

    def check(self) -> None:
        """Stopped, if the process is to end."""
        if self.is_stopping:
            raise Stopped

    def wait(self, seconds: float) -> bool:
        """Return after a time or at news, and whether there was any; Stopped ends it."""
        self.check()
        if not self._is_rung:
            self._next_ring(seconds)
        is_rung, self._is_rung = self._is_rung, False
        self.check()
        return is_rung

    def sleep(self, seconds: float) -> None:
        """Return after a time, whatever the news; Stopped ends it."""
        until_s = time.monotonic() + seconds
        while (left_s := until_s - time.monotonic()) > 0:
            self.check()
            self._next_ring(left_s)
        self.check()

    def _next_ring(self, seconds: float) -> None:
        with suppress(queue.Empty):
            self._rings.get(timeout=seconds)
            self._is_rung = True
            while True:
                self._rings.get_nowait()
