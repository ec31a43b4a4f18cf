"""What does not answer is left alone, and asked again now and then."""

from __future__ import annotations

import pytest
from prometheus_client import Counter, Gauge

from app.cache.breaker import FAILURES_MAX, PAUSE_S, REST_S, SLOW_S, Breaker
from app.metrics import counts
from tests.cache.test_memory import Seconds


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def broken(clock: Seconds) -> Breaker:
    made = Breaker(now_s=clock)
    for _ in range(FAILURES_MAX):
        made.failed(SLOW_S)
    return made


def test_some_failures_in_a_row_open_it(clock: Seconds) -> None:
    breaker = Breaker(now_s=clock)
    for _ in range(FAILURES_MAX):
        clock.now_s += PAUSE_S
        assert breaker.allows()
        breaker.failed(SLOW_S)
    clock.now_s += PAUSE_S
    assert not breaker.allows()


def test_a_single_failure_opens_it_for_a_moment(clock: Seconds) -> None:
    breaker = Breaker(now_s=clock)
    breaker.failed(SLOW_S)
    assert not breaker.allows()
    clock.now_s += PAUSE_S
    assert all(breaker.allows() for _ in range(5))


def test_a_single_failure_that_cost_little_does_not_open_it(clock: Seconds) -> None:
    breaker = Breaker(now_s=clock)
    breaker.failed(SLOW_S / 2)
    assert breaker.allows()


def test_a_success_in_between_begins_the_count_again(clock: Seconds) -> None:
    breaker = Breaker(now_s=clock)
    for _ in range(3 * FAILURES_MAX):
        breaker.failed(SLOW_S)
        breaker.succeeded()
    assert breaker.allows()


def test_after_a_rest_one_caller_probes_and_the_others_do_not(
    clock: Seconds, broken: Breaker
) -> None:
    clock.now_s += REST_S - 0.01
    assert not broken.allows()
    clock.now_s += 0.01
    assert [broken.allows() for _ in range(5)] == [True, False, False, False, False]


def test_a_probe_that_fails_begins_another_rest(clock: Seconds, broken: Breaker) -> None:
    clock.now_s += REST_S
    assert broken.allows()
    clock.now_s += 1
    broken.failed(SLOW_S)
    clock.now_s += REST_S - 0.01
    assert not broken.allows()
    clock.now_s += 0.01
    assert broken.allows()


def test_a_probe_that_never_comes_back_does_not_keep_it_open_for_ever(
    clock: Seconds, broken: Breaker
) -> None:
    clock.now_s += REST_S
    assert broken.allows()
    clock.now_s += REST_S
    assert broken.allows()


def test_a_probe_that_is_answered_heals_it(clock: Seconds, broken: Breaker) -> None:
    clock.now_s += REST_S
    assert broken.allows()
    broken.succeeded()
    assert all(broken.allows() for _ in range(5))
    broken.failed(SLOW_S)
    clock.now_s += PAUSE_S
    assert broken.allows()


def test_it_asks_at_once_even_where_the_clock_just_began() -> None:
    clock = Seconds()
    clock.now_s = 0.0
    breaker = Breaker(now_s=clock)
    assert breaker.allows()
    breaker.failed(SLOW_S)
    breaker.succeeded()
    assert breaker.allows()


def redis(metric: Counter | Gauge) -> float:
    """The figure of a metric for Redis."""
    return next(
        sample.value
        for family in metric.collect()
        for sample in family.samples
        if sample.labels == {"part": "redis"}
    )


def test_each_opening_is_counted_once_and_shown_until_it_is_healed(clock: Seconds) -> None:
    counts.begin()
    before = redis(counts.BREAKER_OPENINGS)

    def shown() -> tuple[float, float]:
        return redis(counts.BREAKER_OPENINGS) - before, redis(counts.BREAKERS_OPEN)

    breaker = Breaker(now_s=clock)
    breaker.succeeded()
    for _ in range(FAILURES_MAX - 1):
        breaker.failed(SLOW_S)
    assert shown() == (0, 0)
    breaker.failed(SLOW_S)
    assert shown() == (1, 1)
    breaker.failed(SLOW_S)
    assert shown() == (1, 1)
    breaker.succeeded()
    assert shown() == (1, 0)
    for _ in range(FAILURES_MAX):
        breaker.failed(SLOW_S)
    breaker.succeeded()
    assert shown() == (2, 0)
