"""The tables of docs/BENCHMARKS.md, each from the figures of one part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks import figures, freqtrade, reads
from benchmarks.figures import Row
from benchmarks.goals import GOALS, Figures, verdict

_MISSING = "Not measured in this run."
_THOUSAND = 1000


def everything(folder: Path) -> dict[str, str]:
    """Every table by its name; a part that was not measured says so."""
    kept = {part: figures.kept(folder, part) for part in PARTS}
    rows = {part: each["rows"] for part, each in kept.items() if each}
    made = {part: _of_part(part, each) for part, each in kept.items()}
    return {"goals": _goals(rows), **made}


def _of_part(part: str, kept: Row | None) -> str:
    if not kept or not kept["rows"]:
        return _MISSING
    return f"{PARTS[part](kept['rows'])}\n\n{_where(kept['machine'])}"


def _where(machine: Row) -> str:
    parts = f"Python {machine['python']}, SQLite {machine['sqlite']}"
    cores = f"{machine['cores']} cores, load {machine['load']}"
    return f"*{machine['at']}; {machine['processor']}, {cores}; {parts}.*"


def _table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _goals(found: Figures) -> str:
    lines: list[tuple[Any, ...]] = []
    for goal in GOALS:
        figure = goal.find(found)
        limit = f"{'≥' if goal.is_least else '≤'} {goal.limit:,} {goal.unit}"
        if figure is None:
            lines.append((goal.says, limit, "not measured", "", ""))
            continue
        value = f"{_number(figure.value)} {goal.unit}"
        lines.append((goal.says, limit, value, verdict(goal, figure), figure.of))
    return _table(("goal", "limit", "found", "", "at"), lines)


def _reads(rows: list[Row]) -> str:
    sizes = sorted({row["positions"] for row in rows})
    bare = {row["positions"]: row["cpu_us"] for row in rows if row["request"] == reads.BARE}
    cells = {(row["request"], row["positions"]): row for row in rows}
    names = list(dict.fromkeys(row["request"] for row in rows))
    head = ("request", *(f"{n:,} positions" for n in sizes), "p50 / p99, ms", "bytes")

    def cell(row: Row) -> str:
        return f"{_number(row['cpu_us'])} ({row['cpu_us'] / bare[row['positions']]:.1f})"

    lines = []
    for name in names:
        last = cells[name, sizes[-1]]
        waits = f"{last['p50_ms']:,.2f} / {last['p99_ms']:,.2f}"
        by_size = (cell(cells[name, n]) for n in sizes)
        lines.append((name, *by_size, waits, f"{last['bytes']:,}"))
    return _table(head, lines)


def _mix(rows: list[Row]) -> str:
    head = (
        *("accounts", "positions", "CPU a poll, µs", "times a bare route", "p50 / p99, ms"),
        *("unchanged", "CPU a fill, µs", "RSS, MB", "PSS, MB"),
    )
    lines = [
        (
            f"{row['accounts']:,}",
            f"{row['positions']:,}",
            _number(row["cpu_us"]),
            f"{row['cpu_us'] / row['bare_cpu_us']:.1f}",
            f"{row['p50_ms']:,.2f} / {row['p99_ms']:,.2f}",
            f"{row['unchanged']:.0%}",
            _number(row["fill_cpu_us"]),
            _number(row["rss_mb"]),
            _number(row["pss_mb"]),
        )
        for row in rows
    ]
    return _table(head, lines)


def _saturation(rows: list[Row]) -> str:
    head = ("", "offered/s", "answered/s", "p50, ms", "p99, ms", "cores: server", "cores: client")
    names = ("subject", "offered_a_s", "answered_a_s", "p50_ms", "p99_ms")
    lines = [
        (*(_number(row[name]) for name in names), row["server_cores"], row["client_cores"])
        for row in rows
    ]
    return _table(head, lines)


def _writes(rows: list[Row]) -> str:
    by_what = {row["what"]: row for row in rows}
    files, one, size = by_what.values()
    return _table(
        ("what", "executions", "found"),
        [
            (
                f"{files['what']}, {files['files']} files",
                f"{files['executions']:,}",
                f"{files['a_second']:,} a second; {files['a_cpu_second']:,} a second of CPU",
            ),
            (
                one["what"],
                f"{one['executions']:,}",
                f"p50 {one['p50_ms']:.2f} ms, p99 {one['p99_ms']:.2f} ms",
            ),
            (size["what"], f"{size['executions']:,}", f"{size['mb_a_million']} MB a million"),
        ],
    )


def _sockets(rows: list[Row]) -> str:
    head = ("sockets", "opened in, s", "last told: p50, ms", "p99, ms", "CPU a fill, ms")
    names = ("sockets", "opened_s", "p50_ms", "p99_ms", "cpu_ms")
    return _table(head, [tuple(_number(row[name]) for name in names) for row in rows])


def _statistics(rows: list[Row]) -> str:
    sizes = sorted({row["positions"] for row in rows})
    cells = {(row["question"], row["positions"]): row["cpu_us"] / _THOUSAND for row in rows}
    names = list(dict.fromkeys(row["question"] for row in rows))
    lines = [(name, *(_number(cells[name, n]) for n in sizes)) for name in names]
    return _table(("question", *(f"{n:,} positions, ms" for n in sizes)), lines)


def _freqtrade(rows: list[Row]) -> str:
    head = ("trades", "freqtrade", "request", "by", "CPU, ms", "p50, ms", "freqtrade / it", "bytes")
    theirs = {
        (row["trades"], row["variant"], row["request"]): row["cpu_us"]
        for row in rows
        if row["by"] == freqtrade.THEIRS
    }
    lines = []
    for row in rows:
        times = theirs[row["trades"], row["variant"], row["request"]] / row["cpu_us"]
        lines.append(
            (
                *(f"{row['trades']:,}", row["variant"], row["request"], row["by"]),
                *(f"{row['cpu_us'] / _THOUSAND:,.2f}", f"{row['p50_ms']:,.2f}", _number(times)),
                f"{row['bytes']:,}",
            )
        )
    return f"freqtrade {rows[0]['version']}.\n\n{_table(head, lines)}"


def _number(value: Any) -> str:
    """Three digits of a measured figure, or all of what stands before its point."""
    if not isinstance(value, float):
        return f"{value:,}" if isinstance(value, int) else str(value)
    for least, places in ((100, 0), (10, 1)):
        if abs(value) >= least:
            return f"{value:,.{places}f}"
    return f"{value:.2f}"


PARTS: Mapping[str, Callable[[list[Row]], str]] = {
    "reads": _reads,
    "mix": _mix,
    "saturation": _saturation,
    "writes": _writes,
    "sockets": _sockets,
    "statistics": _statistics,
    "postgres": _reads,
    "freqtrade": _freqtrade,
}
