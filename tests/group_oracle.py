"""Which group a closed trade is in, told once more with datetimes and zoneinfo."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, NamedTuple, get_args
from zoneinfo import ZoneInfo

from tests import oracle
from tests.oracle import Calendar, Position

GroupBy = Literal[
    "symbol",
    "contract",
    "strategy",
    "side",
    "weekday",
    "hour",
    "day",
    "week",
    "month",
    "holding_time",
]
WAYS: tuple[GroupBy, ...] = get_args(GroupBy)
WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
BUCKETS = {
    "<1m": 60,
    "1m-5m": 300,
    "5m-15m": 900,
    "15m-1h": 3_600,
    "1h-4h": 14_400,
    "4h-1d": 86_400,
    ">=1d": float("inf"),
}


class Place(NamedTuple):
    """A group's name, and what groups are sorted by."""

    name: str | None
    order: Any


def place(position: Position, at: datetime, by: GroupBy, zone: str, calendar: Calendar) -> Place:
    """The group of a position that closed at `at`."""
    contract, strategy = position.opening.contract, position.opening.strategy
    day = oracle.day_of(at, zone, calendar)
    if by in ("symbol", "contract", "side"):
        name = {"symbol": contract[:-2], "contract": contract, "side": position.side}[by]
        return Place(name, name)
    if by == "strategy":
        return Place(strategy, (strategy is None, strategy or ""))
    if by == "weekday":
        return Place(WEEK[day.weekday()], day.weekday())
    if by == "hour":
        hour = at.astimezone(ZoneInfo(zone)).hour
        return Place(f"{hour:02}", hour)
    if by == "holding_time":
        held_s = (at - position.opening.executed_at).total_seconds()
        number, name = next((n, b) for n, b in enumerate(BUCKETS) if held_s < BUCKETS[b])
        return Place(name, number)
    year, week, _ = day.isocalendar()
    named = {"day": str(day), "week": f"{year}-W{week:02}", "month": str(day)[:7]}[by]
    return Place(named, named)
