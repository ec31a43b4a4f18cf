"""The checker of freshness finds what it is to find, and nothing else."""

from __future__ import annotations

import pytest

from tests.system.freshness import Read, Write, faults

# Versions 1 to 3 of one account, each acknowledged half a second after it was sent.
WRITES = [Write("A", number, float(number), number + 0.5) for number in (1, 2, 3)]


def read(began_s: float, *versions: int, client: int = 1, status: int = 200) -> Read:
    """An answer after a tenth of a second."""
    return Read(client, "A", began_s, began_s + 0.1, status, "memory", frozenset(versions))


@pytest.mark.parametrize(
    "good",
    [
        pytest.param([read(0.5, 0)], id="nothing was written yet"),
        pytest.param([read(1.6, 1), read(2.1, 1)], id="not yet acknowledged may be unseen"),
        pytest.param([read(1.6, 1), read(2.1, 2)], id="not yet acknowledged may be seen"),
        pytest.param([read(2.5, 1)], id="acknowledged in the same instant"),
        pytest.param([read(2.6, 2), read(2.6, 2, client=2, status=304)], id="not modified"),
        pytest.param([read(2.2, 2), read(2.3, 1, client=2)], id="clients see it one by one"),
    ],
)
def test_a_good_history_has_no_fault(good: list[Read]) -> None:
    assert faults(WRITES, good) == []


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        pytest.param([read(2.6, 1)], "stale, 1 after 2", id="stale"),
        pytest.param([read(9, 3), read(9.2, 2, client=2)], "stale, 2 after 3", id="stale for one"),
        pytest.param([read(9, 2, status=304)], "stale, 2 after 3", id="stale by its tag"),
        pytest.param([read(2.2, 2), read(2.4, 1)], "backwards, 1 after 2", id="backwards"),
        pytest.param([read(3.6, 3, 2)], "versions [2, 3]", id="mixed"),
        pytest.param([read(3.6)], "versions []", id="empty"),
        pytest.param([read(3.6, 3, status=503)], "status 503", id="refused"),
        pytest.param([read(9, 4)], "4 was never written", id="invented"),
        pytest.param([read(2.6, 3)], "3 was written only later", id="foreseen"),
    ],
)
def test_a_bad_history_has_its_fault(bad: list[Read], fault: str) -> None:
    found = faults(WRITES, bad)
    assert len(found) == 1
    assert fault in found[0]


def test_a_write_acknowledged_out_of_turn_does_not_excuse_an_old_answer() -> None:
    writes = [Write("A", 2, 1, 2), Write("A", 1, 1, 3)]
    assert "stale, 1 after 2" in "".join(faults(writes, [read(4, 1)]))


def test_a_version_is_given_once() -> None:
    assert faults([WRITES[0], WRITES[0]], []) == ["A: version 1 was given to two writes"]


def test_accounts_are_told_apart() -> None:
    other = Read(1, "B", 9, 9.1, 200, "miss", frozenset({0}))
    assert faults(WRITES, [read(9, 3), other]) == []
