"""How much a fault test tries: the suite's own figure, or a longer one that the environment names.

`tests/torture.toml` has the longer ones, and `make torture` reports what was reached.
"""

from __future__ import annotations

import os
from random import Random, SystemRandom

SEED = "TORTURE_SEED"
REACHED = "reached: "


def figure(name: str, usual: int) -> int:
    """The environment's figure of a name, else the usual one."""
    return int(os.environ.get(name, usual))


def rng() -> Random:
    """Random choices, whose seed a failing test shows and the environment can repeat."""
    seed = figure(SEED, SystemRandom().randrange(2**32))
    print(f"{SEED}={seed}")  # noqa: T201 (pytest shows it beside a failure)
    return Random(seed)


def reached(what: str) -> None:
    """Tell a report what a test did in figures."""
    print(REACHED + what)  # noqa: T201 (for the report)
