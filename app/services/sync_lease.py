"""One sync a database: whoever has the lease syncs, and says so again while it does."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable

from app.db import sync_lease
from app.db.connection import Database
from app.domain import instants
from app.errors import Conflict

# Longer than the longest question to the broker takes with all its tries.
LEASE_S = 180
_RENEWED_AFTER_S = 20
_NOBODY = sync_lease.Lease("", 0, None, None)


class SyncedElsewhere(Conflict):
    """Another process has the lease."""


class Lease:
    """The right to sync, of this process alone."""

    def __init__(self, db: Database, now_us: Callable[[], int], holder: str | None = None) -> None:
        self.holder = holder or this_process()
        self._db = db
        self._now_us = now_us
        self._renewed_at_us = 0

    def take(self) -> None:
        """Have the lease; SyncedElsewhere says who else has it."""
        with self._db.write() as conn:
            found = sync_lease.current(conn) or _NOBODY
            gone = found.holder if is_gone(found.holder) else ""
            now_us = self._now_us()
            expires_at_us = now_us + LEASE_S * instants.SECOND_US
            values = {"now_us": now_us, "expires_at_us": expires_at_us}
            if sync_lease.take(conn, self.holder, **values, taken_from=gone):
                self._renewed_at_us = now_us
                return
        until = instants.text(found.expires_at_us)
        raise SyncedElsewhere(f"{found.holder} syncs this database already, at least until {until}")

    def renew(self) -> None:
        """Keep the lease, if it was taken a while ago; SyncedElsewhere where another has it now."""
        if self._now_us() - self._renewed_at_us > _RENEWED_AFTER_S * instants.SECOND_US:
            self.take()

    def note(self, fault: str | None) -> None:
        """Note that a pass was made, and what was wrong with it."""
        with self._db.write() as conn:
            sync_lease.note(conn, self.holder, self._now_us(), fault)

    def release(self) -> None:
        """Let others sync at once."""
        with self._db.write() as conn:
            sync_lease.release(conn, self.holder)


def this_process() -> str:
    """A name that no other process has at the same time."""
    return f"process {os.getpid()} on {socket.gethostname()}"


def is_gone(holder: str) -> bool:
    """Whether the holder was a process of this machine that is no more."""
    pid, _, host = holder.removeprefix("process ").partition(" on ")
    if host != socket.gethostname() or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
