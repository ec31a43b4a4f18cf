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
# On a busy machine a test with a deadline may fail with any mutant.
TRIES = 2
# Where a fork tells which functions each test asks, and how long it takes.
ASKED = Path("asked.json")


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
    for path in kept.modules(Path(), session.config.getoption("mutants_of")):
        began_s = time.monotonic()
        tried = list(try_module(session, path, asked))
        missed = sum(each in kept.MISSED for each in tried)
        took_s = time.monotonic() - began_s
        told = f"{kept.module(path)}: {len(tried)} tried, {missed} not found, {took_s:.0f} s"
        said.line(told, flush=True)
    return True


def try_module(
    session: pytest.Session, path: Path, asked: Mapping[str, Asked]
) -> Iterator[int | None]:
    """The outcomes of a module's mutants that were not found yet, each kept at once."""
    outcomes = kept.outcomes(path)
    for mutant, before in outcomes.items():
        if before is None or before in kept.MISSED:
            items = tests_of(session.items, mutant, asked)
            run = partial(survives, session, items, asked)
            outcomes[mutant] = in_fork(mutant, run) if items else kept.UNTESTED
            kept.keep(path, outcomes)
            yield outcomes[mutant]


def tests_of(
    items: Sequence[pytest.Item], mutant: str, asked: Mapping[str, Asked]
) -> list[pytest.Item]:
    """The tests that ask a mutant's function: those of its module first, then the shortest."""
    function = kept.function(mutant)
    own = f"test_{function.split('.')[-2]}"
    chosen = [
        each for each in items if each.nodeid in asked and function in asked[each.nodeid].functions
    ]
    return sorted(
        chosen, key=lambda each: (not each.path.name.startswith(own), asked[each.nodeid].wall_s)
    )


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
        if passes(session, item, following):
            taken = time.process_time() - cpu_s, time.monotonic() - wall_s
            asked[item.nodeid] = Asked(sorted(state()._stats), *taken)
    ASKED.write_text(json.dumps(asked))
    return len(asked) == len(session.items)


def survives(
    session: pytest.Session, items: Sequence[pytest.Item], asked: Mapping[str, Asked]
) -> bool:
    """Whether no test fails. One that takes far too long ends the process by a signal."""
    session.config.pluginmanager.unregister(name="terminalreporter")
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    for item, following in in_turn(items):
        usual = asked[item.nodeid]
        signal.setitimer(signal.ITIMER_PROF, CPU_S + TIMES_MAX * usual.cpu_s)
        signal.setitimer(signal.ITIMER_REAL, WALL_S + TIMES_MAX * usual.wall_s)
        if not passes(session, item, following):
            return False
    return True


def in_turn(items: Sequence[pytest.Item]) -> Iterator[tuple[pytest.Item, pytest.Item | None]]:
    """Each test and the following, which may share with it what was set up."""
    return zip(items, [*items[1:], None], strict=True)


def passes(session: pytest.Session, item: pytest.Item, following: pytest.Item | None) -> bool:
    """Whether a test passes, at once or when it is run again."""
    for _ in range(TRIES):
        session.testsfailed = 0
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if not session.testsfailed:
            return True
    return False


def forget() -> None:
    """Forget what functions of the application remember, which would never ask a mutant."""
    modules = [module for name, module in sys.modules.items() if name.startswith("app.")]
    for each in (value for module in modules for value in vars(module).values()):
        if isinstance(each, functools._lru_cache_wrapper):
            each.cache_clear()
