"""One account's owner: writes fills, corrections, deletions and files, and asks what came of them.

Nobody else writes to the account, so each answer has one right content. An account grows to a size
and keeps it: later answers must cost what earlier ones did.
"""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from threading import Event
from typing import Any

from tests.system.soak.book import Book, Leg, Trip
from tests.system.soak.caller import Caller
from tests.system.soak.questions import Questions, today

TICK, MIDDLE = Decimal("0.25"), 80_000
LIVE, FILED = ("MNQZ6", 2), ("MESZ6", 5)
FILES_FROM = datetime(2025, 9, 1, 15, tzinfo=UTC)
FILES_A_DAY = 4
TRIPS_A_FILE = 3
RECENT = 100
TRIPS_MAX, FILES_MAX = 100, 20


class Trader:
    """Acts by chance at a mean rate until told to stop."""

    def __init__(self, caller: Caller, account_id: str, seed: int) -> None:
        self.book = Book(account_id)
        self._caller = caller
        self._questions = Questions(caller, self.book)
        self._rng = Random(f"{seed} {account_id}")
        self._number = 0
        self._version: int | None = None
        self._recent: deque[Trip] = deque(maxlen=RECENT)
        self._last: Trip | None = None
        self._files: list[tuple[str, list[Trip]]] = []
        asked = self._questions
        self._acts: list[tuple[Callable[[], None], int]] = [
            (asked.daily, 30), (asked.weekly, 14), (asked.history, 8), (asked.monthly, 3),
            (asked.trades, 6), (asked.positions, 5), (asked.statistics, 5), (asked.risk, 5),
            (asked.accounts, 2), (self._fill, 14), (self._correct, 4), (self._delete, 1),
            (self._file, 2), (self._undo, 1),
        ]  # fmt: skip

    def begin(self) -> None:
        """Make the account."""
        body = {"starting_balance": "50000", "risk": {"daily_loss_limit": "1000000"}}
        self._caller.json("PUT", f"/api/accounts/{self.book.account_id}", json=body)
        self._fill()

    def trade(self, rate: float, until: Event) -> None:
        """Act at a mean rate a second; what could not be done in time is not made up for."""
        acts, weights = zip(*self._acts, strict=True)
        while not until.wait(self._rng.expovariate(rate)):
            [act] = self._rng.choices(acts, weights)
            act()

    def _fill(self) -> None:
        entry = self.book.open
        if entry is None and len(self.book.trips(today())) >= TRIPS_MAX:
            self._correct()
            return
        leg = self._leg(LIVE[0], "SELL" if entry else "BUY", entry.quantity if entry else None)
        if not self._write("POST", "/api/executions", json=self._json(leg)):
            return
        if entry is None:
            self.book.open = leg
        else:
            self._last = Trip(entry, leg, LIVE[1])
            self.book.open = None
            self.book.put(self._last)
            self._recent.append(self._last)
        self._settle()

    def _correct(self) -> None:
        if not self._recent:
            return
        old = self._rng.choice(self._recent)
        new = old._replace(exit=old.exit._replace(price=self._price(), fees=self._fee()))
        if not self._write("PUT", self._path(new.exit), json=self._json(new.exit)):
            return
        self._recent[self._recent.index(old)] = new
        if self._last == old:
            self._last = new
        self.book.put(new)
        self._settle()

    def _delete(self) -> None:
        """The last trip, its exit first: what was before it stays as it is."""
        trip = self._last
        if trip is None or self.book.open is not None:
            return
        if not self._write("DELETE", self._path(trip.exit)):
            return
        self._last = None
        self._recent.remove(trip)
        self.book.drop(trip)
        self.book.open = trip.entry
        self._settle()
        if self._write("DELETE", self._path(trip.entry)):
            self.book.open = None
            self._settle()

    def _file(self) -> None:
        if len(self._files) >= FILES_MAX:
            self._undo()
            return
        trips = [self._filed() for _ in range(TRIPS_A_FILE)]
        rows = ["execution_id,symbol,side,quantity,price,executed_at,fees"]
        rows += [_row(leg) for trip in trips for leg in trip[:2]]
        file = io.BytesIO("\n".join(rows).encode())
        form = {"file": (f"{self._number}.csv", file)}
        query = {"account_id": self.book.account_id}
        told = self._write("POST", "/api/imports", query, files=form)
        if not told:
            return
        self._caller.notes.right("import", told["accepted"], 2 * TRIPS_A_FILE)
        for trip in trips:
            self.book.put(trip)
        self._files.append((told["id"], trips))
        self._settle()

    def _undo(self) -> None:
        if not self._files:
            return
        name, trips = file = self._rng.choice(self._files)
        query = {"account_id": self.book.account_id}
        if not self._write("DELETE", f"/api/imports/{name}", query):
            return
        self._files.remove(file)
        for trip in trips:
            self.book.drop(trip)
        self._settle()

    def _write(self, method: str, path: str, query: Any = None, **more: Any) -> Any:
        """What was acknowledged; the version that it gave is the book's once that is settled."""
        told = self._caller.json(method, path, query, **more)
        self._version = told["accounts"][self.book.account_id]["version"] if told else None
        return told

    def _settle(self) -> None:
        if self._version is not None:
            self.book.at(self._version)

    def _leg(self, contract: str, side: str, quantity: int | None) -> Leg:
        self._number += 1
        return Leg(
            execution_id=f"e{self._number}",
            contract=contract,
            side=side,
            quantity=quantity or self._rng.randint(1, 3),
            price=self._price(),
            fees=self._fee(),
            executed_at=datetime.now(tz=UTC).replace(microsecond=0),
            sequence=self._number,
        )

    def _filed(self) -> Trip:
        entry = self._leg(FILED[0], "BUY", None)
        at = FILES_FROM + timedelta(days=self._number // (2 * TRIPS_A_FILE) // FILES_A_DAY)
        at += timedelta(seconds=self._number)
        left = self._leg(FILED[0], "SELL", entry.quantity)
        left = left._replace(executed_at=at + timedelta(seconds=1))
        return Trip(entry._replace(executed_at=at), left, FILED[1])

    def _price(self) -> Decimal:
        return TICK * (MIDDLE + self._rng.randint(-40, 40))

    def _fee(self) -> Decimal:
        return self._rng.choice((Decimal("0.37"), Decimal("1.03"), Decimal(0)))

    def _path(self, leg: Leg) -> str:
        return f"/api/executions/{self.book.account_id}/{leg.execution_id}"

    def _json(self, leg: Leg) -> dict[str, Any]:
        return {
            "account_id": self.book.account_id,
            "execution_id": leg.execution_id,
            "symbol": leg.contract,
            "side": leg.side,
            "quantity": leg.quantity,
            "price": str(leg.price),
            "fees": str(leg.fees),
            "executed_at": leg.executed_at.isoformat(),
            "sequence": leg.sequence,
        }


def _row(leg: Leg) -> str:
    at = leg.executed_at.isoformat()
    return (
        f"{leg.execution_id},{leg.contract},{leg.side},{leg.quantity},{leg.price},{at},{leg.fees}"
    )
