"""Those who wait for news of accounts: by held requests and by WebSockets."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from decimal import Decimal
from threading import Event
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from tests.service import Service
from tests.system.listener import admin, opened
from tests.system.soak.book import Book
from tests.system.soak.caller import Caller, body

HELD_S = 2
HEAR_S = 1.0
# An acknowledgement may come after the news of the same write.
SETTLE_S = 30.0
# Then a socket begins anew, after what it heard last.
SOCKET_S = 60.0


def hold(caller: Caller, book: Book, until: Event) -> None:
    """Ask for a day again and again, each time until it changes."""
    query: dict[str, Any] = {"account_id": book.account_id, "wait": HELD_S}
    tag, last = "", 0
    while not until.is_set():
        answer = caller.send("GET", "/api/performance/daily", query, tag=tag)
        if answer is None or answer.status_code == 304:
            continue
        told = body(answer)
        tag = answer.headers["ETag"]
        if told["version"] < last:
            caller.notes.fault(f"held: version {told['version']} after {last}")
        last = told["version"]
        compare(caller, book, "held", told)


def listen(caller: Caller, book: Book, service: Service, until: Event) -> None:
    """Hear every change of an account once and in order, over many connections."""
    headers = {"Authorization": f"Bearer {admin(service)}"}
    heard: int | None = None
    while not until.is_set():
        with opened(service, "/ws", dict(headers)) as connection:
            after = {} if heard is None else {"after": heard}
            said = {"type": "subscribe", "account_id": book.account_id, **after}
            connection.send(json.dumps(said))
            heard = _hear(caller, book, connection, heard, until)


def _hear(
    caller: Caller, book: Book, connection: ClientConnection, heard: int | None, until: Event
) -> int | None:
    ends_s = time.monotonic() + SOCKET_S
    while time.monotonic() < ends_s and not until.is_set():
        try:
            with suppress(TimeoutError):
                message = json.loads(connection.recv(HEAR_S), parse_float=Decimal)
                # Without a number: what changed without a write, such as the day.
                if message["type"] == "performance_update" and message["seq"] is not None:
                    heard = _heard(caller, book, message, heard)
        except ConnectionClosed as error:
            caller.notes.fault(f"a socket was closed: {error!r}")
            break
    return heard


def _heard(caller: Caller, book: Book, message: Any, last: int | None) -> int:
    caller.notes.answered(None)
    seq: int = message["seq"]
    if last is not None and seq <= last:
        caller.notes.fault(f"{book.account_id}: heard {seq} after {last}")
    compare(caller, book, "heard", message["data"])
    return seq


def compare(caller: Caller, book: Book, what: str, told: Any) -> None:
    """A day's figures beside those that the book had at the same version."""
    kept = book.told(told["version"], SETTLE_S)
    if kept is None:
        caller.notes.fault(f"{what}: version {told['version']} of {book.account_id} never was")
    elif kept[0].isoformat() == told["date"]:
        counts = (told["total_trades"], told["winning_trades"], told["losing_trades"])
        sums = (told["daily_pnl"], told["gross_pnl"], told["fees"])
        caller.notes.right(what, (*sums, *counts), kept[1][:6])
