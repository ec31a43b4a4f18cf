"""`flask import`: files checked as a whole, shown, stored, and refused by file, line and column."""

from __future__ import annotations

import re

import pytest

from app.services.resources import Resources
from tests.cli.conftest import Shell, stored
from tests.importers.files import executions, trades


def test_a_dry_run_shows_the_totals_and_stores_nothing(shell: Shell, sqlite_res: Resources) -> None:
    path = shell.file("t.csv", trades({}, {}))
    shown = shell.run("import", path, "--account", "A", "--dry-run").stdout
    assert "t.csv: topstepx-trades, 2 rows, 4 executions" in shown
    assert "gross 40.00, fees 1.48, net 38.52" in shown
    assert stored(sqlite_res) == {}


def test_a_second_import_adds_nothing(shell: Shell, sqlite_res: Resources) -> None:
    command = ("import", shell.file("t.csv", trades({}, {})), "--account", "A")
    assert "4 accepted, 0 duplicates, 1 positions closed" in shell.run(*command).stdout
    assert "0 accepted, 4 duplicates, 0 positions closed" in shell.run(*command).stdout
    assert stored(sqlite_res) == {"A": 1}


def test_several_files_are_imported_in_one_go(shell: Shell, sqlite_res: Resources) -> None:
    first = shell.file("t.csv", trades({}))
    second = shell.file("o.csv", executions({"executed_at": "2025-05-09T15:22:07Z"}))
    shown = shell.run("import", first, second, "--account", "A").stdout
    assert sum(int(each) for each in re.findall(r"(\d+) accepted", shown)) == 3
    assert list(stored(sqlite_res)) == ["A"]


def test_a_bad_line_of_one_file_is_named_and_no_file_is_stored(
    shell: Shell, sqlite_res: Resources
) -> None:
    good = shell.file("good.csv", trades({}))
    bad = shell.file("bad.csv", trades({"Id": "7"}, {"Id": "8", "Size": "x"}, {"Fees": "-1"}))
    for files in ((good, bad), (bad, good)):
        told = shell.run("import", *files, "--account", "A", status=1).stderr
        assert "bad.csv:3: size" in told.lower()
        assert stored(sqlite_res) == {}


def test_what_is_stored_already_under_another_content_stops_every_file(
    shell: Shell, sqlite_res: Resources
) -> None:
    first = shell.file("first.csv", trades({"Id": "1"}))
    other = shell.file("other.csv", trades({"Id": "1", "ExitPrice": "20011.25", "PnL": "22"}))
    told = shell.run("import", first, other, "--account", "A", status=1).stderr
    assert "other.csv:2" in told
    # It says so, and it should be so.
    assert "nothing was stored" in told
    assert stored(sqlite_res) == {}


def test_a_dry_run_says_that_the_import_would_be_refused(shell: Shell) -> None:
    shell.run("import", shell.file("t.csv", trades({})), "--account", "A")
    other = shell.file("other.csv", trades({"ExitPrice": "20011.25", "PnL": "22"}))
    for option in ((), ("--dry-run",)):
        told = shell.run("import", other, "--account", "A", *option, status=1).stderr
        assert "other.csv:2" in told


def test_sources_that_overlap_need_to_be_allowed(shell: Shell, sqlite_res: Resources) -> None:
    shell.run("import", shell.file("t.csv", trades({})), "--account", "A")
    command = ("import", shell.file("o.csv", executions({})), "--account", "A")
    assert "topstepx-csv" in shell.run(*command, status=1).stderr
    assert stored(sqlite_res) == {"A": 1}
    assert "1 accepted" in shell.run(*command, "--allow-overlap").stdout


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("nowhere.csv", "--account", "A"), 1, "nowhere.csv"),
        ((".", "--account", "A"), 2, "directory"),
        (("{}",), 2, "--account"),
        (("{}", "--account", "a/b"), 1, "account_id"),
        (("{}", "--account", "A", "--tz", "Mars"), 2, "Mars"),
        (("{}", "--account", "A", "--format", "excel"), 1, "excel"),
        (("{}", "--account", "A", "--format", "own-csv"), 1, "own-csv"),
    ],
)
def test_an_import_that_makes_no_sense_is_refused(
    shell: Shell, sqlite_res: Resources, arguments: tuple[str, ...], status: int, message: str
) -> None:
    path = shell.file("t.csv", trades({}))
    said = [each.replace("{}", path) for each in arguments]
    assert message in shell.run("import", *said, status=status).stderr
    assert stored(sqlite_res) == {}
