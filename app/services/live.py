"""What is told live: each event of an account as messages that a dashboard can draw from.

Bodies are those that the same GET gives, made when the message is: they show the event's version
or a later one. An event's `performance_update` comes last and once, so whoever has it has all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, cast

from msgspec import Raw, structs

from app import VERSION, telemetry
from app.db import bar_stamps, orders, outbox, position_pages, trades
from app.db.connection import Connection
from app.db.outbox import Event
from app.domain import periods
from app.domain.changes import NONE
from app.domain.periods import SESSION
from app.realtime.sockets import BEAT_S
from app.realtime.source import Batch, Heads, Product, Stand, Subject
from app.services import access, accounts, answers, market, risk, tickets
from app.services.answers import Asked
from app.services.bodies import DailyBody, instant
from app.services.callers import Caller
from app.services.live_messages import (
    AccountMessage,
    AccountUpdate,
    BarsMessage,
    BarsUpdate,
    ErrorMessage,
    Health,
    HealthMessage,
    Hello,
    HelloMessage,
    PerformanceMessage,
    PongMessage,
    PositionsMessage,
    PositionsUpdate,
    RiskMessage,
    SaidFailure,
    TradesMessage,
    TradesUpdate,
    encode,
)
from app.services.performance import PeriodQuestion
from app.services.position_pages import LIMIT_MAX, PositionsQuestion
from app.services.positions import PositionBody, described
from app.services.resources import Resources
from app.services.risk_bodies import RiskBody
from app.services.trade_log import FILLED
from app.services.trades import of_execution, of_order

TODAY = PeriodQuestion("day", None, None, None, "position")
OPEN = PositionsQuestion("open", None, None, None, None, None, LIMIT_MAX, None)


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
        figures = self._figures(asked)
        with self.res.db.read() as conn:
            telling = _Telling(self.res, conn, asked)
            return [
                Batch(
                    each.seq, _tag(asked), [*telling.beside(each), *telling.figures(each, figures)]
                )
                for each in events
            ]

    def snapshot(self, account: Subject) -> Batch:
        """An account as it is now, at the event that it has at least."""
        asked = self._asked(account)
        figures = self._figures(asked)
        now = Event(asked.account.outbox_seq, 0, asked.now_us, "", NONE)
        with self.res.db.read() as conn:
            telling = _Telling(self.res, conn, asked)
            told = [telling.account(now), telling.open_positions(now)]
            told += telling.figures(now, figures)
        return Batch(now.seq, _tag(asked), told)

    def stand(self, account: Subject) -> Stand:
        """Which figures an account has now, which costs one statement."""
        asked = self._asked(account)
        return Stand(asked.account.outbox_seq, _tag(asked))

    def is_settled(self, account: Subject, seq: int) -> bool:
        """Whether whoever has the newest event has the figures of now: nothing is synced, nothing
        that is held has a price, and it is the day and the session of the event still.
        """
        asked = self._asked(account)
        with self.res.db.read() as conn:
            events = outbox.after(conn, account.account_key, seq - 1, 1)
        if not events or asked.market.feed != "manual" or asked.market.marks:
            return False
        then_us, own = events[0].created_at_us, asked.account.cut
        return all(
            periods.day_of(cut, then_us) == periods.day_of(cut, asked.now_us)
            for cut in (own, SESSION)
        )

    def refreshed(self, account: Subject) -> Batch:
        """The figures, of no event."""
        asked = self._asked(account)
        told = _encoded(
            self._figures(asked),
            account_id=asked.account.account_id,
            timestamp=_instant(asked.now_us),
        )
        return Batch(asked.account.outbox_seq, _tag(asked), told)

    def bar_stamps(self) -> Mapping[Product, int]:
        """What every change of a contract's bars changes."""
        with self.res.db.read() as conn:
            return {
                Product(each.root, each.contract): each.stamp for each in bar_stamps.every(conn)
            }

    def bars_changed(self, product: Product) -> bytes:
        """A message that says that a contract has other bars than before."""
        at = _instant(self.res.now_us())
        return encode(BarsMessage(timestamp=at, data=BarsUpdate(*product)))

    def is_good(self, caller: Hashable) -> bool:
        """Whether a caller may still listen."""
        return tickets.is_good(self.res, cast("Caller", caller))

    def failure(self, code: str, message: str, account: Subject | None) -> bytes:
        """A message that says what is wrong."""
        identity = telemetry.request_id.get()
        failed = SaidFailure(code, message, retryable=True, request_id=identity, details=[])
        return error(self.res, failed, account.account_id if account else None)

    def _asked(self, account: Subject) -> Asked:
        found = access.state(self.res, account.account_id).account
        if found is None:
            raise LookupError(f"account {account.account_id!r} is gone")
        return answers.ask(self.res, found, TODAY)

    def _figures(self, asked: Asked) -> _Figures:
        """The very bytes of the answers."""
        limits = answers.ask(self.res, asked.account, risk.question(self.res, asked.account))
        daily, limited = (Raw(answers.answer(self.res, each).content) for each in (asked, limits))
        return _Figures(cast("DailyBody", daily), cast("RiskBody", limited))


