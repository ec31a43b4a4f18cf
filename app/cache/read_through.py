"""Read-through: this process's memory, then the shared tier, then whoever can make the answer.

One maker at a time for a name, in this process and in all of them; the others wait and look again.
A maker that fails tells its own callers; the next one tries for itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Literal, NamedTuple

from app import telemetry
from app.cache.memory import Memory
from app.cache.shared import LEASE_MS, Condition, Shared

Tier = Literal["memory", "redis", "miss"]

# Longer than any answer takes to make; whoever waited this long makes it again.
_WAIT_S = LEASE_MS / 1000
_LOOK_AGAIN_S = 0.005


class Made(NamedTuple):
    """A value, the name that it turned out to belong to, and how long that may be kept."""

    name: str
    value: bytes
    ttl_s: float


class Found(NamedTuple):
    """A value, its name, and the tier that had it."""

    name: str
    value: bytes
    tier: Tier


class _Flight:
    """One making of a value, and those who wait for it."""

    def __init__(self) -> None:
        self.landed = threading.Event()
        self.found: Found | None = None


class ReadThrough:
    """The tiers of one process, and what is being made in it."""

    def __init__(
        self, memory: Memory, shared: Shared, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._memory = memory
        self._shared = shared
        self._sleep = sleep
        self._flights: dict[str, _Flight] = {}

    def fetch(self, name: str, *, ttl_s: float, make: Callable[[], Made]) -> Found:
        """The value of a name; `make` is called when no tier has it, and its faults are raised."""
        with telemetry.spent("cache"):
            return self._fetch(name, ttl_s, make)

    def condition(self) -> Condition:
        """How the shared tier stands."""
        return self._shared.condition()

    def _fetch(self, name: str, ttl_s: float, make: Callable[[], Made]) -> Found:
        while True:
            value = self._memory.get(name)
            if value is not None:
                return Found(name, value, "memory")
            own = _Flight()
            flight = self._flights.setdefault(name, own)
            if flight is own:
                return self._lead(flight, name, ttl_s, make)
            if flight.landed.wait(_WAIT_S) and flight.found is not None:
                return flight.found

    def _lead(self, flight: _Flight, name: str, ttl_s: float, make: Callable[[], Made]) -> Found:
        try:
            # An earlier flight may have landed since the memory was asked.
            value = self._memory.get(name)
            flight.found = (
                self._shared_or_made(name, ttl_s, make)
                if value is None
                else Found(name, value, "memory")
            )
            return flight.found
        finally:
            del self._flights[name]
            flight.landed.set()

    def _shared_or_made(self, name: str, ttl_s: float, make: Callable[[], Made]) -> Found:
        deadline_s = time.monotonic() + _WAIT_S
        while True:
            found = self._in_shared(name, ttl_s)
            if found is not None:
                return found
            token = self._shared.lease(name)
            if token is not None or time.monotonic() > deadline_s:
                return self._leased(name, token, ttl_s, make)
            self._sleep(_LOOK_AGAIN_S)

    def _leased(
        self, name: str, token: str | None, ttl_s: float, make: Callable[[], Made]
    ) -> Found:
        if not token:
            return self._made(make)
        try:
            # The one who had the lease before may have been done since the look.
            return self._in_shared(name, ttl_s) or self._made(make)
        finally:
            self._shared.release(name, token)

    def _in_shared(self, name: str, ttl_s: float) -> Found | None:
        value = self._shared.get(name)
        if value is None:
            return None
        self._memory.put(name, value, ttl_s)
        return Found(name, value, "redis")

    def _made(self, make: Callable[[], Made]) -> Found:
        with telemetry.spent_elsewhere("cache"):
            made = make()
        self._memory.put(made.name, made.value, made.ttl_s)
        self._shared.put(made.name, made.value, made.ttl_s)
        return Found(made.name, made.value, "miss")
