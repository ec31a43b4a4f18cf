"""What is told live: each event of an account as messages that a dashboard can draw from.

Bodies are those that the same GET gives, made when the message is: they show the event's version
or a later one. An event's `performance_update` comes last and once, so whoever has it has all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, cast

import msgspec
from msgspec import Raw, Struct, structs

from app import VERSION, telemetry
from app.db import orders, outbox, position_pages, trades
from app.db.connection import Connection
from app.db.outbox import Event
from app.domain.accounts import Account
from app.domain.changes import Changes
from app.realtime.sockets import BEAT_S
from app.realtime.source import Batch, Heads, Stand, Subject
from app.services import access, accounts, answers, tickets
from app.services.answers import Asked
from app.services.bodies import instant
from app.services.callers import Caller
from app.services.kinds import Instant
from app.services.performance import PeriodQuestion
from app.services.position_pages import LIMIT_MAX, PositionsQuestion
from app.services.positions import PositionBody, facts
from app.services.resources import Resources
from app.services.trade_log import FILLED
from app.services.trades import TradeBody, of_execution, of_order

TODAY = PeriodQuestion("day", None, None, None, "position")
OPEN = PositionsQuestion("open", None, None, None, None, None, LIMIT_MAX, None)

Kind = Literal[
    "hello",
    "performance_update",
    "trade_update",
    "position_update",
    "account_update",
    "risk_update",
    "bar_update",
    "health",
    "pong",
    "error",
]


class Message(Struct):
    """Everything that goes to a socket; `seq` is the account's event that brought it."""

    type: Kind
    account_id: str | None
    data: Any
    timestamp: Instant
    seq: int | None = None


class TradesUpdate(Struct):
    """Items of the log as they are now, those that are no more, and whether there are others."""

    items: list[TradeBody]
    gone: list[str]
    has_more: bool


class PositionsUpdate(Struct):
    """Positions as they are now, those that are no more, and whether there are others; a snapshot
    has all that are open and says nothing of others.
    """

    items: list[PositionBody]
    gone: list[str]
    has_more: bool
    is_snapshot: bool


class Hello(Struct):
    """Who is listened to and who listens; a sign of life comes at least so often."""

    version: str
    caller: str
    heartbeat_s: float


class Health(Struct):
    """Whether this socket would be told of a write now."""

    status: Literal["ok", "unavailable"]


class Failed(Struct):
    """What is wrong, as every other failure says it."""

    code: str
    message: str
    retryable: bool
    request_id: str
    details: Sequence[Any] = ()


class Live(NamedTuple):
    """The source of the fan-out."""

    res: Resources

    def heads(self, account_keys: Collection[int]) -> Heads:
        """Where the tokens and some accounts stand."""
        return Heads(*outbox.heads(self.res.db, account_keys))

    def after(self, account: Subject, seq: int, limit: int) -> Sequence[Batch]:
        """The events that follow a number, told with the bodies of now."""
        with self.res.db.read() as conn:
            events = outbox.after(conn, account.account_key, seq, limit)
        if not events:
            return []
        asked = self._asked(account)
        daily = Raw(answers.answer(self.res, asked).content)
        with self.res.db.read() as conn:
            telling = _Telling(conn, asked.account, asked.now_us)
            return [
                Batch(each.seq, asked.tag, [*telling.beside(each), telling.figures(each, daily)])
                for each in events
            ]

    def snapshot(self, account: Subject) -> Batch:
        """An account as it is now, at the event that it has at least."""
        asked = self._asked(account)
        daily = Raw(answers.answer(self.res, asked).content)
        now = Event(asked.account.outbox_seq, 0, asked.now_us, "", Changes())
        with self.res.db.read() as conn:
            telling = _Telling(conn, asked.account, asked.now_us)
            told = [telling.account(now), telling.open_positions(now), telling.figures(now, daily)]
        return Batch(now.seq, asked.tag, told)

    def stand(self, account: Subject) -> Stand:
        """Which figures an account has now, which costs one statement."""
        asked = self._asked(account)
        return Stand(asked.account.outbox_seq, asked.tag)

    def refreshed(self, account: Subject) -> Batch:
        """The figures, of no event."""
        asked = self._asked(account)
        daily = Raw(answers.answer(self.res, asked).content)
        told = message(
            "performance_update", daily, asked.now_us, account_id=asked.account.account_id
        )
        return Batch(asked.account.outbox_seq, asked.tag, [told])

    def is_good(self, caller: Hashable) -> bool:
        """Whether a caller may still listen."""
        return tickets.is_good(self.res, cast("Caller", caller))

    def failure(self, code: str, message: str, account: Subject | None) -> bytes:
        """A message that says what is wrong."""
        failed = Failed(code, message, retryable=False, request_id=telemetry.request_id.get())
        return error(self.res, failed, account.account_id if account else None)

    def _asked(self, account: Subject) -> Asked:
        found = access.state(self.res, account.account_id).account
        if found is None:
            raise LookupError(f"account {account.account_id!r} is gone")
        return answers.ask(self.res, found, TODAY)


