"""The feature matrix finds every mark, names every bad one, and is current."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from tests import feature_matrix

ROWS = """
[[feature]]
id = "A-01"
seed = "first"
section = "One"
title = "Days begin at midnight."
contract = "in the account's zone | or `tz`"

[[feature]]
id = "A-02"
seed = "first"
section = "Two"
title = "Weeks begin on Monday."

[[feature]]
id = "B-01"
seed = "second"
section = "One"
title = "The chart is drawn."
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a project with three rows and no tests yet."""
    put(tmp_path, "docs/features.toml", ROWS)
    return tmp_path


def put(root: Path, file: str, text: str) -> None:
    """Write one file of the project, and the folders above it."""
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def carried(source: str) -> set[tuple[str, str]]:
    """Give the pairs of test and id in one Python file."""
    marks = feature_matrix.in_python(source, "tests/test_a.py")
    return {(mark.test, mark.feature_id) for mark in marks}


def written(root: Path) -> str:
    """Give the page after the command wrote it."""
    feature_matrix.main([], root)
    return (root / feature_matrix.PAGE).read_text("utf-8")


def row(page: str, feature_id: str) -> str:
    """Give the one line of the page that begins with the id."""
    (found,) = (line for line in page.splitlines() if line.startswith(f"| {feature_id} |"))
    return found


def test_a_decorator_gives_a_test_all_of_its_ids() -> None:
    source = '@pytest.mark.feature("A-01", "A-02")\nasync def test_it(): ...\n'
    assert carried(source) == {("test_it", "A-01"), ("test_it", "A-02")}


def test_marks_of_module_and_class_reach_every_test_in_them() -> None:
    source = """
pytestmark = [pytest.mark.slow, pytest.mark.feature("A-01")]

@mark.other
@pytest.mark.feature("A-02")
class TestDay:
    pytestmark = pytest.mark.feature("B-01")

    def test_in(self): ...

    def helper(self): ...

def test_out(): ...
"""
    expected = {("TestDay::test_in", each) for each in ("A-01", "A-02", "B-01")}
    assert carried(source) == {*expected, ("test_out", "A-01")}


def test_a_test_inside_a_condition_is_found() -> None:
    source = """
if sys.platform == "linux":
    @mark.feature("A-01")
    def test_it(): ...
"""
    assert carried(source) == {("test_it", "A-01")}


def test_a_mark_on_one_parameter_counts_for_its_test() -> None:
    source = """
@pytest.mark.parametrize("n", [1, pytest.param(2, marks=pytest.mark.feature("A-01"))])
def test_it(n): ...
"""
    assert carried(source) == {("test_it", "A-01")}


def test_a_mark_in_a_string_or_on_a_function_that_is_no_test_is_not_counted() -> None:
    source = """
@pytest.mark.feature("A-01")
def helper(): ...

def test_it():
    text = '@pytest.mark.feature("A-02")'
"""
    assert carried(source) == set()


def test_a_dashboard_comment_gives_its_ids_to_the_test_below_it(root: Path) -> None:
    source = """
describe("chart", () => {
  // feature: B-01, A-01
  it(
    "draws the user's `points` | all",
    () => {},
  );

  // feature: A-02
  test.each([["day", f("x")]])("picks %s", () => {});
});
"""
    put(root, "dashboard/src/chart.test.tsx", source)
    put(root, "dashboard/node_modules/x/a.test.ts", "// feature: NO-01\n")
    page = written(root)
    link = (
        r"[`dashboard/src/chart.test.tsx::draws the user's 'points' \| all`]"
        "(../dashboard/src/chart.test.tsx)"
    )
    assert link in row(page, "A-01")
    assert link in row(page, "B-01")
    assert "chart.test.tsx::picks %s" in row(page, "A-02")


def test_the_page_says_what_is_tested_by_what_and_what_is_open(root: Path) -> None:
    put(root, "tests/unit/test_b.py", '@pytest.mark.feature("A-01")\ndef test_day(): ...\n')
    put(root, "tests/unit/broken.py", "no test file, so never parsed (")
    page = written(root)
    assert row(page, "A-01") == (
        r"| A-01 | Days begin at midnight. *Contract:* in the account's zone \| or `tz`. | tested "
        "| [`tests/unit/test_b.py::test_day`](../tests/unit/test_b.py) |"
    )
    assert row(page, "A-02") == "| A-02 | Weeks begin on Monday. | open |  |"
    assert "| `first` | 2 | 1 | 1 |\n| `second` | 1 | 0 | 1 |\n| both | 3 | 1 | 2 |\n" in page
    assert re.findall("^##+ .*", page, re.MULTILINE) == [
        "## Specification `first`",
        "### One",
        "### Two",
        "## Specification `second`",
        "### One",
    ]


def test_a_test_that_carries_an_id_twice_is_named_once(root: Path) -> None:
    source = """
