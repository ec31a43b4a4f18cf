"""The folder in which the workers of one service count: made at each start, removed at its end.

The first process uses this before any worker runs. It must not import prometheus_client before
the folder is made: that library looks for it once, while it is imported.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Where prometheus_client looks for it.
VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_NAME = "tpa-metrics-"
_OWNER, _GUARD = "owner", "guard"
# What ended workers counted, added up; as long as its name ends like theirs, it is read as theirs.
_ENDED = "ended"
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 (what is made there has a name of its own)
# A mapped page that finds no memory kills the process; a service takes less than a tenth of this.
_FREE_MIN_BYTES = 16 * 1024 * 1024
_TRIES_MAX = 20
_TRY_AGAIN_S = 0.01


def make() -> None:
    """An empty folder for this service, told to its workers by the environment; what a killed
    service left behind is removed.
    """
    parent = _parent()
    for left in parent.glob(f"{_NAME}*"):
        _remove_if_left(left)
    folder = Path(tempfile.mkdtemp(prefix=_NAME, dir=parent))
    (folder / _GUARD).touch()
    owner = os.open(folder / _OWNER, os.O_RDWR | os.O_CREAT, 0o600)
    # Never closed: held until the last process that has it ends, however it ends.
    fcntl.flock(owner, fcntl.LOCK_EX)
    os.environ[VARIABLE] = str(folder)


def remove() -> None:
    """The end of the folder, when the service ends."""
    folder = current()
    if folder:
        shutil.rmtree(folder, ignore_errors=True)


def current() -> Path | None:
    """The folder of this service; None where a single process counts for itself."""
    folder = Path(os.environ.get(VARIABLE, ""))
    return folder if folder.name.startswith(_NAME) else None


def started_s(folder: Path) -> float:
    """When the service started, in seconds since 1970."""
    return (folder / _OWNER).stat().st_mtime


def workers(folder: Path) -> list[int]:
    """The process ids of the workers that live."""
    return sorted({_pid(each) for each in folder.glob("gauge_live*.db")})


def files(folder: Path) -> list[Path]:
    """What was counted; a worker that starts, or was killed then, may have an empty file yet."""
    return [each for each in folder.glob("*.db") if each.stat().st_size]


def bury() -> None:
    """Keep what ended workers counted, and drop what was true only while they lived.

    Their files become part of one, so that a worker that ends every second fills no disk. Where a
    reader holds them for too long, they are left to the next time: they are read all the same.
    """
    folder = current()
    if not folder:
        return
    with suppress(BlockingIOError), _guard(folder, fcntl.LOCK_EX | fcntl.LOCK_NB):
        for file in folder.glob("*.db"):
            if not _is_kept(file) and not _is_running(_pid(file)):
                kind = file.name.split("_", 1)[0]
                if kind != "gauge" and file.stat().st_size:
                    _add(file, folder / f"{kind}_{_ENDED}.db")
                file.unlink()


@contextmanager
def at_rest(folder: Path) -> Iterator[None]:
    """While this lasts no worker is buried: what it counted is there once, not twice or not."""
    with _guard(folder, fcntl.LOCK_SH):
        yield


@contextmanager
def _guard(folder: Path, kind: int) -> Iterator[None]:
    descriptor = os.open(folder / _GUARD, os.O_RDWR)
    try:
        _lock(descriptor, kind)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, kind: int) -> None:
    for _ in range(_TRIES_MAX - 1):
        with suppress(BlockingIOError):
            return fcntl.flock(descriptor, kind)
        time.sleep(_TRY_AGAIN_S)
    return fcntl.flock(descriptor, kind)


def _pid(file: Path) -> int:
    return int(file.stem.rsplit("_", 1)[1])


def _is_kept(file: Path) -> bool:
    return file.stem.endswith(_ENDED)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _add(file: Path, total: Path) -> None:
    from prometheus_client.mmap_dict import MmapedDict  # noqa: PLC0415 (see the module's law)

    kept = MmapedDict(str(total))
    for key, value, _, _ in MmapedDict.read_all_values_from_file(str(file)):
        kept.write_value(key, kept.read_value(key)[0] + value, 0.0)
    kept.close()


def _parent() -> Path:
    with suppress(OSError):
        if os.access(_IN_MEMORY, os.W_OK) and shutil.disk_usage(_IN_MEMORY).free > _FREE_MIN_BYTES:
            return _IN_MEMORY
    return Path(tempfile.gettempdir())


def _remove_if_left(folder: Path) -> None:
    with suppress(OSError):
        if folder.lstat().st_uid != os.getuid():
            return
        descriptor = os.open(folder / _OWNER, os.O_RDWR | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(descriptor)
