"""What became of each mutant, kept beside its module as the tool that makes them keeps it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "mutants"
# Outcomes by the exit code of the fork that ran the tests; below 0 a signal ended it, as the mutant
# goes on for ever. A broken one says nothing: what tries the mutants failed, and no test.
SURVIVED, FOUND, BROKEN, UNTESTED, BY_TYPES = 0, 1, 3, 33, 37
MISSED = (SURVIVED, BROKEN, UNTESTED)
Outcomes = dict[str, int | None]


def modules(folder: Path, named: str = "") -> Iterator[Path]:
    """The file of each module's outcomes: of those that are named with blanks between, or all."""
    wanted = named.split()
    for path in sorted((folder / "app").rglob("*.py.meta")):
        if not wanted or module(path) in wanted:
            yield path


def module(path: Path) -> str:
    """The name of a module by the file of its outcomes."""
    return path.name.removesuffix(".py.meta")


def outcomes(path: Path) -> Outcomes:
    """What became of each mutant; None: it was not tried yet."""
    found: Outcomes = json.loads(path.read_text())["exit_code_by_key"]
    return found


def keep(path: Path, found: Outcomes) -> None:
    """Note what became of a module's mutants."""
    everything = json.loads(path.read_text())
    path.write_text(json.dumps({**everything, "exit_code_by_key": found}, indent=4))


def function(mutant: str) -> str:
    """The function that a mutant is of."""
    return mutant.partition("__mutmut_")[0]
