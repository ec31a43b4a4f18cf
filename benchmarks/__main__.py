"""Measures the service under real Gunicorn workers, and others beside it in the same run.

Machines differ and are noisy: what counts are CPU time and ratios within one run.
`python -m benchmarks.document` makes the tables and graphs of what is kept.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks import (
    document,
    figures,
    freqtrade,
    histories,
    mix,
    postgres,
    reads,
    saturation,
    sockets,
    statistics_reads,
    writes,
)
from benchmarks.histories import History
from benchmarks.plan import FULL, QUICK, Plan, size, with_huge

PARTS = ("reads", "mix", "saturation", "writes", "sockets", "statistics", "postgres", "freqtrade")
FOLDER = Path(".benchmarks")


def main(arguments: Sequence[str] | None = None) -> None:
    said = _parser().parse_args(arguments)
    plan = FULL if said.full else QUICK
    if said.sizes:
        plan = plan._replace(mix=tuple(said.sizes), saturation=said.sizes[-1])
    run = _Run(with_huge(plan) if said.huge else plan, said.keep.absolute(), said.programs)
    for part in said.parts:
        print(f"measuring {part}", flush=True)
        run.measure(part, said.out)
    document.show(said.out, said.parts)


class _Run:
    """The parts of one run, over histories that are kept in a folder."""

    def __init__(self, plan: Plan, folder: Path, programs: Path) -> None:
        self._plan = plan
        self._folder = folder
        self._programs = programs.absolute()

    def measure(self, part: str, out: Path) -> None:
        """Measure one part and keep its figures; where it is left out, why."""
        measures: dict[str, Callable[[], list[dict[str, Any]]]] = {
            "reads": self._reads,
            "mix": self._mix,
            "saturation": self._saturation,
            "writes": self._writes,
            "sockets": self._sockets,
            "statistics": self._statistics,
            "postgres": self._postgres,
            "freqtrade": self._freqtrade,
        }
        try:
            figures.keep(out, part, measures[part]())
        except freqtrade.LeftOut as reason:
            print(f"{part} is left out: {reason}", flush=True)

    def _history(self, positions: int, accounts: int = 1) -> History:
        return histories.kept(self._folder, positions, accounts)

    def _reads(self) -> list[dict[str, Any]]:
        plan = self._plan
        rows = (reads.measure(self._history(n), plan.read_rounds, plan.turn_s) for n in plan.reads)
        return [row for some in rows for row in some]

    def _mix(self) -> list[dict[str, Any]]:
        plan = self._plan
        return [mix.measure(self._history(*size), plan.polls, plan.workers) for size in plan.mix]

    def _saturation(self) -> list[dict[str, Any]]:
        plan = self._plan
        return saturation.measure(self._history(*plan.saturation), plan.step_s, plan.workers)

    def _writes(self) -> list[dict[str, Any]]:
        place = self._folder / "imported"
        shutil.rmtree(place, ignore_errors=True)
        history = histories.planned(place, self._plan.imported, 1)
        return writes.measure(history, self._plan.posts, self._plan.workers)

    def _sockets(self) -> list[dict[str, Any]]:
        plan = self._plan
        history = self._history(plan.reads[0])
        return [sockets.measure(history, n, plan.told) for n in plan.sockets]

    def _statistics(self) -> list[dict[str, Any]]:
        plan = self._plan
        some = [self._history(n) for n in plan.reads if n <= statistics_reads.POSITIONS_MAX]
        measured = (statistics_reads.measure(each, plan.read_rounds, plan.turn_s) for each in some)
        return [row for rows in measured for row in rows]

    def _postgres(self) -> list[dict[str, Any]]:
        plan = self._plan
        history = histories.planned(self._folder / "postgres", plan.reads[0], 1)
        with postgres.running() as url:
            histories.make(history, url)
            return reads.measure(history, plan.read_rounds, plan.turn_s, url)

    def _freqtrade(self) -> list[dict[str, Any]]:
        plan, folder = self._plan, self._folder / "freqtrade"
        folder.mkdir(parents=True, exist_ok=True)
        python, version = freqtrade.installed(folder, self._programs)
        return [
            {"version": version} | row
            for trades in plan.trades
            for row in freqtrade.measure(
                folder, python, self._programs, trades, plan.trade_rounds, plan.turn_s
            )
        ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--full", action="store_true", help="all of it: an hour or more")
    parser.add_argument("--huge", action="store_true", help="with 10 million positions as well")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, metavar="PART")
    sizes = "POSITIONSxACCOUNTS of the mix; the last one is saturated"
    parser.add_argument("--sizes", nargs="+", type=size, metavar="SIZE", help=sizes)
    parser.add_argument("--keep", type=Path, default=FOLDER, help="folder of the made histories")
    parser.add_argument("--out", type=Path, default=FOLDER / "figures", help="folder for figures")
    parser.add_argument(
        "--programs", type=Path, default=freqtrade.PROGRAMS, help="folder of freqtrade's programs"
    )
    return parser


if __name__ == "__main__":
    main()
