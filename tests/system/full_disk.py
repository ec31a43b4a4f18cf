"""Disks that can be filled and given room again: a small one of their own, or a limit on files."""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Protocol

from tests.service import Service

# The database and its log, and what is stored between one filling and the next.
BASE_MIB, FILLING_MIB = 6, 0.5
# Some is left, so that a write fails in any part of it.
LEFT_MAX_BYTES = 96 * 1024
_BLOCK = bytes(64 * 1024)


class Disk(Protocol):
    """Where a service has its data."""

    def fill(self, service: Service, rng: Random) -> None:
        """Leave little room, or none."""
        ...

    def free(self, service: Service) -> None:
        """Make room."""
        ...


class SmallDisk:
    """A file system of a few megabytes, filled by a file beside the data."""

    def __init__(self, folder: Path) -> None:
        self._ballast = folder / "ballast"

    def fill(self, service: Service, rng: Random) -> None:
        """Leave little room, or none."""
        del service
        with self._ballast.open("wb", buffering=0) as file:
            with suppress(OSError):
                while file.write(_BLOCK) == len(_BLOCK):
                    pass
            file.truncate(max(0, file.tell() - rng.randrange(LEFT_MAX_BYTES)))

    def free(self, service: Service) -> None:
        """Make room."""
        del service
        self._ballast.unlink()


class Limit:
    """A limit on how long files may become, for the processes of a service."""

    def fill(self, service: Service, rng: Random) -> None:
        """Let no file become longer than the log of the database is, but for a little."""
        log = service.data_dir / "trader.db-wal"
        self._limit(service, log.stat().st_size + rng.randrange(LEFT_MAX_BYTES))

    def free(self, service: Service) -> None:
        """Let files become as long as they may."""
        self._limit(service, resource.RLIM_INFINITY)

    def _limit(self, service: Service, size: int) -> None:
        for pid in [service.process.pid, *service.workers()]:
            _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            soft = most if size == resource.RLIM_INFINITY else size
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, most))


@contextmanager
def small(folder: Path, fillings: int) -> Iterator[Disk]:
    """A disk of its own at a folder, with room for what so many fillings leave; a limit on files
    where this user may not mount one.
    """
    folder.mkdir(exist_ok=True)
    size_mib = BASE_MIB + round(FILLING_MIB * fillings)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_mib}m", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (subprocess.CalledProcessError, FileNotFoundError):
        yield Limit()
        return
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
