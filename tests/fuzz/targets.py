"""Everything that reads what strangers send, each as a function of bytes: it refuses them in its
own words or takes them, and raises only where it is at fault.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache

from app.blueprints import document, stream, typed
from app.domain import fixed, instants, periods
from app.domain.instruments import SHIPPED
from app.errors import AppError, InvalidCursor
from app.importers import amounts, bars, formats, moments
from app.importers.bars import Reading
from app.importers.table import Context
from app.realtime.sockets import Socket
from app.services import cursors
from tests.blueprints import calls
from tests.conftest import NOON
from tests.fuzz import service
from tests.fuzz.service import PAGED, READ, WRITTEN, Asked

Target = Callable[[bytes], object]

CONTEXT = Context("A", SHIPPED, "America/Chicago")
BARS = Reading(60, is_stamped_at_end=False, now_us=NOON)


@cache
def asked() -> Asked:
    """One application for all inputs of a process."""
    return service.started()


def of_file(sent: bytes) -> None:
    """A trader's file, its format found or named by the first byte."""
    names = ["auto", *(each.name for each in formats.FORMATS)]
    named = names[sent[0] % len(names)] if sent[:1] > b"\x7f" else "auto"
    with suppress(ValueError, AppError):
        formats.read(sent, CONTEXT, "auto")
    with suppress(ValueError, AppError):
        formats.read(sent[1:], CONTEXT, named)


def of_bars(sent: bytes) -> None:
    """A file of bars, whose bad lines are told one by one."""
    list(bars.read(io.StringIO(sent.decode("utf-8", "replace"), newline=""), BARS))


def of_cursor(sent: bytes) -> None:
    """A cursor, or fields that are put into a real one."""
    text = sent.decode("utf-8", "replace")
    with suppress(InvalidCursor):
        cursors.decode(text, "f")
    with suppress(ValueError, RecursionError):
        said = json.loads(text)
        for path in PAGED if isinstance(said, dict) else ():
            query = {"account_id": "A", "limit": "1"}
            query["cursor"] = service.forged(asked().cursors[path] | said)
            asked().answered(calls.get(asked().caller, path, **query))


def of_login(sent: bytes) -> None:
    """A header that says who calls, and a cookie."""
    said = sent.decode("latin-1").translate(dict.fromkeys(map(ord, "\r\n\0")))
    for headers in ({"Authorization": said}, {"Authorization": "", "Cookie": said}):
        asked().answered(calls.call(asked().caller, "GET", "/api/session", headers=headers))


def of_query(sent: bytes) -> None:
    """A query of the resource that the first byte names."""
    path, query = READ[sent[0] % len(READ)] if sent else READ[0], sent[1:].decode("latin-1")
    answer = calls.call(asked().caller, "GET", path, query_string=query)
    with answer:
        asked().answered(answer)


def of_body(sent: bytes) -> None:
    """A body for the route that the first byte names."""
    method, path = WRITTEN[sent[0] % len(WRITTEN)] if sent else WRITTEN[0]
    asked().answered(service.sent(asked(), method, path, sent[1:]))


def of_message(sent: bytes) -> None:
    """What a socket is told."""
    with suppress(AppError):
        stream._said(document.parse(sent))


class _Line:
    """A connection on which something has come, in pieces."""

    def __init__(self, sent: bytes) -> None:
        self._pieces = [sent[at : at + 7] for at in range(0, min(len(sent), 70), 7)] + [sent[70:]]

    def recv(self, _: int, /) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""

    def sendall(self, _: bytes, /) -> None:
        """Nobody reads it."""

    def shutdown(self, _: int, /) -> None:
        """It is at its end anyway."""


class _Heard(Socket):
    """A socket that starts no timer when it ends."""

    def end(self, code: int, reason: str, *last: bytes, at_once: bool = False) -> None:  # noqa: ARG002
        self._is_ending = True


def of_frames(sent: bytes) -> None:
    """What comes on a socket's connection."""
    for message in _Heard(_Line(sent), lambda: b"")._messages():
        of_message(message)


def of_number(sent: bytes) -> None:
    """A decimal as callers and as files write it, exact in both units."""
    text = sent.decode("utf-8", "replace")
    for parse in (fixed.parse, amounts.parse, lambda said: amounts.parse(said, amounts.COMMA)):
        with suppress(ValueError):
            value = parse(text)
            assert fixed.scaled(value, fixed.PRICE_PLACES) == value.scaleb(fixed.PRICE_PLACES)
    with suppress(ValueError):
        amounts.decimal_mark(text.split("|"), ";")


def of_time(sent: bytes) -> None:
    """A time, a date, a zone as callers and as files write it; what is read is told alike."""
    text = sent.decode("utf-8", "replace")
    with suppress(ValueError):
        at_us = instants.parse(text)
        assert instants.parse(instants.text(at_us)) == at_us
    for parse in typed._CUSTOM.values():
        with suppress(ValueError):
            parse(text)
    for order in moments.ORDERS:
        with suppress(ValueError):
            moments.parse(text, order, CONTEXT.zone)
    with suppress(ValueError):
        moments.date_order(text.split("|"), CONTEXT.zone, is_european=False)
    periods.is_zone(text)


TARGETS: Mapping[str, Target] = {
    "file": of_file,
    "bars": of_bars,
    "cursor": of_cursor,
    "login": of_login,
    "query": of_query,
    "body": of_body,
    "message": of_message,
    "frames": of_frames,
    "number": of_number,
    "time": of_time,
}
