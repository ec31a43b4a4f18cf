"""The tier inside this process: bounded by bytes, the least recently used go first."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

BYTES_MAX = 64 * 1024 * 1024
# A larger answer would push out hundreds of the small ones that are polled.
ENTRY_BYTES_MAX = BYTES_MAX // 16


class _Entry(NamedTuple):
    value: bytes
    expires_s: float


class Memory:
    """Answers of this process by name."""

    def __init__(
        self, *, bytes_max: int = BYTES_MAX, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._bytes_max = bytes_max
        self._bytes = 0
        self._now_s = now_s
        self._lock = threading.Lock()

    def get(self, name: str) -> bytes | None:
        """What is kept under a name, unless its time is up."""
        with self._lock:
            entry = self._entries.get(name)
            if entry is None:
                return None
            if entry.expires_s <= self._now_s():
                self._drop(name)
                return None
            self._entries.move_to_end(name)
            return entry.value

    def put(self, name: str, value: bytes, ttl_s: float) -> None:
        """Keep a value for a time."""
        with self._lock:
            self._drop(name)
            if ttl_s <= 0 or len(value) > ENTRY_BYTES_MAX:
                return
            self._entries[name] = _Entry(value, self._now_s() + ttl_s)
            self._bytes += len(name) + len(value)
            while self._bytes > self._bytes_max:
                self._drop(next(iter(self._entries)))

    def _drop(self, name: str) -> None:
        entry = self._entries.pop(name, None)
        if entry is not None:
            self._bytes -= len(name) + len(entry.value)
