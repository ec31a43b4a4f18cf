"""The soak's judgement finds what grows, and its book finds a figure that is not right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from random import Random

import pytest

from tests.system.soak import judging
from tests.system.soak.book import Book, Leg, Trip, day_of
from tests.system.soak.caller import Notes
from tests.system.soak.samples import Sample, Worker

MINUTES = 120
RATE = 12 * 60
NOON = datetime(2025, 11, 7, 18, tzinfo=UTC)
Kind = Callable[[int, Sample], Sample]


def series(change: Kind = lambda _, sample: sample) -> list[Sample]:
    """Two hours of a service that is well, with the noise of a machine, each minute changed."""
    rng = Random(7)
    return [change(minute, sample(minute, rng)) for minute in range(MINUTES)]


def sample(minute: int, rng: Random) -> Sample:
    # It finds its size in the first quarter of an hour, and trembles from then on.
    rss_kib = 100_000 + min(minute, 15) * 800 + rng.randint(-300, 300)
    workers = tuple(
        Worker(pid, rss_kib, rss_kib, rss_kib, 30 + rng.randint(-3, 3)) for pid in (1, 2)
    )
    return Sample(
        at_s=minute * 60.0,
        workers=workers,
        wal_bytes=4_000_000 + rng.randint(-(10**6), 10**6),
        database_bytes=10**6 * minute,
        requests=RATE,
        cpu_ms_a_request=5.0 * rng.uniform(0.9, 1.1),
        p50_ms=9.0,
        p99_ms=60.0 * rng.uniform(0.8, 1.2),
        cache_bytes=10**6,
    )


def with_workers(sample: Sample, **changed: Callable[[Worker], int]) -> Sample:
    """The first worker is another."""
    first, *rest = sample.workers
    new = first._replace(**{name: value(first) for name, value in changed.items()})
    return sample._replace(workers=(new, *rest))


def leaking(bytes_a_request: int) -> Kind:
    return lambda minute, each: with_workers(
        each, rss_kib=lambda worker: worker.rss_kib + minute * RATE // 2 * bytes_a_request // 1024
    )


BAD: dict[str, Kind] = {
    # Two small objects a request.
    "worker 0 grows by": leaking(64),
    "worker 0 takes": lambda _, each: with_workers(
        each, pss_kib=lambda worker: worker.pss_kib + 30 * 1024
    ),
    "worker 0 had": lambda minute, each: with_workers(
        each, descriptors=lambda worker: worker.descriptors + minute // 6
    ),
    "a worker ended": lambda minute, each: with_workers(
        each, pid=lambda worker: worker.pid if minute < 60 else 3
    ),
    "the write-ahead log grew": lambda minute, each: each._replace(
        wal_bytes=each.wal_bytes + 10**6 * minute
    ),
    "cpu_ms_a_request drifted": lambda minute, each: each._replace(
        cpu_ms_a_request=each.cpu_ms_a_request * (1 + minute / 300)
    ),
    "p99_ms drifted": lambda minute, each: each._replace(p99_ms=each.p99_ms * (1 + minute / 300)),
}


def test_a_service_that_is_well_is_judged_so() -> None:
    assert judging.faults(series()) == []


@pytest.mark.parametrize("fault", BAD)
def test_each_fault_is_found_and_nothing_else(fault: str) -> None:
    [found] = judging.faults(series(BAD[fault]))
    assert found.startswith(fault)


def test_a_leak_of_some_kib_a_request_is_found_within_minutes() -> None:
    found = judging.faults(series(leaking(4096))[:30])
    assert any(each.startswith("worker 0 grows by") for each in found)


def test_a_peak_and_a_step_at_the_beginning_are_no_growth() -> None:
    def restless(minute: int, each: Sample) -> Sample:
        more_kib = 9_000 if minute % 15 == 0 else 0
        return with_workers(each, rss_kib=lambda worker: worker.rss_kib + more_kib)

    assert judging.faults(series(restless)) == []


def test_a_few_minutes_are_not_judged() -> None:
    [found] = judging.faults(series()[:10])
    assert "tell nothing" in found


# --- The book ------------------------------------------------------------------------------------


def trip(number: int, gain: str) -> Trip:
    """A long trip of one MNQ with fees of 1.00 that gains so many points."""
    at = NOON.replace(minute=number)
    entry = Leg(f"b{number}", "MNQZ6", "BUY", 1, Decimal(20_000), Decimal("0.5"), at, 0)
    left = entry._replace(execution_id=f"s{number}", side="SELL", sequence=1)
    return Trip(entry, left._replace(price=entry.price + Decimal(gain)), 2)


def test_the_book_adds_up_a_day_its_corrections_and_what_is_taken_out() -> None:
    book = Book("A")
    for each in (trip(1, "10"), trip(2, "-8.25"), trip(3, "0.5")):
        book.put(each)
    found = book.figures(day_of(NOON))
    assert [*map(str, (found.net, found.gross, found.fees))] == ["1.50", "4.50", "3.0"]
    assert (found.trades, found.wins, found.losses) == (3, 1, 1)
    assert found.drawdown == Decimal("-17.50")
    book.put(trip(2, "1"))
    book.drop(trip(1, "10"))
    assert book.figures(day_of(NOON)).net == 1
    book.open = trip(4, "0").entry
    assert book.balance() == Decimal("50000.50")


def test_a_listener_learns_what_a_version_looked_like_and_that_another_never_was() -> None:
    book = Book("A")
    book.put(trip(1, "10"))
    book.at(1)
    book.put(trip(2, "10"))
    book.at(2)
    told = book.told(1, 0)
    assert told is not None
    assert book.told(3, 0) is None


def test_an_answer_that_is_a_cent_off_is_a_fault() -> None:
    notes = Notes()
    notes.right("daily", Decimal("1.50"), Decimal("1.5"))
    assert notes.faults == []
    notes.right("daily", Decimal("1.51"), Decimal("1.5"))
    [found] = notes.faults
    assert "daily: told 1.51, expected 1.5" in found
    assert notes.checked["daily"] == 2
