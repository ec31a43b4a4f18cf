"""The running service held to its own description by schemathesis: generated requests, good and
bad, on every operation and along the links between them.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.domain.bars import SECONDS
from tests.service import ROOT, Service

SEED = "1"
EXAMPLES = "5"
# One thread: the syntax trees that its generators read are not safe for two in Python 3.11.
WORKERS = "1"
RUN_MAX_S = 600
# A fill can be typed well and still be of no product; failed logins are limited by address, which
# the check takes for a refusal of another kind (test_access_matrix holds the refusals).
EXCLUDED = "positive_data_acceptance,ignored_auth"
# Answers another text than its schema says, on one operation.
FAULTY = """
from functools import wraps

from app.factory import create_app

app = create_app()
view = app.view_functions["instruments.list_all"]


@wraps(view)
def faulty():
    answer = view()
    answer.set_data(answer.get_data().replace(b'"is_micro":true', b'"is_micro":"yes"'))
    return answer


app.view_functions["instruments.list_all"] = faulty
"""


def schemathesis(service: Service, *options: str) -> subprocess.CompletedProcess[str]:
    """A run over everything that the service describes, as an admin."""
    secret = (service.data_dir / "admin-token").read_text().strip()
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "run"),
        *(f"{service.url}/openapi.json", "--header", f"Authorization: Bearer {secret}"),
        *("--seed", SEED, "--max-examples", EXAMPLES, "--workers", WORKERS, "--no-color"),
        *("--exclude-checks", EXCLUDED, "--continue-on-failure", *options),
    ]
    return subprocess.run(
        command,
        cwd=service.data_dir,
        env=os.environ
        | {"SCHEMATHESIS_HOOKS": "tests.system.schemathesis_hooks", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=RUN_MAX_S,
        check=False,
    )


def store_bars(service: Service) -> None:
    """A bar of every timeframe: without any, prices are rightly answered 503."""
    prices = dict.fromkeys(("open", "high", "low", "close"), 21000)
    bar = {"timestamp": "2025-11-05T23:00:00Z", **prices, "volume": 1}
    for timeframe in SECONDS:
        body = {"symbol": "MNQZ5", "timeframe": timeframe, "bars": [bar]}
        answer = service.session().post(f"{service.url}/api/bars", json=body, timeout=10)
        assert answer.status_code == 200, answer.text


@pytest.mark.feature("PAM-OPS-05", "PAM-OPS-08")
def test_the_service_keeps_what_its_description_promises(tmp_path: Path) -> None:
    service = Service(tmp_path / "data")
    service.start()
    try:
        store_bars(service)
        result = schemathesis(service)
        known = service.get(service.session(), "/api/accounts")
    finally:
        service.kill()
    assert result.returncode == 0, result.stdout[-8_000:] + result.stderr[-2_000:]
    tested = re.search(r"Selected: (\d+)/(\d+)\s+Tested: (\d+)", result.stdout)
    assert tested, result.stdout[-2_000:]
    assert len(set(tested.groups())) == 1
    assert "Stateful" in result.stdout
    assert known, "nothing was ever stored"
    assert '"code":"INTERNAL"' not in service.log.read_text()


def test_an_answer_that_breaks_its_schema_is_found(tmp_path: Path) -> None:
    (tmp_path / "faulty.py").write_text(FAULTY)
    paths = os.pathsep.join((str(tmp_path), str(ROOT)))
    service = Service(tmp_path / "data", PYTHONPATH=paths)
    gunicorn = (sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "faulty:app")
    service.launch(*gunicorn)
    service.wait_for("/health/ready")
    try:
        result = schemathesis(service, "--include-path", "/api/instruments")
    finally:
        service.kill()
    assert result.returncode == 1, result.stdout[-4_000:]
    assert "Response violates schema" in result.stdout
