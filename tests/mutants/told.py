"""Tells by module how many mutants were found, and what those that were not would change."""

from __future__ import annotations

import ast
import difflib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.mutants import kept

HEAD = (
    "| module | mutants | by types | by tests | of these by their limits | survived | untested "
    "| not tried | found | found by tests of those put to them |"
)
Found = Counter[int | None]


def table(named: str) -> Iterator[str]:
    """A row for each module, and one for all."""
    found = {
        kept.module(path): Counter(kept.outcomes(path).values())
        for path in kept.modules(kept.FOLDER, named)
    }
    yield HEAD
    yield "|---" * (HEAD.count("|") - 1) + "|"
    yield from (line(name, counted) for name, counted in found.items() if counted)
    yield line("all", sum(found.values(), Counter()))


def line(name: str, found: Found) -> str:
    """A module's row of the table."""
    tried = found.total() - found[None]
    missed = sum(found[each] for each in kept.MISSED)
    by_tests = tried - missed - found[kept.BY_TYPES]
    by_limits = sum(n for each, n in found.items() if each is not None and each < 0)
    figures = (found.total(), found[kept.BY_TYPES], by_tests, by_limits)
    rates = rate(tried - missed, tried), rate(by_tests, by_tests + missed)
    left = (missed - found[kept.UNTESTED], found[kept.UNTESTED], found[None])
    return f"| {name} | {' | '.join(map(str, (*figures, *left, *rates)))} |"


def rate(some: int, of: int) -> str:
    """A share in percent, if it is one of anything."""
    return f"{100 * some / of:.1f} %" if of else "-"


def survivors(path: Path) -> Iterator[str]:
    """What each mutant that no test found would change."""
    code = path.with_suffix("").read_text()
    lines = code.splitlines()
    bodies = {
        node.name: lines[node.lineno : node.end_lineno]
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.FunctionDef)
    }
    for mutant, outcome in kept.outcomes(path).items():
        if outcome in kept.MISSED:
            name = mutant.rpartition(".")[2]
            original = f"{kept.function(name)}__mutmut_orig"
            yield f"{mutant}{' (untested)' if outcome == kept.UNTESTED else ''}"
            changes = difflib.unified_diff(bodies[original], bodies[name], lineterm="", n=0)
            yield from (f"    {each}" for each in changes if each[:3] not in ("---", "+++", "@@ "))
