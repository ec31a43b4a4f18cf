"""Event loops of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

_T = TypeVar("_T")


def run(scenario: Coroutine[Any, Any, _T]) -> _T:
    """What a scenario returns, on a thread of its own: a browser may have its loop on this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, scenario).result()
