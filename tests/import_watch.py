"""Imports modules and prints what they did besides: `python -m tests.import_watch FOLDER MODULE…`.

A line for every file, socket, database, process and thread that code below FOLDER touched on being
imported, also by way of a library's function, and for every look that it took at the environment.
What libraries do while they are imported themselves is theirs.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
from collections.abc import Callable, Iterator, KeysView, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

EVENTS = (
    *("open", "socket.", "subprocess.", "sqlite3.", "tempfile.", "shutil.", "urllib."),
    *("os.exec", "os.fork", "os.posix_spawn", "os.system", "os.putenv", "os.unsetenv"),
    *("os.listdir", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.scandir"),
)
# Drivers in C, whose connections raise no event.
DRIVERS = (("pysqlite3", "connect"), ("pysqlite3.dbapi2", "connect"), ("psycopg", "connect"))
# Where `os.environ` itself is made of, frozen or not.
_ENVIRONMENT = {
    each.__code__.co_filename for each in (os.getenv, Mapping.get, Mapping.keys, KeysView.__iter__)
}


class Watch:
    """Notes what is done on behalf of code below a folder."""

    def __init__(self, folder: Path) -> None:
        self._below = f"{folder.resolve()}{os.sep}"
        self.seen: list[str] = []

    def start(self) -> None:
        """Watch until the process ends: hooks cannot be taken out."""
        for module, name in DRIVERS:
            _wrap(importlib.import_module(module), name, lambda: self._note("a database"))
        _wrap(threading.Thread, "start", lambda: self._note("a thread"))
        for name in ("__getitem__", "__iter__", "__len__"):
            _wrap(os._Environ, name, self._note_reader)
        sys.addaudithook(self._audit)

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(EVENTS):
            self._note(f"{event} {arguments[:1]}")

    def _note(self, what: str) -> None:
        for frame in _frames():
            file = frame.f_code.co_filename
            if file.startswith(self._below):
                self.seen.append(f"{file}:{frame.f_lineno}: {what}")
            if file.startswith((self._below, "<frozen importlib")):
                return  # It was this code; or a library, which is being imported.

    def _note_reader(self) -> None:
        # Only who looks by itself: a library's function may ask for the user's language.
        for frame in _frames():
            file = frame.f_code.co_filename
            if file.startswith(self._below):
                self.seen.append(f"{file}:{frame.f_lineno}: the environment")
            if file not in _ENVIRONMENT:
                return


def _frames() -> Iterator[FrameType]:
    """What is running, from the innermost call outwards, without this file's own."""
    frame: FrameType | None = sys._getframe(1)
    while frame:
        if frame.f_code.co_filename != __file__:
            yield frame
        frame = frame.f_back


def _wrap(owner: Any, name: str, before: Callable[[], None]) -> None:
    original: Callable[..., Any] = getattr(owner, name)

    def watched(*args: Any, **options: Any) -> Any:
        before()
        return original(*args, **options)

    setattr(owner, name, watched)


def main(folder: Path, modules: list[str]) -> None:
    """Import the modules, which lie below the folder, and print what was seen."""
    sys.path.insert(0, str(folder.resolve().parent))
    watch = Watch(folder)
    watch.start()
    for module in modules:
        importlib.import_module(module)
    print("\n".join(watch.seen))  # noqa: T201 (what this is run for)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
