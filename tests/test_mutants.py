"""What is told of mutants: which were found, by what, and what the others would change."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.mutants import kept, told

CODE = """
def x_add__mutmut_orig(a, b):
    total = a + b
    return total

def x_add__mutmut_1(a, b):
    total = a - b
    return total

def x_add__mutmut_2(a, b):
    total = None
    return total
"""
NAME = "app.domain.sums.x_add__mutmut_"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module with two mutants, the first of which survived."""
    monkeypatch.setattr(kept, "FOLDER", tmp_path)
    module = tmp_path / "app" / "domain" / "sums.py"
    module.parent.mkdir(parents=True)
    module.write_text(CODE)
    found = {f"{NAME}1": kept.SURVIVED, f"{NAME}2": kept.BY_TYPES}
    Path(f"{module}.meta").write_text(json.dumps({"exit_code_by_key": found, "of_the_tool": 1}))
    return tmp_path


def test_what_a_survivor_would_change_is_told_and_nothing_of_what_was_found(folder: Path) -> None:
    (path,) = kept.modules(folder)
    assert list(told.survivors(path)) == [
        f"{NAME}1",
        "    -    total = a + b",
        "    +    total = a - b",
    ]


def test_a_module_is_told_by_its_name_and_all_of_them_in_the_end(folder: Path) -> None:
    rows = [row.split(" | ")[:2] for row in told.table("")]
    assert [row[0] for row in rows[2:]] == ["| sums", "| all"]
    assert list(kept.modules(folder, "other")) == []
    assert kept.function(f"{NAME}12") == "app.domain.sums.x_add"


def test_outcomes_are_kept_beside_what_the_tool_keeps(folder: Path) -> None:
    (path,) = kept.modules(folder, "sums more")
    kept.keep(path, kept.outcomes(path) | {f"{NAME}1": kept.FOUND})
    assert kept.outcomes(path) == {f"{NAME}1": kept.FOUND, f"{NAME}2": kept.BY_TYPES}
    assert json.loads(path.read_text())["of_the_tool"] == 1


def test_one_rate_is_of_all_that_were_tried_and_one_of_what_came_to_the_tests() -> None:
    outcomes = {
        kept.BY_TYPES: 4,
        kept.FOUND: 2,
        -27: 1,
        kept.SURVIVED: 1,
        kept.UNTESTED: 2,
        None: 9,
    }
    row = "| sums | 19 | 4 | 3 | 1 | 1 | 2 | 9 | 70.0 % | 50.0 % |"
    assert told.line("sums", Counter(outcomes)) == row
    assert told.line("none", Counter({None: 1})) == "| none | 1 | 0 | 0 | 0 | 0 | 0 | 1 | - | - |"
