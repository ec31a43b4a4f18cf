"""A writer between processes that checkpoint: what brings out the fault of SQLite's log that 3.51.3
mended, by which a checkpoint takes pages for copied that are not.

A program, so that it can run with a SQLite that this service refuses:
`python -m tests.system.wal_reset pysqlite3.dbapi2 FOLDER SECONDS`.
"""

from __future__ import annotations

import importlib
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any, NamedTuple

COMMITS = 600
CHECKPOINTERS = 2


class Outcome(NamedTuple):
    """What a run found; `fault` is None where every round left what was committed."""

    version: str
    rounds: int
    commits: int
    fault: str | None


def run(driver: Any, folder: Path, seconds: float) -> Outcome:
    """Rounds until the time is up, or one has a fault."""
    until_s, number = time.monotonic() + seconds, 0
    fault = None
    while fault is None and time.monotonic() < until_s:
        number += 1
        fault = _round(driver, folder / f"{number}.db")
    return Outcome(driver.sqlite_version, number, number * COMMITS, fault)


def _round(driver: Any, file: Path) -> str | None:
    try:
        conn = _connected(driver, file)
        _ask(conn, "CREATE TABLE written (number INTEGER PRIMARY KEY, said TEXT) STRICT")
        _ask(conn, "CREATE INDEX by_said ON written (said)")
        with _checkpoints(driver, file):
            for number in range(COMMITS):
                _ask(conn, "INSERT INTO written VALUES (?, ?)", number, os.urandom(100).hex())
        conn.close()
        conn = _connected(driver, file)
        [(said,)] = _ask(conn, "PRAGMA integrity_check(1)")
        [(found,)] = _ask(conn, "SELECT count(*) FROM written NOT INDEXED")
        conn.close()
    except driver.DatabaseError as error:
        return str(error)
    for each in file.parent.glob(f"{file.name}*"):
        each.unlink()
    return None if (said, found) == ("ok", COMMITS) else f"{said}; {found} rows of {COMMITS}"


@contextmanager
def _checkpoints(driver: Any, file: Path) -> Iterator[None]:
    context = multiprocessing.get_context("fork")
    over = context.Event()
    arguments = driver.__name__, file, over
    some = [context.Process(target=_checkpoint, args=arguments) for _ in range(CHECKPOINTERS)]
    for each in some:
        each.start()
    try:
        yield
    finally:
        over.set()
        for each in some:
            each.join()


def _checkpoint(name: str, file: Path, over: Event) -> None:
    driver = importlib.import_module(name)
    try:
        conn = _connected(driver, file)
        while not over.is_set():
            _ask(conn, "PRAGMA wal_checkpoint(PASSIVE)")
    except driver.DatabaseError:
        return  # The writer finds it, too.


def _connected(driver: Any, file: Path) -> Any:
    conn = driver.connect(str(file), timeout=30, isolation_level=None)
    # What is written to the disk is not in question, and waiting for it makes the race rare.
    for each in ("journal_mode = WAL", "synchronous = OFF"):
        _ask(conn, f"PRAGMA {each}")
    return conn


def _ask(conn: Any, statement: str, *values: object) -> list[Any]:
    found: list[Any] = conn.execute(statement, values).fetchall()
    return found


if __name__ == "__main__":
    outcome = run(importlib.import_module(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]))
    print(json.dumps(outcome._asdict()))  # noqa: T201
