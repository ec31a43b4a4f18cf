"""`flask backup`, `flask restore` and `flask db renew`: what they print, and how they fail."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app import cli
from app.db import state
from app.factory import create_app
from app.services.resources import Resources
from app.settings import from_env
from tests.blueprints.calls import get, store
from tests.cli.conftest import Shell
from tests.conftest import Client, Clock

TRADES = "11-06 09:00 +1 @ 21000 fee 0.5\n11-06 09:10 -1 @ 21010 fee 0.5"
NAME = "trader-20251107T180000Z.db.gz"


@pytest.mark.feature("TPA-32")
def test_a_backup_is_told_in_one_line_and_what_is_removed_in_others(
    shell: Shell, client: Client, clock: Clock
) -> None:
    store(client, TRADES)
    said = shell.run("backup").stdout
    assert re.fullmatch(
        rf"backup \S+/backups/{NAME}: \d+ bytes, 1 accounts, 2 executions;"
        r" checked, everything derived computed again\n",
        said,
    )
    clock.set("2025-11-07T18:20:00Z")
    assert f"removed {NAME}\n" in shell.run("backup", "--keep", "1h").stdout


def test_a_restore_says_what_is_there_where_the_old_one_is_and_what_became_of_tokens(
    shell: Shell, client: Client, sqlite_res: Resources
) -> None:
    store(client, TRADES)
    shell.run("tokens", "create", "ended", "--scope", "read")
    shell.run("backup")
    shell.run("tokens", "revoke", "ended")
    shell.run("tokens", "create", "since", "--scope", "read")
    sqlite_res.db.close()
    file = str(shell.folder / "backups" / NAME)
    result = shell.run("restore", file, "--force")
    assert result.stdout.splitlines() == [
        f"restored {file}: 1 accounts, 2 executions",
        f"the database that was there is now {shell.folder}/trader.db.before-20251107T180000Z",
        "revoked: ended",
        "made after the backup, and gone: since",
    ]
    assert result.stderr == ""
    assert get(client, "/api/accounts").status_code == 200


def test_it_is_said_when_nothing_tells_which_tokens_were_revoked(
    shell: Shell, client: Client, sqlite_res: Resources
) -> None:
    store(client, TRADES)
    shell.run("backup")
    sqlite_res.db.close()
    (shell.folder / "trader.db").unlink()
    file = str(shell.folder / "backups" / NAME)
    assert "good again: tests. Nothing tells" in shell.run("restore", file).stderr
    sqlite_res.db.close()
    said = shell.run("restore", file, "--force", "--revoke-tokens").stdout
    assert said.endswith("revoked: tests\nno token is good: tokens create makes one\n")


def test_a_renewal_lets_nothing_kept_before_be_current(
    shell: Shell, client: Client, sqlite_res: Resources
) -> None:
    store(client, TRADES)
    tag = get(client, "/api/performance/daily?account_id=A").headers["ETag"]
    before = state.look_up(sqlite_res.db, "A").account
    shell.run("db", "renew")
    after = state.look_up(sqlite_res.db, "A").account
    assert before
    assert after
    assert (after.version > before.version, after.stamp != before.stamp) == (True, True)
    assert get(client, "/api/performance/daily?account_id=A").headers["ETag"] != tag


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("backup", "--keep", "many"), 2, "24h,7d,4w"),
        (("backup", "FILE"), 2, "is a file"),
        (("restore", "missing.db.gz"), 2, "does not exist"),
        (("restore", "FILE"), 1, "--force"),
        (("restore", "FILE", "--force"), 1, "no SQLite database"),
    ],
)
def test_a_command_that_fails_says_why(
    shell: Shell,
    sqlite_res: Resources,
    arguments: tuple[str, ...],
    status: int,
    message: str,
) -> None:
    sqlite_res.db.close()
    file = shell.file("something", b"else")
    arguments = tuple(file if each == "FILE" else each for each in arguments)
    assert message in shell.run(*arguments, status=status).stderr


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_on_postgresql_its_own_tools_are_named(tmp_path: Path, command: str) -> None:
    url = "postgresql+psycopg://trader:a-password@127.0.0.1/trader"
    app = create_app(
        from_env({"DATABASE_URL": url, "DATA_DIR": str(tmp_path), "LOG_LEVEL": "ERROR"})
    )
    cli.register(app)
    shell = Shell(app, tmp_path)
    said = shell.run(
        command, shell.file("a.db", b"") if command == "restore" else str(tmp_path), status=2
    )
    assert "pg_dump" in said.stderr
    assert "pg_restore" in said.stderr
    assert "db renew" in said.stderr
    assert "a-password" not in said.output
