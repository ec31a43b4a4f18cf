"""A disk that loses its power: what was written and not yet synced is there in part, in any part.

`Recorder` is a file system of SQLite's that notes what it is told. `images` makes of its notes what
may be left on a disk at some moment: of each sector that was written since the file's last sync
all, nothing or its beginning, whatever became of those before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

import apsw

SECTOR_BYTES = 512
# How many of the sectors get lost; one draw for each image.
LOST_SHARES = (0.0, 0.05, 0.3, 0.5, 0.8, 1.0)
TORN_SHARE = 0.1
_KEPT = apsw.SQLITE_OPEN_MAIN_DB | apsw.SQLITE_OPEN_WAL


class Write(NamedTuple):
    """Bytes that were handed to the disk; no sync says that they are on it."""

    name: str
    offset: int
    data: bytes


class Cut(NamedTuple):
    """A file that was shortened, or made where there was none."""

    name: str
    size: int


class Sync(NamedTuple):
    """All that was written to a file before is on the disk."""

    name: str


Event = Write | Cut | Sync


class Recorder(apsw.VFS):
    """The system's own files, and a record of what was done to those that a database keeps."""

    def __init__(self, name: str) -> None:
        self.events: list[Event] = []
        super().__init__(name, base="")

    def xOpen(  # noqa: N802 (the library's name)
        self, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> apsw.VFSFile:
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        if not path or not flags[0] & _KEPT:
            return super().xOpen(name, flags)
        if not Path(path).exists():
            self.events.append(Cut(Path(path).name, 0))
        return _File(self.events, Path(path).name, name, flags)


class _File(apsw.VFSFile):
    def __init__(
        self,
        events: list[Event],
        name: str,
        path: str | apsw.URIFilename | None,
        flags: list[int],
    ) -> None:
        self._events = events
        self._name = name
        super().__init__("", path, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        super().xWrite(data, offset)
        self._events.append(Write(self._name, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        super().xTruncate(newsize)
        self._events.append(Cut(self._name, newsize))

    def xSync(self, flags: int) -> None:  # noqa: N802
        super().xSync(flags)
        self._events.append(Sync(self._name))


class Image(NamedTuple):
    """What is on the disk after the power failed behind so many events."""

    after: int
    files: dict[str, bytes]


def images(
    before: dict[str, bytes], events: Sequence[Event], moments: Iterable[int], rng: Random
) -> Iterator[Image]:
    """An image of each moment, in the order of time; `before` is what was on the disk safely."""
    synced = {name: bytearray(content) for name, content in before.items()}
    pending: dict[str, list[Write | Cut]] = {}
    done = 0
    for moment in sorted(moments):
        for event in events[done:moment]:
            _happen(event, synced, pending)
        done = moment
        yield Image(moment, _left(synced, pending, rng))


def _happen(
    event: Event, synced: dict[str, bytearray], pending: dict[str, list[Write | Cut]]
) -> None:
    if not isinstance(event, Sync):
        pending.setdefault(event.name, []).append(event)
        return
    for each in pending.pop(event.name, ()):
        _apply(synced.setdefault(event.name, bytearray()), each)


def _left(
    synced: dict[str, bytearray], pending: dict[str, list[Write | Cut]], rng: Random
) -> dict[str, bytes]:
    lost, files = rng.choice(LOST_SHARES), {name: bytearray(each) for name, each in synced.items()}
    for name, events in pending.items():
        # Of a file that was never synced not even the name is safe.
        if name in files or rng.random() >= lost:
            content = files.setdefault(name, bytearray())
            for event in events:
                for piece in _survivors(event, lost, rng):
                    _apply(content, piece)
    return {name: bytes(content) for name, content in files.items()}


def _survivors(event: Write | Cut, lost: float, rng: Random) -> Iterator[Write | Cut]:
    if isinstance(event, Cut):
        if rng.random() >= lost:
            yield event
        return
    end = event.offset + len(event.data)
    at = event.offset
    while at < end:
        following = min(end, (at // SECTOR_BYTES + 1) * SECTOR_BYTES)
        if rng.random() >= lost:
            size = following - at
            kept = rng.randrange(size) if lost and rng.random() < TORN_SHARE else size
            began = at - event.offset
            yield Write(event.name, at, event.data[began : began + kept])
        at = following


def _apply(content: bytearray, event: Write | Cut) -> None:
    if isinstance(event, Cut):
        del content[event.size :]
        return
    content.extend(bytes(max(0, event.offset - len(content))))
    content[event.offset : event.offset + len(event.data)] = event.data
