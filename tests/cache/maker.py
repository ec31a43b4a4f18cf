"""A process of its own that wants one value: `python -m tests.cache.maker URL NAME FILE WORK_S`.

It says "ready", waits for a line, and says what it found; each making adds a line to the file.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from app.cache.memory import Memory
from app.cache.read_through import Made, ReadThrough
from app.cache.shared import Redis

VALUE = b"made"


def main() -> None:
    url, name, file, work_s = sys.argv[1:]
    cache = ReadThrough(Memory(), Redis(url))

    def make() -> Made:
        with Path(file).open("a", encoding="ascii") as makings:
            makings.write("made\n")
        time.sleep(float(work_s))
        return Made(name, VALUE, 30)

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    found = cache.fetch(name, ttl_s=30, make=make)
    sys.stdout.write(f"{found.tier} {found.value.decode()}\n")


if __name__ == "__main__":
    main()
