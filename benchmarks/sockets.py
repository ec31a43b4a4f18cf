"""Live updates: from sending a fill until the last of many sockets has the new figures."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import AsyncExitStack

from websockets.asyncio.client import ClientConnection, connect

from benchmarks import figures
from benchmarks.figures import Row
from benchmarks.fills import Fills
from benchmarks.histories import History
from benchmarks.servers import Server, service

_ACCOUNT = "A0"
_WAIT_S = 60.0
# So many handshakes go on at once.
_OPENING = 50


def measure(history: History, sockets: int, fills: int) -> Row:
    """All sockets on one worker, listening to one account."""
    with service(history.folder) as server:
        return measured(server, sockets, fills)


def measured(server: Server, sockets: int, fills: int) -> Row:
    """Listen to a running service."""
    return asyncio.run(_measured(server, sockets, fills))


async def _measured(server: Server, sockets: int, fills: int) -> Row:
    came, connection = Fills(), server.connection()
    await asyncio.to_thread(came.one, connection, _ACCOUNT)
    async with AsyncExitStack() as stack:
        began_s = time.monotonic()
        listeners = await _all(stack, server, sockets)
        opened_s = time.monotonic() - began_s
        waits_s, meter = [], server.meter()
        for _ in range(fills):
            heard = [asyncio.ensure_future(_figures(each)) for each in listeners]
            sent_s = time.monotonic()
            await asyncio.to_thread(came.one, connection, _ACCOUNT)
            waits_s.append(max(await asyncio.gather(*heard)) - sent_s)
        cpu_s = meter.lap_s()
    return {
        "sockets": sockets,
        "fills": fills,
        "opened_s": round(opened_s, 2),
        **figures.p50_p99_ms(waits_s),
        "cpu_ms": round(cpu_s / fills * 1000, 1),
    }


async def _all(stack: AsyncExitStack, server: Server, sockets: int) -> list[ClientConnection]:
    listeners: list[ClientConnection] = []
    for start in range(0, sockets, _OPENING):
        some = range(start, min(start + _OPENING, sockets))
        listeners += await asyncio.gather(*(_listening(stack, server) for _ in some))
    return listeners


async def _listening(stack: AsyncExitStack, server: Server) -> ClientConnection:
    """A socket that has had its snapshot."""
    name, _, value = server.headers.strip().partition(": ")
    url = f"ws://127.0.0.1:{server.port}/ws"
    opening = connect(
        url, additional_headers={name: value}, ping_interval=None, open_timeout=_WAIT_S
    )
    listener = await stack.enter_async_context(opening)
    await listener.send(json.dumps({"type": "subscribe", "account_id": _ACCOUNT}))
    await _figures(listener)
    return listener


async def _figures(listener: ClientConnection) -> float:
    """When the next figures of the account came."""
    async with asyncio.timeout(_WAIT_S):
        while b'"performance_update"' not in await listener.recv(decode=False):
            pass
    return time.monotonic()
