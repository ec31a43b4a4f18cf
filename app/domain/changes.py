"""What a write changed of an account, by ids, so that it can be told without asking again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from app.domain.executions import Execution
from app.domain.positions import Position

# Of a long import nobody is told every row: from here on it is said that there are more.
IDS_MAX = 100


class Changes(NamedTuple):
    """Ids of what a write is about; `gone` are positions that are no more, `closed` those that it
    closed, and `has_more` says that not all ids are here.
    """

    executions: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    positions: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    has_more: bool = False


class Changed(Protocol):
    """An execution as it was and as it is."""

    @property
    def before(self) -> Execution | None:
        """None if it was not there."""
        ...

    @property
    def after(self) -> Execution | None:
        """None if it is gone."""
        ...


class Rebuilt(Protocol):
    """The positions of a contract that differ."""

    @property
    def were_closed(self) -> set[str]:
        """Ids of those that were closed before."""
        ...

    @property
    def removed(self) -> list[Position]:
        """As they stood."""
        ...

    @property
    def added(self) -> list[Position]:
        """As they stand."""
        ...


NONE = Changes()


def of_executions(changed: Iterable[Changed], rebuilt: Sequence[Rebuilt]) -> Changes:
    """What came of executions that were added, corrected or taken out."""
    rows = (each.after or each.before for each in changed)
    added = {place.position_id: place for each in rebuilt for place in each.added}
    removed = {place.position_id for each in rebuilt for place in each.removed}
    were_closed = {identity for each in rebuilt for identity in each.were_closed}
    closed = (each for each, place in added.items() if place.closed_at_us is not None)
    return _cut(
        Changes(
            executions=tuple(each.execution_id for each in rows if each),
            positions=tuple(added),
            gone=tuple(sorted(removed - added.keys())),
            closed=tuple(each for each in closed if each not in were_closed),
        )
    )


def of_orders(order_ids: Iterable[str]) -> Changes:
    """What came of orders that were told."""
    return _cut(Changes(orders=tuple(dict.fromkeys(order_ids))))


def _cut(whole: Changes) -> Changes:
    executions, orders, positions, gone, closed = (each[:IDS_MAX] for each in whole[:5])
    has_more = any(len(each) > IDS_MAX for each in whole[:5])
    return Changes(executions, orders, positions, gone, closed, has_more)
