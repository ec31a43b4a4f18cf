"""The feature matrix: which requirement of the specifications is held by which tests.

A test carries the ids of its rows in `@pytest.mark.feature("TPA-01")`, a dashboard test in a
comment `// feature: PAM-UI-01` directly above it; a run of this module writes the page from them.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
FEATURES = Path("docs/features.toml")
PAGE = Path("docs/FEATURE_MATRIX.md")
COMMAND = "python -m tests.feature_matrix"

_NOT_OURS = {"node_modules", "__pycache__", "dist"}
_PYTHON_TEST = re.compile(r"test_.*\.py")
_DASHBOARD_TEST = re.compile(r".*\.test\.tsx?")
_COMMENT = re.compile(r"^[ \t]*// feature:(?P<ids>.*)$", re.MULTILINE)
_CALL_BELOW = re.compile(
    r"\n[ \t]*(?:test|it)(?:\.each\(.*?\))?\(\s*(?P<quote>[\"'`])(?P<name>.*?)(?<!\\)(?P=quote)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Feature:
    """One requirement; `contract` says where the contract decides it otherwise or more finely."""

    id: str
    seed: str
    section: str
    title: str
    contract: str = ""


class Written(NamedTuple):
    """An id as it stands in a test file."""

    feature_id: str
    line: int


class Mark(NamedTuple):
    """One id that one test carries; `test` is empty where a comment stands above no test."""

    feature_id: str
    file: str
    line: int
    test: str


def load(root: Path) -> list[Feature]:
    """Read the rows in the order of the specifications, duplicates included."""
    rows = tomllib.loads((root / FEATURES).read_text("utf-8"))["feature"]
    return [Feature(**row) for row in rows]


# --- Finding the marks ---------------------------------------------------------------------------


def find(root: Path) -> list[Mark]:
    """Collect the marks of every test below `tests/` and `dashboard/`, by path, then as written."""
    python = [
        mark
        for path in _files(root / "tests", _PYTHON_TEST)
        for mark in in_python(path.read_text("utf-8"), path.relative_to(root).as_posix())
    ]
    dashboard = [
        mark
        for path in _files(root / "dashboard", _DASHBOARD_TEST)
        for mark in in_dashboard(path.read_text("utf-8"), path.relative_to(root).as_posix())
    ]
    return python + dashboard


def _files(folder: Path, name: re.Pattern[str]) -> list[Path]:
    found: list[Path] = []
    for at, folders, files in os.walk(folder):
        folders[:] = [each for each in folders if each not in _NOT_OURS]
        found += [Path(at, each) for each in files if name.fullmatch(each)]
    return sorted(found)


def in_python(source: str, file: str) -> Iterator[Mark]:
    """Yield each test's own marks and those that it inherits from its classes and module."""
    for test, ids in _tests(ast.parse(source, filename=file), "", ()):
        for feature_id, line in ids:
            yield Mark(feature_id, file, line, test)


def _tests(
    scope: ast.AST, prefix: str, inherited: tuple[Written, ...]
) -> Iterator[tuple[str, tuple[Written, ...]]]:
    inherited += _ids(_pytestmarks(scope))
    for node in ast.iter_child_nodes(scope):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if node.name.startswith("test"):
                yield prefix + node.name, inherited + _ids(node.decorator_list)
        elif isinstance(node, ast.ClassDef):
            own = inherited + _ids(node.decorator_list)
            yield from _tests(node, f"{prefix}{node.name}::", own)
        elif isinstance(node, ast.If | ast.Try | ast.With):
            yield from _tests(node, prefix, inherited)


def _pytestmarks(scope: ast.AST) -> Iterator[ast.expr]:
    for node in ast.iter_child_nodes(scope):
        match node:
            case ast.Assign(targets=[ast.Name(id="pytestmark")], value=value):
                yield value
            case ast.AnnAssign(target=ast.Name(id="pytestmark"), value=ast.expr() as value):
                yield value


def _ids(expressions: Iterable[ast.expr]) -> tuple[Written, ...]:
    nodes = (node for expression in expressions for node in ast.walk(expression))
    return tuple(Written(_text(each), each.lineno) for node in nodes for each in _arguments(node))


