"""Turns: of all that would do the same thing, in all workers and machines, one does it at a time.

They are kept in the database, so that they hold without any other store.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from app.db import rate_windows
from app.domain import instants
from app.errors import DatabaseUnavailable, UpstreamUnavailable
from app.services.resources import Resources

# Whoever died in its turn keeps the others out for no longer.
TURN_S = 60
# Longer than what is done in a turn takes as a rule.
WAIT_S = 10.0
_LOOK_AGAIN_S = 0.025


@contextmanager
def taken(res: Resources, name: str, wait_s: float = WAIT_S) -> Iterator[None]:
    """Have the turn of a name; UpstreamUnavailable where others have it for too long."""
    until_s = time.monotonic() + wait_s
    while (permit := _take(res, name)) is None:
        if time.monotonic() > until_s:
            raise UpstreamUnavailable("others are asking the broker for this; try again")
        time.sleep(_LOOK_AGAIN_S)
    try:
        yield
    finally:
        # One that cannot be given back is over by itself.
        with suppress(DatabaseUnavailable), res.db.write() as conn:
            rate_windows.delete(conn, permit)


def _take(res: Resources, name: str) -> int | None:
    now_us = res.now_us()
    with res.db.read() as conn:
        if rate_windows.is_held(conn, name, now_us):
            return None
    with res.db.write() as conn:
        rate_windows.alone(conn)
        rate_windows.delete_until(conn, now_us)
        if rate_windows.held(conn, name):
            return None
        return rate_windows.insert(conn, name, now_us + TURN_S * instants.SECOND_US)
