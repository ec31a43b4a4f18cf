"""Graphs of what was measured, as SVG on a light ground of its own: readable on a dark page too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks import figures, freqtrade, reads
from benchmarks.figures import Row

_SIZE = (8.0, 4.2)
_INK, _QUIET, _GROUND = "#24292f", "#6e7781", "#ffffff"
_COLOURS = (
    "#0969da",
    "#bc4c00",
    "#1a7f37",
    "#8250df",
    "#bf3989",
    "#57606a",
    "#9a6700",
    "#116329",
    "#cf222e",
)
_STYLE: Any = {
    "svg.hashsalt": "benchmarks",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "axes.edgecolor": _QUIET,
    "axes.labelcolor": _INK,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": "#d8dee4",
    "grid.linewidth": 0.6,
    "text.color": _INK,
    "xtick.color": _QUIET,
    "ytick.color": _QUIET,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.marker": "o",
    "lines.markersize": 4,
    "figure.facecolor": _GROUND,
    "axes.facecolor": _GROUND,
}
_THOUSAND = 1000
_BARS = {freqtrade.THEIRS: _COLOURS[1], freqtrade.USUAL: _COLOURS[5]}
_SHOWN = (reads.UNCHANGED, reads.KEPT, reads.DAILY, reads.WEEKLY, reads.TRADES, reads.HISTORY)


def draw(folder: Path) -> None:
    """Draw a graph beside each part that was measured."""
    for part, name, graph in GRAPHS:
        kept = figures.kept(folder, part)
        if kept and kept["rows"]:
            # From the defaults on: other libraries set styles when they are imported.
            with mpl.rc_context({**mpl.rcParamsDefault, **_STYLE}):
                drawn = _drawn(graph, kept["rows"])
                drawn.savefig(folder / f"{name}.svg", metadata={"Date": None})


def _drawn(graph: Callable[[Any, list[Row]], None], rows: list[Row]) -> Figure:
    figure = Figure(figsize=_SIZE, layout="constrained")
    axes = figure.subplots()
    axes.set_prop_cycle(color=_COLOURS)
    graph(axes, rows)
    return figure


def _saturation(axes: Any, rows: list[Row]) -> None:
    for colour, subject in zip(
        _COLOURS, dict.fromkeys(row["subject"] for row in rows), strict=False
    ):
        some = [row for row in rows if row["subject"] == subject]
        offered = [row["offered_a_s"] for row in some]
        for share, style in (("p50", "-"), ("p99", "--")):
            waits = [row[f"{share}_ms"] for row in some]
            axes.plot(offered, waits, linestyle=style, color=colour, label=f"{subject}, {share}")
    axes.set(xscale="log", yscale="log", xlabel="requests offered a second", ylabel="ms to answer")
    _plain(axes.xaxis, axes.yaxis)
    axes.set_title("Until nothing more is answered", loc="left", fontsize=11)
    axes.legend()


def _positions(axes: Any, rows: list[Row]) -> None:
    for name in (*_SHOWN, reads.USUAL, reads.RAW, reads.BARE):
        some = sorted((row["positions"], row["cpu_us"]) for row in rows if row["request"] == name)
        style = "-" if name in _SHOWN else ":"
        axes.plot(*zip(*some, strict=True), linestyle=style, label=name)
    axes.set(xscale="log", yscale="log", xlabel="closed positions of the account", ylabel="CPU, µs")
    _plain(axes.xaxis, axes.yaxis)
    axes.set_title("What an answer costs, by number of positions", loc="left", fontsize=11)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def _freqtrade(axes: Any, rows: list[Row]) -> None:
    most = max(row["trades"] for row in rows)
    some = [row for row in rows if row["trades"] == most and _is_shown(row)]
    requests = list(dict.fromkeys(row["request"] for row in some))
    some.sort(key=lambda row: (requests.index(row["request"]), row["by"] != freqtrade.THEIRS))
    some.reverse()
    names = [f"{row['request']}: {_who(row)}" for row in some]
    values = [row["cpu_us"] / _THOUSAND for row in some]
    drawn = axes.barh(names, values, color=[_BARS.get(row["by"], _COLOURS[0]) for row in some])
    axes.bar_label(drawn, fmt="{:,.2f}", padding=4, fontsize=8, color=_INK)
    axes.set(xscale="log", xlabel="ms of CPU for one answer")
    axes.set_xlim(right=max(values) * 4)
    _plain(axes.xaxis)
    axes.set_title(f"The same {most:,} trades", loc="left", fontsize=11)
    axes.grid(visible=False, axis="y")


def _is_shown(row: Row) -> bool:
    """Ours once, theirs in both variants."""
    return bool(row["variant"] == freqtrade.SHIPPED or row["by"] == freqtrade.THEIRS)


def _who(row: Row) -> str:
    return f"{row['by']}, {row['variant']}" if row["by"] == freqtrade.THEIRS else str(row["by"])


def _plain(*axes: Any) -> None:
    """Numbers as they are read, not as powers of ten."""
    for axis in axes:
        axis.set_major_formatter("{x:,.9g}")


GRAPHS = (
    ("saturation", "saturation", _saturation),
    ("reads", "positions", _positions),
    ("freqtrade", "freqtrade", _freqtrade),
)