def _arguments(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.Call(
            func=ast.Attribute(
                attr="feature", value=ast.Attribute(attr="mark") | ast.Name(id="mark")
            ),
            args=arguments,
        ):
            return arguments
    return []


def _text(argument: ast.expr) -> str:
    # What is not written as a string cannot be read here: its source is no known id, so it is
    # reported instead of being lost.
    match argument:
        case ast.Constant(value=str() as text):
            return text
    return ast.unparse(argument)


def in_dashboard(source: str, file: str) -> Iterator[Mark]:
    """Yield the ids of each `// feature:` comment with the name of the test directly below it."""
    for comment in _COMMENT.finditer(source):
        call = _CALL_BELOW.match(source, comment.end())
        line = source.count("\n", 0, comment.start()) + 1
        for feature_id in comment["ids"].split(","):
            yield Mark(feature_id.strip(), file, line, call["name"] if call else "")


# --- Judging and rendering -----------------------------------------------------------------------


def problems(features: Sequence[Feature], marks: Iterable[Mark]) -> list[str]:
    """Name every id that stands twice in the rows, every unknown one and every one in the air."""
    times = Counter(feature.id for feature in features)
    found = [f"{FEATURES}: {each} stands {n} times" for each, n in times.items() if n > 1]
    for mark in marks:
        if mark.feature_id not in times:
            found.append(f"{mark.file}:{mark.line}: unknown feature id {mark.feature_id!r}")
        if not mark.test:
            found.append(f"{mark.file}:{mark.line}: the comment is not directly above a test")
    return list(dict.fromkeys(found))


def render(features: Sequence[Feature], marks: Iterable[Mark]) -> str:
    """Give the whole page: a head with counts, then one table for each section."""
    tests: dict[str, list[str]] = {feature.id: [] for feature in features}
    for mark in marks:
        tests[mark.feature_id].append(_link(mark))
    lines = [*_head(features, tests)]
    for seed in dict.fromkeys(feature.seed for feature in features):
        lines += ["", f"## Specification `{seed}`"]
        lines += _sections([feature for feature in features if feature.seed == seed], tests)
    return "\n".join(lines) + "\n"


def _head(features: Sequence[Feature], tests: Mapping[str, list[str]]) -> Iterator[str]:
    yield "# Feature matrix"
    yield ""
    yield "Every requirement of the two specifications that the service grew from, and the tests"
    yield "that hold it: `tested` when at least one test carries its id, else `open`."
    yield ""
    yield f"Made by `{COMMAND}` from [{FEATURES.name}]({FEATURES.name}) and the tests; a test run"
    yield "fails when this page is not what they give. Change those, not this page."
    yield ""
    yield "| specification | requirements | tested | open |"
    yield "|---|---:|---:|---:|"
    for seed in dict.fromkeys(feature.seed for feature in features):
        yield _count(f"`{seed}`", [each for each in features if each.seed == seed], tests)
    yield _count("both", features, tests)


def _count(name: str, features: Sequence[Feature], tests: Mapping[str, list[str]]) -> str:
    tested = sum(bool(tests[feature.id]) for feature in features)
    return f"| {name} | {len(features)} | {tested} | {len(features) - tested} |"


def _sections(features: Sequence[Feature], tests: Mapping[str, list[str]]) -> Iterator[str]:
    for section in dict.fromkeys(feature.section for feature in features):
        yield from ("", f"### {section}", "")
        yield "| id | what must hold | status | tests |"
        yield "|---|---|---|---|"
        for feature in features:
            if feature.section == section:
                yield _row(feature, tests[feature.id])


def _row(feature: Feature, tests: Sequence[str]) -> str:
    status = "tested" if tests else "open"
    contract = f" *Contract:* {feature.contract}." if feature.contract else ""
    holds = _cell(feature.title + contract)
    return f"| {feature.id} | {holds} | {status} | {'<br>'.join(dict.fromkeys(tests))} |"


def _link(mark: Mark) -> str:
    name = _cell(mark.test.replace("`", "'"))
    return f"[`{mark.file}::{name}`](../{mark.file})"


def _cell(text: str) -> str:
    return text.replace("|", r"\|").replace("\n", " ")


# --- The command ---------------------------------------------------------------------------------


def page(root: Path) -> str:
    """Give the page as it should be, or leave with every problem named."""
    features, marks = load(root), find(root)
    if found := problems(features, marks):
        sys.exit("\n".join(found))
    return render(features, marks)


def check(root: Path) -> None:
    """Leave with status 1 when the committed page is not what the rows and the tests give."""
    right, committed = page(root), root / PAGE
    if not committed.exists() or committed.read_text("utf-8") != right:
        sys.exit(f"{PAGE} is stale: run {COMMAND}")


def write(root: Path) -> None:
    """Replace the committed page."""
    (root / PAGE).write_text(page(root), "utf-8")


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> None:
    """Write the page, or with `--check` compare it; every failure leaves with status 1."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=f"Write {PAGE}.")
    parser.add_argument("--check", action="store_true", help="exit 1 when the page is stale")
    run = check if parser.parse_args(arguments).check else write
    run(root)


if __name__ == "__main__":
    main()
