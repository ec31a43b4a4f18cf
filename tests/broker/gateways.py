"""A demo gateway in this process, over real HTTP, and clients of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from app.broker.limits import Limit
from app.broker.login import Credentials
from app.broker.model import TIMEFRAMES, BarQuestion, Window
from app.broker.projectx import ProjectX
from app.broker.transport import Time
from app.demo_gateway import server
from app.demo_gateway.gateway import Gateway
from app.domain import instants

SATURDAY = instants.parse("2025-11-08T12:00:00Z")
PATIENCE_S = 30.0
COMBINE = 12_694_471
MNQ = "CON.F.US.MNQ.Z25"


class Clock:
    """A clock that goes on only where somebody sleeps, or when it is set."""

    def __init__(self, now_us: int = SATURDAY) -> None:
        self.now_us = now_us
        self.slept_s: list[float] = []

    def __call__(self) -> int:
        return self.now_us

    def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self.now_us += round(seconds * 1e6)

    def set_to(self, iso: str) -> None:
        self.now_us = instants.parse(iso)

    def now_s(self) -> float:
        return self.now_us / 1e6

    @property
    def time(self) -> Time:
        return Time(self.now_s, self.sleep)


class NoLimits:
    """A budget that is never used up, and notes what was taken."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.under_way = 0

    def take(self, limits: Sequence[Limit]) -> Sequence[int]:
        self.taken += [limit.name for limit in limits]
        self.under_way += 1
        return [0] * len(limits)

    def settle(self, permits: Sequence[int], limits: Sequence[Limit]) -> None:
        assert len(permits) == len(limits)
        self.under_way -= 1


class Served:
    """A gateway, where it listens, and a clock for it and its clients."""

    def __init__(self, gateway: Gateway, port: int, clock: Clock) -> None:
        self.gateway = gateway
        self.url = f"http://127.0.0.1:{port}"
        self.clock = clock
        self.budget = NoLimits()
        self.refused = 0

    def client(self, api_key: str | None = None) -> ProjectX:
        user = self.gateway.user
        credentials = Credentials(user.username, api_key or user.api_key)
        return ProjectX(
            self.url, credentials, self.budget, patience_s=PATIENCE_S, clock=self.clock.time
        )

    @property
    def script(self) -> Callable[..., None]:
        """What goes wrong with the next requests, one by one."""
        return lambda *kinds: self.gateway.faults.script.extend(kinds)


@contextmanager
def served(clock: Clock, *, has_limits: bool = False, **options: Any) -> Iterator[Served]:
    gateway = Gateway(now_us=clock, **options)
    gateway.faults.slow_s = 0.0
    listening = server.make(gateway)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    made = Served(gateway, listening.server_port, clock)
    take = gateway.limits.take

    def counted(name: str) -> bool:
        # A clock that stands still would meet the limits soon.
        is_within = take(name) or not has_limits
        made.refused += not is_within
        return is_within

    gateway.limits.take = counted  # type: ignore[method-assign]
    try:
        yield made
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


def whole(gateway: Served) -> Window:
    return Window(gateway.gateway.first_us, gateway.clock.now_us)


def questions(gateway: Served, broker: ProjectX) -> dict[str, Callable[[], Any]]:
    """Every kind of question."""
    window = whole(gateway)
    day = Window(window.end_us - 3 * instants.DAY_US, window.end_us)
    return {
        "trades": lambda: broker.trades(COMBINE, window),
        "orders": lambda: broker.orders(COMBINE, window),
        "open orders": lambda: broker.open_orders(COMBINE),
        "positions": lambda: broker.positions(COMBINE),
        "accounts": broker.accounts,
        "contracts": broker.contracts,
        "contract": lambda: broker.contract(MNQ),
        "bars": lambda: broker.bars(BarQuestion(MNQ, TIMEFRAMES["1h"], day)),
    }
