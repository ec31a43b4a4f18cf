"""Mutants: changes of the code, one at a time, that some test has to find. `make mutants` makes
them and runs the tests, in which this is a plugin; `python -m tests.mutants` then tells by module
how many were found, and what those that were not would change.
"""

from __future__ import annotations

import ast
import difflib
import functools
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.figures import figure

FOLDER = Path(__file__).parent.parent / "mutants"
# Outcomes by the exit code that is kept of each.
SURVIVED, UNTESTED, BY_TYPES = 0, 33, 37


def pytest_sessionstart() -> None:
    """Forget what functions of the application remember: a mutant is a fork of a process that has
    run the tests already, and what is remembered would never ask it.
    """
    modules = [module for name, module in sys.modules.items() if name.startswith("app.")]
    for each in (value for module in modules for value in vars(module).values()):
        if isinstance(each, functools._lru_cache_wrapper):
            each.cache_clear()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Try few examples of every property, the same each time."""
    most = figure("MUTANT_EXAMPLES", 25)
    for item in items:
        test = getattr(item, "obj", None)
        asked = getattr(test, "_hypothesis_internal_use_settings", None)
        if asked is not None:
            test._hypothesis_internal_use_settings = settings(  # type: ignore[union-attr]
                asked,
                max_examples=min(asked.max_examples, most),
                derandomize=True,
                database=None,
                deadline=None,
            )


def outcomes(kept: Path) -> dict[str, int | None]:
    """What became of each mutant of a file; None: it was not tried yet."""
    found: dict[str, int | None] = json.loads(kept.read_text())["exit_code_by_key"]
    return found


def line(name: str, found: Counter[int | None]) -> str:
    """A module's row of the table."""
    survived, untested = found[SURVIVED], found[UNTESTED]
    tried = found.total() - found[None]
    by_tests = tried - survived - untested - found[BY_TYPES]
    rate = 100 * (tried - survived - untested) / tried if tried else 0
    figures = (tried, by_tests, found[BY_TYPES], survived, untested)
    return f"| {name} | {' | '.join(map(str, figures))} | {rate:.1f} % |"


def survivors(kept: Path) -> Iterator[str]:
    """What each mutant that no test found would change."""
    code = kept.with_suffix("").read_text()
    lines = code.splitlines()
    bodies = {
        node.name: lines[node.lineno : node.end_lineno]
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.FunctionDef)
    }
    for key, outcome in outcomes(kept).items():
        if outcome in (SURVIVED, UNTESTED):
            name = key.rpartition(".")[2]
            original = name.rpartition("_")[0] + "_orig"
            yield f"{key}{' (untested)' if outcome == UNTESTED else ''}"
            changes = difflib.unified_diff(bodies[original], bodies[name], lineterm="", n=0)
            yield from (f"    {each}" for each in changes if each[:3] not in ("---", "+++", "@@ "))


def main() -> None:
    """Print the table of the modules, then the survivors."""
    every = sorted((FOLDER / "app").rglob("*.py.meta"))
    found = {each: Counter(outcomes(each).values()) for each in every}
    print("| module | mutants | by tests | by types | survived | untested | found |")  # noqa: T201
    print("|---|---|---|---|---|---|---|")  # noqa: T201
    for each, counted in found.items():
        if counted:
            print(line(each.stem.removesuffix(".py"), counted))  # noqa: T201
    print(line("all", sum(found.values(), Counter())))  # noqa: T201
    for each in every:
        print(*survivors(each), sep="\n")  # noqa: T201


if __name__ == "__main__":
    main()
