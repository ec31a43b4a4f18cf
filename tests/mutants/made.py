"""Makes the mutants of `[tool.mutmut]` in pyproject.toml, and asks the types for each."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from mutmut import __main__ as mutmut
from mutmut.configuration import config

from tests.mutants import kept


def make() -> None:
    """Bring the mutants up to date: outcomes stay where a function is as it was."""
    kept.FOLDER.mkdir(exist_ok=True)
    shutil.rmtree(kept.FOLDER / "tests", ignore_errors=True)
    mutmut.set_mutant_under_test("mutant_generation")
    with redirect_stdout(StringIO()):
        mutmut.copy_src_dir()
        mutmut.copy_also_copy_files()
        mutmut.create_mutants(1)


def ask_types() -> None:
    """Note the mutants not yet tried that the types refuse."""
    refused = set(refusals())
    for path in kept.modules(kept.FOLDER):
        outcomes = kept.outcomes(path)
        untried = {each for each, outcome in outcomes.items() if outcome is None}
        kept.keep(path, outcomes | dict.fromkeys(untried & refused, kept.BY_TYPES))


def refusals() -> Iterator[str]:
    """Each mutant in whose lines the type checker finds a fault."""
    command = [sys.executable, "-m", *config().type_check_command]
    said = subprocess.run(command, cwd=kept.FOLDER, capture_output=True, text=True, check=False)
    errors = defaultdict(set)
    for error in map(json.loads, said.stdout.splitlines()):
        if error["severity"] == "error":
            errors[error["file"]].add(error["line"])
    for name, lines in errors.items():
        yield from refused(Path(name), lines)


def refused(path: Path, lines: set[int]) -> Iterator[str]:
    """The mutants of a module that hold such lines; a line of none refuses them all."""
    spans = json.loads((kept.FOLDER / f"{path}.spans").read_text())["spans"]
    module = ".".join(path.with_suffix("").parts)
    left = set(lines)
    for name, (first, last) in spans.items():
        found = lines.intersection(range(first, last + 1))
        if found and not name.endswith("_orig"):
            left -= found
            yield f"{module}.{name}"
    assert not left, f"{path} has faults outside of mutants, in the lines {sorted(left)}"
