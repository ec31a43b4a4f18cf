"""Callers who go on while the service is stopped or reloaded, and what that may cost them.

A request may go unheard: its connection is refused, or broken off without a byte of an answer.
What was heard is answered, as a whole; so nothing that went unheard may have been done.
"""

from __future__ import annotations

import http.client
import json
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from threading import Event, Thread
from typing import Any, Literal, NamedTuple

from tests.service import Service
from tests.system.callers import execution

PATIENCE_S = 30.0
# Who is held for longer than this was heard.
HEARD_S = 0.5
WAITERS = 10
ACCOUNT = "LOAD"
# Nothing happens in it, so that those who wait do wait.
QUIET = "QUIET"
DAILY = f"/api/performance/daily?account_id={ACCOUNT}"

Fate = Literal["answered", "refused", "unheard", "cut"]


class Call(NamedTuple):
    """One request and what became of it; `execution_id` is of a write, `is_first` says that its
    connection was made for it, `waited_s` is for how long one was held who asked to wait.
    """

    fate: Fate
    status: int = 0
    execution_id: str = ""
    is_first: bool = False
    waited_s: float = 0.0


def faults(calls: Sequence[Call], stored: Sequence[str], *, may_refuse: bool) -> list[str]:
    """Everything that must not become of a request when the service stops, or, where it goes on
    in other processes, is reloaded.
    """
    return [*_call_faults(calls, may_refuse=may_refuse), *_write_faults(calls, stored)]


class Caller:
    """Asks one thing after the other, on one connection or on one for each."""

    def __init__(self, service: Service, headers: dict[str, str], *, keeps: bool) -> None:
        self._port = service.port
        self._headers = headers if keeps else {**headers, "Connection": "close"}
        self._connection: http.client.HTTPConnection | None = None
        self.tag = ""

    def call(self, path: str, body: Any = None, execution_id: str = "", tag: str = "") -> Call:
        """What became of a request."""
        is_first = self._connection is None
        headers = {**self._headers, **({"If-None-Match": tag} if tag else {})}
        asked_s = time.monotonic()
        fate, status = self._exchange(path, json.dumps(body) if body else None, headers)
        waited_s = time.monotonic() - asked_s if tag else 0.0
        if fate != "answered" or headers.get("Connection"):
            self.hang_up()
        return Call(fate, status, execution_id, is_first, waited_s)

    def _exchange(self, path: str, body: str | None, headers: dict[str, str]) -> tuple[Fate, int]:
        connection = self._connection = self._connection or http.client.HTTPConnection(
            "127.0.0.1", self._port, timeout=PATIENCE_S
        )
        try:
            connection.request("POST" if body else "GET", path, body, headers)
            answer = connection.getresponse()
        except ConnectionRefusedError:
            return "refused", 0
        except (ConnectionError, http.client.BadStatusLine):
            return "unheard", 0
        try:
            answer.read()
        except (OSError, http.client.HTTPException):
            return "cut", answer.status
        self.tag = answer.headers.get("ETag", "")
        if answer.will_close:
            self.hang_up()
        return "answered", answer.status

    def hang_up(self) -> None:
        """End the connection, if there is one."""
        if self._connection:
            self._connection.close()
        self._connection = None


class Load:
    """Writers, readers and those who wait, until they are told to end."""

    def __init__(self, service: Service) -> None:
        self.calls: list[Call] = []
        with service.session() as session:
            token = str(session.headers["Authorization"])
            for account_id in (ACCOUNT, QUIET):
                first = execution(account_id, 0)
                assert session.post(f"{service.url}/api/executions", json=first, timeout=9).ok
        self._service = service
        self._headers = {"Authorization": token, "Content-Type": "application/json"}
        self._ended = Event()
        self._number = count(1)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Callers of all kinds, within the block."""
        self._ended.clear()
        works = [self._write, self._read] * 4 + [self._wait] * WAITERS
        threads = [
            Thread(target=self._run, args=(work, bool(n % 4 < 2))) for n, work in enumerate(works)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._ended.set()
            for thread in threads:
                thread.join()

    def _run(self, work: Callable[[Caller], Call], keeps: bool) -> None:  # noqa: FBT001
        caller = Caller(self._service, self._headers, keeps=keeps)
        while not self._ended.is_set():
            self.calls.append(call := work(caller))
            time.sleep(0.02 if call.fate == "answered" else 0.1)
        caller.hang_up()

    def _write(self, caller: Caller) -> Call:
        number = next(self._number)
        body = execution(ACCOUNT, number)
        return caller.call("/api/executions", body, body["execution_id"])

    def _read(self, caller: Caller) -> Call:
        return caller.call(DAILY)

    def _wait(self, caller: Caller) -> Call:
        path = f"/api/performance/daily?account_id={QUIET}&date=2025-11-06&wait=20"
        return caller.call(path, tag=caller.tag or 'W/"none"')


def _call_faults(calls: Sequence[Call], *, may_refuse: bool) -> Iterator[str]:
    for call in calls:
        if call.fate == "cut":
            yield f"an answer was cut off: {call}"
        if call.fate == "answered" and call.status not in (200, 304):
            yield f"an answer is a failure: {call}"
        if call.fate == "unheard" and call.waited_s > HEARD_S:
            yield f"one who waited was not answered: {call}"
        if not may_refuse and (
            call.fate == "refused" or (call.fate == "unheard" and call.is_first)
        ):
            yield f"a request was not heard, though the service went on: {call}"


def _write_faults(calls: Collection[Call], stored: Sequence[str]) -> Iterator[str]:
    for execution_id, times in Counter(stored).items():
        if times > 1:
            yield f"{execution_id} is there {times} times"
    done = set(stored)
    for call in calls:
        if call.execution_id and call.fate == "answered" and call.execution_id not in done:
            yield f"{call.execution_id} was acknowledged and is lost"
        if call.execution_id in done and call.fate in ("refused", "unheard"):
            yield f"{call.execution_id} was done, and its caller was not told"
