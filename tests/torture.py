"""Long runs of the fault tests, one method after another: `make torture`, or
`python -m tests.torture --only T5 --scale 0.1`.

Each result is kept as soon as it is there. A run that was stopped goes on where it was, what passed
at this commit is not done again, and what ever failed stays in the report.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import SystemRandom
from typing import Any, NamedTuple

import click

from tests.figures import REACHED, SEED

ROOT = Path(__file__).parent.parent
METHODS = ROOT / "tests" / "torture.toml"
KEPT = ROOT / ".torture"
SAID_MAX = 400


class Method(NamedTuple):
    """What is tried, the tests that try it and the environment that makes them long."""

    id: str
    proves: str
    tests: Sequence[str]
    env: Mapping[str, int] = {}
    known_bad: str | None = None

    def scaled(self, scale: float) -> dict[str, str]:
        """The environment of a part of the long figures, or of a multiple."""
        return {name: str(max(1, round(value * scale))) for name, value in self.env.items()}


class Result(NamedTuple):
    """What became of a method at a commit; `reached` is in the words of its tests."""

    method: str
    commit: str
    began: str
    scale: float
    seed: int
    seconds: float
    passed: bool
    figures: dict[str, str]
    reached: list[str]
    log: str


class Results:
    """All results there ever were in a folder, one a line; a line that was cut off is none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = folder / "results.jsonl"

    def all(self) -> list[Result]:
        lines = self._file.read_text("utf-8").splitlines() if self._file.exists() else []
        return [Result(**found) for line in lines if (found := _decoded(line))]

    def add(self, result: Result) -> None:
        """Keep a result and write the report anew."""
        with self._file.open("a", encoding="utf-8") as file:
            # Begins with a new line: the one before may have been cut off.
            file.write("\n" + json.dumps(result._asdict()))
        self.write_report(result.commit)

    def passed(self, method: Method, commit: str, scale: float) -> bool:
        """Whether a method has passed at a commit with figures at least as long."""
        return not commit.endswith("-dirty") and any(
            each.passed and each.scale >= scale
            for each in self.all()
            if (each.method, each.commit) == (method.id, commit)
        )

    def write_report(self, commit: str) -> None:
        """`report.md`: the last result of each method at a commit, and everything that failed."""
        here = {each.method: each for each in self.all() if each.commit == commit}
        failed = [each for each in self.all() if not each.passed]
        lines = [f"# Torture of {commit}", "", *_table([here[name] for name in sorted(here)])]
        lines += ["", "## Whatever failed, at any commit", "", *_table(failed)]
        (self.folder / "report.md").write_text("\n".join(lines) + "\n", "utf-8")


def methods(file: Path) -> list[Method]:
    """The methods of a file, in its order."""
    return [Method(**each) for each in tomllib.loads(file.read_text("utf-8"))["method"]]


def run(method: Method, root: Path, results: Results, *, scale: float, seed: int | None) -> Result:
    """Run a method's tests, the one of its known-bad variant included, and keep the result."""
    seed = SystemRandom().randrange(2**32) if seed is None else seed
    figures, commit, began = method.scaled(scale), current_commit(root), datetime.now(UTC)
    log = results.folder / f"{method.id}-{began:%Y%m%dT%H%M%SZ}.log"
    nodes = [*method.tests, *([method.known_bad] if method.known_bad else [])]
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rP", "--tb=short"]
    started_s = time.monotonic()
    with log.open("wb") as output:
        status = subprocess.run(
            [*command, *nodes],
            cwd=root,
            env=os.environ | figures | {SEED: str(seed)},
            stdout=output,
            stderr=output,
            check=False,
        ).returncode
    result = Result(
        method=method.id,
        commit=commit,
        began=f"{began:%Y-%m-%d %H:%M}",
        scale=scale,
        seed=seed,
        seconds=round(time.monotonic() - started_s, 1),
        passed=status == 0,
        figures=figures,
        reached=list(_reached(log)),
        log=log.name,
    )
    results.add(result)
    return result


def current_commit(root: Path) -> str:
    """The commit of a tree; `-dirty` behind it where the tree is not what was committed."""
    asked = ["git", "describe", "--always", "--abbrev=12", "--exclude=*", "--dirty"]
    found = subprocess.run(asked, cwd=root, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "no commit-dirty"


def _decoded(line: str) -> Mapping[str, Any] | None:
    try:
        found: Mapping[str, Any] = json.loads(line)
    except ValueError:
        return None
    return found


def _reached(log: Path) -> Iterator[str]:
    for line in log.read_text("utf-8", "replace").splitlines():
        if line.startswith(REACHED):
            yield line.removeprefix(REACHED)[:SAID_MAX]


def _table(results: Sequence[Result]) -> list[str]:
    rows = [
        "| method | result | seconds | reached | figures | seed | commit | began | log |",
        "| --- | --- | ---: | --- | --- | --- | --- | --- | --- |",
    ]
    for each in results:
        said = "<br>".join(each.reached).replace("|", "\\|")
        figures = " ".join(f"{name}={value}" for name, value in each.figures.items())
        cells = [each.method, "passed" if each.passed else "**failed**", f"{each.seconds:.0f}"]
        cells += [said, figures, str(each.seed), each.commit, each.began, each.log]
        rows.append(f"| {' | '.join(cells)} |")
    return rows


@click.command()
@click.option("--only", multiple=True, metavar="ID", help="This method; may be given repeatedly.")
@click.option("--scale", default=1.0, help="So much of the long figures: 0.1 for a tenth.")
@click.option("--seed", type=int, help="Repeat random choices; drawn for each method otherwise.")
@click.option("--again", is_flag=True, help="Repeat what has passed at this commit, too.")
@click.option("--list", "is_list", is_flag=True, help="Say which methods there are.")
def main(
    only: tuple[str, ...], scale: float, seed: int | None, *, again: bool, is_list: bool
) -> None:
    """Run the long fault tests, and report what they reached."""
    chosen = methods(METHODS)
    if unknown := {*only} - {each.id for each in chosen}:
        raise click.BadParameter(f"there is no method {', '.join(sorted(unknown))}: see --list")
    chosen = [each for each in chosen if not only or each.id in only]
    if is_list:
        for each in chosen:
            click.echo(f"{each.id:<5} {each.proves}")
        return
    KEPT.mkdir(exist_ok=True)
    sys.exit(1 if tortured(chosen, ROOT, Results(KEPT), scale, seed, again=again) else 0)


def tortured(
    chosen: Sequence[Method],
    root: Path,
    results: Results,
    scale: float,
    seed: int | None,
    *,
    again: bool,
) -> list[Result]:
    """Run methods one by one, save what has passed; those that failed."""
    failed = []
    for number, method in enumerate(chosen, start=1):
        click.echo(f"[{number}/{len(chosen)}] {method.id:<5} {method.proves}")
        if not again and results.passed(method, current_commit(root), scale):
            click.echo("        passed before, at this commit")
            continue
        result = run(method, root, results, scale=scale, seed=seed)
        click.echo(f"        {'passed' if result.passed else 'FAILED'} in {result.seconds:.0f} s")
        for line in result.reached:
            click.echo(f"        {line}")
        if not result.passed:
            failed.append(result)
            click.echo(f"        {SEED}={result.seed}, {results.folder / result.log}")
    click.echo(f"{len(failed)} failed; {results.folder / 'report.md'}")
    return failed


if __name__ == "__main__":
    main()
