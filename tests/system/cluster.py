"""Callers of several machines at once, some of which may be cut off, and what they were told.

Writers write the same trade over and over, each to an account of its own, and go on with the same
ids elsewhere until a write is acknowledged; so each figure of an answer tells its version.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPConnection, HTTPException
from random import Random
from threading import Event
from typing import Any, NamedTuple

import msgspec

from tests.system.callers import DAY
from tests.system.freshness import Read, Write
from tests.system.hosts import Web
from tests.system.outages import ANSWER_MAX_S, GOOD, Answer, Kind, Outage, overlaps
from tests.system.watch import trade, versions

TOKEN = "the-token-of-all-these-machines"
ACCOUNTS = ("busy", "usual", "calm")
PAUSES_S = (0.02, 0.2, 1.0)
READ_PAUSE_S = 0.03
LIVE_PAUSE_S = 0.2
WAIT_S = 3
QUESTIONS_EACH = 20
# The service ends a connection that is silent for longer.
IDLE_MAX_S = 2.0
# Long enough for a first packet that is lost to be sent again; a machine that stops to take what it
# is sent is gone.
CONNECT_MAX_S = 2.5
_SILENT_MAX_S = 2
# Longer than any answer may take, so that one that takes longer is seen to.
GIVE_UP_S = ANSWER_MAX_S + 6
# How late one who waits may learn of a write.
WOKEN_MAX_S = 2.0

PATHS = (
    f"/api/performance/daily?date={DAY}",
    f"/api/performance/weekly?date={DAY}",
    f"/api/performance/history?start={DAY}&end={DAY}",
)


class Told(NamedTuple):
    """What came back; status 0 where nothing did."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Line:
    """A connection to one machine, made anew after some questions or a failure."""

    def __init__(self, web: Web) -> None:
        self._address = web.host.address
        self._port = web.port
        self._connection: HTTPConnection | None = None
        self._left = 0
        self._used_s = 0.0

    def ask(self, method: str, path: str, body: bytes = b"", tag: str = "") -> Told:
        said = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        said |= {"If-None-Match": tag} if tag else {}
        try:
            connection = self._open()
            connection.request(method, path, body, said)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, HTTPException) as error:
            self.close()
            return Told(0, {}, {"error": {"code": repr(error)}})
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return Told(answer.status, headers, msgspec.json.decode(content) if content else {})

    def close(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None
        self._left = 0

    def _open(self) -> HTTPConnection:
        is_idle = time.monotonic() - self._used_s > IDLE_MAX_S
        if not self._left or self._connection is None or is_idle:
            self.close()
            made = HTTPConnection(self._address, self._port, timeout=CONNECT_MAX_S)
            made.connect()
            impatient(made.sock)
            self._connection, self._left = made, QUESTIONS_EACH
        self._left -= 1
        self._used_s = time.monotonic()
        return self._connection


def impatient(connected: socket.socket) -> None:
    """Have a machine that is gone noticed soon, and one that thinks for long waited for."""
    connected.settimeout(GIVE_UP_S)
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _SILENT_MAX_S * 1000)


