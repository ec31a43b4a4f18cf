"""What the processes of the service take from the machine, as far as it tells (Linux)."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from app.metrics import folder

_TRIES_MAX = 5
# Fields of /proc/PID/stat after the command's name in brackets: own time, then that of children
# that have ended; user and system each.
_OWN, _OF_ENDED = slice(11, 13), slice(13, 15)
_BORN_S = time.time()


class Use(NamedTuple):
    """How long the service runs, by how many workers, and what all of it has taken."""

    uptime_s: float
    workers: int
    cpu_s: float | None
    resident_bytes: int | None


def use() -> Use:
    """What the service takes, its first process among it."""
    shared = folder.current()
    if shared is None:
        return _use(_BORN_S, 1, [], os.getpid())
    workers = folder.workers(shared)
    return _use(folder.started_s(shared), len(workers), workers, os.getppid())


def _use(started_s: float, count: int, workers: Sequence[int], first: int) -> Use:
    cpu_s = resident = None
    with suppress(OSError):
        cpu_s = _cpu_s(first, workers)
        resident = sum(map(_resident_bytes, [first, *workers]))
    return Use(time.time() - started_s, count, cpu_s, resident)


def _cpu_s(first: int, workers: Sequence[int]) -> float:
    """Never less than before: a worker that ends is among its parent's ended children."""
    for _ in range(_TRIES_MAX):
        ended = _ticks(first, _OF_ENDED)
        running = sum(_ticks(pid, _OWN) + _ticks(pid, _OF_ENDED) for pid in workers)
        if ended == _ticks(first, _OF_ENDED):
            break
    return (_ticks(first, _OWN) + ended + running) / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int, fields: slice) -> int:
    said = _told(pid, "stat").rpartition(")")[2].split()
    return sum(map(int, said[fields]))


def _resident_bytes(pid: int) -> int:
    said = _told(pid, "statm").split()
    return int(said[1]) * os.sysconf("SC_PAGE_SIZE") if said else 0


def _told(pid: int, what: str) -> str:
    try:
        return Path(f"/proc/{pid}/{what}").read_text("ascii", "replace")
    except ProcessLookupError:
        return ""
    except FileNotFoundError:
        if pid == os.getppid() or pid == os.getpid():
            raise  # Not a process that has ended: a machine that does not tell.
        return ""
