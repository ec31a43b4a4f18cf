"""The first minutes of a newcomer: clone, `make run`, import a file, ask for a day.

It clones this repository's last commit: what is not committed is not in it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import requests

from tests.service import ROOT, Service

# It installs everything first.
INSTALL_WAIT_S = 300
FILE = """\
execution_id,symbol,side,quantity,price,executed_at,fees
one,MNQZ5,BUY,2,25000.25,2025-11-07T15:00:00Z,0.74
two,MNQZ5,SELL,2,25010.25,2025-11-07T15:10:00Z,0.74
three,MESZ5,SELL,1,6700.00,2025-11-07T15:20:00Z,0.62
four,MESZ5,BUY,1,6702.50,2025-11-07T15:30:00Z,0.62
"""

pytestmark = pytest.mark.sqlite_only("a newcomer begins on SQLite")


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Service]:
    """The service of a clone, started by its Makefile alone."""
    root = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(root)], check=True)
    service = Service(root / "data", root=root)
    bind = service.env["BIND"]
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    service.env = kept | pip | {"BIND": bind}
    service.log = tmp_path / "clone.log"
    yield service
    service.kill()


@pytest.mark.feature("TPA-34", "TPA-32", "PAM-AUTH-01", "TPA-12")
def test_a_clone_installs_starts_imports_and_answers_by_make_run(clone: Service) -> None:
    clone.launch("make", "run", f"PYTHON={sys.executable}")
    clone.wait_for("/health/ready", INSTALL_WAIT_S)
    assert requests.get(f"{clone.url}/api/accounts", timeout=10).status_code == 401
    assert "2 positions, gross 27.50, fees 2.72, net 24.78" in imported(clone)
    with clone.session() as session:
        told = clone.get(session, "/performance/daily", account_id="A1", date="2025-11-07")
    assert (told["daily_pnl"], told["fees"]) == (Decimal("24.78"), Decimal("2.72"))
    assert (told["winning_trades"], told["losing_trades"]) == (1, 1)
    assert left_behind(clone) == ""
    clone.stop()


def imported(clone: Service) -> str:
    file = clone.root.parent / "fills.csv"
    file.write_text(FILE)
    flask = clone.root / ".venv" / "bin" / "flask"
    command = [str(flask), "--app", "wsgi", "import", str(file), "--account", "A1"]
    done = subprocess.run(
        command, cwd=clone.root, env=clone.env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def left_behind(clone: Service) -> str:
    """What running it put beside the files of the repository."""
    status = ["git", "status", "--porcelain"]
    return subprocess.run(status, cwd=clone.root, capture_output=True, text=True, check=True).stdout