pytestmark = pytest.mark.feature("A-01")

@pytest.mark.feature("A-01")
def test_a(): ...
"""
    put(root, "tests/test_a.py", source)
    assert row(written(root), "A-01").count("::test_a") == 1


def test_an_unknown_id_is_named_with_its_file_and_line(root: Path) -> None:
    put(root, "tests/test_a.py", '\n@pytest.mark.feature("A-01", "A-1")\ndef test_a(): ...\n')
    put(root, "dashboard/a.test.ts", '// feature: B-02\ntest("b", () => {});\n')
    with pytest.raises(SystemExit) as left:
        feature_matrix.main([], root)
    assert left.value.code == (
        "tests/test_a.py:2: unknown feature id 'A-1'\n"
        "dashboard/a.test.ts:1: unknown feature id 'B-02'"
    )
    assert not (root / feature_matrix.PAGE).exists()


def test_an_id_that_is_not_written_as_a_string_is_named(root: Path) -> None:
    put(root, "tests/test_a.py", "@pytest.mark.feature(*IDS)\ndef test_a(): ...\n")
    with pytest.raises(SystemExit, match=r"tests/test_a\.py:1: unknown feature id '\*IDS'"):
        feature_matrix.main([], root)


def test_a_comment_that_is_not_directly_above_a_test_is_named(root: Path) -> None:
    put(root, "dashboard/a.test.ts", '\n// feature: B-01\n\ntest("b", () => {});\n')
    with pytest.raises(SystemExit, match=r"dashboard/a\.test\.ts:2: .* not directly above a test"):
        feature_matrix.main([], root)


def test_an_id_that_stands_twice_among_the_rows_is_named(root: Path) -> None:
    put(root, "docs/features.toml", ROWS + ROWS[: ROWS.index('[[feature]]\nid = "A-02"')])
    with pytest.raises(SystemExit, match=r"docs/features\.toml: A-01 stands 2 times"):
        feature_matrix.main([], root)


def test_the_check_fails_on_a_missing_page_and_on_a_stale_one_and_leaves_both(root: Path) -> None:
    with pytest.raises(SystemExit, match=r"stale: run python -m tests\.feature_matrix"):
        feature_matrix.main(["--check"], root)
    before = written(root)
    feature_matrix.main(["--check"], root)
    put(root, "tests/test_a.py", '@pytest.mark.feature("A-01")\ndef test_a(): ...\n')
    with pytest.raises(SystemExit, match="stale"):
        feature_matrix.main(["--check"], root)
    assert (root / feature_matrix.PAGE).read_text("utf-8") == before


def test_the_rows_of_this_project_have_unique_and_well_formed_ids() -> None:
    times = Counter(feature.id for feature in feature_matrix.load(feature_matrix.ROOT))
    assert [each for each, n in times.items() if n > 1] == []
    assert [each for each in times if not re.fullmatch(r"(TPA|PAM-[A-Z]+)-\d\d", each)] == []


@pytest.mark.feature("PAM-OPS-07")
def test_the_page_of_this_project_is_current() -> None:
    feature_matrix.check(feature_matrix.ROOT)
