"""Redis as the shared tier, on a real server that is well, or holds what nobody put there."""

from __future__ import annotations

import time

import pytest

from app.cache import keys
from app.cache.shared import LEASE_MS, PROBE_MS, Nothing, Redis, _bytes, _was_set
from tests.cache.proxy import Proxy
from tests.cache.redis_server import RedisServer


def held(server: RedisServer, name: str) -> bytes:
    """The bytes as they lie in Redis."""
    found = server.client.get(name)
    assert isinstance(found, bytes)
    return found


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


def test_where_there_is_no_redis_nothing_is_kept_and_nobody_waits() -> None:
    nothing = Nothing()
    nothing.put("a", b"1", 30)
    assert nothing.get("a") is None
    assert nothing.lease("a") == nothing.lease("a") == ""
    nothing.release("a", "")
