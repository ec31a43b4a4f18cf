"""What one answer costs, kind by kind, by number of positions; beside it a bare route, the raw
statement and the usual way.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle

from benchmarks import questions, rounds
from benchmarks.figures import Row
from benchmarks.fills import Fills
from benchmarks.histories import History
from benchmarks.in_process import Reader
from benchmarks.rounds import Subject
from benchmarks.servers import Server, bare, bare_as_usual, service

BARE = "bare Flask route"
BARE_AS_USUAL = "bare Flask route, Gunicorn's own worker"
UNCHANGED = "daily, unchanged (304)"
KEPT = "daily, kept"
DAILY = "daily, made"
WEEKLY = "weekly, made"
HISTORY = "history of ten years by day, made"
TRADES = "50 newest trades, made"
POSITIONS = "50 newest positions, made"
RAW = "a day by the raw statement, in process"
USUAL = "a day the usual way, in process"

_MORNING = 10
_TODAY = "/api/performance/daily?account_id=A0"


def measure(history: History, times: int, turn_s: float, database_url: str = "") -> list[Row]:
    """Ask an account of its own for each kind of answer, in turns; on SQLite also go without the
    service.
    """
    with (
        service(history.folder, database_url=database_url) as server,
        bare(history.folder / "bare") as other,
        bare_as_usual(history.folder / "bare") as usual,
    ):
        more = {} if database_url else in_process(history)
        more[BARE_AS_USUAL] = bare_route(usual)
        return measured(history, server, other, more, times, turn_s)


def measured(
    history: History,
    server: Server,
    other: Server,
    more: dict[str, Subject],
    times: int,
    turn_s: float,
) -> list[Row]:
    """Ask a running service, a bare route and some more subjects in turns."""
    Fills().morning(server.connection(), history.account_ids[:1], _MORNING)
    subjects = _asked(history, server) | more
    subjects[BARE] = bare_route(other)
    found = rounds.measure(subjects, times, turn_s)
    return [{"positions": history.positions, "request": name, **row} for name, row in found.items()]


def bare_route(server: Server) -> Subject:
    """What a server of the bare route is asked."""
    connection = server.connection()
    return Subject(lambda: len(connection.get("/").body), server)


def _asked(history: History, server: Server) -> dict[str, Subject]:
    connection = server.connection()
    etag = connection.get(_TODAY).etag
    days, ends = cycle(questions.days(history)), questions.ends()
    first = history.first

    def asked(path: Callable[[], str], etag: bytes = b"") -> Subject:
        return Subject(lambda: len(connection.get(path() + "&account_id=A0", etag).body), server)

    return {
        UNCHANGED: asked(lambda: "/api/performance/daily?", etag),
        KEPT: asked(lambda: "/api/performance/daily?"),
        DAILY: asked(lambda: f"/api/performance/daily?date={next(days)}"),
        WEEKLY: asked(lambda: f"/api/performance/weekly?date={next(days)}"),
        HISTORY: asked(lambda: f"/api/performance/history?start={first}&end={next(ends)}"),
        TRADES: asked(lambda: f"/api/trades?end={next(ends)}"),
        POSITIONS: asked(lambda: f"/api/positions?status=closed&end={next(ends)}"),
    }


def in_process(history: History) -> dict[str, Subject]:
    """Both ways without the service, on the SQLite file of a history."""
    reader = Reader(history.folder, "A0")
    days = cycle(questions.days(history))
    return {
        RAW: Subject(lambda: len(str(reader.raw(next(days))))),
        USUAL: Subject(lambda: len(reader.usual(next(days)))),
    }
