"""A sync of a demo gateway without a network between: the same bytes, in no time of any clock."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse
from werkzeug.test import Client as WsgiClient

from app.broker.limits import Limit
from app.broker.login import Credentials
from app.broker.projectx import ProjectX
from app.db.connection import Database
from app.demo_gateway import rest
from app.demo_gateway.access import Limits
from app.demo_gateway.faults import Faults
from app.demo_gateway.gateway import Gateway
from app.domain import instants
from app.services import sync
from app.services.broker import DatabaseBudget
from app.services.resources import Resources
from app.services.sync import Outcome, Plan
from app.services.sync_context import Syncing
from app.services.sync_marks import Marks
from tests.broker.gateways import Clock
from tests.conftest import resources_on

MEMORY = Path("/dev/shm")
SECOND_US = instants.SECOND_US
# Low, so that every sync meets them.
TIGHT: Mapping[str, tuple[int, int]] = MappingProxyType({"general": (30, 60), "bars": (6, 30)})
PATIENCE_S = 3_600
LAG_US_MAX = 2_400 * SECOND_US


class LateGateway(Gateway):
    """Tells of some fills long after they were made, dated back."""

    def trades(self, account_id: int, start_us: int, end_us: int) -> list[dict[str, Any]]:
        rows = super().trades(account_id, start_us, end_us)
        return [each for each in rows if self._is_told(each)]

    def _is_told(self, row: dict[str, Any]) -> bool:
        lag_us = LAG_US_MAX if row["id"] // 20 % 3 == 0 else 0
        return instants.parse(row["creationTimestamp"]) + lag_us <= self.now_us()


class TightBudget(DatabaseBudget):
    """As small as the gateway's limits here."""

    def take(self, limits: Sequence[Limit]) -> Sequence[int]:
        return super().take(_tight(limits))

    def settle(self, permits: Sequence[int], limits: Sequence[Limit]) -> None:
        super().settle(permits, _tight(limits))


def _tight(limits: Sequence[Limit]) -> list[Limit]:
    return [Limit(each.name, *TIGHT[each.name]) for each in limits]


class Direct(BaseAdapter):
    """Hands requests to the gateway's application; every one takes a while by its clock."""

    def __init__(self, state: Gateway, clock: Clock) -> None:
        super().__init__()
        self._client = WsgiClient(rest.make(state))
        self._adapter = HTTPAdapter()
        self._clock = clock

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        self._clock.now_us += 20_000
        body = request.body if isinstance(request.body, bytes) else b""
        answer = self._client.post(
            request.path_url,
            data=body,
            headers=dict(request.headers),
            environ_overrides={"werkzeug.socket": _Line()},
        )
        raw = HTTPResponse(
            io.BytesIO(answer.get_data()),
            headers=dict(answer.headers),
            status=answer.status_code,
            preload_content=False,
        )
        self._clock.now_us += 20_000
        return self._adapter.build_response(request, raw)

    def close(self) -> None:
        self._adapter.close()


class _Line:
    """What a dropped connection is shut down on; less comes than was said, as there."""

    def shutdown(self, how: int) -> None:
        pass


class Killed(BaseException):
    """The process is no more."""


class Scene:
    """A gateway, a database, and syncs of the one into the other."""

    def __init__(self, gateway: Gateway, clock: Clock, url: str) -> None:
        self.gateway = gateway
        self.clock = clock
        self.db = Database(url)
        self.res: Resources = resources_on(self.db, clock)  # type: ignore[arg-type]
        self.plan = Plan({}, gateway.first_us, 10.0)
        self.refused = 0
        self.step: Callable[[], None] = lambda: None
        self.budget: DatabaseBudget = TightBudget(self.db, clock)
        gateway.limits = Limits(clock, TIGHT)
        take = gateway.limits.take

        def counted(name: str) -> bool:
            is_within = take(name)
            self.refused += not is_within
            return is_within

        gateway.limits.take = counted  # type: ignore[method-assign]
        self.restart()

    def restart(self) -> None:
        """A new process: all that was only in its memory is gone."""
        credentials = Credentials(*self.gateway.user)
        url = "http://127.0.0.1:1"
        self.broker = ProjectX(
            url, credentials, self.budget, patience_s=PATIENCE_S, clock=self.clock.time
        )
        self.broker._transport._http.trust_env = False
        self.broker._transport._http.mount("http://", Direct(self.gateway, self.clock))
        self.marks = Marks()

    def make_pass(self) -> Outcome:
        """One pass over all accounts."""
        to = Syncing(self.res, self.broker, self.step)
        return sync.make_pass(to, self.plan, self.marks)

    def wait(self, seconds: float) -> None:
        self.clock.now_us += round(seconds * SECOND_US)

    def close(self) -> None:
        self.broker.close()
        self.db.close()


@contextmanager
def scene(gateway: Gateway, url: str) -> Iterator[Scene]:
    """The gateway at its own time, and a database."""
    clock = gateway.now_us
    assert isinstance(clock, Clock)
    made = Scene(gateway, clock, url)
    try:
        yield made
    finally:
        made.close()


def chance_of(rng: Random, chances: Mapping[str, float]) -> Faults:
    """Faults that another seed decides."""
    faults = Faults(rng.randrange(10**9), chances)
    faults.slow_s = 0.0
    return faults
