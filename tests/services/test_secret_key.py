"""The key of sessions: given, or made once by whichever process is first."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.services.secret_key import FILE, SecretKey
from app.settings import SECRET_KEY

ROOT = Path(__file__).parents[2]
PROCESSES = 8
SHOW = """
import sys, time
from pathlib import Path
from app.services.secret_key import SecretKey
print("ready", flush=True)
while not Path(sys.argv[2]).exists():
    time.sleep(0.001)
print(SecretKey(None, Path(sys.argv[1])).bytes().decode())
"""


def test_processes_that_start_together_have_one_key(tmp_path: Path) -> None:
    folder, go = tmp_path / "data", tmp_path / "go"
    folder.mkdir()
    with ThreadPoolExecutor(PROCESSES) as pool:
        ready = threading.Barrier(PROCESSES, action=go.touch)
        showing = [pool.submit(shown, folder, go, ready) for _ in range(PROCESSES)]
        keys = {each.result() for each in showing}
    assert keys == {(folder / FILE).read_text()}
    assert SECRET_KEY.fullmatch(keys.pop().strip())


def shown(folder: Path, go: Path, ready: threading.Barrier) -> str:
    """The key that a process has which began when all were ready."""
    command = [sys.executable, "-c", SHOW, str(folder), str(go)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()
        ready.wait()
        return process.stdout.read()


def test_a_key_that_is_given_is_kept_nowhere(tmp_path: Path) -> None:
    assert SecretKey("k" * 32, tmp_path).bytes() == b"k" * 32
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_begun_and_not_written_is_written(tmp_path: Path) -> None:
    (tmp_path / FILE).touch()
    key = SecretKey(None, tmp_path).bytes()
    assert key == SecretKey(None, tmp_path).bytes()
    assert len(key) >= 32


@pytest.mark.parametrize("content", [b"short", b"\xff" * 40, b"with blanks in it " * 3])
def test_a_file_that_holds_something_else_is_not_used(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(OSError, match="holds no key"):
        SecretKey(None, tmp_path).bytes()
    assert (tmp_path / FILE).read_bytes() == content
