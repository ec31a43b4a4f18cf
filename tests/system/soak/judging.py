"""What a series of samples must not show: a pure function of the samples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from statistics import median

from tests.system.soak.samples import Sample

HOUR_S, KIB_A_MIB = 3600, 1024
# Pools fill, code is met for the first time, the allocator finds its size.
WARM_UP = 0.2
GROWTH_MAX_KIB_H = 1 * KIB_A_MIB
DESCRIPTORS_MAX = 5
WAL_MAX_BYTES = 64 * 1024 * 1024
# Its share of what processes have in common, which is there once: libraries, above all.
WORKER_MAX_KIB = 120 * KIB_A_MIB
DRIFT_MAX = 0.10
SAMPLES_MIN = 20


def faults(series: Sequence[Sample]) -> list[str]:
    """Everything that grew or slowed down after the warm-up."""
    warm = series[int(len(series) * WARM_UP) :]
    if len(warm) < SAMPLES_MIN:
        return [f"{len(warm)} samples after the warm-up tell nothing: {SAMPLES_MIN} are needed"]
    return [*_replaced(series), *_memory(warm), *_descriptors(warm), *_wal(warm), *_drift(warm)]


def slope(points: Sequence[tuple[float, float]]) -> float:
    """The median of the slopes of all pairs: single peaks and steps back do not bend it."""
    pairs = combinations(points, 2)
    return median((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in pairs)


def growth_kib_h(series: Sequence[Sample], worker: int) -> float:
    """KiB an hour that a worker's memory grew."""
    return slope([(each.at_s / HOUR_S, each.workers[worker].rss_kib) for each in series])


def drift(values: Sequence[float]) -> float:
    """How much more the last quarter is than the first, as a share of it."""
    quarter = len(values) // 4
    return median(values[-quarter:]) / median(values[:quarter]) - 1


def _replaced(series: Sequence[Sample]) -> Iterator[str]:
    seen = {tuple(worker.pid for worker in each.workers) for each in series}
    if len(seen) > 1:
        yield f"a worker ended: {sorted(seen)}"


def _memory(series: Sequence[Sample]) -> Iterator[str]:
    for number, last in enumerate(series[-1].workers):
        grown = growth_kib_h(series, number)
        if grown > GROWTH_MAX_KIB_H:
            yield f"worker {number} grows by {grown / KIB_A_MIB:.1f} MiB an hour"
        if last.pss_kib > WORKER_MAX_KIB:
            yield f"worker {number} takes {last.pss_kib / KIB_A_MIB:.0f} MiB"


def _descriptors(series: Sequence[Sample]) -> Iterator[str]:
    for number in range(len(series[-1].workers)):
        counts = [each.workers[number].descriptors for each in series]
        middle = len(counts) // 2
        before, after = median(counts[:middle]), median(counts[middle:])
        if abs(after - before) > DESCRIPTORS_MAX:
            yield f"worker {number} had {before:.0f} descriptors open and has {after:.0f}"


def _wal(series: Sequence[Sample]) -> Iterator[str]:
    largest = max(each.wal_bytes for each in series)
    if largest > WAL_MAX_BYTES:
        yield f"the write-ahead log grew to {largest:,} bytes"


def _drift(series: Sequence[Sample]) -> Iterator[str]:
    """CPU time is the service's own; what callers wait for is also the machine's other work."""
    for name in ("cpu_ms_a_request", "p99_ms"):
        more = drift([getattr(each, name) for each in series])
        if more > DRIFT_MAX:
            yield f"{name} drifted by {more:+.0%}"
