"""What a write changed of an account, told by ids."""

from __future__ import annotations

from typing import NamedTuple

from app.domain import changes, positions
from app.domain.changes import IDS_MAX, Changes
from app.domain.executions import Execution
from app.domain.positions import Position
from tests.domain.test_lots import POINT_VALUE_MICROS, fill


class Change(NamedTuple):
    """An execution before and after a write."""

    before: Execution | None
    after: Execution | None


class Rebuilt(NamedTuple):
    """A contract's positions before and after a write."""

    were_closed: set[str]
    removed: list[Position]
    added: list[Position]


def built(*signed: int) -> list[Position]:
    made = [fill(n, quantity, 100) for n, quantity in enumerate(signed)]
    found = positions.build("A", POINT_VALUE_MICROS, positions.whole(made))
    return [each.position for each in found]


def test_executions_are_told_by_what_they_are_or_were() -> None:
    one, two, three = (fill(n, 1, 100) for n in range(3))
    changed = [Change(None, one), Change(two, None), Change(one, three)]
    told = changes.of_executions(changed, [])
    assert told == Changes(
        executions=(one.execution_id, two.execution_id, three.execution_id),
    )


def test_positions_are_told_as_they_stand_gone_or_newly_closed() -> None:
    (closed, still_closed), (is_open,), gone = built(1, -1, 1, -1), built(2), built(1, 1, -1, -1)
    other = [each._replace(position_id=f"gone {n}") for n, each in enumerate([*gone, *gone])]
    rebuilt = [
        Rebuilt(set(), [closed, other[1]], [closed]),
        Rebuilt({still_closed.position_id}, [other[0], still_closed], [still_closed]),
        Rebuilt(set(), [], [is_open._replace(position_id="open")]),
    ]
    assert changes.of_executions([], rebuilt) == Changes(
        positions=(closed.position_id, still_closed.position_id, "open"),
        gone=("gone 0", "gone 1"),
        closed=(closed.position_id,),
    )


def test_of_a_long_write_the_first_ids_are_told_and_that_there_are_more() -> None:
    changed = [Change(None, fill(n, 1, 100)) for n in range(IDS_MAX + 1)]
    assert not changes.of_executions(changed[:-1], []).has_more
    told = changes.of_executions(changed, [])
    assert told.has_more
    assert len(told.executions) == IDS_MAX
