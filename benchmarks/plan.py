"""How much is measured: a few minutes' worth, or all of it."""

from __future__ import annotations

from typing import NamedTuple


class Size(NamedTuple):
    """A history's closed positions, and the accounts that they are spread over."""

    positions: int
    accounts: int


def size(said: str) -> Size:
    """Such as 100000x50: positions, and accounts."""
    positions, _, accounts = said.partition("x")
    return Size(int(positions), int(accounts))


class Plan(NamedTuple):
    """The sizes and times of a run; a `turn` is what a subject has before the next one's."""

    reads: tuple[int, ...]
    read_rounds: int
    turn_s: float
    mix: tuple[Size, ...]
    polls: int
    saturation: Size
    step_s: float
    imported: int
    posts: int
    sockets: tuple[int, ...]
    told: int
    trades: tuple[int, ...]
    trade_rounds: int
    workers: int = 2


QUICK = Plan(
    reads=(10_000, 100_000),
    read_rounds=5,
    turn_s=0.2,
    mix=(Size(10_000, 1), Size(100_000, 1), Size(100_000, 50)),
    polls=3_000,
    saturation=Size(100_000, 50),
    step_s=2.0,
    imported=50_000,
    posts=300,
    sockets=(100,),
    told=10,
    trades=(10_000,),
    trade_rounds=3,
)
FULL = Plan(
    reads=(10_000, 100_000, 1_000_000),
    read_rounds=9,
    turn_s=0.5,
    mix=tuple(
        Size(n, accounts) for n in (10_000, 100_000, 1_000_000) for accounts in (1, 50, 1_000)
    ),
    polls=5_000,
    saturation=Size(1_000_000, 50),
    step_s=5.0,
    imported=500_000,
    posts=1_000,
    sockets=(100, 1_000),
    told=20,
    trades=(10_000, 100_000),
    trade_rounds=5,
)
HUGE = 10_000_000


def with_huge(plan: Plan) -> Plan:
    """With ten million positions of one account as well: some gigabytes, and a long import."""
    return plan._replace(reads=(*plan.reads, HUGE), mix=(*plan.mix, Size(HUGE, 1)))
