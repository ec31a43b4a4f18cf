"""Puts mutants to the tests, as a plugin of pytest: it collects the tests once, and each mutant is
a fork of the process that has them, which runs what asks its function until one test fails.
"""

from __future__ import annotations

import functools
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, settings
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state

from tests.figures import figure
from tests.mutants import kept

# A mutant goes on for ever if a test takes so many times what it took without, and some seconds.
TIMES_MAX = 20
CPU_S, WALL_S = 3.0, 30.0
MEMORY_BYTES = 6 << 30
# On a busy machine a test with a deadline may fail with any mutant, and with none: one that fails
# is run so often without and with it.
CHECKS = 2
# Where forks tell which functions each test asks and how long it takes, and which one failed.
ASKED, FAILED = Path("asked.json"), Path("failed")


class Asked(NamedTuple):
    """The functions that a test asks, and what it takes."""

    functions: Sequence[str]
    cpu_s: float
    wall_s: float


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which modules are tried; all, if none is named."""
    parser.addoption("--mutants-of", default="")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Try few examples of every property, the same each time, and make no failure smaller."""
    most = figure("MUTANT_EXAMPLES", 100)
    for item in items:
        test = getattr(item, "obj", None)
        asked = getattr(test, "_hypothesis_internal_use_settings", None)
        if asked is not None:
            test._hypothesis_internal_use_settings = settings(  # type: ignore[union-attr]
                asked,
                max_examples=min(asked.max_examples, most),
                derandomize=True,
                database=None,
                deadline=None,
                phases=[Phase.explicit, Phase.generate],
                suppress_health_check=list(HealthCheck),
            )


def pytest_runtestloop(session: pytest.Session) -> bool:
    """Try every mutant that was not found yet, instead of the code as it is."""
    said = session.config.get_terminal_writer()
    in_fork("stats", partial(ask, session))
    asked = {name: Asked(*each) for name, each in json.loads(ASKED.read_text()).items()}
    for item in session.items:
        if item.nodeid not in asked:
            said.line(f"left out, since it fails without a mutant: {item.nodeid}", flush=True)
    trial = Trial(session, asked)
    for path in kept.modules(Path(), session.config.getoption("mutants_of")):
        began_s = time.monotonic()
        tried = list(trial.module(path))
        missed = sum(each in kept.MISSED for each in tried)
        took_s = time.monotonic() - began_s
        told = f"{kept.module(path)}: {len(tried)} tried, {missed} not found, {took_s:.0f} s"
        said.line(told, flush=True)
    return True


class Trial:
    """Tests that were collected, and what each of them asks."""

    def __init__(self, session: pytest.Session, asked: Mapping[str, Asked]) -> None:
        self._session = session
        self._asked = asked

    def module(self, path: Path) -> Iterator[int]:
        """The outcomes of a module's mutants that were not found yet, each kept at once."""
        outcomes = kept.outcomes(path)
        for mutant, before in outcomes.items():
            if before is None or before in kept.MISSED:
                outcomes[mutant] = found = self.outcome(mutant)
                kept.keep(path, outcomes)
                yield found

    def outcome(self, mutant: str) -> int:
        """What becomes of a mutant; a test that fails without it as well says nothing of it."""
        left = self._tests_of(mutant)
        ended = kept.UNTESTED
        while left:
            ended = self._run(mutant, left)
            if ended != kept.FOUND:
                break
            place = int(FAILED.read_text())
            if self._is_sure(mutant, left[place]):
                break
            left, ended = left[place + 1 :], kept.SURVIVED
        return ended

    def _is_sure(self, mutant: str, item: pytest.Item) -> bool:
        """Whether a test that failed passes without the mutant, and fails with it each time."""
        return all(
            self._run("", [item]) == kept.SURVIVED and self._run(mutant, [item]) != kept.SURVIVED
            for _ in range(CHECKS)
        )

    def _tests_of(self, mutant: str) -> list[pytest.Item]:
        """The tests that ask its function: those of its module first, then the shortest."""
        function, asked = kept.function(mutant), self._asked
        own = f"test_{function.split('.')[-2]}"
        chosen = [
            each
            for each in self._session.items
            if each.nodeid in asked and function in asked[each.nodeid].functions
        ]
        return sorted(
            chosen, key=lambda each: (not each.path.name.startswith(own), asked[each.nodeid].wall_s)
        )

    def _run(self, mutant: str, items: Sequence[pytest.Item]) -> int:
        return in_fork(mutant, partial(self._survives, items))

    def _survives(self, items: Sequence[pytest.Item]) -> bool:
        """Whether no test fails. One that takes far too long ends the process by a signal."""
        self._session.config.pluginmanager.unregister(name="terminalreporter")
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        for place, (item, following) in enumerate(in_turn(items)):
            usual = self._asked[item.nodeid]
            signal.setitimer(signal.ITIMER_PROF, CPU_S + TIMES_MAX * usual.cpu_s)
            signal.setitimer(signal.ITIMER_REAL, WALL_S + TIMES_MAX * usual.wall_s)
            if not passes(self._session, item, following):
                FAILED.write_text(str(place))
                return False
        return True


def in_fork(mutant: str, survives: Callable[[], bool]) -> int:
    """How a process ends that runs tests with a mutant; nothing that they started stays."""
    process = os.fork()
    if not process:
        os.setsid()
        set_mutant_under_test(mutant)
        forget()
        ended = kept.BROKEN
        try:
            ended = kept.SURVIVED if survives() else kept.FOUND
        finally:
            os._exit(ended)
    _, status = os.waitpid(process, 0)
    with suppress(ProcessLookupError):
        os.killpg(process, signal.SIGKILL)
    return os.waitstatus_to_exitcode(status)


def ask(session: pytest.Session) -> bool:
    """Write down what each test that passes asks and takes; False if some do not."""
    asked = {}
    for item, following in in_turn(session.items):
        forget()
        state()._stats.clear()
        cpu_s, wall_s = time.process_time(), time.monotonic()
        # On a busy machine one with a deadline may have to be run again.
        if passes(session, item, following) or passes(session, item, following):
            taken = time.process_time() - cpu_s, time.monotonic() - wall_s
            asked[item.nodeid] = Asked(sorted(state()._stats), *taken)
    ASKED.write_text(json.dumps(asked))
    return len(asked) == len(session.items)


def in_turn(items: Sequence[pytest.Item]) -> Iterator[tuple[pytest.Item, pytest.Item | None]]:
    """Each test and the following, which may share with it what was set up."""
    return zip(items, [*items[1:], None], strict=True)


def passes(session: pytest.Session, item: pytest.Item, following: pytest.Item | None) -> bool:
    """Whether a test passes."""
    session.testsfailed = 0
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
    return not session.testsfailed


def forget() -> None:
    """Forget what functions of the application remember, which would never ask a mutant."""
    modules = [module for name, module in sys.modules.items() if name.startswith("app.")]
    for each in (value for module in modules for value in vars(module).values()):
        if isinstance(each, functools._lru_cache_wrapper):
            each.cache_clear()
