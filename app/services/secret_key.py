"""The key that the ids of sessions are hashed with: given, or made once and kept in a file."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
from pathlib import Path

from app.settings import SECRET_KEY

FILE = "secret-key"
_KEY_BYTES = 48


class SecretKey:
    """A key that is read when it is first needed, and made by the process that needs it first."""

    def __init__(self, given: str | None, data_dir: Path) -> None:
        self._path = data_dir / FILE
        self._key = given

    def bytes(self) -> bytes:
        """The key, the same in every process of a data folder; OSError where its file is of no
        use.
        """
        if self._key is None:
            self._key = _kept(self._path)
        return self._key.encode("ascii")


def _kept(path: Path) -> str:
    # Under a lock, so that of processes that start together one makes it and the others read it.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+", encoding="ascii", errors="replace") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        key = file.read().strip()
        if not key:
            key = secrets.token_urlsafe(_KEY_BYTES)
            file.write(key + "\n")
            file.flush()
            os.fsync(file.fileno())
    if not SECRET_KEY.fullmatch(key):
        reason = "holds no key of 32 characters or more: remove it, and all sessions end"
        raise OSError(errno.EINVAL, reason, str(path))
    return key
