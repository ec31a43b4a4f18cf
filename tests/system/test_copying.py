"""`flask copy-to` as an operator has it: killed in the middle, called again, and then served."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from sqlalchemy import text

from app.db import schema
from app.db.connection import Database
from app.errors import DatabaseUnavailable
from tests.conftest import Clock, resources_on
from tests.copies import ACCOUNTS, PARTS, content, trade
from tests.service import ROOT, Service

ROWS = 40_000
KILLED_AT = (1, 20_000)
WAIT_S = 60.0
MANY = text("""
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)
    INSERT INTO failed_logins (address, failed_at_us) SELECT 'somewhere', i FROM n
""")
PRESENT = text("SELECT count(*) FROM failed_logins")


@pytest.fixture(params=["sqlite to postgres", "postgres to sqlite"])
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[Database, Database]]:
    """A database with histories and a table that takes a while, and an empty other one."""
    source, _, target = request.param.partition(" to ")
    names = (f"{source}_url", f"bare_{target}_url")
    here, there = (Database(request.getfixturevalue(name)) for name in names)
    res = resources_on(here, Clock())
    for part in range(1, PARTS + 1):
        trade(res, part)
    with here.write() as conn:
        conn.execute(MANY, {"rows": ROWS})
    yield here, there
    here.close()
    there.close()


def url(db: Database) -> str:
    return db.url.render_as_string(hide_password=False)


def begun(source: Database, target: Database, folder: Path) -> subprocess.Popen[str]:
    """The command, which reads the target from its standard input as if it held a password."""
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "copy-to", "-"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": url(source), "DATA_DIR": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdin
    process.stdin.write(f"{url(target)}\n")
    process.stdin.flush()
    return process


def killed_at(rows: int, process: subprocess.Popen[str], target: Database) -> None:
    """Let it be killed as soon as so many of the many rows have come over."""
    deadline_s = time.monotonic() + WAIT_S
    while present(target) < rows:
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline_s
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def present(db: Database) -> int:
    """How many of the many rows have come over."""
    try:
        with db.read() as conn:
            return int(conn.execute(PRESENT).scalar_one())
    except Exception as error:  # noqa: BLE001 (the table is not there yet, in either driver's words)
        assert "failed_logins" in str(error.__cause__ or error)  # noqa: PT017
        return 0


def test_a_copy_that_is_killed_again_and_again_is_completed_and_served(
    pair: tuple[Database, Database], tmp_path: Path
) -> None:
    source, target = pair
    folder = tmp_path / "data"
    for rows in KILLED_AT:
        killed_at(rows, begun(source, target, folder), target)
        assert present(target) < ROWS
        with pytest.raises(DatabaseUnavailable, match="not finished"):
            schema.upgrade(target)
    service = Service(folder, workers=1, DATABASE_URL=url(target))
    refused = service.flask("prepare")
    assert refused.returncode == 1
    assert "not finished" in refused.stderr
    process = begun(source, target, folder)
    said, _ = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0, said
    assert "complete and verified" in said
    assert content(target) == content(source)
    assert_serves(service)


def assert_serves(service: Service) -> None:
    made = service.flask("tokens", "create", "reader", "--scope", "read")
    service.start()
    try:
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {made.stdout.splitlines()[-1]}"
        found = service.get(session, "/api/accounts")
        assert [each["id"] for each in found] == sorted(ACCOUNTS)
    finally:
        service.kill()
