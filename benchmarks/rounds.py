"""Subjects that take turns, so that whatever else the machine does falls on all of them alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from benchmarks import figures
from benchmarks.figures import Row
from benchmarks.servers import Server

_MICRO = 10**6
# In a turn: few enough that questions of which there are some thousands do not come twice.
_TIMES_MIN, _TIMES_MAX = 2, 200


class Subject(NamedTuple):
    """Something that is done again and again, giving its size in bytes; without a server its cost
    is this process's own.
    """

    once: Callable[[], int]
    server: Server | None = None


def measure(subjects: Mapping[str, Subject], rounds: int, turn_s: float) -> dict[str, Row]:
    """CPU microseconds of one time, as the median of rounds, and how long it took to answer."""
    cpu_us: dict[str, list[float]] = {name: [] for name in subjects}
    waits_s: dict[str, list[float]] = {name: [] for name in subjects}
    sizes = {name: subject.once() for name, subject in subjects.items()}
    for _ in range(rounds):
        for name, subject in subjects.items():
            found_us, found_s = _turn(subject, turn_s)
            cpu_us[name].append(found_us)
            waits_s[name] += found_s
    return {
        name: {
            "cpu_us": round(statistics.median(cpu_us[name]), 1),
            **figures.p50_p99_ms(waits_s[name]),
            "bytes": sizes[name],
            "times": len(waits_s[name]),
        }
        for name in subjects
    }


def _turn(subject: Subject, turn_s: float) -> tuple[float, list[float]]:
    """One subject's turn: at least twice, and until its time is over or it was often enough."""
    spent = _spent(subject.server)
    waits_s: list[float] = []
    over_s = time.perf_counter() + turn_s
    while len(waits_s) < _TIMES_MIN or (len(waits_s) < _TIMES_MAX and time.perf_counter() < over_s):
        began_s = time.perf_counter()
        subject.once()
        waits_s.append(time.perf_counter() - began_s)
    return spent() / len(waits_s) * _MICRO, waits_s


def _spent(server: Server | None) -> Callable[[], float]:
    if server:
        return server.meter().lap_s
    began_s = time.process_time()
    return lambda: time.process_time() - began_s
