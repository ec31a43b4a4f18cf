"""Questions of which no answer is kept: each is asked of another window than the one before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from benchmarks.histories import History


def ends() -> Iterator[str]:
    """Ends of windows that all cut today, just before now."""
    at = datetime.now(UTC).replace(microsecond=0, tzinfo=None) - timedelta(minutes=1)
    while True:
        at += timedelta(microseconds=10)
        yield f"{at.isoformat()}Z"


def days(history: History) -> list[date]:
    """All days of a history, in an order in which none comes soon after one that is near it."""
    every = history.weekdays
    return [every[n * 997 % len(every)] for n in range(len(every))]
