"""The tier inside this process: bounded by bytes, the least recently used go first.

What is outdated is never asked for again, since its name holds an old version: it goes when its
time is up, at the next value that comes.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from app.metrics import counts

BYTES_MAX = 64 * 1024 * 1024
# A larger answer would push out hundreds of the small ones that are polled.
ENTRY_BYTES_MAX = BYTES_MAX // 16

_V = TypeVar("_V")


class _Entry(NamedTuple, Generic[_V]):
    value: _V
    bytes: int
    expires_s: float


class Entries(Generic[_V]):
    """Values of this process by name, bounded by the bytes that each of them takes."""

    def __init__(
        self,
        *,
        tier: str,
        size_bytes: Callable[[_V], int],
        bytes_max: int,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._entries: OrderedDict[str, _Entry[_V]] = OrderedDict()
        self._tier = tier
        self._size_bytes = size_bytes
        self._bytes_max = bytes_max
        self._bytes = 0
        self._now_s = now_s
        self._lock = threading.Lock()

    def get(self, name: str) -> _V | None:
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

    def put(self, name: str, value: _V, ttl_s: float) -> None:
        """Keep a value for a time."""
        with self._lock:
            self._drop(name)
            size_bytes = self._size_bytes(value)
            if ttl_s <= 0 or size_bytes > ENTRY_BYTES_MAX:
                return
            now_s, size_bytes = self._now_s(), size_bytes + len(name)
            self._entries[name] = _Entry(value, size_bytes, now_s + ttl_s)
            self._bytes += size_bytes
            while self._has_to_go(now_s):
                self._drop(next(iter(self._entries)))
            counts.cache_holds(self._tier, self._bytes)

    def drop(self, name: str) -> None:
        """Keep nothing under a name any longer."""
        with self._lock:
            self._drop(name)

    def _has_to_go(self, now_s: float) -> bool:
        """Whether there is a least recently used one without room or time."""
        oldest = next(iter(self._entries.values()), None)
        return oldest is not None and (self._bytes > self._bytes_max or oldest.expires_s <= now_s)

    def _drop(self, name: str) -> None:
        entry = self._entries.pop(name, None)
        if entry is not None:
            self._bytes -= entry.bytes


class Memory(Entries[bytes]):
    """Answers of this process by name."""

    def __init__(
        self, *, bytes_max: int = BYTES_MAX, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(tier="memory", size_bytes=len, bytes_max=bytes_max, now_s=now_s)
