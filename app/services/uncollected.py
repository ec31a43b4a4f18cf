"""Long work without the search for cycles: it makes hundreds of thousands of tuples, none of them
in a cycle, and looking through them again and again takes a quarter of its time.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")

# One entry for each piece of work under way, whichever thread it is in. No lock: to wait for one
# is not for native threads, and at worst a search takes place after all.
_UNDER_WAY: list[None] = []


def run(work: Callable[[], _T]) -> _T:
    """What the work returns or raises; it ends, so what it leaves is found soon after."""
    _UNDER_WAY.append(None)
    gc.disable()
    try:
        return work()
    finally:
        _UNDER_WAY.pop()
        if not _UNDER_WAY:
            gc.enable()
