"""The dashboard mix: what a poll costs the workers, by number of accounts and of positions."""

from __future__ import annotations

import time
from itertools import cycle

from benchmarks import figures, processes
from benchmarks.connection import Connection
from benchmarks.figures import Row
from benchmarks.fills import Fills
from benchmarks.histories import History
from benchmarks.polls import Mix
from benchmarks.processes import Meter
from benchmarks.servers import Server, bare, service

_CONNECTIONS = 8
_MEGA = 10**6
_MICRO = 10**6
# After so many polls, so many requests of the bare route.
_TURN, _BARE_A_TURN = 100, 50
# A busy morning; what a day of the history has, if that is less.
_MORNING_MAX = 1_000


def measure(history: History, polls: int, workers: int) -> Row:
    """Poll one after another over some connections, taking turns with a bare route."""
    with (
        service(history.folder, workers) as server,
        bare(history.folder / "bare", workers) as other,
    ):
        return measured(history, server, other, polls)


def measured(history: History, server: Server, other: Server, polls: int) -> Row:
    """Poll a running service and a bare route in turns."""
    row = _polled(begin(history, server), server, other, polls)
    memory = [processes.memory(pid) for pid in server.workers]
    return {
        "accounts": history.accounts,
        "positions": history.positions,
        "workers": len(memory),
        **row,
        "rss_mb": round(max(each.rss for each in memory) / _MEGA, 1),
        "pss_mb": round(max(each.pss for each in memory) / _MEGA, 1),
    }


def begin(history: History, server: Server) -> Mix:
    """The mix after a morning of trading, when every question was asked once."""
    mix = Mix(history.account_ids, Fills())
    connection = server.connection()
    each = history.positions // history.accounts // len(history.weekdays)
    mix.fills.morning(connection, history.account_ids, min(max(each, 1), _MORNING_MAX))
    for poll in mix.every():
        mix.ask(connection, poll)
    mix.unchanged = 0
    connection.close()
    return mix


def _polled(mix: Mix, server: Server, other: Server, polls: int) -> Row:
    writer, bare_one = server.connection(), other.connection()
    connections = cycle([server.connection() for _ in range(_CONNECTIONS)])
    meter, polls_s, fills_s, bare_s = server.meter(), 0.0, 0.0, 0.0
    bare_meter, waits_s, fills = other.meter(), [], 0
    for number in range(polls):
        if number % _TURN == 0:
            polls_s += meter.lap_s()
            bare_s += _bare_s(bare_one, bare_meter)
            meter.lap_s()
        poll, needs_fill = mix.next()
        if needs_fill:
            polls_s += meter.lap_s()
            mix.fill(writer, poll.account_id)
            fills += 1
            fills_s += meter.lap_s()
        connection = next(connections)
        began_s = time.perf_counter()
        mix.ask(connection, poll)
        waits_s.append(time.perf_counter() - began_s)
    polls_s += meter.lap_s()
    return {
        "polls": polls,
        "unchanged": round(mix.unchanged / polls, 3),
        "cpu_us": round(polls_s / polls * _MICRO, 1),
        **figures.p50_p99_ms(waits_s),
        "fills": fills,
        "fill_cpu_us": round(fills_s / fills * _MICRO, 1),
        "bare_cpu_us": round(bare_s / (-(-polls // _TURN) * _BARE_A_TURN) * _MICRO, 1),
    }


def _bare_s(connection: Connection, meter: Meter) -> float:
    connection.get("/")
    meter.lap_s()
    for _ in range(_BARE_A_TURN):
        connection.get("/")
    return meter.lap_s()
