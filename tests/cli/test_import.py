"""`flask import`: files checked as a whole, shown, stored, and refused by file, line and column."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.importers import delimited
from app.services import imports
from app.services.resources import Resources
from tests.cli.conftest import Shell, stored
from tests.importers.files import executions, trades


def test_a_dry_run_shows_the_totals_and_stores_nothing(shell: Shell, sqlite_res: Resources) -> None:
    path = shell.file("t.csv", trades({}, {}))
    shown = shell.run("import", path, "--account", "A", "--dry-run").stdout
    assert "t.csv: topstepx-trades, 2 rows, 4 executions" in shown
    assert "gross 40.00, fees 1.48, net 38.52" in shown
    assert stored(sqlite_res) == {}


def test_a_dry_run_lists_what_a_file_holds_of_each_contract(shell: Shell) -> None:
    path = shell.file("t.csv", trades({}, {"ContractName": "MESM5", "PnL": "50", "Fees": "0"}))
    shown = shell.run("import", path, "--account", "A", "--dry-run").stdout.splitlines()
    assert [line.split() for line in shown if line.startswith(("file ", "t.csv  "))] == [
        ["file", "contract", "executions", "positions", "open", "gross", "fees", "net"],
        ["t.csv", "MESM5", "2", "1", "0", "50.00", "0.00", "50.00"],
        ["t.csv", "MNQM5", "2", "1", "0", "20.00", "0.74", "19.26"],
    ]


def test_fees_come_from_an_option_where_a_file_has_none(
    shell: Shell, sqlite_res: Resources
) -> None:
    without = shell.file("o.csv", executions({}, {"side": "SELL", "price": "20010.25"}))
    told = shell.run("import", without, "--account", "A", "--dry-run")
    assert "fees 0.00, net 20.00" in told.stdout
    assert "--fees-per-side" in told.stderr
    command = ("import", without, "--account", "A", "--fees-per-side")
    assert "fees 0.74, net 19.26" in shell.run(*command, "MNQ=0.37").stdout
    assert "MNQ" in shell.run(*command, "MES=0.37", status=1).stderr
    with_fees = shell.file("t.csv", trades({}))
    given = ("--account", "B", "--fees-per-side", "MNQ=0.37")
    assert "states its fees" in shell.run("import", with_fees, *given, status=1).stderr
    assert stored(sqlite_res) == {"A": 1}


def test_no_more_of_a_file_is_read_than_is_allowed(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "FILE_MAX_BYTES", 2**20)
    monkeypatch.setattr(delimited, "FILE_MAX_BYTES", 2**20)
    path = shell.file("huge.csv", b"")
    with Path(path).open("r+b") as file:
        file.truncate(2**40)  # It takes no room, but nobody could read it.
    assert "larger than 1 MiB" in shell.run("import", path, "--account", "A", status=1).stderr


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
        (("{}", "--account", "A", "--date-order", "year-first"), 1, "day-first"),
        (("{}", "--account", "A", "--fees-per-side", "MNQ"), 2, "MNQ=0.37"),
        (("{}", "--account", "A", "--fees-per-side", "QQQ=1"), 1, "QQQ"),
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
