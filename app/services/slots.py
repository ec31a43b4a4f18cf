"""A number of places for what is long or large; who finds none free is sent away at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from app.errors import RateLimited

RETRY_AFTER_S = 5


class Slots:
    """The places of one process."""

    def __init__(self, most: int, what: str) -> None:
        self._free = threading.BoundedSemaphore(most)
        self._message = f"{most} {what} are running already: try again when one of them is done"

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold one place; RateLimited when none is free."""
        if not self._free.acquire(blocking=False):
            raise RateLimited(self._message, retry_after_s=RETRY_AFTER_S)
        try:
            yield
        finally:
            self._free.release()
