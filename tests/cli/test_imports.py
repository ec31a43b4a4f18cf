"""`flask imports`: what came in by which file, and out again."""

from __future__ import annotations

import re

from app.services.resources import Resources
from tests.cli.conftest import Shell, stored
from tests.importers.files import executions, trades


def test_an_import_is_listed_and_undone(shell: Shell, sqlite_res: Resources) -> None:
    shell.run("import", shell.file("t.csv", trades({}, {})), "--account", "A")
    listed = shell.run("imports", "list", "--account", "A").stdout.splitlines()
    assert len(listed) == 2
    assert re.search(r"t\.csv +topstepx-trades +2 +4 .* command line$", listed[1])
    import_id = listed[1].split()[0]
    told = shell.run("imports", "undo", import_id, "--account", "A").stdout
    assert told.startswith("4 executions taken out, 0 of them corrected since")
    assert stored(sqlite_res) == {"A": 2}
    assert shell.run("imports", "undo", import_id, "--account", "A").stdout.startswith("0 exec")
    assert shell.run("imports", "list", "--account", "A").stdout.count("Z") == 2


def test_each_file_of_one_command_is_an_import_of_its_own(shell: Shell) -> None:
    first = shell.file("t.csv", trades({}))
    second = shell.file("o.csv", executions({"executed_at": "2025-05-09T15:22:07Z"}))
    shell.run("import", first, second, first, "--account", "A")
    listed = shell.run("imports", "list", "--account", "A").stdout.splitlines()[1:]
    assert [line.split()[1] for line in listed] == ["o.csv", "t.csv"]
    undone = shell.run("imports", "undo", listed[0].split()[0], "--account", "A").stdout
    assert undone.startswith("1 executions")


def test_what_is_not_there_is_said(shell: Shell) -> None:
    assert "no account" in shell.run("imports", "list", "--account", "A", status=1).stderr
    assert "no account" in shell.run("imports", "undo", "x", "--account", "A", status=1).stderr
    shell.run("import", shell.file("t.csv", trades({})), "--account", "A")
    assert "no import 'x'" in shell.run("imports", "undo", "x", "--account", "A", status=1).stderr
