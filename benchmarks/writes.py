"""Fills coming in: files, single fills, and what they take on the disk."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks import figures, histories
from benchmarks.connection import Connection
from benchmarks.figures import Row
from benchmarks.fills import Fills
from benchmarks.histories import History
from benchmarks.servers import Server, service

_MICRO = 10**6
_ACCOUNT = "A0"
FILES = "CSV files uploaded"
ONE = "one fill posted"
SIZE = "database"


def measure(history: History, posts: int, workers: int) -> list[Row]:
    """Import a history into an empty database, then post single fills on top of it."""
    with service(history.folder, workers) as server:
        rows = measured(server, history, posts)
    return [*rows, stored(history)]


def measured(server: Server, history: History, posts: int) -> list[Row]:
    """Import and post into a service that runs and has nothing yet."""
    return [_uploaded(server, history), _posted(server, posts)]


def _uploaded(server: Server, history: History) -> Row:
    files = list(histories.files(history, history.positions))
    connection = server.connection()
    meter, began_s = server.meter(), time.perf_counter()
    for file in files:
        histories.upload(connection, _ACCOUNT, file)
    took_s, cpu_s = time.perf_counter() - began_s, meter.lap_s()
    executions = 2 * history.positions
    return {
        "what": FILES,
        "executions": executions,
        "files": len(files),
        "a_second": round(executions / took_s),
        "a_cpu_second": round(executions / cpu_s),
        "cpu_us": round(cpu_s / executions * _MICRO, 2),
    }


def _posted(server: Server, posts: int) -> Row:
    """From sending to the answer, which says that the fill is on the disk."""
    fills, connection = Fills(), server.connection()
    for _ in range(posts // 10):
        fills.one(connection, _ACCOUNT)
    meter = server.meter()
    waits_s = [_waited_s(fills, connection) for _ in range(posts)]
    return {
        "what": ONE,
        "executions": posts,
        **figures.p50_p99_ms(waits_s),
        "cpu_us": round(meter.lap_s() / posts * _MICRO, 1),
    }


def _waited_s(fills: Fills, connection: Connection) -> float:
    began_s = time.perf_counter()
    fills.one(connection, _ACCOUNT)
    return time.perf_counter() - began_s


def stored(history: History) -> Row:
    """What the database takes when the service has ended and has written everything to it."""
    executions = 2 * history.positions
    size = sum(path.stat().st_size for path in Path(history.folder).glob("trader.db*"))
    return {
        "what": SIZE,
        "executions": executions,
        "bytes": size,
        "mb_a_million": round(size / executions, 1),
    }
