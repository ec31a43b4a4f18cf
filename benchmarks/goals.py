"""What the service is held to, and how far the figures of a run are from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from benchmarks import freqtrade, reads, writes
from benchmarks.figures import Row

_HUNDRED_THOUSAND = 100_000
_MILLION = 1_000_000
_FLAT = (reads.UNCHANGED, reads.KEPT, reads.DAILY, reads.WEEKLY, reads.HISTORY, reads.TRADES)

Figures = Mapping[str, list[Row]]


class Goal(NamedTuple):
    """A figure and the most that it may be, or the least where `is_least`."""

    says: str
    limit: float
    unit: str
    find: Callable[[Figures], Found | None]
    is_least: bool = False


class Found(NamedTuple):
    """What was found, and of what."""

    value: float
    of: str


def verdict(goal: Goal, found: Found) -> str:
    """Whether the goal is met; if not, by how much it is missed."""
    share = found.value / goal.limit
    if share >= 1 if goal.is_least else share <= 1:
        return "met"
    return f"missed: {share:.0%} of it" if goal.is_least else f"missed by {share - 1:.0%}"


def _read(figures: Figures, request: str, positions: int | None = None) -> Row | None:
    rows = [row for row in figures.get("reads", []) if row["request"] == request]
    if positions is not None:
        rows = [row for row in rows if row["positions"] == positions]
    return max(rows, key=lambda row: int(row["positions"]), default=None)


def _beside_bare(request: str, which: str) -> Callable[[Figures], Found | None]:
    """A request's CPU as a multiple of a bare route's, at the most positions."""

    def find(figures: Figures) -> Found | None:
        row, bare = _read(figures, request), _read(figures, which)
        if row is None or bare is None:
            return None
        return Found(row["cpu_us"] / bare["cpu_us"], f"{row['positions']:,} positions")

    return find


def _hot(request: str, says: str) -> tuple[Goal, Goal]:
    """One as usual, and one under this service's own worker, which is faster."""
    return (
        Goal(
            f"{says}, beside a bare Flask route by Gunicorn's own worker",
            1.0,
            "times",
            _beside_bare(request, reads.BARE_AS_USUAL),
        ),
        Goal(
            f"{says}, beside a bare Flask route by this service's worker",
            1.0,
            "times",
            _beside_bare(request, reads.BARE),
        ),
    )


def _cold_day(figures: Figures) -> Found | None:
    rows = [_read(figures, name) for name in (reads.DAILY, reads.RAW, reads.BARE)]
    made, raw, bare = (row["cpu_us"] if row else 0 for row in rows)
    if not made or rows[0] is None:
        return None
    return Found(made / (raw + bare), f"{rows[0]['positions']:,} positions")


def _growth(figures: Figures) -> Found | None:
    """The worst growth of a request's cost from the fewest positions to the most, each beside the
    bare route of its own run.
    """
    found = [_grown(_relative(figures, name), name) for name in _FLAT]
    mix = [row for row in figures.get("mix", []) if row["accounts"] == 1]
    found.append(
        _grown({row["positions"]: row["cpu_us"] / row["bare_cpu_us"] for row in mix}, "the mix")
    )
    return max((each for each in found if each), default=None)


def _relative(figures: Figures, request: str) -> dict[int, float]:
    rows = [row for row in figures.get("reads", []) if row["request"] == request]
    bare = {
        row["positions"]: row["cpu_us"]
        for row in figures.get("reads", [])
        if row["request"] == reads.BARE
    }
    return {row["positions"]: row["cpu_us"] / bare[row["positions"]] for row in rows}


def _grown(by_positions: Mapping[int, float], of: str) -> Found | None:
    if len(by_positions) < 2:  # noqa: PLR2004 (growth is between two)
        return None
    fewest, most = min(by_positions), max(by_positions)
    grown = by_positions[most] / by_positions[fewest]
    return Found(grown, f"{of}, {fewest:,} to {most:,} positions")


def _ten_years(figures: Figures) -> Found | None:
    row = _read(figures, reads.HISTORY, _MILLION)
    return Found(row["cpu_us"] / 1000, "1,000,000 positions") if row else None


def _beside_freqtrade(request: str, variant: str, ours: str, limit: float) -> Goal:
    """How often ours fits into theirs."""

    def find(figures: Figures) -> Found | None:
        cpu_us = {
            row["by"]: row["cpu_us"]
            for row in figures.get("freqtrade", [])
            if (row["trades"], row["variant"], row["request"])
            == (_HUNDRED_THOUSAND, variant, request)
        }
        if freqtrade.THEIRS not in cpu_us:
            return None
        return Found(cpu_us[freqtrade.THEIRS] / cpu_us[ours], ours)

    says = f"{request} beside freqtrade {variant}, {_HUNDRED_THOUSAND:,} trades"
    return Goal(says, limit, "times", find, is_least=True)


def _written(what: str, name: str, per: float = 1) -> Callable[[Figures], Found | None]:
    def find(figures: Figures) -> Found | None:
        for row in figures.get("writes", []):
            if row["what"] == what:
                return Found(row[name] / per, f"{row['executions']:,} executions")
        return None

    return find


def _worker(figures: Figures) -> Found | None:
    rows: Iterable[Row] = figures.get("mix", [])
    most = max(rows, key=lambda row: float(row["pss_mb"]), default=None)
    if most is None:
        return None
    return Found(most["pss_mb"], f"{most['accounts']:,} accounts, {most['positions']:,} positions")


GOALS = (
    *_hot(reads.UNCHANGED, "daily, unchanged (304)"),
    *_hot(reads.KEPT, "daily, kept (200)"),
    Goal("daily, made, beside the raw statement plus the bare route", 3.0, "times", _cold_day),
    Goal("growth of a request's cost with positions", 1.3, "times", _growth),
    Goal("ten years by day at 1,000,000 positions, made", 15, "ms CPU", _ten_years),
    _beside_freqtrade(freqtrade.DAYS, freqtrade.SHIPPED, freqtrade.MADE, 100),
    _beside_freqtrade(freqtrade.PAGE, freqtrade.SHIPPED, freqtrade.MADE, 20),
    _beside_freqtrade(freqtrade.PAGE, freqtrade.SHIPPED, freqtrade.EXECUTIONS, 20),
    _beside_freqtrade(freqtrade.DAYS, freqtrade.INDEXED, freqtrade.MADE, 10),
    _beside_freqtrade(freqtrade.PAGE, freqtrade.INDEXED, freqtrade.MADE, 10),
    _beside_freqtrade(freqtrade.PAGE, freqtrade.INDEXED, freqtrade.EXECUTIONS, 10),
    Goal(
        "import of CSV files",
        50_000,
        "executions/s",
        _written(writes.FILES, "a_second"),
        is_least=True,
    ),
    Goal("one fill posted, until it is on the disk (p50)", 5, "ms", _written(writes.ONE, "p50_ms")),
    Goal("database for a million executions", 150, "MB", _written(writes.SIZE, "mb_a_million")),
    Goal("a worker after the mix (PSS)", 120, "MB", _worker),
)