def hello(res: Resources, caller: Caller) -> bytes:
    """The first message of a socket."""
    data = Hello(VERSION, caller.name, BEAT_S)
    return encode(HelloMessage(timestamp=_instant(res.now_us()), data=data))


def health(res: Resources) -> bytes:
    """A sign of life."""
    status: Literal["ok", "unavailable"] = "ok" if res.hub.fanout.is_well else "unavailable"
    return encode(HealthMessage(timestamp=_instant(res.now_us()), data=Health(status)))


def pong(res: Resources) -> bytes:
    """The answer to a ping."""
    return encode(PongMessage(timestamp=_instant(res.now_us())))


def error(res: Resources, failed: Any, account_id: str | None = None) -> bytes:
    """A message that says what is wrong."""
    at = _instant(res.now_us())
    return encode(ErrorMessage(account_id=account_id, timestamp=at, data=failed))


class _Figures(NamedTuple):
    today: DailyBody
    risk: RiskBody


def _encoded(figures: _Figures, **of: Any) -> list[bytes]:
    told = RiskMessage(**of, data=figures.risk), PerformanceMessage(**of, data=figures.today)
    return [encode(each) for each in told]


class _Telling:
    """Messages about one account in one snapshot of the database."""

    def __init__(self, res: Resources, conn: Connection, asked: Asked) -> None:
        self._conn = conn
        self._account = asked.account
        self._now_us = asked.now_us
        self._standing = market.standing(res, conn, asked.account.account_id, asked.now_us)
        self._entry: AccountUpdate | None = None

    def beside(self, event: Event) -> Iterator[bytes]:
        """The messages of an event but its figures."""
        for tell in _TOLD.get(event.kind, ()):
            yield tell(self, event)

    def figures(self, event: Event, figures: _Figures) -> list[bytes]:
        """How far the account is from its limits, and what it made today."""
        return _encoded(figures, **self._of(event))

    def trades(self, event: Event) -> bytes:
        """The executions and orders that were written, and which of them are gone."""
        changes, key = event.changes, self._account.account_key
        filled = trades.filled_by_ids(self._conn, key, changes.executions)
        known = orders.by_ids(self._conn, key, changes.orders)
        items = [of_execution(each) for each in filled]
        # What was filled is told by its executions.
        items += [of_order(each) for each in known.values() if each.status != FILLED]
        items.sort(key=lambda each: (each.timestamp, each.id), reverse=True)
        gone = sorted({*changes.executions} - {each.execution.execution_id for each in filled})
        update = TradesUpdate(items, gone, changes.has_more)
        return encode(TradesMessage(**self._of(event), data=update))

    def positions(self, event: Event) -> bytes:
        """The positions that an event made or changed."""
        changes = event.changes
        found = position_pages.by_ids(self._conn, self._account.account_key, changes.positions)
        gone = {*changes.gone, *changes.positions} - {each.position_id for each in found}
        items = [PositionBody(**each) for each in described(self._conn, self._standing, found)]
        items.sort(key=lambda each: (each.opened_at, each.id), reverse=True)
        update = PositionsUpdate(items, sorted(gone), changes.has_more, is_snapshot=False)
        return encode(PositionsMessage(**self._of(event), data=update))

    def open_positions(self, event: Event) -> bytes:
        """All that is open, as it is listed."""
        found = OPEN.body(self._conn, self._standing, self._now_us)
        has_more = found.next_cursor is not None
        update = PositionsUpdate(found.items, [], has_more, is_snapshot=True)
        return encode(PositionsMessage(**self._of(event), data=update))

    def account(self, event: Event) -> bytes:
        """The account as it is listed, but for whom it is selected."""
        if self._entry is None:
            listed = structs.asdict(
                accounts.entry(self._conn, self._standing.account, self._now_us)
            )
            del listed["selected"]
            self._entry = AccountUpdate(**listed)
        return encode(AccountMessage(**self._of(event), data=self._entry))

    def _of(self, event: Event) -> dict[str, Any]:
        at, account_id = _instant(event.created_at_us), self._account.account_id
        return {"account_id": account_id, "timestamp": at, "seq": event.seq}


_TOLD: Mapping[str, Sequence[Callable[[_Telling, Event], bytes]]] = {
    "executions": (_Telling.trades, _Telling.positions, _Telling.account),
    "orders": (_Telling.trades,),
    "cash": (_Telling.account,),
    "account": (_Telling.account,),
    "risk": (),
}


def _tag(asked: Asked) -> str:
    """What names the figures of today; a new session has other limits, too."""
    return f"{asked.tag}/{periods.day_of(SESSION, asked.now_us)}"


def _instant(at_us: int) -> str:
    return str(instant(at_us))
