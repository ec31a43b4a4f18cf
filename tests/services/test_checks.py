"""One check for all who ask at about the same time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.errors import DatabaseUnavailable
from app.services.checks import GOOD_FOR_S, Checks


class Time:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class Part:
    """What is checked: it works, or it does not."""

    def __init__(self) -> None:
        self.checks = 0
        self.works = True

    def __call__(self) -> None:
        self.checks += 1
        if not self.works:
            raise DatabaseUnavailable("it does not work")


def test_the_outcome_of_a_check_is_good_for_a_second_and_no_longer() -> None:
    time, part = Time(), Part()
    checks = Checks(now_s=time)
    checks.run(part)
    part.works = False
    time.now_s += GOOD_FOR_S
    checks.run(part)
    assert part.checks == 1
    time.now_s += 0.01
    with pytest.raises(DatabaseUnavailable, match="it does not work"):
        checks.run(part)
    part.works = True
    with pytest.raises(DatabaseUnavailable, match="it does not work"):
        checks.run(part)
    time.now_s += GOOD_FOR_S + 0.01
    checks.run(part)
    assert part.checks == 3


def test_those_who_come_while_a_check_goes_on_share_it_however_long_it_takes() -> None:
    time, began, go_on, checked = Time(), threading.Event(), threading.Event(), []
    checks = Checks(now_s=time)

    def check() -> None:
        checked.append(1)
        began.set()
        go_on.wait(10)
        time.now_s += 5

    with ThreadPoolExecutor(20) as pool:
        first = pool.submit(checks.run, check)
        assert began.wait(10)
        others = [pool.submit(checks.run, check) for _ in range(19)]
        go_on.set()
        for each in (first, *others):
            each.result(10)
    assert len(checked) == 1


def test_a_fault_of_our_own_is_not_taken_for_the_databases() -> None:
    checks = Checks(now_s=Time())

    def broken() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        checks.run(broken)
    checks.run(lambda: None)
