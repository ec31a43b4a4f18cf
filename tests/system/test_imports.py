"""Files into a running service: large ones beside other callers, and killed at any moment."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest
import requests

from tests.service import Service

ROWS = 8_000
KILLS = 4
HEADER = "execution_id,symbol,side,quantity,price,executed_at"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path / "data", workers=1)
    yield made
    made.kill()


def file_of(rows: int) -> bytes:
    """Executions a minute apart that buy and sell in turn."""
    lines = [HEADER]
    for n in range(rows):
        day, minute = divmod(n, 1200)
        at = (
            f"2025-{day // 28 % 12 + 1:02}-{day % 28 + 1:02}T{minute // 60:02}:{minute % 60:02}:00Z"
        )
        lines.append(f"e{n:07},MNQZ5,{'SELL' if n % 2 else 'BUY'},1,{21000 + n % 7}.25,{at}")
    return "\n".join(lines).encode()


def upload(session: requests.Session, service: Service, content: bytes) -> requests.Response:
    return session.post(
        f"{service.url}/api/imports",
        params={"account_id": "A"},
        files={"file": ("large.csv", content, "text/csv")},
        timeout=120,
    )


def executions(service: Service) -> int:
    """How many are there; the account may not be there either."""
    with service.session() as session:
        found = session.get(f"{service.url}/api/imports?account_id=A", timeout=30)
        if found.status_code == 404:
            return 0
        items = found.json()["items"]
        history = service.get(session, "/api/accounts/A/reconciliation", **YEAR)
        told: int = history["totals"]["executions"]
    live = [each["accepted"] for each in items if each["undone_at"] is None]
    assert sum(live) == told
    return told


YEAR = {"start": "2025-01-01", "end": "2025-12-31"}


def test_others_are_answered_while_a_large_file_is_imported_and_undone(service: Service) -> None:
    service.start()
    with service.session() as session, Watcher(service) as watcher:
        answer = upload(session, service, file_of(ROWS))
        assert answer.status_code == 200, answer.text
        assert answer.json()["accepted"] == ROWS
        import_id = answer.json()["id"]
        undone = session.delete(
            f"{service.url}/api/imports/{import_id}", params={"account_id": "A"}, timeout=120
        )
        assert undone.json()["undone"] == ROWS
    assert watcher.answered > 20
    assert watcher.slowest_s < 2
    assert executions(service) == 0


@pytest.mark.feature("TPA-32")
def test_a_kill_during_an_import_or_an_undo_leaves_all_or_nothing(service: Service) -> None:
    content, seen = file_of(ROWS), set()
    for number in range(KILLS):
        service.start()
        before = executions(service)
        killed_within(service, before, content, (number + 1) * 0.25)
        service.start()
        left = executions(service)
        assert left in (0, ROWS)
        seen.add((before, left))
        assert service.flask("verify").returncode == 0
        with service.session() as session:
            # What was cut off is finished by doing it again.
            finish(service, session, content, undo=bool(before))
        assert executions(service) == (0 if before else ROWS)
        service.kill()
    assert any(before == left for before, left in seen)


def killed_within(service: Service, before: int, content: bytes, after_s: float) -> None:
    """Begin the import, or its undo where it is there, and kill everything."""
    running = threading.Thread(target=attempt, args=(service, content, bool(before)))
    running.start()
    time.sleep(after_s)
    service.kill()
    running.join()


def attempt(service: Service, content: bytes, undo: bool) -> None:  # noqa: FBT001
    with service.session() as session:
        try:
            finish(service, session, content, undo=undo)
        except requests.RequestException:
            return


def finish(service: Service, session: requests.Session, content: bytes, *, undo: bool) -> None:
    if not undo:
        upload(session, service, content)
        return
    items: list[Any] = session.get(f"{service.url}/api/imports?account_id=A", timeout=30).json()[
        "items"
    ]
    for each in items:
        path = f"{service.url}/api/imports/{each['id']}"
        session.delete(path, params={"account_id": "A"}, timeout=120)


def test_a_command_that_is_killed_is_finished_by_importing_again(
    service: Service, tmp_path: Path
) -> None:
    service.start()
    path = tmp_path / "large.csv"
    path.write_bytes(file_of(ROWS))
    for after_s in (1.5, 2.5):
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "import", str(path)]
        running = subprocess.Popen(
            [*command, "--account", "A"], cwd=service.root, env=service.env, stdout=subprocess.PIPE
        )
        time.sleep(after_s)
        running.send_signal(signal.SIGKILL)
        running.communicate()
        assert executions(service) in (0, ROWS)
    assert service.flask("import", str(path), "--account", "A").returncode == 0
    assert executions(service) == ROWS
    assert service.flask("verify").returncode == 0


class Watcher:
    """Asks whether the service is alive, over and over."""

    def __init__(self, service: Service) -> None:
        self._url = f"{service.url}/health/live"
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.times_s: list[float] = []

    @property
    def answered(self) -> int:
        return len(self.times_s)

    @property
    def slowest_s(self) -> float:
        return max(self.times_s)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        with requests.Session() as session:
            while not self._is_over.is_set():
                started_s = time.monotonic()
                assert session.get(self._url, timeout=30).status_code == 200
                self.times_s.append(time.monotonic() - started_s)
                time.sleep(0.02)