def hello(res: Resources, caller: Caller) -> bytes:
    """The first message of a socket."""
    return message("hello", Hello(VERSION, caller.name, BEAT_S), res.now_us())


def health(res: Resources) -> bytes:
    """A sign of life."""
    status: Literal["ok", "unavailable"] = "ok" if res.hub.fanout.is_well else "unavailable"
    return message("health", Health(status), res.now_us())


def pong(res: Resources) -> bytes:
    """The answer to a ping."""
    return message("pong", None, res.now_us())


def error(res: Resources, failed: Any, account_id: str | None = None) -> bytes:
    """A message that says what is wrong."""
    return message("error", failed, res.now_us(), account_id=account_id)


def message(
    kind: Kind, data: Any, at_us: int, *, account_id: str | None = None, seq: int | None = None
) -> bytes:
    """A message as JSON."""
    return msgspec.json.encode(Message(kind, account_id, data, str(instant(at_us)), seq))


class _Telling:
    """Messages about one account in one snapshot of the database."""

    def __init__(self, conn: Connection, account: Account, now_us: int) -> None:
        self._conn = conn
        self._account = account
        self._now_us = now_us
        self._entry: dict[str, Any] | None = None

    def beside(self, event: Event) -> Iterator[bytes]:
        """The messages of an event but its figures."""
        for tell in _TOLD.get(event.kind, ()):
            yield tell(self, event)

    def figures(self, event: Event, daily: Raw) -> bytes:
        """What the account made today."""
        return self._message("performance_update", daily, event)

    def trades(self, event: Event) -> bytes:
        """The executions and orders that were written, and which of them are gone."""
        changes, key = event.changes, self._account.account_key
        filled = trades.filled_by_ids(self._conn, key, changes.executions)
        items = [of_execution(each) for each in filled]
        known = orders.by_ids(self._conn, key, changes.orders)
        # What was filled is told by its executions.
        items += [of_order(each) for each in known.values() if each.status != FILLED]
        items.sort(key=lambda each: each.timestamp, reverse=True)
        gone = sorted({*changes.executions} - {each.execution.execution_id for each in filled})
        return self._message("trade_update", TradesUpdate(items, gone, changes.has_more), event)

    def positions(self, event: Event) -> bytes:
        """The positions that an event made or changed."""
        changes = event.changes
        found = position_pages.by_ids(self._conn, self._account.account_key, changes.positions)
        gone = {*changes.gone, *changes.positions} - {each.position_id for each in found}
        items = [PositionBody(**facts(self._account, each)) for each in found]
        update = PositionsUpdate(items, sorted(gone), changes.has_more, is_snapshot=False)
        return self._message("position_update", update, event)

    def open_positions(self, event: Event) -> bytes:
        """All that is open, as it is listed."""
        standing = accounts.standing(self._conn, self._account.account_id)
        found = OPEN.body(self._conn, standing, self._now_us)
        has_more = found.next_cursor is not None
        update = PositionsUpdate(found.items, [], has_more, is_snapshot=True)
        return self._message("position_update", update, event)

    def account(self, event: Event) -> bytes:
        """The account as it is listed, but for whom it is selected."""
        if self._entry is None:
            self._entry = structs.asdict(accounts.entry(self._conn, self._account, self._now_us))
            del self._entry["selected"]
        return self._message("account_update", self._entry, event)

    def _message(self, kind: Kind, data: Any, event: Event) -> bytes:
        at_us, account_id = event.created_at_us, self._account.account_id
        return message(kind, data, at_us, account_id=account_id, seq=event.seq)


_TOLD: Mapping[str, Sequence[Callable[[_Telling, Event], bytes]]] = {
    "executions": (_Telling.trades, _Telling.positions, _Telling.account),
    "orders": (_Telling.trades,),
    "cash": (_Telling.account,),
    "account": (_Telling.account,),
}
