"""What a process was done with goes back to the system, on systems whose C library can be asked."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

# How many pieces are mapped while one of 4 MiB is held, after one of 16 MiB was freed.
TRIED = """
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


def mapped(asked: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", TRIED.format(asked=asked)], capture_output=True, check=True
    )
    return int(done.stdout)


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="not glibc 2.33 or newer")
def test_a_large_piece_does_not_stay_after_a_larger_one_was_freed() -> None:
    assert mapped("allocator.return_large_pieces()") == 1
    assert mapped("") == 0
