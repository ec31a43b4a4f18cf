"""freqtrade's own API server over the same trades, as it is shipped and with an index.

It is installed into an environment of its own; two programs that are no part of this project seed
its database and serve it. Without them, or where it cannot be installed, this part is left out.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import cycle, product
from pathlib import Path
from typing import Any

from benchmarks import freqtrade_trades, histories, questions, rounds
from benchmarks.connection import Connection
from benchmarks.figures import Row
from benchmarks.in_process import Reader
from benchmarks.rounds import Subject
from benchmarks.servers import ROOT, Server, environment, free_port, running, service

PROGRAMS = ROOT.parent / "shared" / "peers" / "freqtrade"
DAYS, WEEK, PAGE = "seven days", "a week", "50 newest trades"
THEIRS, USUAL = "freqtrade", "the usual way, in process"
MADE, KEPT = "this service, made", "this service, kept"
EXECUTIONS = "this service's executions, made"
SHIPPED, INDEXED = "as shipped", "indexed"

_PACKAGE = "freqtrade"
_ACCOUNT = "A0"
_LOGIN = b64encode(b"freqtrader:SuperSecret1!").decode()
_INDEX = "CREATE INDEX ix ON trades (is_open, close_date)"
_THEIR_DAYS = "/api/v1/daily?timescale=7"
_THEIR_WEEK = "/api/v1/weekly?timescale=1"
_THEIR_PAGE = "/api/v1/trades?limit=50&order_by_id=false"
_SPAN_DAYS = 700


class LeftOut(Exception):
    """Says why there is nothing to compare with."""


def installed(folder: Path, programs: Path) -> tuple[Path, str]:
    """Its own interpreter, and its version; LeftOut where it cannot be had."""
    if not (programs / "serve.py").exists():
        raise LeftOut(f"{programs} is not here: it seeds and serves freqtrade's database")
    python = folder / "venv" / "bin" / "python"
    if not python.exists():
        print("installing freqtrade", flush=True)
        _run(sys.executable, "-m", "venv", folder / "venv")
    if not _says(python, "import freqtrade"):
        _run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", _PACKAGE)
    version = _says(python, "import freqtrade; print(freqtrade.__version__)")
    if not version:
        raise LeftOut("freqtrade was installed, but it does not start")
    return python, version


def measure(
    folder: Path, python: Path, programs: Path, trades: int, times: int, turn_s: float
) -> list[Row]:
    """Both servers over the same trades, first compared, then asked in turns."""
    database = folder / f"{trades}.sqlite"
    _run(python, programs / "seed_db.py", str(trades), database)
    ours = folder / f"{trades}-ours"
    shutil.rmtree(ours, ignore_errors=True)
    with service(ours) as server:
        _import(server, ours, database)
    rows = []
    for variant in (SHIPPED, INDEXED):
        if variant == INDEXED:
            with sqlite3.connect(database) as connection:
                connection.execute(_INDEX)
                connection.execute("ANALYZE")
        with _served(python, programs, database) as theirs, service(ours) as server:
            compare(theirs, server)
            reader = Reader(ours, _ACCOUNT)
            found = rounds.measure(_subjects(theirs, server, reader), times, turn_s)
            reader.close()
        about = {"trades": trades, "variant": variant}
        rows += [
            about | dict(zip(("request", "by"), name.split(": "), strict=True)) | row
            for name, row in found.items()
        ]
    return rows


def compare(theirs: Server, ours: Server) -> None:
    """ValueError unless both give the same counts and sums of days and week, and the same page."""
    them, us = theirs.connection(), ours.connection()
    figures = freqtrade_trades
    their_days = figures.theirs(them.get(_THEIR_DAYS).json())
    our_days = figures.ours(us.get(_days(_tomorrow())).json()["points"])
    told = figures.differences(their_days, our_days)
    (their_week,) = figures.theirs(them.get(_THEIR_WEEK).json())
    week = us.get(_week(date.fromisoformat(their_week.date))).json()
    told += figures.differences([their_week], [figures.of_week(week)])
    told += figures.page_differences(
        them.get(_THEIR_PAGE).json(), us.get(_page(_tomorrow(), 100)).json()
    )
    if told:
        raise ValueError(f"the figures are not the same: {'; '.join(told[:5])}")


def _subjects(theirs: Server, ours: Server, reader: Reader) -> dict[str, Subject]:
    them, us = theirs.connection(), ours.connection()
    ends, weeks, today = questions.ends(), _weeks(), datetime.now(UTC).date()

    def ask(connection: Connection, server: Server, path: Callable[[], str]) -> Subject:
        return Subject(lambda: len(connection.get(path()).body), server)

    return {
        f"{DAYS}: {THEIRS}": ask(them, theirs, lambda: _THEIR_DAYS),
        f"{DAYS}: {MADE}": ask(us, ours, lambda: _days(next(ends))),
        f"{DAYS}: {KEPT}": ask(us, ours, lambda: _days("")),
        f"{DAYS}: {USUAL}": Subject(lambda: len(reader.usual(today - timedelta(days=6), 7))),
        f"{WEEK}: {THEIRS}": ask(them, theirs, lambda: _THEIR_WEEK),
        f"{WEEK}: {MADE}": ask(us, ours, lambda: next(weeks)),
        f"{WEEK}: {KEPT}": ask(us, ours, lambda: _week(today)),
        f"{PAGE}: {THEIRS}": ask(them, theirs, lambda: _THEIR_PAGE),
        f"{PAGE}: {MADE}": ask(us, ours, lambda: _page(next(ends))),
        f"{PAGE}: {EXECUTIONS}": ask(us, ours, lambda: _executions(next(ends))),
        f"{PAGE}: {KEPT}": ask(us, ours, lambda: _page(_tomorrow())),
    }


def _days(end: str) -> str:
    start = datetime.now(UTC).date() - timedelta(days=6)
    window = f"start={start}" + (f"&end={end}" if end else "")
    return f"/api/performance/history?account_id={_ACCOUNT}&fill=zero&{window}"


def _week(day: date, basis: str = "position") -> str:
    return f"/api/performance/weekly?account_id={_ACCOUNT}&date={day}&basis={basis}"


def _page(end: str, limit: int = 50) -> str:
    return f"/api/positions?account_id={_ACCOUNT}&status=closed&limit={limit}&end={end}"


def _executions(end: str) -> str:
    return f"/api/trades?account_id={_ACCOUNT}&limit=50&start=2000-01-01&end={end}"


def _weeks() -> Iterator[str]:
    """Weeks that are over, each day and basis another question."""
    today = datetime.now(UTC).date()
    days = [today - timedelta(days=7 + n * 97 % _SPAN_DAYS) for n in range(_SPAN_DAYS)]
    return cycle(_week(day, basis) for basis, day in product(("position", "execution"), days))


def _tomorrow() -> str:
    return f"{datetime.now(UTC).date() + timedelta(days=1)}T00:00:00Z"


def _import(server: Server, data_dir: Path, database: Path) -> None:
    env = {"DATA_DIR": str(data_dir), "DEFAULT_TIMEZONE": "UTC"}
    for pair in freqtrade_trades.PAIRS:
        facts = ("--tick-size", "0.000000001", "--point-value", "1")
        add = ("instruments", "add", freqtrade_trades.root(pair), *facts)
        _run(sys.executable, "-m", "flask", "--app", "wsgi", *add, env=env)
    connection = server.connection()
    for file in freqtrade_trades.files(database):
        histories.upload(connection, _ACCOUNT, file)


@contextmanager
def _served(python: Path, programs: Path, database: Path) -> Iterator[Server]:
    port, log = free_port(), database.with_suffix(".log")
    command = (str(python), str(programs / "serve.py"), str(database.absolute()), str(port))
    headers = f"Authorization: Basic {_LOGIN}\r\n"
    with running(command, port, {}, log, headers, "/api/v1/daily?timescale=1") as server:
        yield server


def _says(python: Path, program: str) -> str:
    command = [str(python), "-c", f"{program}; print()"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _run(*command: Any, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        [str(each) for each in command],
        cwd=ROOT,
        env=environment() | (env or {}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise LeftOut(f"{' '.join(map(str, command))} failed: {done.stderr.strip()[-400:]}")
