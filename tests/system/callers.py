"""Callers of a running service whose every request comes by a connection of its own."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import requests

from tests.service import Service

DAY = "2025-11-06"
START = datetime(2025, 11, 6, 15, tzinfo=UTC)
# An answer that takes longer is none.
WAIT_S = 30


class Caller:
    """Each request goes to whichever worker takes its connection."""

    def __init__(self, service: Service) -> None:
        self.url = service.url
        with service.session() as session:
            self.headers = {**session.headers, "Connection": "close"}

    def get(self, path: str, **query: str) -> requests.Response:
        return requests.get(self.url + path, params=query, headers=self.headers, timeout=WAIT_S)

    def post(self, body: Any) -> requests.Response:
        return requests.post(
            f"{self.url}/api/executions", json=body, headers=self.headers, timeout=WAIT_S
        )


class Poller:
    """Asks one thing over and over, and notes how long each answer took."""

    def __init__(self, caller: Caller, path: str, query: Mapping[str, str]) -> None:
        self.waits_s: list[float] = []
        self.statuses: set[int] = set()
        self._caller = caller
        self._path = path
        self._query = query

    def poll(self, until: Event) -> None:
        while not until.is_set():
            asked_s = time.monotonic()
            self.statuses.add(self._caller.get(self._path, **self._query).status_code)
            self.waits_s.append(time.monotonic() - asked_s)


def execution(account_id: str, number: int, **other: Any) -> dict[str, Any]:
    """The n-th of many buys and sells by turns, with fees of 1 each."""
    executed_at = START + timedelta(seconds=number)
    return {
        "account_id": account_id,
        "execution_id": f"e{number}",
        "symbol": "MNQZ5",
        "side": "SELL" if number % 2 else "BUY",
        "quantity": 1,
        "price": "25000.25",
        "fees": "1",
        "executed_at": executed_at.isoformat(),
        **other,
    }


def version_of(answer: requests.Response, account_id: str) -> int:
    """The version of an account that a write was acknowledged with."""
    assert answer.status_code == 200, answer.text
    version: int = answer.json()["accounts"][account_id]["version"]
    return version
