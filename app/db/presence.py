"""Who uses a SQLite file: a lock beside it that every process with a connection shares, and that a
restore has alone.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import Conflict, DatabaseUnavailable


class Presence:
    """One process among the users of a file, from its first connection on."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._held: int | None = None

    def hold(self) -> None:
        """Be one of the users, until `release` or the process's end; DatabaseUnavailable while the
        file is being replaced.
        """
        if self._held is not None:
            return
        try:
            descriptor = _opened(self._file)
        except OSError:
            return  # Where nothing can be made, SQLite says what is wrong.
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise DatabaseUnavailable("the database is being restored; try again") from None
        self._held = descriptor

    def release(self) -> None:
        """Be none of the users any more."""
        held, self._held = self._held, None
        if held is not None:
            os.close(held)


@contextmanager
def shared(file: Path) -> Iterator[None]:
    """Be one of the users for a while; DatabaseUnavailable while the file is being replaced."""
    user = Presence(file)
    user.hold()
    try:
        yield
    finally:
        user.release()


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Keep all users out; Conflict while there is one."""
    descriptor = _opened(file)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise in_use(file) from None
    finally:
        os.close(descriptor)


def in_use(file: Path) -> Conflict:
    """The failure of what needs a file for itself."""
    return Conflict(f"{file} is in use: stop the service, and whatever else has it open")


def _opened(file: Path) -> int:
    return os.open(file.with_name(f"{file.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
