"""Holds the style that no linter holds: sizes, names, docstrings, and imports that only define."""

from __future__ import annotations

import ast
import io
import re
import statistics
import subprocess
import sys
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
APP = ROOT / "app"
FUNCTION_LINES_MAX = 60
FUNCTION_LINES_MEDIAN = 8
FILE_LINES_MAX = 300
# In two parts, so that this file does not have them.
LEFT_OVER = re.compile(r"\b(?:TODO|FIXME|XXX)\b")
MEANINGLESS = re.compile(r"(?:utils?|helpers?|managers?|common|misc|.*_v\d+)")
# Alembic runs it in the middle of a migration; it cannot be imported.
NOT_IMPORTED = APP / "db" / "migrations" / "env.py"

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

# Each does one thing at import that a module must not do.
NOISY = {
    "reads": "open(__file__).close()",
    "writes": "import pathlib; pathlib.Path(__file__).with_suffix('.txt').write_text('x')",
    "asks_the_environment": "import os; os.environ.get('HOME')",
    "copies_the_environment": "import os; dict(os.environ)",
    "gets_a_variable": "from os import getenv; getenv('HOME', '')",
    "changes_the_environment": "import os; os.environ['NOISY'] = '1'",
    "opens_a_socket": "import socket; socket.socket().close()",
    "connects": "import sqlite3; sqlite3.connect(':memory:').close()",
    "connects_in_c": "from pysqlite3 import dbapi2; dbapi2.connect(':memory:').close()",
    "runs_a_process": "import subprocess; subprocess.run(['true'])",
    "starts_a_thread": "import threading; threading.Thread(target=int).start()",
    "lets_a_library_do_it": "import linecache; linecache.getline(__file__, 1)",
    "does_it_in_a_class": "class Noisy:\n    with open(__file__) as file: pass",
    "does_it_in_a_function": "def noisy():\n    open(__file__).close()\nnoisy()",
}
QUIET = """
import os, socket, sqlite3, subprocess, ssl, flask, sqlalchemy
from pathlib import Path

HERE = Path(__file__).parent

def later(env=os.environ):
    return open(env["HOME"]), socket.socket(), sqlite3.connect("x"), subprocess.run(["x"])
"""


def sources(*folders: str) -> Iterator[Path]:
    """Every Python file below some folders of the project."""
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def named(path: Path, what: object) -> str:
    return f"{path.relative_to(ROOT)}: {what}"


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


# --- Sizes ---------------------------------------------------------------------------------------


def test_functions_fit_on_a_screen() -> None:
    found = [(path, each) for path in sources("app") for each in functions(path)]
    long = [named(path, each.name) for path, each in found if lines(each) > FUNCTION_LINES_MAX]
    assert long == []


def test_most_functions_are_a_few_lines() -> None:
    counts = [lines(each) for path in sources("app") for each in functions(path)]
    assert len(counts) > 100
    assert statistics.median(counts) <= FUNCTION_LINES_MEDIAN


def test_files_can_be_read_in_one_go() -> None:
    counts = {
        path: len(path.read_text("utf-8").splitlines())
        for path in sources("app", "tests", "benchmarks")
    }
    assert [named(path, n) for path, n in counts.items() if n > FILE_LINES_MAX] == []


# --- Names and words -----------------------------------------------------------------------------


def test_modules_are_named_after_what_they_hold() -> None:
    paths = {each for path in sources("app", "tests", "benchmarks") for each in (path, path.parent)}
    assert [named(path, "name") for path in sorted(paths) if MEANINGLESS.fullmatch(path.stem)] == []


def test_nothing_is_left_for_later() -> None:
    every = sources("app", "tests", "benchmarks")
    assert [
        named(path, each) for path in every for each in left_over(path.read_text("utf-8"))
    ] == []


@pytest.mark.parametrize("mark", ["TODO", "FIXME", "XXX"])
def test_what_is_left_for_later_is_found_in_comments_and_docstrings(mark: str) -> None:
    assert left_over(f"x = 1  # {mark}: more\n") == [f"# {mark}: more"]
    assert left_over(f'def f():\n    """Gives.\n\n    {mark}\n    """\n') == [mark]
    assert left_over(f"x = '{mark}'\n") == []


def left_over(source: str) -> list[str]:
    """Comments and lines of docstrings that put something off."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    said = [token.string for token in tokens if token.type == tokenize.COMMENT]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | Definition):
            said += (ast.get_docstring(node) or "").splitlines()
    return [each for each in said if LEFT_OVER.search(each)]


# --- Docstrings ----------------------------------------------------------------------------------


def test_every_module_with_code_says_what_it_is() -> None:
    modules = [(path, tree(path)) for path in sources("app")]
    silent = [path for path, module in modules if module.body and not ast.get_docstring(module)]
    assert [named(path, "docstring") for path in silent] == []


def test_everything_public_says_what_it_is() -> None:
    silent = [
        named(path, each.name)
        for path in sources("app")
        if "migrations" not in path.parts
        for each in public(tree(path).body)
        if not ast.get_docstring(each) and not is_named_failure(path, each)
    ]
    assert silent == []


def public(body: Iterable[ast.stmt]) -> Iterator[Definition]:
    """Functions and classes without an underscore, and such methods of such classes."""
    for node in body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body)


def is_named_failure(path: Path, node: Definition) -> bool:
    """A kind of failure that is a code and no more: its name says it."""
    return path == APP / "errors.py" and all(
        isinstance(each, ast.Assign | ast.AnnAssign) for each in node.body
    )


# --- Imports that only define --------------------------------------------------------------------


def watched(folder: Path, modules: Iterable[str]) -> str:
    """What the modules did when a fresh process imported them."""
    command = [sys.executable, "-m", "tests.import_watch", str(folder), *modules]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def test_importing_the_application_touches_nothing() -> None:
    modules = [module_name(path) for path in sources("app") if path != NOT_IMPORTED]
    assert len(modules) > 40
    assert watched(APP, modules) == ""


def test_the_watch_sees_whatever_a_module_does_at_import(tmp_path: Path) -> None:
    folder = tmp_path / "noisy"
    folder.mkdir()
    for name, source in NOISY.items():
        (folder / f"{name}.py").write_text(f"{source}\n", "utf-8")
    (folder / "quiet.py").write_text(QUIET, "utf-8")
    told = watched(folder, [f"noisy.{name}" for name in (*NOISY, "quiet")])
    assert [name for name in NOISY if f"{name}.py:" not in told] == []
    assert "quiet.py" not in told
