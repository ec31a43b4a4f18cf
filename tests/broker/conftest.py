"""A demo gateway for a file of tests, and a client that has logged in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.broker.projectx import ProjectX
from tests.broker.gateways import COMBINE, Clock, Served, served, whole


@pytest.fixture
def gateway() -> Iterator[Served]:
    with served(Clock(), days=20) as found:
        yield found


@pytest.fixture
def broker(gateway: Served) -> Iterator[ProjectX]:
    client = gateway.client()
    client.token()
    yield client
    client.close()


@pytest.fixture
def in_mid_trade(gateway: Served, broker: ProjectX) -> Served:
    """A gateway at a time when something is open."""
    trades = broker.trades(COMBINE, whole(gateway))
    gateway.clock.now_us = next(each for each in trades[::-1] if each.pnl is None).executed_at_us
    return gateway
