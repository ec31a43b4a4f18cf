"""Fills of today, as they come in from a trading bot: round trips, one execution after another."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.connection import Connection

_AT_ONCE = 5_000


class Fills:
    """Hands in executions of today that no earlier run has handed in."""

    def __init__(self) -> None:
        self._run = f"{time.time_ns():x}"
        self._counts: Counter[str] = Counter()

    def one(self, connection: Connection, account_id: str) -> None:
        """A fill that happens now; every second one closes a position."""
        body = json.dumps(self.execution(account_id, datetime.now(UTC)))
        connection.post("/api/executions", body.encode())

    def morning(
        self, connection: Connection, account_ids: Sequence[str], positions_each: int
    ) -> None:
        """What each account has traded today before anybody looks."""
        rows = list(self._morning(account_ids, positions_each))
        for start in range(0, len(rows), _AT_ONCE):
            body = json.dumps(rows[start : start + _AT_ONCE])
            connection.post("/api/executions", body.encode())

    def execution(self, account_id: str, at: datetime) -> dict[str, Any]:
        """The account's next execution."""
        number = self._counts[account_id]
        self._counts[account_id] += 1
        return {
            "account_id": account_id,
            "execution_id": f"{self._run}-{number}",
            "symbol": "MNQ",
            "side": "SELL" if number % 2 else "BUY",
            "quantity": 1,
            "price": 20_000 + (number * 7 % 41 - 20) * 0.25,
            "fees": 0.37,
            "executed_at": at.isoformat(),
            "sequence": number,
        }

    def _morning(self, account_ids: Sequence[str], positions_each: int) -> Iterator[dict[str, Any]]:
        now = datetime.now(UTC)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        step = (now - midnight) / (2 * positions_each + 1)
        for account_id in account_ids:
            for number in range(2 * positions_each):
                yield self.execution(
                    account_id, midnight + min(step, timedelta(seconds=5)) * number
                )
