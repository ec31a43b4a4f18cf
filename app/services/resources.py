"""What a use case works with, put together once by the factory."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from app.broker.projectx import ProjectX
from app.cache.read_through import ReadThrough
from app.db.connection import Database
from app.domain import instants
from app.realtime.hub import Hub
from app.services import uncollected
from app.services.bar_source import BarSource
from app.services.callers import Callers
from app.services.checks import Checks
from app.services.secret_key import SecretKey
from app.services.slots import Slots

_T = TypeVar("_T")


class Offload(Protocol):
    """Runs a long computation where it does not keep other requests from being answered."""

    def __call__(self, work: Callable[[], _T], /) -> _T:
        """What the work returns or raises."""
        ...


def in_place(work: Callable[[], _T]) -> _T:
    """The offload of a process that answers nobody else."""
    return work()


# More rows than this would keep the other requests of a worker waiting for too long.
LIGHT_ROWS_MAX = 500
# Each holds one of the database's connections for as long as its reader takes.
EXPORTS_MAX = 4
# How old the last price may be that values what is held, unless the settings say otherwise.
MARK_AGE_MAX_US = 60 * instants.SECOND_US


def runner(offload: Offload, rows: int) -> Offload:
    """How work on so many rows is to be run where long work is offloaded so."""
    return _LongWork(offload) if rows > LIGHT_ROWS_MAX else in_place


class _LongWork:
    """The offload of work that makes a great many rows."""

    def __init__(self, offload: Offload) -> None:
        self._offload = offload

    def __call__(self, work: Callable[[], _T], /) -> _T:
        return self._offload(lambda: uncollected.run(work))


@dataclass(frozen=True, slots=True)
class Resources:
    """The stores, the clock and the defaults of this process."""

    db: Database
    now_us: Callable[[], int]
    offload: Offload
    default_timezone: str
    default_account_id: str | None
    requires_token: bool
    secret_key: SecretKey
    cache: ReadThrough
    callers: Callers
    hub: Hub
    checks: Checks = field(default_factory=Checks)
    # Held while a file is imported: a large one takes a lot of memory.
    importing: threading.Lock = field(default_factory=threading.Lock)
    exports: Slots = field(default_factory=lambda: Slots(EXPORTS_MAX, "exports"))
    bar_source: BarSource | None = None
    broker: ProjectX | None = None
    mark_age_max_us: int = MARK_AGE_MAX_US
    # The session up to which the lows of each account were kept from here.
    caught_up: dict[int, int] = field(default_factory=dict)

    def runner(self, rows: int) -> Offload:
        """How work on so many rows is to be run."""
        return runner(self.offload, rows)
