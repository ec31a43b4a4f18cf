"""What running processes cost: their CPU time and memory, as the kernel accounts for them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

_PROC = Path("/proc")
_NANO = 10**9
_KILO = 1024


class Memory(NamedTuple):
    """Of one process, in bytes: resident, and its share of what it has in common with others."""

    rss: int
    pss: int


class Meter:
    """Counts the CPU seconds of some processes from one reading to the next.

    By thread, in nanoseconds: `/proc/PID/stat` counts in hundredths of a second, too coarse for a
    request. Where the kernel has no such figures, that one is read.
    """

    def __init__(self, pids: Iterable[int]) -> None:
        self._pids = tuple(pids)
        self._before = self._now()

    def lap_s(self) -> float:
        """CPU seconds since the last lap, of all the processes together."""
        now = self._now()
        spent = sum(value - self._before.get(thread, 0.0) for thread, value in now.items())
        self._before = now
        return spent

    def _now(self) -> dict[str, float]:
        return {name: s for pid in self._pids for name, s in _threads(pid)}


def children(pid: int) -> list[int]:
    """The processes that one has started, such as a server's workers."""
    return [int(each) for each in (_PROC / f"{pid}/task/{pid}/children").read_text().split()]


def memory(pid: int) -> Memory:
    """What a process holds now."""
    fields = {}
    for line in (_PROC / f"{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, _, value = line.partition(":")
        fields[name] = int(value.split()[0]) * _KILO
    return Memory(fields["Rss"], fields["Pss"])


def _threads(pid: int) -> list[tuple[str, float]]:
    found = []
    for task in (_PROC / str(pid) / "task").iterdir():
        try:
            running_ns = (task / "schedstat").read_text().split()[0]
        except FileNotFoundError:  # The thread has ended, or the kernel does not say.
            continue
        found.append((f"{pid}/{task.name}", int(running_ns) / _NANO))
    return found or [(str(pid), _whole_s(pid))]


def _whole_s(pid: int) -> float:
    after_name = (_PROC / f"{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")
