"""What a process was done with goes back to the system, on systems whose C library can be asked."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

# How many pieces are mapped while one of 4 MiB is held, after one of 16 MiB was freed.
MAPPED = """
import ctypes
from app import allocator
class Info(ctypes.Structure):
    _fields_ = [(f"field_{{n}}", ctypes.c_size_t) for n in range(10)]
libc = ctypes.CDLL(None)
libc.mallinfo2.restype = Info
mapped = lambda: libc.mallinfo2().field_3
{asked}
del (large := [b"x" * 2**24])[:]
before = mapped()
held = b"x" * 2**22
print(mapped() - before)
"""
# How many of 64 MiB stay after all were freed but the last piece.
KEPT = """
from time import sleep
from app import allocator
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096
allocator.TRIM_EVERY_S = 0.05
{asked}
before = resident()
pieces = [b"x" * 2**16 for _ in range(1024)]
del pieces[:-1]
for _ in range(40):
    sleep(0.05)
    if resident() - before < 2**24:
        break
print((resident() - before) // 2**20)
"""

pytestmark = pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="not glibc 2.33 or newer"
)


def said(program: str, asked: str) -> int:
    command = [sys.executable, "-c", program.format(asked=asked)]
    return int(subprocess.run(command, capture_output=True, check=True).stdout)


def test_a_large_piece_does_not_stay_after_a_larger_one_was_freed() -> None:
    assert said(MAPPED, "allocator.return_large_pieces()") == 1
    assert said(MAPPED, "") == 0


def test_pages_that_lie_free_below_one_in_use_do_not_stay() -> None:
    assert said(KEPT, "allocator.begin_to_trim()") < 16
    assert said(KEPT, "") > 48
