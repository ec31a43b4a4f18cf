"""The broker that the settings name, and its limits kept in the database by all who ask it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from msgspec import Struct

from app.broker.limits import BARS, CALLERS, GENERAL, REQUEST_S_MAX, Limit
from app.broker.login import Credentials
from app.broker.projectx import ProjectX
from app.broker.transport import Time
from app.db import rate_windows
from app.db.connection import Connection, Database
from app.domain import instants
from app.errors import DatabaseUnavailable, RateLimited
from app.services.resources import Offload, Resources, in_place, runner
from app.settings import Settings

# How much the clocks of two machines may differ without more being sent than is allowed.
CLOCK_SLACK_S = 1


class DatabaseBudget:
    """What is left of a broker's limits: a permit counts from before its request is sent until the
    span of its limit is over after the answer. One that was never settled, because its process
    died, counts as if the answer had taken as long as it may.
    """

    def __init__(self, db: Database, now_us: Callable[[], int]) -> None:
        self._db = db
        self._now_us = now_us

    def take(self, limits: Sequence[Limit]) -> Sequence[int]:
        """A permit of each limit, or none of any and RateLimited."""
        with self._db.write() as conn:
            rate_windows.alone(conn)
            now_us = self._now_us()
            rate_windows.delete_until(conn, now_us)
            for limit in limits:
                _refuse_full(conn, limit, now_us)
            return [
                rate_windows.insert(conn, limit.name, _until_us(limit, now_us, REQUEST_S_MAX))
                for limit in limits
            ]

    def settle(self, permits: Sequence[int], limits: Sequence[Limit]) -> None:
        """Let the permits count for their limits' spans from now on."""
        # Where that cannot be noted they count longer, which harms nobody.
        with suppress(DatabaseUnavailable), self._db.write() as conn:
            now_us = self._now_us()
            for permit, limit in zip(permits, limits, strict=True):
                rate_windows.count_until(conn, permit, _until_us(limit, now_us))


def connect(
    settings: Settings,
    db: Database,
    now_us: Callable[[], int],
    *,
    patience_s: float,
    offload: Offload = in_place,
    clock: Time | None = None,
) -> ProjectX | None:
    """A client for the user whom the settings name, or None; `patience_s` is how long it may take
    over an answer, the wait for the limits included; long ones are read by `offload`. Nothing is
    sent yet.
    """
    if settings.topstepx_username is None or settings.topstepx_api_key is None:
        return None
    return ProjectX(
        settings.topstepx_base_url,
        Credentials(settings.topstepx_username, settings.topstepx_api_key),
        DatabaseBudget(db, now_us),
        patience_s=patience_s,
        runner=partial(runner, offload),
        clock=clock,
    )


class LimitUse(Struct):
    """How many requests of a limit count at the moment, and how many may in any such span."""

    name: str
    used: int
    requests: int
    span_s: int


def use(res: Resources) -> list[LimitUse] | None:
    """How much of the broker's limits is used by all processes; None where there is no broker."""
    if res.broker is None:
        return None
    now_us = res.now_us()
    with res.db.read() as conn:
        return [
            LimitUse(
                each.name,
                rate_windows.used(conn, each.name, now_us),
                each.requests_max,
                each.span_s,
            )
            for each in (GENERAL, BARS, CALLERS)
        ]


def _refuse_full(conn: Connection, limit: Limit, now_us: int) -> None:
    surplus = rate_windows.held(conn, limit.name) - limit.requests_max
    if surplus < 0:
        return
    left_us = rate_windows.free_at_us(conn, limit.name, surplus) - now_us
    raise RateLimited(
        f"the broker takes {limit.requests_max} such requests in {limit.span_s} s"
        " and they are used up: wait, then try again",
        retry_after_s=max(1, -(-left_us // instants.SECOND_US)),
    )


def _until_us(limit: Limit, now_us: int, more_s: int = 0) -> int:
    return now_us + (limit.span_s + CLOCK_SLACK_S + more_s) * instants.SECOND_US
