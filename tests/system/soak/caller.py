"""A caller whose every answer is timed; what is wrong with one is kept and told at the end."""

from __future__ import annotations

import threading
import time
from collections import Counter
from decimal import Decimal
from typing import Any

import requests

from tests.service import Service

WAIT_S = 60
GOOD = frozenset({200, 304})
FAULTS_MAX = 50


class Notes:
    """What all callers saw."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.checked = Counter[str]()
        self._waits_ms: list[float] = []
        self._requests = 0
        self._lock = threading.Lock()

    def fault(self, what: str) -> None:
        """Something that should not be so."""
        with self._lock:
            if len(self.faults) < FAULTS_MAX:
                self.faults.append(f"{time.strftime('%H:%M:%S')} {what}")

    def right(self, what: str, told: Any, expected: Any) -> None:
        """A figure that was told, beside the one that it has to be."""
        with self._lock:
            self.checked[what] += 1
        if told != expected:
            self.fault(f"{what}: told {told}, expected {expected}")

    def answered(self, wait_ms: float | None) -> None:
        """A request was answered; None where it was held on purpose."""
        with self._lock:
            self._requests += 1
            if wait_ms is not None:
                self._waits_ms.append(wait_ms)

    def taken(self) -> tuple[int, list[float]]:
        """Requests and times since the last taking."""
        with self._lock:
            requests_, waits_ms = self._requests, sorted(self._waits_ms)
            self._requests, self._waits_ms = 0, []
            return requests_, waits_ms


class Caller:
    """Each request comes by a connection of its own, so that every worker is asked."""

    def __init__(self, service: Service, notes: Notes) -> None:
        self.notes = notes
        self._url = service.url
        with service.session() as session:
            self._headers = {**session.headers, "Connection": "close"}

    def send(
        self,
        method: str,
        path: str,
        query: dict[str, Any] | None = None,
        *,
        tag: str = "",
        **more: Any,
    ) -> requests.Response | None:
        """An answer that is good; None where there is none, which is a fault."""
        headers = self._headers | ({"If-None-Match": tag} if tag else {})
        began_s = time.monotonic()
        try:
            answer = requests.request(
                method, self._url + path, params=query, headers=headers, timeout=WAIT_S, **more
            )
        except requests.RequestException as error:
            self.notes.fault(f"{method} {path}: {error!r}")
            return None
        is_held = bool(query and "wait" in query)
        self.notes.answered(None if is_held else (time.monotonic() - began_s) * 1000)
        if answer.status_code not in GOOD:
            self.notes.fault(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
            return None
        return answer

    def json(self, method: str, path: str, query: dict[str, Any] | None = None, **more: Any) -> Any:
        """The body of an answer that is good, its numbers exact; None where there is none."""
        answer = self.send(method, path, query, **more)
        return None if answer is None else body(answer)


def body(answer: requests.Response) -> Any:
    """What an answer says, its numbers exact."""
    return answer.json(parse_float=Decimal)
