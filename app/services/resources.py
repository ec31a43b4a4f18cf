"""What a use case works with, put together once by the factory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from app.db.connection import Database

_T = TypeVar("_T")


class Offload(Protocol):
    """Runs a long computation where it does not keep other requests from being answered."""

    def __call__(self, work: Callable[[], _T], /) -> _T:
        """What the work returns or raises."""
        ...


def in_place(work: Callable[[], _T]) -> _T:
    """The offload of a process that answers nobody else."""
    return work()


@dataclass(frozen=True, slots=True)
class Resources:
    """The stores, the clock and the defaults of this process."""

    db: Database
    now_us: Callable[[], int]
    offload: Offload
    default_timezone: str
    default_account_id: str | None
    requires_token: bool