class Cluster:
    """Readers, writers and those who wait, on all machines at once; a bystander is read only."""

    def __init__(self, webs: Sequence[Web], seed: int, bystanders: Sequence[Web] = ()) -> None:
        self.writes: list[Write] = []
        self.answers: list[Answer] = []
        self._read: list[tuple[Answer, Read]] = []
        self._webs = webs
        self._bystanders = bystanders
        self._seed = seed
        self._over = Event()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Ask meanwhile; whatever a caller stumbled over is raised."""
        writers = [_Writer(self._webs, self._seed, number) for number in range(len(ACCOUNTS))]
        for each in writers:
            self._write_on(each)
        readers = [(self._read_on, web) for web in (*self._webs, *self._bystanders)]
        readers += [(each, web) for each in (self._wait_on, self._live_on) for web in self._webs]
        with ThreadPoolExecutor(len(writers) + len(readers)) as pool:
            tasks: list[Future[None]] = [
                *(pool.submit(self._write_all, each) for each in writers),
                *(pool.submit(on, _Reader(web, n)) for n, (on, web) in enumerate(readers)),
            ]
            try:
                yield
            finally:
                self._over.set()
            for task in tasks:
                task.result()

    def reads(self, outages: Sequence[Outage]) -> list[Read]:
        """The good answers; one who waits is told of what it began with, and of what came in
        the end, unless that was lost on the way.
        """
        return [
            read._replace(began_s=max(read.began_s, read.ended_s - WOKEN_MAX_S))
            if answer.kind == "wait"
            and not overlaps(answer, [each for each in outages if each.host == answer.host])
            else read
            for answer, read in self._read
        ]

    def has_said(self, since_s: float, hosts: Sequence[str], statuses: Sequence[int]) -> bool:
        """Whether each of some machines has answered so since: a good answer is one to a question
        that was put since.
        """
        said = {
            each.host
            for each in self.answers[-1000:]
            if each.kind == "read"
            and (each.began_s if each.status in GOOD else each.ended_s) > since_s
            and each.status in statuses
        }
        return {*hosts} <= said

    def missing(self, since_s: float) -> set[str]:
        """The machines that have not answered every kind of question that was put since, and the
        accounts that were not written.
        """
        good = {
            f"{each.kind} of {each.host}"
            for each in self.answers[-1000:]
            if each.began_s > since_s and each.status in GOOD
        }
        hosts = [web.host.name for web in self._webs]
        wanted = {f"{kind} of {host}" for host in hosts for kind in ("read", "live")}
        written = {each.account_id for each in self.writes[-100:] if each.acknowledged_s > since_s}
        return (wanted - good) | ({*ACCOUNTS[:2]} - written)

    def _write_all(self, writer: _Writer) -> None:
        with ExitStack() as stack:
            for line in writer.lines.values():
                stack.callback(line.close)
            while not self._over.wait(writer.pause_s):
                self._write_on(writer)

    def _write_on(self, writer: _Writer) -> None:
        """Write the next trade, here or there, until it is acknowledged."""
        writer.version += 1
        sent_s = time.monotonic()
        body = trade(writer.account_id, writer.version)
        while not self._over.is_set():
            host, line = writer.any_line()
            told = self._asked(line, host, "write", ("POST", "/api/executions", body))[1]
            if told.status == 200:
                version = told.body["accounts"][writer.account_id]["version"]
                self.writes.append(Write(writer.account_id, version, sent_s, time.monotonic()))
                return
            time.sleep(READ_PAUSE_S)

    def _read_on(self, reader: _Reader) -> None:
        rng = Random(self._seed + reader.number)
        for _ in self._turns(reader, READ_PAUSE_S):
            path = f"{rng.choice(PATHS)}&account_id={rng.choice(ACCOUNTS)}"
            known = reader.known.get(path) if rng.random() < 0.3 else None
            self._note(reader, "read", path, known.tag if known else "")

    def _wait_on(self, reader: _Reader) -> None:
        path = f"{PATHS[0]}&wait={WAIT_S}&account_id={ACCOUNTS[-1]}"
        for _ in self._turns(reader, READ_PAUSE_S):
            known = reader.known.get(path)
            self._note(reader, "wait", path, known.tag if known else "")

    def _live_on(self, reader: _Reader) -> None:
        for _ in self._turns(reader, LIVE_PAUSE_S):
            self._asked(reader.line, reader.host, "live", ("GET", "/health/live", b""))

    def _turns(self, reader: _Reader, pause_s: float) -> Iterator[None]:
        with closing(reader.line):
            while not self._over.wait(pause_s):
                yield

    def _note(self, reader: _Reader, kind: Kind, path: str, tag: str) -> None:
        question = ("GET", path, b"")
        answer, (status, headers, body) = self._asked(reader.line, reader.host, kind, question, tag)
        if status not in GOOD:
            return
        account_id = path.rpartition("=")[2]
        if status == 200:
            reader.known[path] = _Known(headers["etag"], versions(body, account_id))
        times, tier = (answer.began_s, answer.ended_s), headers.get("x-cache", str(status))
        told = reader.known[path].versions
        self._read.append((answer, Read(reader.number, account_id, *times, status, tier, told)))

    def _asked(
        self, line: Line, host: str, kind: Kind, question: tuple[str, str, bytes], tag: str = ""
    ) -> tuple[Answer, Told]:
        began_s = time.monotonic()
        told = line.ask(*question, tag)
        code = told.body["error"]["code"] if told.status not in GOOD else ""
        held_s = WAIT_S if kind == "wait" else 0
        answer = Answer(host, kind, began_s, time.monotonic(), told.status, code, held_s)
        self.answers.append(answer)
        return answer, told


class _Known(NamedTuple):
    tag: str
    versions: frozenset[int]


class _Reader:
    """One who asks one machine, and remembers what it was told."""

    def __init__(self, web: Web, number: int) -> None:
        self.number = number
        self.host = web.host.name
        self.line = Line(web)
        self.known: dict[str, _Known] = {}


class _Writer:
    """One who writes to any machine, and to one account that nobody else writes."""

    def __init__(self, webs: Sequence[Web], seed: int, number: int) -> None:
        self.account_id = ACCOUNTS[number]
        self.pause_s = PAUSES_S[number]
        self.version = 0
        self._rng = Random(seed - number)
        self.lines = {web.host.name: Line(web) for web in webs}

    def any_line(self) -> tuple[str, Line]:
        return self._rng.choice(list(self.lines.items()))
