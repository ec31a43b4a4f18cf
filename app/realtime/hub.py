"""One poller a process: it looks up where all accounts stand that anyone waits for, at once,
wakes those whose account has moved on, and has what is new handed to those who listen.

It runs only while somebody waits or listens: at once when it is told that something was written,
and now and then by itself. A waiter is late at most, never wrong, since it looks again itself when
it is woken.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from app.realtime.bus import Bus
from app.realtime.fanout import Fanout

# How often to look where nobody tells of writes, where somebody does, and at most.
POLL_S = 0.05
POLL_TOLD_S = 0.5
PAUSE_S = 0.01
WAITERS_MAX = 1_500

# Where some accounts stand, by their keys; whoever waits has seen all of it, or its beginning.
ReadStates = Callable[[Collection[int]], Mapping[int, tuple[object, ...]]]


class _Waiter(NamedTuple):
    account_key: int
    seen: tuple[object, ...]
    woken: threading.Event


class Hub:
    """Those who wait in this process, and those who listen."""

    def __init__(self, read_states: ReadStates, bus: Bus) -> None:
        self._read_states = read_states
        self._bus = bus
        self.fanout = Fanout()
        self._news = threading.Event()
        self._waiters: dict[int, _Waiter] = {}
        self._guard = threading.Lock()
        self._is_polling = False
        # Set by the server, so that nobody waits for a process that is to end.
        self.is_stopping: Callable[[], bool] = lambda: False

    def tell(self) -> None:
        """Something was written here: look, and let the other processes look."""
        self._news.set()
        self._bus.tell()

    def wait(self, account_key: int, seen: tuple[object, ...], timeout_s: float) -> bool:
        """Return when the account stands otherwise than was seen, time is up or the process is to
        end; the caller then looks for itself. False, and at once, where the process is to end
        already or more wait than are allowed.
        """
        waiter = _Waiter(account_key, seen, threading.Event())
        if not self._join(waiter):
            return False
        try:
            self._bus.listen(self._news.set)
            waiter.woken.wait(timeout_s)
        finally:
            self._leave(waiter)
        return True

    def look(self) -> None:
        """Somebody listens, or listens to something else: look for them from now on."""
        self._bus.listen(self._news.set)
        self._news.set()
        with self._guard:
            self._begin()

    def _join(self, waiter: _Waiter) -> bool:
        with self._guard:
            if len(self._waiters) >= WAITERS_MAX or self.is_stopping():
                return False
            self._waiters[id(waiter)] = waiter
            self._begin()
        return True

    def _begin(self) -> None:
        if not self._is_polling:
            self._is_polling = True
            threading.Thread(target=self._poll, daemon=True, name="hub").start()

    def _leave(self, waiter: _Waiter) -> None:
        with self._guard:
            self._waiters.pop(id(waiter), None)

    def _poll(self) -> None:
        while self._is_wanted():
            self._news.clear()
            self._wake()
            if self.is_stopping():
                self.fanout.close()
            elif self.fanout.is_wanted and self.fanout.look():
                self._news.set()
            time.sleep(PAUSE_S)
            self._news.wait(POLL_TOLD_S if self._bus.is_listening else POLL_S)

    def _is_wanted(self) -> bool:
        with self._guard:
            # Decided under the guard: whoever comes next starts another poller.
            self._is_polling = bool(self._waiters) or self.fanout.is_wanted
            return self._is_polling

    def _wake(self) -> None:
        with self._guard:
            waiters = list(self._waiters.values())
        for waiter in self._outdated(waiters) if waiters else ():
            waiter.woken.set()
            self._leave(waiter)

    def _outdated(self, waiters: list[_Waiter]) -> list[_Waiter]:
        if self.is_stopping():
            return waiters
        try:
            states = self._read_states({each.account_key for each in waiters})
        except Exception:  # noqa: BLE001 (the outermost loop; each waiter meets the fault itself)
            return waiters
        return [
            each
            for each in waiters
            if states.get(each.account_key, each.seen)[: len(each.seen)] != each.seen
        ]
