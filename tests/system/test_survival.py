"""The checker of the crash test bites: hand-made losses, halves, strangers and twins."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.oracle import Fill
from tests.system.survival import Changes, Content, Key, Record, faults

AT = datetime(2025, 11, 6, 15, tzinfo=UTC)


def fill(execution_id: str, price: str = "25000.25") -> Fill:
    return Fill(execution_id, "MNQZ5", "BUY", 1, Decimal(price), Decimal("0.37"), AT)


def key(execution_id: str, account_id: str = "A") -> Key:
    return Key(account_id, "execution", execution_id)


def post(*execution_ids: str) -> Changes:
    return {key(each): fill(each) for each in execution_ids}


def rows(*execution_ids: str) -> list[tuple[Key, Content]]:
    return [(key(each), fill(each)) for each in execution_ids]


SENT = [
    Record(post("a1", "a2"), "acknowledged", {"A": 1}),
    Record({key("a1"): fill("a1", "24000")}, "acknowledged", {"A": 2}),
    Record({key("a2"): None}, "acknowledged", {"A": 3}),
    Record(post("u1", "u2"), "unknown"),
    Record(post("n1"), "never sent"),
]
CORRECTED = (key("a1"), fill("a1", "24000"))
GOOD = [
    pytest.param([CORRECTED], 3, id="without the unknown one"),
    pytest.param([CORRECTED, *rows("u1", "u2")], 4, id="with the unknown one"),
]
BAD = [
    pytest.param([], 3, "execution a1 of A was acknowledged and is lost", id="lost"),
    pytest.param(rows("a1"), 3, "execution a1 of A is not what was acknowledged", id="stale"),
    pytest.param(
        [CORRECTED, *rows("a2")], 3, "execution a2 of A was deleted and is there", id="undeleted"
    ),
    pytest.param(
        [CORRECTED, *rows("u1")], 4, "a write without an answer is there in part", id="half"
    ),
    pytest.param(
        [CORRECTED, (key("u1"), fill("u1", "1")), *rows("u2")], 4, "is there in part", id="altered"
    ),
    pytest.param(
        [CORRECTED, *rows("n1")], 4, "execution n1 of A was never sent and is there", id="unsent"
    ),
    pytest.param(
        [CORRECTED, (key("a1", "B"), fill("a1"))], 3, "execution a1 of B was never", id="alien"
    ),
    pytest.param([CORRECTED, CORRECTED], 3, "execution a1 of A is there 2 times", id="doubled"),
    pytest.param(
        [CORRECTED, *rows("u1", "u2", "u2")],
        4,
        "execution u2 of A is there 2",
        id="doubled unknown",
    ),
    pytest.param([CORRECTED], 2, "version 3 was acknowledged, and now it is 2", id="set back"),
]


@pytest.mark.parametrize(("found", "version"), GOOD)
def test_what_was_acknowledged_and_the_unknown_whole_or_not_at_all_is_right(
    found: list[tuple[Key, Content]], version: int
) -> None:
    assert faults(SENT, found, {"A": version}) == []


@pytest.mark.parametrize(("found", "version", "fault"), BAD)
def test_every_kind_of_damage_is_found(
    found: list[tuple[Key, Content]], version: int, fault: str
) -> None:
    told = faults(SENT, found, {"A": version})
    assert [fault in each for each in told] == [True]


def test_a_version_that_two_writes_got_is_found() -> None:
    twice = [Record(post(each), "acknowledged", {"A": 1}) for each in ("a1", "a2")]
    assert faults(twice, rows("a1", "a2"), {"A": 2}) == [
        "account A: a version was given to two writes"
    ]


def test_a_write_that_was_sent_again_and_acknowledged_is_no_longer_unknown() -> None:
    again = [*SENT, Record(post("u1", "u2"), "acknowledged")]
    assert faults(again, [CORRECTED, *rows("u1", "u2")], {"A": 4}) == []
    assert [each[:18] for each in faults(again, [CORRECTED], {"A": 4})] == [
        "execution u1 of A ",
        "execution u2 of A ",
    ]


def test_an_unknown_deletion_and_an_unknown_correction_leave_either_state() -> None:
    for change in (None, fill("a1", "24000")):
        sent = [
            Record(post("a1"), "acknowledged", {"A": 1}),
            Record({key("a1"): change}, "unknown"),
        ]
        after = [(key("a1"), change)] if change else []
        assert faults(sent, rows("a1"), {"A": 1}) == []
        assert faults(sent, after, {"A": 2}) == []
        assert len(faults(sent, [(key("a1"), fill("a1", "1"))], {"A": 2})) == 1
