"""Offered load in steps, until the service answers no more: how long a poll takes at each.

A poll's time counts from when it was due, not from when a connection was free to send it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

import gevent
from gevent import socket as gevent_socket

from benchmarks import figures
from benchmarks.connection import Connection, Wire
from benchmarks.figures import Row
from benchmarks.histories import History
from benchmarks.mix import begin
from benchmarks.polls import Mix
from benchmarks.servers import Server, bare, service

_FIRST_A_SECOND = 50
_GROWS = 1.5
_STEPS_MAX = 15
# Fewer answers than this of what was offered are too few: there is no point in offering more.
_ANSWERED_MIN = 0.85
_CONNECTIONS = 64
# Beyond this a step is given up: the queue only grows.
_LATE_MAX_S = 2.0

Ask = Callable[[Connection], object]


class Step(NamedTuple):
    """What happened in a while of offered load."""

    waits_s: list[float]
    lasted_s: float


def measure(history: History, step_s: float, workers: int) -> list[Row]:
    """The curves of the mix and of a bare route, one after the other."""
    with service(history.folder, workers) as server:
        rows = of_mix(history, server, step_s)
    with bare(history.folder / "bare", workers) as other:
        rows += of_bare(other, step_s)
    about = {"accounts": history.accounts, "positions": history.positions, "workers": workers}
    return [about | row for row in rows]


def of_mix(history: History, server: Server, step_s: float) -> list[Row]:
    """The mix's curve on a running service."""
    asks = _polling(begin(history, server), server)
    return _curve("dashboard mix", server, asks, step_s)


def of_bare(other: Server, step_s: float) -> list[Row]:
    """The curve of a bare route that runs."""
    return _curve("bare Flask route", other, lambda connection: connection.get("/"), step_s)


def _polling(mix: Mix, server: Server) -> Ask:
    writers = [server.connection(_wire) for _ in range(_CONNECTIONS)]

    def ask(connection: Connection) -> None:
        poll, needs_fill = mix.next()
        if needs_fill:
            writer = writers.pop()
            mix.fill(writer, poll.account_id)
            writers.append(writer)
        mix.ask(connection, poll)

    return ask


def _curve(subject: str, server: Server, ask: Ask, step_s: float) -> list[Row]:
    connections = [server.connection(_wire) for _ in range(_CONNECTIONS)]
    rows: list[Row] = []
    a_second = float(_FIRST_A_SECOND)
    while len(rows) < _STEPS_MAX:
        meter, client_s = server.meter(), time.process_time()
        step = _open(connections, ask, a_second, step_s)
        answered = len(step.waits_s) / step.lasted_s
        rows.append(
            {
                "subject": subject,
                "offered_a_s": round(a_second),
                "answered_a_s": round(answered),
                **figures.p50_p99_ms(step.waits_s),
                "server_cores": round(meter.lap_s() / step.lasted_s, 2),
                "client_cores": round((time.process_time() - client_s) / step.lasted_s, 2),
            }
        )
        if answered < _ANSWERED_MIN * a_second:
            break
        a_second *= _GROWS
    for connection in connections:
        connection.close()
    return rows


def _open(connections: list[Connection], ask: Ask, a_second: float, for_s: float) -> Step:
    """Polls that fall due evenly, sent by whichever connection is free."""
    began_s = time.monotonic()
    due_s = iter(began_s + n / a_second for n in range(max(int(a_second * for_s), 2)))
    waits_s: list[float] = []

    def take(connection: Connection) -> None:
        for at_s in due_s:
            late_s = time.monotonic() - at_s
            if late_s > _LATE_MAX_S:
                return
            if late_s < 0:
                gevent.sleep(-late_s)
            ask(connection)
            waits_s.append(time.monotonic() - at_s)

    gevent.joinall([gevent.spawn(take, each) for each in connections], raise_error=True)
    return Step(waits_s, time.monotonic() - began_s)


def _wire(port: int) -> Wire:
    wire: Wire = gevent_socket.create_connection(("127.0.0.1", port))
    return wire
