"""Redis as the shared tier, on a real server: whatever it does, every call ends soon and well."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from threading import Timer
from typing import TypeVar

import pytest
import redis

from app.cache import keys
from app.cache.breaker import REST_S
from app.cache.shared import LEASE_MS, PROBE_MS, TIMEOUT_S, Nothing, Redis, _bytes, _was_set
from tests.cache.proxy import FAULTS, Fault, Proxy
from tests.cache.redis_server import RedisServer

# A call ends within 50 ms; a machine that is busy with other things needs some more.
CALL_MAX_S = 0.25
SKIPPED_MAX_S = 0.02

_T = TypeVar("_T")


@pytest.fixture
def shared(server: RedisServer) -> Iterator[Redis]:
    made = Redis(server.url)
    yield made
    made._client.close()


@pytest.fixture
def far(proxy: Proxy) -> Iterator[Redis]:
    """The shared tier behind the proxy."""
    made = Redis(proxy.url)
    yield made
    made._client.close()


def timed(call: Callable[[], _T]) -> tuple[_T, float]:
    began_s = time.monotonic()
    return call(), time.monotonic() - began_s


def held(server: RedisServer, name: str) -> bytes:
    """The bytes as they lie in Redis."""
    found = server.client.get(name)
    assert isinstance(found, bytes)
    return found


def is_left_alone(shared: Redis) -> bool:
    return not shared._breaker.allows()


def every_call(shared: Redis) -> None:
    """Each finds nothing, keeps nothing and leases nothing, in time."""
    calls: list[tuple[Callable[[], object], object]] = [
        (lambda: shared.get("a"), None),
        (lambda: shared.put("a", b"1", 30), None),
        (lambda: shared.lease("a"), ""),
        (lambda: shared.release("a", "token"), None),
    ]
    for call, otherwise in calls:
        answer, took_s = timed(call)
        assert answer == otherwise
        assert took_s < CALL_MAX_S


# --- A server that is well -----------------------------------------------------------------------


def test_to_make_one_asks_nothing(proxy: Proxy) -> None:
    proxy.break_by("refused")
    made = Redis(proxy.url)
    assert made._breaker._failures == 0
    assert made._client.connection_pool._created_connections == 0


@pytest.mark.feature("TPA-31")
@pytest.mark.parametrize("value", [b"", b"{}", bytes(range(256)) * 4096])
def test_what_is_put_is_what_is_got(shared: Redis, value: bytes) -> None:
    shared.put("a", value, 30)
    assert shared.get("a") == value


@pytest.mark.feature("TPA-05", "TPA-27")
def test_a_value_ends_with_its_time(shared: Redis, server: RedisServer) -> None:
    shared.put("a", b"1", 0.05)
    shared.put("b", b"1", 42.5)
    assert 42_000 < server.client.pttl("b") <= 42_500
    time.sleep(0.06)
    assert (shared.get("a"), shared.get("b")) == (None, b"1")


@pytest.mark.parametrize("ttl_s", [0, 0.0001, -5])
def test_a_value_without_a_time_is_not_kept(shared: Redis, ttl_s: float) -> None:
    shared.put("a", b"1", ttl_s)
    # Redis refuses a value without a time, which would count as a failure.
    assert shared._breaker._failures == 0
    assert shared.get("a") is None


def test_a_value_of_a_millisecond_is_put_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    shared, put = Redis("redis://127.0.0.1:1/0"), []
    monkeypatch.setattr(shared._client, "set", lambda *_, px: put.append(px))
    for ttl_s in (0.0009, 0.001, 1.5):
        shared.put("a", b"1", ttl_s)
    assert put == [1, 1_500]


def test_one_has_a_lease_until_it_gives_it_back(shared: Redis) -> None:
    token = shared.lease("a")
    assert token
    assert shared.lease("a") is None
    assert shared.lease("b")
    shared.release("a", token)
    assert shared.lease("a")


def test_a_lease_that_ran_out_is_not_taken_from_the_next_one(
    shared: Redis, server: RedisServer
) -> None:
    token = shared.lease("a")
    assert token
    assert 0 < server.client.pttl("a:lease") <= LEASE_MS
    server.client.delete("a:lease")
    assert shared.lease("a")
    shared.release("a", token)
    assert shared.lease("a") is None


def test_a_server_is_well_that_keeps_a_probe_which_goes_by_itself(
    shared: Redis, server: RedisServer
) -> None:
    assert shared.condition() == "ok"
    assert server.client.get(keys.PROBE) == b""
    assert 0 < server.client.pttl(keys.PROBE) <= PROBE_MS


def test_a_server_that_keeps_nothing_is_unavailable(shared: Redis, server: RedisServer) -> None:
    server.fill()
    try:
        assert shared.condition() == "unavailable"
    finally:
        server.make_room()
    assert shared.condition() == "ok"
    assert Nothing().condition() == "none"


# --- A server that holds what nobody put there ---------------------------------------------------


@pytest.mark.parametrize("broken", [b"", b"abc", b"abcd", b"abcd{}"])
def test_bytes_that_nobody_put_there_are_a_miss_and_go(
    shared: Redis, server: RedisServer, broken: bytes
) -> None:
    server.client.set("a", broken)
    assert shared.get("a") is None
    assert not server.client.exists("a")


@pytest.mark.parametrize("position", [0, 3, 4, 20, -1])
def test_one_wrong_bit_makes_a_miss(shared: Redis, server: RedisServer, position: int) -> None:
    shared.put("a", b'{"pnl":1234.50,"version":7}', 30)
    kept = bytearray(held(server, "a"))
    kept[position] ^= 1
    server.client.set("a", bytes(kept))
    assert shared.get("a") is None


def test_the_value_of_another_name_is_a_miss(shared: Redis, server: RedisServer) -> None:
    shared.put("a", b"1", 30)
    server.client.set("b", held(server, "a"))
    assert shared.get("b") is None


def test_a_name_of_another_type_is_a_miss_and_the_next_value_replaces_it(
    shared: Redis, server: RedisServer
) -> None:
    server.client.hset("a", "b", "c")
    server.client.lpush("c:lease", "x")
    assert shared.get("a") is None
    assert shared.lease("c") is None
    shared.release("c", "x")
    shared.put("a", b"1", 30)
    assert shared.get("a") == b"1"


def test_an_answer_that_cannot_be_one_is_a_fault() -> None:
    with pytest.raises(TypeError, match=r"^GET was answered with something else$"):
        _bytes("1")
    with pytest.raises(TypeError, match=r"^SET was answered with something else$"):
        _was_set(1)


# --- A server that is not well -------------------------------------------------------------------


@pytest.mark.feature("TPA-31", "TPA-16")
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("is_connected", [True, False], ids=["connected", "new"])
def test_no_call_waits_or_raises_whatever_is_wrong_and_soon_none_is_made(
    far: Redis,
    proxy: Proxy,
    fault: Fault,
    is_connected: bool,  # noqa: FBT001 (a parameter of the test)
) -> None:
    if is_connected:
        far.put("a", b"1", 30)
        assert far.get("a") == b"1"
    proxy.break_by(fault)
    every_call(far)
    assert is_left_alone(far)
    answer, took_s = timed(lambda: far.get("a"))
    assert answer is None
    assert took_s < SKIPPED_MAX_S


@pytest.mark.parametrize("fault", ["hang", "half-open"])
def test_a_client_with_a_patience_of_its_own_is_found_to_wait(
    far: Redis, proxy: Proxy, fault: Fault
) -> None:
    far._client.close()
    far._client = redis.Redis.from_url(proxy.url)
    proxy.break_by(fault)
    healing = Timer(2 * CALL_MAX_S, proxy.heal)
    healing.start()
    with pytest.raises(AssertionError, match=rf"assert \d+\.\d+ < {CALL_MAX_S}"):
        every_call(far)
    healing.join()


@pytest.mark.parametrize("fault", FAULTS)
def test_after_a_rest_the_first_call_finds_it_healed(
    far: Redis, proxy: Proxy, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    far.put("a", b"1", 30)
    proxy.break_by(fault)
    every_call(far)
    proxy.heal()
    assert far.get("a") is None
    later_s = time.monotonic() + REST_S
    monkeypatch.setattr(far._breaker, "_now_s", lambda: later_s)
    assert far.get("a") == b"1"
    assert not is_left_alone(far)


def test_one_request_waits_for_a_server_that_hangs_once(far: Redis, proxy: Proxy) -> None:
    far.put("a", b"1", 30)
    proxy.break_by("half-open")
    began_s = time.monotonic()
    assert far.get("b") is None
    assert far.lease("b") == ""
    far.put("b", b"1", 30)
    assert time.monotonic() - began_s < 2 * TIMEOUT_S


def test_a_server_whose_answers_trickle_in_is_left_alone(far: Redis, proxy: Proxy) -> None:
    far.put("a", b"0123456789", 30)
    proxy.trickle()
    assert far.get("a") == b"0123456789"
    assert is_left_alone(far)


def test_a_full_server_still_gives_what_it_has(shared: Redis, server: RedisServer) -> None:
    shared.put("a", b"1", 30)
    server.fill()
    try:
        shared.put("b", b"1", 30)
        assert shared.lease("c") == ""
        assert shared.get("b") is None
        assert shared.get("a") == b"1"
    finally:
        server.make_room()
    shared.put("b", b"1", 30)
    assert shared.get("b") == b"1"


def test_a_frozen_server_is_left_alone(shared: Redis, server: RedisServer) -> None:
    shared.put("a", b"1", 30)
    server.freeze()
    try:
        every_call(shared)
        assert is_left_alone(shared)
    finally:
        server.thaw()


def test_a_server_that_was_killed_and_started_again_is_asked_again(
    shared: Redis, server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = shared.lease("a")
    shared.release("a", token or "")
    server.kill()
    every_call(shared)
    server.start()
    later_s = time.monotonic() + REST_S
    monkeypatch.setattr(shared._breaker, "_now_s", lambda: later_s)
    shared.put("a", b"1", 30)
    assert shared.get("a") == b"1"
    token = shared.lease("a")
    assert token
    shared.release("a", token)
    assert shared.lease("a")


def test_where_there_is_no_redis_nothing_is_kept_and_nobody_waits() -> None:
    nothing = Nothing()
    nothing.put("a", b"1", 30)
    assert nothing.get("a") is None
    assert nothing.lease("a") == nothing.lease("a") == ""
    nothing.release("a", "")
