"""The C library's allocator, which keeps large pieces for itself that a process was done with."""

from __future__ import annotations

import ctypes

# The largest answers stay below: to map and unmap each would cost them more than it saves.
LARGE_BYTES = 1024 * 1024

_M_MMAP_THRESHOLD = -3


def return_large_pieces() -> None:
    """Have pieces of LARGE_BYTES and more go back to the system as soon as they are freed.

    glibc begins so, and raises its limit to the size of each such piece that it takes back, up to
    32 MiB; one import later all but the largest stay with the process.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)
