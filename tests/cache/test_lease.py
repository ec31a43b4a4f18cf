"""Who has the lease of a value looks once more, and who has not looks until it is there."""

from __future__ import annotations

from app.cache.memory import Memory
from app.cache.read_through import Found, ReadThrough
from app.cache.shared import Condition
from tests.cache.test_read_through import fails, fetch


class LateRedis:
    """A shared tier in which another process puts the value between the look and the lease."""

    def __init__(self) -> None:
        self.value: bytes | None = None
        self.released = 0

    def get(self, name: str) -> bytes | None:  # noqa: ARG002
        return self.value

    def put(self, name: str, value: bytes, ttl_s: float) -> None:
        raise AssertionError((name, value, ttl_s))

    def lease(self, name: str) -> str | None:  # noqa: ARG002
        self.value = b"theirs"
        return "token"

    def release(self, name: str, token: str) -> None:  # noqa: ARG002
        self.released += 1

    def condition(self) -> Condition:
        return "ok"


def test_who_gets_the_lease_looks_once_more() -> None:
    shared = LateRedis()
    cache = ReadThrough(Memory(), shared)
    assert fetch(cache, fails) == Found("a", b"theirs", "redis")
    assert shared.released == 1


class BusyRedis(LateRedis):
    """A shared tier in which another process has the lease, and puts the value after some looks."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0

    def get(self, name: str) -> bytes | None:  # noqa: ARG002
        self.looks += 1
        return b"theirs" if self.looks > 3 else None

    def lease(self, name: str) -> str | None:  # noqa: ARG002
        return None


def test_who_does_not_get_the_lease_looks_again_until_the_value_is_there() -> None:
    slept: list[float] = []
    memory, shared = Memory(), BusyRedis()
    cache = ReadThrough(memory, shared, sleep=slept.append)
    assert fetch(cache, fails) == Found("a", b"theirs", "redis")
    assert slept == [0.005] * 3
    assert shared.released == 0
    assert memory.get("a") == b"theirs"
