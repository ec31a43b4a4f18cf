"""Memory, then Redis, then whoever can make the answer; and only one makes it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.cache.memory import Memory
from app.cache.read_through import Found, Made, ReadThrough
from app.cache.shared import LEASE_MS, Nothing, Redis, Shared
from tests.cache.maker import VALUE
from tests.cache.proxy import FAULTS, Fault, Proxy
from tests.cache.redis_server import RedisServer
from tests.service import ROOT

THREADS = 32
NAMES = 300
PROCESSES = 2


class Maker:
    """Makes one value as often as it is asked, and counts."""

    def __init__(self, name: str = "a", value: bytes = VALUE, *, work_s: float = 0) -> None:
        self.times = 0
        self._made = Made(name, value, 30)
        self._work_s = work_s

    def __call__(self) -> Made:
        self.times += 1
        time.sleep(self._work_s)
        return self._made


def fails() -> Made:
    time.sleep(0.02)
    raise LookupError("there is no such figure")


@pytest.fixture
def new_process(server: RedisServer) -> Iterator[Callable[[], ReadThrough]]:
    """Makes what each process has: its own memory and its own way to the one Redis."""
    made: list[Redis] = []

    def make() -> ReadThrough:
        made.append(Redis(server.url))
        return ReadThrough(Memory(), made[-1])

    yield make
    for each in made:
        each._client.close()


def fetch(cache: ReadThrough, make: Callable[[], Made], name: str = "a") -> Found:
    return cache.fetch(name, ttl_s=30, make=make)


# --- Tiers ---------------------------------------------------------------------------------------


@pytest.mark.feature("TPA-06", "TPA-31")
def test_a_value_is_made_once_then_found_in_memory_and_by_others_in_redis(
    new_process: Callable[[], ReadThrough],
) -> None:
    here, there, make = new_process(), new_process(), Maker()
    found = [fetch(each, make) for each in (here, here, there, there)]
    assert [each.tier for each in found] == ["miss", "memory", "redis", "memory"]
    assert {each.value for each in found} == {VALUE}
    assert make.times == 1


def test_bytes_in_redis_that_nobody_put_there_are_made_again(
    new_process: Callable[[], ReadThrough], server: RedisServer
) -> None:
    server.client.set("a", b"\x00\x00\x00\x00{broken")
    assert fetch(new_process(), Maker()) == Found("a", VALUE, "miss")
    assert fetch(new_process(), fails) == Found("a", VALUE, "redis")


@pytest.mark.feature("TPA-26")
def test_a_value_is_kept_under_the_name_that_it_turned_out_to_belong_to(
    new_process: Callable[[], ReadThrough],
) -> None:
    here, there, newer = new_process(), new_process(), Maker("v2")
    assert fetch(here, newer, "v1") == Found("v2", VALUE, "miss")
    assert fetch(here, fails, "v2").tier == "memory"
    assert fetch(there, fails, "v2").tier == "redis"
    assert fetch(there, Maker("v1", b"old"), "v1") == Found("v1", b"old", "miss")


@pytest.mark.feature("TPA-31", "TPA-16")
@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_is_wrong_with_redis_the_value_is_made(proxy: Proxy, fault: Fault) -> None:
    proxy.break_by(fault)
    shared = Redis(proxy.url)
    cache, make = ReadThrough(Memory(), shared), Maker()
    began_s = time.monotonic()
    assert [fetch(cache, make).tier for _ in range(3)] == ["miss", "memory", "memory"]
    assert time.monotonic() - began_s < 0.5
    shared._client.close()


# --- One maker -----------------------------------------------------------------------------------


def at_once(count: int, call: Callable[[], Found]) -> list[Found | Exception]:
    """What each of many threads gets or is told that call in the same moment."""
    together = threading.Barrier(count)

    def run(_: int) -> Found | Exception:
        together.wait()
        try:
            return call()
        except LookupError as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@pytest.mark.feature("TPA-06")
def test_of_many_threads_one_makes_a_cold_value() -> None:
    cache, make = ReadThrough(Memory(), Nothing()), Maker(work_s=0.1)
    found = at_once(THREADS, lambda: fetch(cache, make))
    assert {each.value for each in found if isinstance(each, Found)} == {VALUE}
    assert make.times == 1
    assert cache._flights == {}


@pytest.mark.usefixtures("hasty_threads")
def test_of_many_threads_that_want_the_same_values_one_makes_each() -> None:
    cache = ReadThrough(Memory(), Nothing())
    makers = [Maker(f"a{number}") for number in range(NAMES)]

    def want_all() -> Found:
        return [fetch(cache, each, f"a{number}") for number, each in enumerate(makers)][-1]

    found = at_once(THREADS, want_all)
    assert len([each for each in found if isinstance(each, Found)]) == THREADS
    assert {each.times for each in makers} == {1}


class LateMemory(Memory):
    """A memory into which another thread puts the value right after the first look."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0

    def get(self, name: str) -> bytes | None:
        value = super().get(name)
        self.looks += 1
        if self.looks == 1:
            self.put(name, b"theirs", 30)
        return value


