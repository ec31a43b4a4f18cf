"""The position builder against the oracle, over random streams that pass through admission."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, product
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from hypothesis import Phase, given, seed, settings

from app.domain import executions, fixed, positions
from app.domain.executions import Execution
from app.domain.instruments import SHIPPED
from app.domain.positions import Built, Effect, Part, Position
from tests import oracle, rows, streams
from tests.arrival import handed_in
from tests.figures import figure
from tests.oracle import SIGN, Fill
from tests.rows import micros
from tests.streams import POINT_VALUES

STREAMS = figure("POSITION_STREAMS", 10_000)
# Each with a seed of its own, so that they can run side by side.
PARTS = 4
STREAMS_WITH_A_FAULT = figure("POSITION_STREAMS_WITH_A_FAULT", 200)
ACCOUNT = "12694476"


class Made(NamedTuple):
    """What the application makes of fills, contract by contract and in order."""

    positions: list[Position]
    effects: list[Effect]


class Sums(NamedTuple):
    """Effects added up."""

    quantity: int
    gross_micros: int
    fees_micros: int
    executions: int


def made_of(fills: Iterable[Fill]) -> Made:
    admitted = [executions.admit(handed_in(ACCOUNT, fill), SHIPPED, "USD") for fill in fills]
    admitted.sort(key=lambda each: (each.contract, each.key))
    built = list(built_of(admitted))
    return Made([each.position for each in built], [one for each in built for one in each.effects])


def built_of(admitted: Iterable[Execution]) -> Iterator[Built]:
    for _, group in groupby(admitted, lambda each: each.contract):
        fills = list(group)
        point_value_micros = SHIPPED.by_root[fills[0].symbol].point_value_micros
        yield from positions.build(ACCOUNT, point_value_micros, positions.whole(fills))


def summed(effects: Iterable[Effect], by: Callable[[Effect], str]) -> dict[str, Sums]:
    """Effects added up under a name."""
    groups: dict[str, list[Effect]] = {}
    for each in effects:
        groups.setdefault(by(each), []).append(each)
    return {name: sums(group) for name, group in groups.items()}


def sums(effects: Sequence[Effect]) -> Sums:
    return Sums(
        sum(each.quantity for each in effects),
        sum(each.gross_micros for each in effects),
        sum(each.fees_micros for each in effects),
        len(effects),
    )


def check(fills: Sequence[Fill]) -> None:
    """Everything that the builder says of the fills is what the oracle says."""
    made = made_of(fills)
    assert made.positions == rows.positions(ACCOUNT, fills)
    check_effects(fills, made)
    check_closings(fills, made)
    check_that_positions_are_their_effects(made)


def check_effects(fills: Sequence[Fill], made: Made) -> None:
    """Each fill with all its quantity and fees, and its P&L."""
    by_fill = summed(made.effects, lambda each: each.execution_id)
    assert {name: each[:3] for name, each in by_fill.items()} == {
        fill.execution_id: (SIGN[fill.side] * fill.quantity, micros(gross), micros(fees))
        for fill, gross, fees, _ in oracle.effects(fills, POINT_VALUES)
    }


def check_closings(fills: Sequence[Fill], made: Made) -> None:
    closed = {
        p.close_execution_id: p.position_id for p in made.positions if p.closed_at_us is not None
    }
    assert closed == {
        each.fill.execution_id: rows.id_of(ACCOUNT, each.closed)
        for each in oracle.effects(fills, POINT_VALUES)
        if each.closed
    }


def check_that_positions_are_their_effects(made: Made) -> None:
    sign = {positions.LONG: 1, positions.SHORT: -1}
    assert summed(made.effects, lambda each: each.position_id) == {
        p.position_id: (sign[p.side] * p.quantity, p.gross_micros, p.fees_micros, p.execution_count)
        for p in made.positions
    }


def check_streams(number: int, random_seed: int, *, shrinks: bool = True) -> None:
    @seed(random_seed)
    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        phases=tuple(Phase) if shrinks else (Phase.generate,),
    )
    @given(streams.fills())
    def every(fills: list[Fill]) -> None:
        check(fills)

    every()


@pytest.mark.feature("TPA-07", "PAM-PERF-01", "PAM-PERF-23", "PAM-OPS-04")
@pytest.mark.parametrize("part", range(PARTS))
def test_every_position_and_effect_is_the_oracles(part: int) -> None:
    check_streams(STREAMS // PARTS, part)


@pytest.mark.feature("TPA-07")
def test_the_account_contract_and_first_execution_name_a_position_for_good() -> None:
    # Clients keep ids: this one must never become another.
    assert positions.position_id("12694476", "MNQZ5", "e1") == "a22b77b91616118b552afcac"
    names = product(("1", "2"), ("MNQZ5", "MNQH6"), ("e1", "e2"))
    assert len({positions.position_id(*each) for each in names}) == 8


_cut_at_zero = positions._cut_at_zero


def charged_twice(part: Part, quantity: int) -> tuple[Part, ...]:
    """As if both parts of a reversing fill bore all of its fees."""
    return tuple(p._replace(fees_micros=part.fees_micros) for p in _cut_at_zero(part, quantity))


def shared_in_halves(part: Part, quantity: int) -> tuple[Part, ...]:
    """As if the fees of a reversing fill were not split by quantity."""
    pieces = _cut_at_zero(part, quantity)
    if len(pieces) == 1:
        return pieces
    half = part.fees_micros // 2
    closing, opening = pieces
    rest = part.fees_micros - half
    return closing._replace(fees_micros=half), opening._replace(fees_micros=rest)


class LastIn(deque[Any]):
    """As if the contracts entered last left first."""

    append = deque.appendleft


def rounded_down(numerator: int, denominator: int) -> int:
    """As if halves were not rounded to even."""
    return numerator // denominator


@pytest.mark.parametrize(
    ("module", "name", "broken"),
    [
        (positions, "_cut_at_zero", charged_twice),
        (positions, "_cut_at_zero", shared_in_halves),
        (positions, "deque", LastIn),
        (fixed, "divide", rounded_down),
    ],
)
def test_a_builder_with_a_fault_does_not_pass(
    module: ModuleType,
    name: str,
    broken: Callable[..., object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, name, broken)
    with pytest.raises(AssertionError):
        check_streams(STREAMS_WITH_A_FAULT, 0, shrinks=False)
