"""Whatever strangers send is refused or taken, soon: kept inputs, changed ones, and for as long as
`FUZZ_SECONDS` says those that a fuzzer finds.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from app.blueprints import document, typed
from app.services import cursors
from tests.figures import figure, reached, rng
from tests.fuzz.changes import changed
from tests.fuzz.targets import TARGETS, Target

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).parent / "corpus"
INPUTS = figure("FUZZ_INPUTS", 150)
FUZZED_S = figure("FUZZ_SECONDS", 0)
KIB_MAX_S = 0.1


def kept(name: str) -> list[bytes]:
    return [each.read_bytes() for each in sorted((CORPUS / name).iterdir())]


def took_s(target: Target, sent: bytes) -> float:
    """The time of this thread that an input costs, by the least of some tries."""
    least_s = float("inf")
    for _ in range(3):
        began_s = time.thread_time()
        target(sent)
        least_s = min(least_s, time.thread_time() - began_s)
        if least_s <= allowed_s(sent):
            break
    return least_s


def allowed_s(sent: bytes) -> float:
    return KIB_MAX_S * max(1.0, len(sent) / 1024)


def check(name: str, sent: bytes) -> float:
    """Hold that an input is no fault and costs little; its part of what it may cost."""
    share = took_s(TARGETS[name], sent) / allowed_s(sent)
    assert share <= 1, (name, sent[:200])
    return share


def inputs(name: str) -> Iterator[bytes]:
    some, choose = kept(name), rng()
    yield from some
    for _ in range(INPUTS):
        yield changed(choose, some)


@pytest.mark.feature("TPA-15")
@pytest.mark.parametrize("name", TARGETS)
def test_no_input_is_a_fault_or_takes_long(name: str) -> None:
    dearest = max(check(name, sent) for sent in inputs(name))
    reached(f"{INPUTS} changed inputs of {name}, the dearest at {dearest:.0%} of 100 ms a KiB")


@pytest.mark.skipif(not FUZZED_S, reason="FUZZ_SECONDS says for how long")
@pytest.mark.parametrize("name", TARGETS)
def test_a_fuzzer_that_sees_the_code_finds_nothing(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.fuzz.guided", name, str(FUZZED_S), str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-4000:]
    told = re.findall(r"DONE .*|Done \d+ runs.*", run.stderr)
    reached(f"{name}: {told[-1] if told else 'done'}")


# --- Faults that there were ----------------------------------------------------------------------


def test_a_pattern_that_looks_again_and_again_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = re.compile(r"(?P<time>.*T.*T.*) (?P<offset>\d{2}:?\d{2})")
    monkeypatch.setattr(typed, "_PLUS_LOST", slow)
    with pytest.raises(AssertionError):
        check("time", b"T" * 500)


def test_a_number_that_no_decimal_can_be_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "_decimal", Decimal)
    with pytest.raises(AssertionError):
        check("body", b'\x00{"price": 1e9999999999999999999}')


def test_a_cursor_whose_faults_are_not_foreseen_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cursors, "_NOT_OURS", (KeyError,))
    with pytest.raises(ValueError, match=r"."):
        [check("cursor", sent) for sent in kept("cursor")]
