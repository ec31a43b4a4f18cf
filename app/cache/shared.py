"""The tier that all processes and machines share: Redis, or nothing where there is none."""

from __future__ import annotations

import secrets
import time
import zlib
from collections.abc import Callable
from typing import Literal, Protocol, TypeVar

from app import redis_client
from app.cache import keys
from app.cache.breaker import Breaker

# The defaults of the client would hold a request for a minute when Redis hangs.
TIMEOUT_S = 0.05
# The timeout is for each piece of an answer; a call that took this long is as good as unanswered.
CALL_MAX_S = 4 * TIMEOUT_S
LEASE_MS = 2_000
PROBE_MS = 1_000
_CHECKSUM_BYTES = 4

Condition = Literal["ok", "unavailable", "none"]

_T = TypeVar("_T")
_U = TypeVar("_U")

# Gives a lease back, if it is still ours.
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end"


class Shared(Protocol):
    """A shared tier; every call of it may do nothing."""

    def get(self, name: str) -> bytes | None:
        """What is kept under a name."""
        ...

    def put(self, name: str, value: bytes, ttl_s: float) -> None:
        """Keep a value for a time."""
        ...

    def lease(self, name: str) -> str | None:
        """A token for the one process that is to make the value; None: another one has it, "":
        nobody can tell.
        """
        ...

    def release(self, name: str, token: str) -> None:
        """Give a lease back."""
        ...

    def condition(self) -> Condition:
        """Whether it keeps what it is given."""
        ...


class Nothing:
    """No shared tier: every process makes its own."""

    def get(self, name: str) -> bytes | None:  # noqa: ARG002
        """Nothing is kept."""
        return None

    def put(self, name: str, value: bytes, ttl_s: float) -> None:
        """Nothing is kept."""

    def lease(self, name: str) -> str | None:  # noqa: ARG002
        """Nobody can tell whether another one makes it."""
        return ""

    def release(self, name: str, token: str) -> None:
        """Nothing was leased."""

    def condition(self) -> Condition:
        """There is none."""
        return "none"


class Redis:
    """Redis, which may be away, slow, full, wiped or wrong: then it is as if there were none."""

    def __init__(self, url: str) -> None:
        self._client = redis_client.connect(url, TIMEOUT_S)
        self._breaker = Breaker()
        self._release = self._client.register_script(_RELEASE)

    def get(self, name: str) -> bytes | None:
        """What is kept under a name; bytes that are not what was put there are dropped."""
        found = self._ask(lambda: _bytes(self._client.get(name)), None)
        if found is None:
            return None
        checksum, value = found[:_CHECKSUM_BYTES], found[_CHECKSUM_BYTES:]
        if checksum != _checksum(name, value):
            self._ask(lambda: self._client.delete(name), None)
            return None
        return value

    def put(self, name: str, value: bytes, ttl_s: float) -> None:
        """Keep a value for a time."""
        ttl_ms = int(ttl_s * 1000)
        if ttl_ms > 0:
            kept = _checksum(name, value) + value
            self._ask(lambda: _was_set(self._client.set(name, kept, px=ttl_ms)), None)

    def lease(self, name: str) -> str | None:
        """A token for the one process that is to make the value; None: another one has it, "":
        Redis cannot tell, and every process makes the value itself.
        """
        token = secrets.token_hex(8)
        taken = self._ask(
            lambda: _was_set(self._client.set(_lease(name), token, px=LEASE_MS, nx=True)), None
        )
        if taken is None:
            return ""
        return token if taken else None

    def release(self, name: str, token: str) -> None:
        """Give a lease back, if it has not run out."""
        self._ask(lambda: self._release(keys=[_lease(name)], args=[token]), None)

    def condition(self) -> Condition:
        """Whether it keeps what it is given; one that is only read from is of no use either."""
        kept = self._ask(lambda: _was_set(self._client.set(keys.PROBE, b"", px=PROBE_MS)), None)
        return "ok" if kept else "unavailable"

    def _ask(self, call: Callable[[], _T], otherwise: _U) -> _T | _U:
        if not self._breaker.allows():
            return otherwise
        began_s = time.monotonic()
        try:
            answer = call()
        except redis_client.FAULTS:
            self._breaker.failed(time.monotonic() - began_s)
            return otherwise
        took_s = time.monotonic() - began_s
        if took_s > CALL_MAX_S:
            self._breaker.failed(took_s)
        else:
            self._breaker.succeeded()
        return answer


def _lease(name: str) -> str:
    return f"{name}:lease"


def _bytes(answer: object) -> bytes | None:
    """An answer to GET; TypeError when it cannot be one."""
    if answer is None or isinstance(answer, bytes):
        return answer
    raise TypeError("GET was answered with something else")


def _was_set(answer: object) -> bool:
    """An answer to SET; TypeError when it cannot be one."""
    if answer is None or answer is True:
        return answer is True
    raise TypeError("SET was answered with something else")


def _checksum(name: str, value: bytes) -> bytes:
    # Of the name, too: another question's answer is as wrong as broken bytes.
    return zlib.crc32(value, zlib.crc32(name.encode())).to_bytes(_CHECKSUM_BYTES, "big")
