"""Readers and writers at once on a running service, and a record of all that they were told.

Every write of an account adds the same trade, so each figure of an answer tells its version.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from random import Random
from threading import Event
from typing import Any, NamedTuple

import msgspec

from tests.service import Service
from tests.system.callers import DAY, START, WAIT_S
from tests.system.freshness import Read, Write

READERS = 6
WRITERS = 2
ACCOUNTS_EACH = 2
# Then a new connection, which another worker may take.
QUESTIONS_EACH = 10
NOT_MODIFIED = 304
REFUSED = 503
AGAIN_S = 0.05
# A trade makes 2.00 less fees of 1.00.
GROSS, FEES = 2, 1
PNL = {"day": "daily_pnl", "week": "weekly_pnl", "month": "monthly_pnl"}

QUESTIONS = (
    f"daily?date={DAY}",
    f"weekly?date={DAY}",
    f"monthly?date={DAY}",
    f"history?start={DAY}&end={DAY}",
    f"history?start={DAY}&end={DAY}&interval=hour",
)


class Answer(NamedTuple):
    """What came back over the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class History(NamedTuple):
    """What was written and read."""

    writes: list[Write]
    reads: list[Read]


class Line:
    """A connection that is replaced after a few questions."""

    def __init__(self, service: Service) -> None:
        self._port = service.port
        with service.session() as session:
            self._token = session.headers["Authorization"]
        self._socket: socket.socket | None = None
        self._left = 0

    def ask(self, method: str, path: str, body: bytes = b"", tag: str = "") -> Answer:
        if not self._left:
            self.close()
            self._socket = socket.create_connection(("127.0.0.1", self._port), WAIT_S)
            self._left = QUESTIONS_EACH
        self._left -= 1
        said = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {self._token!s}\r\n"
        said += f"If-None-Match: {tag}\r\n" if tag else ""
        said += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        assert self._socket
        self._socket.sendall(said.encode() + body)
        return self._answer(self._socket)

    def close(self) -> None:
        if self._socket:
            self._socket.close()

    def _answer(self, open_socket: socket.socket) -> Answer:
        data = b""
        while b"\r\n\r\n" not in data:
            data += _received(open_socket)
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (x.partition(": ") for x in lines)}
        status = int(first.split()[1])
        length = 0 if status == NOT_MODIFIED else int(headers["content-length"])
        while len(body) < length:
            body += _received(open_socket)
        return Answer(status, headers, body)


def _received(open_socket: socket.socket) -> bytes:
    data = open_socket.recv(65_536)
    assert data, "the service hung up in the middle of an answer"
    return data


class Watch:
    """Readers and writers on accounts of their own; patient ones send a write that was refused
    for now once more.
    """

    def __init__(
        self, service: Service, name: str, *, pause_s: float, is_patient: bool = False
    ) -> None:
        self._service = service
        self._pause_s = pause_s
        self._again_s = AGAIN_S if is_patient else None
        self._over = Event()
        self.history = History([], [])
        self._account_ids = [
            [f"{name}-{writer}-{n}" for n in range(ACCOUNTS_EACH)] for writer in range(WRITERS)
        ]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Read and write meanwhile; whatever a reader or a writer stumbled over is raised."""
        with ThreadPoolExecutor(READERS + WRITERS) as pool:
            numbers = iter(range(1, 1_000_000))
            for account_ids in self._account_ids:
                self._write_all(account_ids, 0)
            tasks: list[Future[None]] = [
                *(pool.submit(self._write, ids, numbers) for ids in self._account_ids),
                *(pool.submit(self._read, client) for client in range(READERS)),
            ]
            try:
                yield
            finally:
                self._over.set()
            for each in tasks:
                each.result()

    def _write(self, account_ids: Sequence[str], numbers: Iterator[int]) -> None:
        while not self._over.wait(self._pause_s):
            self._write_all(account_ids, next(numbers))

    def _write_all(self, account_ids: Sequence[str], number: int) -> None:
        with closing(Line(self._service)) as line:
            for account_id in account_ids:
                self.history.writes.append(_write(line, account_id, number, self._again_s))

    def _read(self, client: int) -> None:
        rng, known = Random(client), dict[str, _Known]()
        names = [each for ids in self._account_ids for each in ids]
        with closing(Line(self._service)) as line:
            while not self._over.is_set():
                self.history.reads.append(_read(line, known, rng, client, rng.choice(names)))


def _write(line: Line, account_id: str, number: int, again_s: float | None) -> Write:
    sent_s = time.monotonic()
    answer = line.ask("POST", "/api/executions", trade(account_id, number))
    while answer.status == REFUSED and again_s is not None:
        time.sleep(again_s)
        answer = line.ask("POST", "/api/executions", trade(account_id, number))
    assert answer.status == 200, answer
    told = msgspec.json.decode(answer.body)["accounts"][account_id]["version"]
    return Write(account_id, told, sent_s, time.monotonic())


class _Known(NamedTuple):
    tag: str
    versions: frozenset[int]


def _read(line: Line, known: dict[str, _Known], rng: Random, client: int, account_id: str) -> Read:
    path = f"/api/performance/{rng.choice(QUESTIONS)}&account_id={account_id}"
    last = known.get(path) if rng.random() < 0.25 else None
    began_s = time.monotonic()
    status, headers, body = line.ask("GET", path, tag=last.tag if last else "")
    ended_s = time.monotonic()
    if status == 200:
        known[path] = _Known(headers["etag"], versions(msgspec.json.decode(body), account_id))
    told = known[path].versions if path in known else frozenset[int]()
    tier = headers.get("x-cache", str(status))
    return Read(client, account_id, began_s, ended_s, status, tier, told)


def trade(account_id: str, number: int) -> bytes:
    """The same trade as ever, a little later."""
    fills = [("BUY", "25000.25"), ("SELL", "25001.25")]
    return msgspec.json.encode(
        [
            {
                "account_id": account_id,
                "execution_id": f"{number}-{side}",
                "symbol": "MNQZ5",
                "side": side,
                "quantity": 1,
                "price": price,
                "fees": "0.50",
                "executed_at": (START + timedelta(milliseconds=2 * number + turn)).isoformat(),
            }
            for turn, (side, price) in enumerate(fills)
        ]
    )


def versions(body: Any, account_id: str) -> frozenset[int]:
    """The versions that the figures of an answer belong to; -1 for one that no version has."""
    assert body["account_id"] == account_id
    if "points" in body:
        return frozenset(map(_whole, _of_history(body)))
    return frozenset(map(_whole, _of_period(body)))


def _of_history(body: Any) -> Iterator[float]:
    net = GROSS - FEES
    (point,), summary = body["points"], body["summary"]
    yield from (point["period_pnl"] / net, point["cumulative_pnl"] / net, point["trade_count"])
    yield from (point["winning_trades"], summary["trade_count"], summary["total_pnl"] / net)


def _of_period(body: Any) -> Iterator[float]:
    net = GROSS - FEES
    yield from (body["version"], body[PNL[body["period"]]] / net, body["gross_pnl"] / GROSS)
    yield body["fees"] / FEES
    yield from (body["total_trades"], body["winning_trades"], body["realized_pnl"] / net)
    for day in body.get("days", ()):
        if day["date"] == DAY:
            yield from (day["pnl"] / net, day["total_trades"])


def _whole(number: float) -> int:
    return int(number) if number == int(number) else -1


def waited_for(condition: Callable[[], bool], limit_s: float, *, every_s: float = 0.01) -> bool:
    """Whether something came true within a time."""
    deadline_s = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline_s:
            return False
        time.sleep(every_s)
    return True
