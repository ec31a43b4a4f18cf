"""The C library's allocator, which keeps for itself much that a process was done with."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable

# The largest answers stay below: to map and unmap each would cost them more than it saves.
LARGE_BYTES = 1024 * 1024

# What lies free comes to megabytes in hours; to look through it takes less than a millisecond.
TRIM_EVERY_S = 60.0

_M_MMAP_THRESHOLD = -3


def return_large_pieces() -> None:
    """Have pieces of LARGE_BYTES and more go back to the system as soon as they are freed.

    glibc begins so, and raises its limit to the size of each such piece that it takes back, up to
    32 MiB; one import later all but the largest stay with the process.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)


def begin_to_trim() -> None:
    """Have the pages that lie free between pieces in use go back to the system, over and over.

    Of its own accord glibc gives back what is free at its end, where something always lies.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        threading.Thread(target=_trim, args=(trim,), daemon=True, name="allocator").start()


def _trim(trim: Callable[[int], int]) -> None:
    while True:
        # Not by a name of its own: this is imported before gevent puts another sleep there, and the
        # one that was there holds up the whole worker.
        time.sleep(TRIM_EVERY_S)
        trim(0)
