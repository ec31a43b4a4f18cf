"""The folder that workers count in: theirs alone, right whoever ends, and gone when all have."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.mmap_dict import MmapedDict

from app.metrics import folder, reading
from tests.exposition import samples, total

KEY = '["tpa_x", "tpa_x_total", {"a": "b"}, "Help."]'
GAUGE = '["tpa_y", "tpa_y", {"a": "b"}, "Help."]'
# Above what the system gives to any process.
NOBODY = 2**22 + 1


@pytest.fixture
def parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where folders are made in this test."""
    monkeypatch.setattr(folder, "_IN_MEMORY", tmp_path)
    return tmp_path


@pytest.fixture
def made(parent: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A service's folder."""
    assert parent
    monkeypatch.setenv(folder.VARIABLE, "")
    folder.make()
    found = folder.current()
    assert found
    yield found
    folder.remove()


def count(of: Path, pid: int, value: float) -> None:
    """As a worker of this process id would have."""
    for kind, key in (("counter", KEY), ("gauge_livesum", GAUGE)):
        file = MmapedDict(str(of / f"{kind}_{pid}.db"))
        file.write_value(key, value, 0.0)
        file.close()


def read(name: str) -> float:
    return total(samples(reading.text(reading.counted()).decode()), name)


def test_what_ended_workers_counted_is_kept_and_their_gauges_are_not(made: Path) -> None:
    count(made, os.getpid(), 1)
    for pid in range(NOBODY, NOBODY + 50):
        count(made, pid, 2)
    assert (read("tpa_x_total"), read("tpa_y")) == (101, 101)
    folder.bury()
    assert (read("tpa_x_total"), read("tpa_y")) == (101, 1)
    assert folder.workers(made) == [os.getpid()]
    folder.bury()
    count(made, NOBODY, 3)
    folder.bury()
    assert read("tpa_x_total") == 104
    assert len(list(made.glob("*.db"))) == 3


def test_nobody_reads_while_a_worker_is_buried_and_the_service_does_not_wait_for_readers(
    made: Path,
) -> None:
    count(made, NOBODY, 2)
    with folder.at_rest(made):
        folder.bury()
        assert read("tpa_x_total") == 2
        assert (made / f"counter_{NOBODY}.db").exists()
    folder.bury()
    assert read("tpa_x_total") == 2
    assert not (made / f"counter_{NOBODY}.db").exists()


def test_a_worker_that_has_only_begun_its_file_is_read_as_nothing(made: Path) -> None:
    count(made, os.getpid(), 1)
    (made / f"counter_{NOBODY}.db").write_bytes(b"")
    (made / f"histogram_{NOBODY}.db").write_bytes(bytes(65_536))
    assert read("tpa_x_total") == 1
    folder.bury()
    assert read("tpa_x_total") == 1
    assert not (made / f"counter_{NOBODY}.db").exists()


def test_what_a_killed_service_left_is_removed_and_a_running_ones_is_not(parent: Path) -> None:
    code = (
        "import pathlib, time; from app.metrics import folder\n"
        f"folder._IN_MEMORY = pathlib.Path({str(parent)!r})\n"
        "folder.make(); print(folder.current(), flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code]
    first = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    second = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        left, kept = Path(told(first)), Path(told(second))
        assert left.is_dir()
        assert kept.is_dir()
        first.send_signal(signal.SIGKILL)
        first.wait()
        third = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        told(third)
        assert (left.exists(), kept.exists()) == (False, True)
        end(third)
    finally:
        end(first)
        end(second)


def told(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    assert process.stdout
    process.stdout.close()


def test_without_room_in_memory_the_folder_is_made_among_temporary_files(
    parent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "_FREE_MIN_BYTES", 2**62)
    elsewhere = parent / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    monkeypatch.setenv(folder.VARIABLE, "")
    folder.make()
    assert [each.parent for each in elsewhere.iterdir()] == [elsewhere]
    folder.remove()
    assert list(elsewhere.iterdir()) == []


def test_a_folder_that_is_not_ours_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(folder.VARIABLE, str(tmp_path))
    assert folder.current() is None
    folder.bury()
    folder.remove()
    assert tmp_path.is_dir()
