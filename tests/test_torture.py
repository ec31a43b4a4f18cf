"""The runner of the long fault tests goes on where it was, and keeps what failed."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tests import torture
from tests.torture import METHODS, ROOT, Method, Results, tortured

TESTS = """
import os
from pathlib import Path

def note(name):
    with Path(__file__).with_name("ran").open("a") as file:
        file.write(f"{name} {os.environ['HOW_MANY']}\\n")

def test_good():
    note("good")
    print("reached: all of it")

def test_bad():
    note("bad")
    assert Path(__file__).with_name("mended").exists()
"""
GOOD = Method("T1", "it holds", ["test_some.py::test_good"], {"HOW_MANY": 50})
BAD = Method("T2", "it does not", ["test_some.py::test_bad"], {"HOW_MANY": 10})


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A committed project of two tests; what they note is not part of it."""
    # They need none of what is installed for others, and start in half the time.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    (tmp_path / "test_some.py").write_text(TESTS)
    (tmp_path / ".gitignore").write_text("*\n!test_some.py\n")
    for command in ("init -q", "add test_some.py", "commit -qm x"):
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        subprocess.run(["git", *identity, *command.split()], cwd=tmp_path, check=True)
    return tmp_path


def test_it_goes_on_where_it_was_and_keeps_what_failed(project: Path) -> None:
    results = Results(project)
    assert [
        each.method for each in tortured([GOOD, BAD], project, results, 0.1, 7, again=False)
    ] == ["T2"]
    # As by a machine that was switched off.
    with (project / "results.jsonl").open("a") as file:
        file.write('\n{"method": "T1", "comm')
    (project / "mended").touch()
    assert tortured([GOOD, BAD], project, results, 0.1, None, again=False) == []
    assert (project / "ran").read_text().splitlines() == ["good 5", "bad 1", "bad 1"]
    report = (project / "report.md").read_text()
    now, _, ever = report.partition("## Whatever failed")
    assert "| T1 | passed |" in now
    assert "all of it" in now
    assert "| T2 | passed |" in now
    assert re.search(r"\| T2 \| \*\*failed\*\* \|.*\| HOW_MANY=1 \| 7 \|", ever)
    assert all((project / each.log).exists() for each in results.all())


def test_shorter_figures_another_commit_and_being_asked_are_reasons_to_run_again(
    project: Path,
) -> None:
    results = Results(project)
    runs = [
        (0.1, False, 1),
        (0.1, False, 1),
        (0.2, False, 2),
        (0.1, True, 3),
    ]
    for scale, again, expected in runs:
        assert tortured([GOOD], project, results, scale, None, again=again) == []
        assert len(results.all()) == expected
    with (project / "test_some.py").open("a") as file:
        file.write("# changed\n")
    for expected in (4, 5):  # What is not committed is never known to have passed.
        assert tortured([GOOD], project, results, 0.1, None, again=False) == []
        assert len(results.all()) == expected


def test_every_method_names_tests_that_are_there_and_stands_in_the_table() -> None:
    page = (ROOT / "docs" / "RELIABILITY.md").read_text("utf-8")
    found = torture.methods(METHODS)
    assert len({each.id for each in found}) == len(found)
    for method in found:
        assert f"| {method.id} |" in page
        assert {type(value) for value in method.env.values()} <= {int}
        for node in (*method.tests, *([method.known_bad] if method.known_bad else [])):
            file, _, name = node.partition("::")
            assert not name or name.partition("[")[0] in functions(ROOT / file), node
        sources = "".join(
            (ROOT / node.partition("::")[0]).read_text("utf-8") for node in method.tests
        )
        assert [name for name in method.env if f'"{name}"' not in sources] == []


def functions(file: Path) -> set[str]:
    tree = ast.parse(file.read_text("utf-8"))
    return {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}
