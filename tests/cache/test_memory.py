"""The tier inside a process."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.cache import memory
from app.cache.memory import Memory
from app.metrics import counts


class Seconds:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.mark.feature("TPA-05", "TPA-27")
def test_a_value_is_kept_for_its_time_and_no_longer() -> None:
    clock = Seconds()
    kept = Memory(now_s=clock)
    kept.put("a", b"1", 30)
    clock.now_s += 29.9
    assert kept.get("a") == b"1"
    clock.now_s += 0.1
    assert kept.get("a") is None


def test_what_is_read_does_not_live_longer_for_it() -> None:
    clock = Seconds()
    kept = Memory(now_s=clock)
    kept.put("a", b"1", 30)
    for _ in range(3):
        clock.now_s += 10
        last = kept.get("a")
    assert last is None


@pytest.mark.parametrize("ttl_s", [0, -1])
def test_a_value_without_a_time_is_not_kept_and_replaces_the_old_one(ttl_s: float) -> None:
    kept = Memory()
    kept.put("b", b"1", 30)
    kept.put("a", b"old", 30)
    kept.put("a", b"new", ttl_s)
    assert list(kept._entries) == ["b"]
    assert kept.get("a") is None


def test_a_value_with_a_moment_is_kept_for_it() -> None:
    clock = Seconds()
    kept = Memory(now_s=clock)
    kept.put("a", b"1", 0.5)
    clock.now_s += 0.25
    assert kept.get("a") == b"1"


def test_what_it_holds_is_shown_as_the_memory_tier() -> None:
    Memory().put("a", bytes(41), 30)
    (family,) = counts.CACHE_BYTES.collect()
    assert {sample.value for sample in family.samples if sample.labels == {"tier": "memory"}} == {
        42
    }


def test_an_empty_value_is_a_value() -> None:
    kept = Memory()
    kept.put("a", b"", 30)
    assert kept.get("a") == b""


def test_the_least_recently_used_goes_first() -> None:
    kept = Memory(bytes_max=30)
    for name in ("a", "b", "c"):
        kept.put(name, bytes(9), 30)
    assert kept.get("a") is not None
    kept.put("d", bytes(9), 30)
    assert [name for name in "abcd" if kept.get(name) is None] == ["b"]


def test_names_and_values_count_and_a_replaced_value_counts_once() -> None:
    kept = Memory(bytes_max=20)
    for size in (9, 5, 9):
        kept.put("a", bytes(size), 30)
    kept.put("b", bytes(9), 30)
    assert (kept.get("a"), kept.get("b")) == (bytes(9), bytes(9))
    kept.put("c", b"", 30)
    assert (kept.get("a"), kept.get("c")) == (None, b"")


def test_an_ended_value_gives_its_room_back() -> None:
    clock = Seconds()
    kept = Memory(bytes_max=20, now_s=clock)
    kept.put("a", bytes(9), 30)
    kept.put("b", bytes(9), 60)
    clock.now_s += 31
    assert kept.get("a") is None
    kept.put("c", bytes(9), 30)
    assert kept.get("b") == bytes(9)


def test_what_is_never_asked_for_again_goes_when_its_time_is_up() -> None:
    clock = Seconds()
    kept = Memory(now_s=clock)
    for number in range(1_000):
        kept.put(f"version {number}", bytes(100), 30)
        clock.now_s += 1
    assert len(kept._entries) == 30
    assert kept._bytes == sum(len(name) + 100 for name in kept._entries)


def test_a_value_that_is_too_large_pushes_nothing_out() -> None:
    kept = Memory()
    kept.put("small", b"1", 30)
    kept.put("large", bytes(memory.ENTRY_BYTES_MAX), 30)
    kept.put("larger", bytes(memory.ENTRY_BYTES_MAX + 1), 30)
    assert kept.get("small") == b"1"
    assert kept.get("large") is not None
    assert kept.get("larger") is None


def test_a_value_that_is_larger_than_the_whole_memory_is_dropped() -> None:
    kept = Memory(bytes_max=10)
    kept.put("a", bytes(20), 30)
    assert kept.get("a") is None


@pytest.mark.usefixtures("hasty_threads")
def test_threads_do_not_break_the_count() -> None:
    kept = Memory(bytes_max=200)

    def use(number: int) -> None:
        for step in range(500):
            name = f"{(number + step) % 40:02}"
            kept.put(name, bytes(8), 30)
            kept.get(f"{step % 40:02}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(use, range(8)))
    assert kept._bytes == 10 * len(kept._entries)
    assert kept._bytes <= 200
