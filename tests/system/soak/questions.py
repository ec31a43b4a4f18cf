"""Everything that is asked of an account, each answer beside the book's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import Any

from tests.system.soak.book import ZERO, ZONE, Book, Figures, Trip, day_of
from tests.system.soak.caller import Caller, body

PAGE, PAGES_MAX = 50, 3
NEWEST = 20
HISTORY_FROM = date(2025, 8, 1)


class Questions:
    """Asked by the account's own writer, so that nothing changes meanwhile."""

    def __init__(self, caller: Caller, book: Book) -> None:
        self._caller = caller
        self._book = book
        # What was told under a path, and the version and the day that it belongs to.
        self._tags: dict[str, tuple[str, int, date]] = {}

    def daily(self) -> None:
        day = today()

        def check(told: Any) -> None:
            self._whole("daily", told, told["daily_pnl"], self._book.figures(day))
            self._right("daily drawdown", told["max_drawdown"], self._book.figures(day).drawdown)
            open_ = 1 if self._book.open else 0
            self._right("daily open", told["open"]["positions"], open_)

        self._poll("/api/performance/daily", day, check)

    def weekly(self) -> None:
        day = today()
        monday = day - timedelta(days=day.weekday())
        days = [monday + timedelta(days=step) for step in range(7)]

        def check(told: Any) -> None:
            self._whole("weekly", told, told["weekly_pnl"], self._book.total(days))
            expected = [self._book.figures(each).net for each in days]
            self._right("weekly days", [each["pnl"] for each in told["days"]], expected)

        self._poll("/api/performance/weekly", day, check)

    def monthly(self) -> None:
        day = today()

        def check(told: Any) -> None:
            days = [date.fromisoformat(each["date"]) for each in told["days"]]
            self._whole("monthly", told, told["monthly_pnl"], self._book.total(days))

        self._poll("/api/performance/monthly", day, check)

    def history(self) -> None:
        told = self._ask("/api/performance/history", start=HISTORY_FROM.isoformat())
        if told is None:
            return
        days = sorted(day for day, trips in self._book.days.items() if trips)
        nets = [self._book.figures(day).net for day in days]
        points = told["points"]
        self._right("history", [each["period_pnl"] for each in points], nets)
        sums = list(accumulate(nets))
        self._right("history sums", [each["cumulative_pnl"] for each in points], sums)
        summary = told["summary"]
        self._right("history total", summary["total_pnl"], sum(nets, ZERO))

    def trades(self) -> None:
        day = today()
        legs = [leg for trip in self._book.trips(day) for leg in (trip.entry, trip.exit)]
        legs = [leg for leg in legs if day_of(leg.executed_at) == day]
        legs += [self._book.open] if self._book.open else []
        expected = [leg.execution_id for leg in legs][::-1]
        found: list[str] = []
        query: dict[str, Any] = {"start": day.isoformat(), "limit": PAGE}
        for _ in range(PAGES_MAX):
            told = self._ask("/api/trades", **query)
            if told is None:
                return
            found += [each["id"] for each in told["items"]]
            if told["next_cursor"] is None:
                break
            query["cursor"] = told["next_cursor"]
        self._right("trades", found, expected[: PAGE * PAGES_MAX])
        self._right("trades filled", told["summary"]["filled"], len(expected))
        self._right("trades fees", told["summary"]["fees"], sum((leg.fees for leg in legs), ZERO))

    def positions(self) -> None:
        told = self._ask("/api/positions", status="closed", limit=NEWEST)
        if told is None:
            return
        newest: list[Trip] = []
        for day in sorted(self._book.days, reverse=True):
            newest += self._book.trips(day)[::-1]
            if len(newest) >= NEWEST:
                break
        expected = [(trip.exit.contract, trip.net) for trip in newest[:NEWEST]]
        found = [(each["contract"], each["net_pnl"]) for each in told["items"]]
        self._right("positions", found, expected)
        self._right("positions total", told["summary"]["net_pnl"], self._book.total().net)

    def statistics(self) -> None:
        told = self._ask("/api/statistics")
        if told is not None:
            self._whole("statistics", told, told["net_pnl"], self._book.total())

    def risk(self) -> None:
        told = self._ask("/api/risk")
        if told is not None:
            self._right("risk balance", told["balance"], self._book.balance())
            self._right("risk violations", told["violations"], [])

    def accounts(self) -> None:
        told = self._caller.json("GET", "/api/accounts")
        if told is not None:
            [mine] = [each for each in told if each["id"] == self._book.account_id]
            self._right("accounts", mine["balance"], self._book.balance())

    def _poll(self, path: str, day: date, check: Callable[[Any], None]) -> None:
        """As a dashboard asks: by the ETag of the answer before."""
        tag, version, of = self._tags.get(path, ("", 0, day))
        query = {"account_id": self._book.account_id, "date": day.isoformat()}
        answer = self._caller.send("GET", path, query, tag=tag if of == day else "")
        if answer is None:
            return
        if answer.status_code == 304:
            self._right(f"304 of {path}", version, self._book.version)
            return
        told = body(answer)
        self._tags[path] = answer.headers["ETag"], told["version"], day
        self._right("version", told["version"], self._book.version)
        check(told)

    def _ask(self, path: str, **query: Any) -> Any:
        return self._caller.json("GET", path, {"account_id": self._book.account_id, **query})

    def _whole(self, what: str, told: Any, net: Decimal, expected: Figures) -> None:
        counts = (told["total_trades"], told["winning_trades"], told["losing_trades"])
        sums = (net, told["gross_pnl"], told["fees"])
        self._right(what, (*sums, *counts), expected[:6])

    def _right(self, what: str, told: Any, expected: Any) -> None:
        self._caller.notes.right(what, told, expected)


def today() -> date:
    """The account's day."""
    return datetime.now(tz=ZONE).date()