def test_who_is_to_make_a_value_looks_into_memory_once_more() -> None:
    cache = ReadThrough(LateMemory(), Nothing())
    assert fetch(cache, fails) == Found("a", b"theirs", "memory")


def test_two_cold_values_do_not_wait_for_each_other() -> None:
    cache = ReadThrough(Memory(), Nothing())
    going = threading.Event()

    def first() -> Made:
        assert going.wait(5)
        return Made("a", VALUE, 30)

    def second() -> Made:
        going.set()
        return Made("b", VALUE, 30)

    with ThreadPoolExecutor(2) as pool:
        one, two = pool.submit(fetch, cache, first), pool.submit(fetch, cache, second, "b")
        assert (one.result().tier, two.result().tier) == ("miss", "miss")


def test_a_maker_that_fails_tells_everyone_who_waits(
    new_process: Callable[[], ReadThrough],
) -> None:
    cache = new_process()
    told = at_once(4, lambda: fetch(cache, fails))
    assert [str(each) for each in told] == ["there is no such figure"] * 4


@pytest.mark.parametrize("is_shared", [True, False], ids=["redis", "alone"])
def test_after_a_maker_that_failed_the_next_call_tries_again_at_once(
    server: RedisServer,
    is_shared: bool,  # noqa: FBT001 (a parameter of the test)
) -> None:
    shared: Shared = Redis(server.url) if is_shared else Nothing()
    cache = ReadThrough(Memory(), shared)
    with pytest.raises(LookupError):
        fetch(cache, fails)
    began_s = time.monotonic()
    assert fetch(cache, Maker()).tier == "miss"
    assert time.monotonic() - began_s < LEASE_MS / 1000 / 2
    if isinstance(shared, Redis):
        shared._client.close()


# --- One maker in all processes ------------------------------------------------------------------


class Process:
    """Another process that wants the value "a"."""

    def __init__(self, url: str, makings: Path, *, work_s: float) -> None:
        command = [sys.executable, "-m", "tests.cache.maker", url, "a", str(makings), str(work_s)]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout
        assert self._process.stdout.readline() == "ready\n"

    def go(self) -> None:
        assert self._process.stdin
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def found(self) -> str:
        said, _ = self._process.communicate(timeout=10)
        assert self._process.returncode == 0
        return said.strip()

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.mark.feature("TPA-06", "TPA-31")
def test_of_several_processes_one_makes_a_cold_value(server: RedisServer, tmp_path: Path) -> None:
    makings = tmp_path / "makings"
    processes = [Process(server.url, makings, work_s=0.3) for _ in range(PROCESSES)]
    for each in processes:
        each.go()
    assert sorted(each.found() for each in processes) == ["miss made", "redis made"]
    assert makings.read_text() == "made\n"


def test_when_the_process_that_makes_it_dies_another_one_goes_on(
    server: RedisServer, new_process: Callable[[], ReadThrough], tmp_path: Path
) -> None:
    makings = tmp_path / "makings"
    dying = Process(server.url, makings, work_s=60)
    dying.go()
    while not makings.exists():
        time.sleep(0.01)
    dying.kill()
    began_s = time.monotonic()
    assert fetch(new_process(), Maker()).tier == "miss"
    assert time.monotonic() - began_s < LEASE_MS / 1000 + 1
