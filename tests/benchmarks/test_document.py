"""The page of the benchmarks is made of their figures, and is current."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from benchmarks import document, figures, freqtrade, reads, tables, writes
from benchmarks.goals import Found, Goal, verdict

PAGE = """\
# Benchmarks

Said by hand.

<!-- goals -->
| what stood here before |
<!-- end -->

<!-- reads -->
<!-- end -->
"""
COST_US = {
    reads.BARE: 100.0,
    reads.BARE_AS_USUAL: 75.0,
    reads.KEPT: 90.0,
    reads.UNCHANGED: 80.0,
    reads.DAILY: 700.0,
}


def read(request: str, positions: int, cpu_us: float) -> dict[str, Any]:
    row = {"positions": positions, "request": request, "cpu_us": cpu_us, "bytes": 1_234}
    return row | {"p50_ms": 0.5, "p99_ms": 1.5, "times": 9}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Figures of two sizes, as a run would keep them."""
    names = (*COST_US, reads.RAW, reads.USUAL, reads.WEEKLY, reads.HISTORY, reads.TRADES)
    rows = [read(name, n, COST_US.get(name, 50.0)) for n in (10_000, 100_000) for name in names]
    rows[-1]["cpu_us"] = 70.0
    figures.keep(tmp_path, "reads", rows)
    size = {"what": writes.SIZE, "executions": 1_000, "bytes": 300_000, "mb_a_million": 300.0}
    one = {"what": writes.ONE, "executions": 9, "p50_ms": 2.5, "p99_ms": 3.5, "cpu_us": 900.0}
    files = {"what": writes.FILES, "executions": 1_000, "files": 1, "a_second": 25_000}
    figures.keep(tmp_path, "writes", [files | {"a_cpu_second": 26_000, "cpu_us": 40.0}, one, size])
    trades = [
        {"trades": 100_000, "variant": variant, "request": request, "by": by, "cpu_us": cost_us}
        | {"p50_ms": 1.0, "p99_ms": 2.0, "bytes": 10, "times": 3, "version": "1.0"}
        for variant, theirs_us in ((freqtrade.SHIPPED, 300_000.0), (freqtrade.INDEXED, 9_000.0))
        for request in (freqtrade.DAYS, freqtrade.PAGE)
        for by, cost_us in (
            (freqtrade.THEIRS, theirs_us),
            (freqtrade.MADE, 1_000.0),
            (freqtrade.EXECUTIONS, 2_000.0),
        )
    ]
    figures.keep(tmp_path, "freqtrade", trades)
    return tmp_path


def test_goals_say_by_how_much_they_are_missed(folder: Path) -> None:
    told = tables.everything(folder)["goals"].splitlines()
    lines = [[*map(str.strip, line.split("|"))] for line in told]
    found = {(cells[1], cells[5]): cells[3:5] for cells in lines}
    most, trades = "100,000 positions", "beside freqtrade {}, 100,000 trades"
    kept, made = "daily, kept (200), beside a bare Flask route by", "daily, made, beside the raw"
    assert found[f"{kept} this service's worker", most] == ["0.90 times", "met"]
    assert found[f"{kept} Gunicorn's own worker", most] == ["1.20 times", "missed by 20%"]
    assert found[f"{made} statement plus the bare route", most] == ["4.67 times", "missed by 56%"]
    grown = f"{reads.TRADES}, 10,000 to {most}"
    assert found["growth of a request's cost with positions", grown] == [
        *("1.40 times", "missed by 8%"),
    ]
    days = f"{freqtrade.DAYS} {trades.format(freqtrade.SHIPPED)}"
    assert found[days, freqtrade.MADE] == ["300 times", "met"]
    page = f"{freqtrade.PAGE} {trades.format(freqtrade.INDEXED)}"
    assert found[page, freqtrade.EXECUTIONS] == ["4.50 times", "missed: 45% of it"]
    assert found["import of CSV files", "1,000 executions"] == [
        *("25,000 executions/s", "missed: 50% of it"),
    ]
    assert found["a worker after the mix (PSS)", ""] == ["not measured", ""]


def test_a_goal_that_is_just_reached_is_met() -> None:
    most = Goal("", 2.0, "", lambda _: None)
    assert verdict(most, Found(2.0, "")) == "met"
    assert verdict(most._replace(is_least=True), Found(2.0, "")) == "met"


def test_the_page_is_written_between_its_marks_alone(folder: Path) -> None:
    page = folder / "BENCHMARKS.md"
    page.write_text(PAGE)
    document.main(["--page", str(page), "--figures", str(folder)])
    text = page.read_text()
    assert "Said by hand." in text
    assert "what stood here before" not in text
    assert f"| {reads.KEPT} | 90.0 (0.9) | 90.0 (0.9) | 0.50 / 1.50 | 1,234 |" in text
    document.main(["--page", str(page), "--figures", str(folder)])
    assert page.read_text() == text
    for name in ("positions", "freqtrade"):
        ET.parse(folder / f"{name}.svg")
    assert not (folder / "saturation.svg").exists()


def test_a_place_without_a_table_is_refused() -> None:
    with pytest.raises(KeyError, match="lost"):
        document.written("<!-- lost -->\n<!-- end -->", {})


def test_the_page_and_its_graphs_are_made_of_the_figures_beside_them(tmp_path: Path) -> None:
    made = tmp_path / "figures"
    shutil.copytree(document.FIGURES, made)
    page = tmp_path / "page.md"
    page.write_text(document.PAGE.read_text("utf-8"))
    document.main(["--page", str(page), "--figures", str(made)])
    assert page.read_text() == document.PAGE.read_text("utf-8")
    for graph in document.FIGURES.glob("*.svg"):
        assert (made / graph.name).read_text() == graph.read_text(), graph
    assert set(document.FIGURES.glob("*.svg"))
