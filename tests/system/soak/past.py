"""An account that nobody trades any more, larger than what a process keeps of a database: what is
asked about it never changes, and touches pages that nothing else does.
"""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from random import Random
from threading import Event
from typing import Any

from tests.system.soak.caller import Caller

ACCOUNT = "PAST"
FIRST_DAY = date(2024, 1, 2)
TRIPS_A_DAY = 200
DAYS_A_FILE = 25
PAUSE_S = 1.0
PRICE, TICK, TICK_VALUE = 20_000, 0.25, 0.5
HEAD = "execution_id,symbol,side,quantity,price,executed_at,fees"


class Past:
    """Days of closed trips of one contract, won or lost by a tick or more."""

    def __init__(self, caller: Caller, seed: int, days: int) -> None:
        self._caller = caller
        self._rng = Random(f"{seed} {ACCOUNT}")
        self._ticks = [
            [self._rng.randint(-20, 20) for _ in range(TRIPS_A_DAY)] for _ in range(days)
        ]

    def begin(self) -> None:
        """Make the account, and import its days in several files, so that every worker writes."""
        self._caller.json("PUT", f"/api/accounts/{ACCOUNT}", json={"starting_balance": "50000"})
        for first in range(0, len(self._ticks), DAYS_A_FILE):
            days = range(first, min(first + DAYS_A_FILE, len(self._ticks)))
            rows = [HEAD, *(row for day in days for row in self._rows(day))]
            file = io.BytesIO("\n".join(rows).encode())
            told = self._caller.json(
                "POST", "/api/imports", {"account_id": ACCOUNT}, files={"file": ("p.csv", file)}
            )
            self._caller.notes.right("past import", told and told["accepted"], len(rows) - 1)

    def look_back(self, until: Event) -> None:
        """Ask about a day of long ago now and then."""
        while not until.wait(PAUSE_S):
            day = self._rng.randrange(len(self._ticks))
            self._history(day)
            self._positions(day)

    def _history(self, day: int) -> None:
        told = self._asked("/api/performance/history", day, interval="day")
        ticks = self._ticks[day]
        if told is not None:
            [point] = told["points"]
            figures = (float(point["period_pnl"]), point["trade_count"])
            self._caller.notes.right("past", figures, (sum(ticks) * TICK_VALUE, TRIPS_A_DAY))

    def _positions(self, day: int) -> None:
        told = self._asked("/api/positions", day, limit=50)
        if told is not None:
            shown = [float(each["net_pnl"]) for each in told["items"]]
            newest = [ticks * TICK_VALUE for ticks in self._ticks[day][:-51:-1]]
            self._caller.notes.right("past", shown, newest)

    def _asked(self, path: str, day: int, **more: Any) -> Any:
        day_ = FIRST_DAY + timedelta(days=day)
        query = {"account_id": ACCOUNT, "start": day_, "end": day_}
        return self._caller.json("GET", path, query | more)

    def _rows(self, day: int) -> list[str]:
        at = datetime.combine(FIRST_DAY + timedelta(days=day), datetime.min.time(), UTC)
        at += timedelta(hours=15)
        rows = []
        for number, ticks in enumerate(self._ticks[day]):
            name, in_at = f"p{day}-{number}", at + timedelta(seconds=60 * number)
            out_at = in_at + timedelta(seconds=30)
            rows.append(f"{name}a,MNQZ6,BUY,1,{PRICE},{in_at.isoformat()},0")
            rows.append(f"{name}b,MNQZ6,SELL,1,{PRICE + ticks * TICK},{out_at.isoformat()},0")
        return rows
