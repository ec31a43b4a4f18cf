"""Hypothesis strategies for one account's fills, and for histories of how they reached the store.

Each fill is made from one drawn integer and the fills before it: that is fast, and a failing
stream still shrinks, since Hypothesis can leave out any of the integers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.oracle import EXCHANGE, SIGN, Fill


class Instrument(NamedTuple):
    """What a stream must know of a contract; its prices lie around `middle` ticks."""

    tick: Decimal
    point_value: Decimal
    middle: int


INSTRUMENTS = {
    "MNQZ5": Instrument(Decimal("0.25"), Decimal(2), 100_000),
    "MESZ5": Instrument(Decimal("0.25"), Decimal(5), 26_800),
    "MBTZ5": Instrument(Decimal(5), Decimal("0.1"), 22_000),
    "6JZ5": Instrument(Decimal("0.0000005"), Decimal(12_500_000), 13_000),
    "ZNZ5": Instrument(Decimal("0.015625"), Decimal(1000), 7_200),
    # Around zero, as in April 2020.
    "CLZ5": Instrument(Decimal("0.01"), Decimal(1000), 0),
}
POINT_VALUES: Mapping[str, Decimal] = {
    contract: instrument.point_value for contract, instrument in INSTRUMENTS.items()
}
ALL = tuple(INSTRUMENTS)
# Mostly few contracts, so that their positions close; the simplest choice comes first.
CONTRACTS = (*((contract,) for contract in ALL), ("MNQZ5", "MESZ5"), ("CLZ5", "6JZ5", "MBTZ5"), ALL)

# No contract has a tick this fine: such prices stand for averages of several fills, and their P&L
# needs rounding, some of it exactly between two micro-units.
AVERAGED = tuple(map(Decimal, ("0.000000001", "0.0000001", "0.000005", "-0.000015", "0.333333333")))
FEES = tuple(map(Decimal, ("0", "0.000001", "0.37", "1.03", "2.5", "0.333333", "12.345679")))
# Their byte order differs from the order of numbers, of words and of arrival.
PREFIXES = ("", "", "a", "B", "~", "=", "%")
STRATEGIES = (None, None, "breakout", "fade")
SEQUENCES = (0, 0, 0, 1, 2, -1)

# By the exchange's clock: both changes of the clock, midnights and 17:00 around them, and ends of
# weeks, months and the year, some of them at once.
MOMENTS = tuple(
    datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(EXCHANGE), fold=fold).astimezone(UTC)
    for moment, fold in (
        ("2025-11-03 00:00", 0),
        ("2025-11-02 17:00", 0),
        ("2025-11-02 01:00", 0),
        ("2025-11-02 01:00", 1),
        ("2025-11-02 00:00", 0),
        ("2025-11-01 00:00", 0),
        ("2025-10-31 17:00", 0),
        ("2025-03-09 00:00", 0),
        ("2025-03-09 03:00", 0),
        ("2025-03-09 17:00", 0),
        ("2025-03-10 00:00", 0),
        ("2025-11-30 17:00", 0),
        ("2025-12-01 00:00", 0),
        ("2025-12-31 17:00", 0),
        ("2026-01-01 00:00", 0),
    )
)
NUDGES = (
    timedelta(0),
    timedelta(0),
    timedelta(microseconds=-1),
    timedelta(microseconds=1),
    timedelta(seconds=-1),
    timedelta(seconds=1, microseconds=500_000),
    timedelta(minutes=-30),
    timedelta(minutes=30),
    timedelta(hours=-1),
    timedelta(hours=1),
    timedelta(hours=9, seconds=3, microseconds=123_456),
)
PAUSES = (
    timedelta(0),
    timedelta(0),
    timedelta(microseconds=1),
    timedelta(seconds=1),
    timedelta(seconds=37, microseconds=250_000),
    timedelta(minutes=20),
    timedelta(hours=1),
    timedelta(hours=7),
    timedelta(days=1),
    timedelta(days=7),
)

# What a correction changes at once: a price alone would be off the tick of another contract.
CORRECTIONS = (
    ("price",),
    ("contract", "price"),
    ("side",),
    ("quantity",),
    ("fees",),
    ("executed_at",),
    ("sequence",),
    ("strategy",),
    ("side", "quantity", "price", "fees", "executed_at"),
)
# From bytes: integers would be drawn from the constants of whatever modules are loaded, too.
SEEDS = st.binary(min_size=4, max_size=4).map(int.from_bytes)


class Insert(NamedTuple):
    """One POST of executions; those known already, in any version, change nothing."""

    fills: tuple[Fill, ...]


class Replace(NamedTuple):
    """A PUT over a known execution; it also brings a deleted one back."""

    fill: Fill


class Delete(NamedTuple):
    """A DELETE of a known execution, perhaps not for the first time."""

    execution_id: str


Operation = Insert | Replace | Delete


@st.composite
def fills(draw: st.DrawFn, max_size: int = 12) -> list[Fill]:
    """Between 1 and `max_size` fills in order of arrival, which is mostly that of time."""
    contracts = draw(st.sampled_from(CONTRACTS))
    return _stream(contracts, draw(st.lists(SEEDS, min_size=1, max_size=max_size)))


@st.composite
def histories(draw: st.DrawFn, max_size: int = 12, max_edits: int = 10) -> list[Operation]:
    """A stream inserted in shuffled batches, amid repeats, late fills, corrections, deletions.

    Every operation is one that the service accepts.
    """
    stream = draw(fills(max_size))
    return _history(stream, draw(SEEDS), draw(st.lists(SEEDS, max_size=max_edits)))


def surviving(operations: Iterable[Operation]) -> list[Fill]:
    """The fills that the operations leave, each in its last version."""
    known: set[str] = set()
    stored: dict[str, Fill] = {}
    for operation in operations:
        if isinstance(operation, Insert):
            for fill in operation.fills:
                if fill.execution_id not in known:
                    stored[fill.execution_id] = fill
                known.add(fill.execution_id)
        elif isinstance(operation, Replace):
            stored[operation.fill.execution_id] = operation.fill
        else:
            stored.pop(operation.execution_id, None)
    return list(stored.values())


def is_averaged(fill: Fill) -> bool:
    """Whether the price is off its tick, which the service takes with `average_price` only."""
    return fill.price % INSTRUMENTS[fill.contract].tick != 0


def _stream(contracts: Sequence[str], seeds: Sequence[int]) -> list[Fill]:
    made: list[Fill] = []
    for seed in seeds:
        made.append(_fill(Random(seed), contracts, made))
    return made


def _fill(rng: Random, contracts: Sequence[str], before: Sequence[Fill]) -> Fill:
    contract = rng.choice(contracts)
    net = sum(SIGN[fill.side] * fill.quantity for fill in before if fill.contract == contract)
    quantity = _signed_quantity(rng, net)
    return Fill(
        execution_id=f"{rng.choice(PREFIXES)}{len(before)}",
        contract=contract,
        side="BUY" if quantity > 0 else "SELL",
        quantity=abs(quantity),
        price=_price(rng, INSTRUMENTS[contract]),
        fees=rng.choice(FEES),
        executed_at=_moment(rng, before),
        sequence=rng.choice(SEQUENCES),
        strategy=rng.choice(STRATEGIES),
    )


def _signed_quantity(rng: Random, net: int) -> int:
    """From flat, open; else close, close, reverse, leave in part or add."""
    some = rng.choice((1, 2, 3, 5))
    if net == 0:
        return rng.choice((some, -some))
    direction = 1 if net > 0 else -1
    part = -direction * rng.randint(1, abs(net))
    return rng.choice((-net, -net, -net - direction * some, part, part, direction * some))


def _price(rng: Random, instrument: Instrument) -> Decimal:
    # Now and then within a tick or two, so that some trades break even.
    distance = rng.choice((2, 40, 40))
    price = instrument.tick * (instrument.middle + rng.randint(-distance, distance))
    return price + rng.choice((*AVERAGED, *[Decimal(0)] * 40))


def _moment(rng: Random, before: Sequence[Fill]) -> datetime:
    """Where the last fill was or soon after, or around a moment of its own, perhaps earlier."""
    follows = rng.choice((True, True, False))
    if before and follows:
        return before[-1].executed_at + rng.choice(PAUSES)
    return rng.choice(MOMENTS) + rng.choice(NUDGES)


def _history(stream: list[Fill], seed: int, edits: Sequence[int]) -> list[Operation]:
    batches = _batches(Random(seed), stream)
    # Every fill ever made, and of each all its versions.
    made = list(stream)
    versions: dict[str, list[Fill]] = {}
    operations: list[Operation] = []
    for edit in edits:
        rng = Random(edit)
        if batches and (not versions or rng.choice((True, False))):
            operation: Operation = Insert(batches.pop())
        else:
            operation = _edit(rng, made, versions)
        _remember(operation, made, versions)
        operations.append(operation)
    return operations + [Insert(batch) for batch in batches]


def _batches(rng: Random, stream: Sequence[Fill]) -> list[tuple[Fill, ...]]:
    """The stream in any order, cut anywhere, some fills in it twice."""
    waiting = [*stream, *rng.sample(stream, rng.randint(0, len(stream) // 3))]
    rng.shuffle(waiting)
    batches: list[tuple[Fill, ...]] = []
    while waiting:
        size = rng.randint(1, len(waiting))
        batches.append(tuple(waiting[:size]))
        del waiting[:size]
    return batches


def _edit(rng: Random, made: Sequence[Fill], versions: Mapping[str, Sequence[Fill]]) -> Operation:
    known = rng.choice(list(versions.values()))
    old = rng.choice(known)
    late = _fill(rng, ALL, made)
    return rng.choice(
        (
            Insert((old,)),
            Insert((late,)),
            Insert((old, late, rng.choice(rng.choice(list(versions.values()))))),
            Delete(old.execution_id),
            Replace(old),
            Replace(_corrected(rng, known[-1])),
            Replace(_corrected(rng, known[-1])),
        )
    )


def _corrected(rng: Random, fill: Fill) -> Fill:
    changed = rng.choice(CORRECTIONS)
    contracts = ALL if "contract" in changed else (fill.contract,)
    other = _fill(rng, contracts, [fill])
    return fill._replace(**{name: getattr(other, name) for name in changed})


def _remember(operation: Operation, made: list[Fill], versions: dict[str, list[Fill]]) -> None:
    if isinstance(operation, Delete):
        return
    for fill in operation.fills if isinstance(operation, Insert) else (operation.fill,):
        history = versions.setdefault(fill.execution_id, [])
        if fill not in history:
            history.append(fill)
        if all(fill.execution_id != one.execution_id for one in made):
            made.append(fill)
