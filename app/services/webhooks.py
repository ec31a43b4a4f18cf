"""Webhooks: what happened is posted to addresses of the operator's, at least once each.

One process at a time delivers, by a lease in the database: it looks through every account's outbox,
keeps what there is to tell, and sends it until it is taken or a day is over.
"""

from __future__ import annotations

import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

import msgspec
from msgspec import Struct

from app import telemetry
from app.db import outbox, position_pages, webhooks
from app.db.connection import Connection
from app.db.outbox import Event
from app.db.webhooks import Behind, Delivery
from app.domain import instants
from app.metrics import counts
from app.services import market, webhook_limits
from app.services.bodies import instant
from app.services.kinds import Instant
from app.services.positions import PositionBody, described
from app.services.resources import Resources
from app.services.webhook_sending import NotTaken

LOOK_S = 1.0
LEASE_US = 60 * instants.SECOND_US
EVENTS_MAX = 100
ACCOUNTS_MAX = 1_000
FIRST_PAUSE_US = 2 * instants.SECOND_US
PAUSE_MAX_US = 3600 * instants.SECOND_US
GIVEN_UP_US = instants.DAY_US

_log = telemetry.logger()


class Closed(Struct, tag_field="type", tag="positions_closed"):
    """Positions that a write closed, at most 100 of them."""

    id: str
    account_id: str
    timestamp: Instant
    seq: int
    data: list[PositionBody]


class Post(Protocol):
    """Sends one body; NotTaken unless the target has it."""

    def send(self, target: str, delivery_id: str, body: bytes, now_s: int, /) -> None:
        """Send it."""
        ...


class Webhooks(NamedTuple):
    """What one process needs to deliver; `me` names it."""

    res: Resources
    targets: tuple[str, ...]
    post: Post
    me: str

    def start(self, is_stopping: Callable[[], bool]) -> None:
        """Deliver from now on, on a thread of its own."""
        work = threading.Thread(target=self._run, args=(is_stopping,), daemon=True, name="hooks")
        work.start()

    def _run(self, is_stopping: Callable[[], bool]) -> None:
        is_well = True
        while not is_stopping():
            try:
                self.look()
                is_well = True
            except Exception:  # noqa: BLE001 (the outermost loop: it looks again)
                if is_well:
                    _log.error("no webhooks", exc_info=True)
                is_well = False
            time.sleep(LOOK_S)

    def look(self) -> None:
        """Keep what is new and send what is due, if this process is the one who delivers."""
        since_us = self._leased()
        if since_us is None:
            return
        self._collect(since_us)
        webhook_limits.look(self.res, self.targets, since_us)
        for target in self.targets:
            # One failure is enough for now: the others wait their turn.
            while (each := self._due(target)) and self._send(each):
                if self._leased() is None:
                    return
        self._forget_strays()

    def _leased(self) -> int | None:
        """When webhooks were switched on, if this process delivers them; a lease is renewed in
        its second half, so that nothing is written while nothing happens.
        """
        now_us = self.res.now_us()
        with self.res.db.read() as conn:
            held = webhooks.held(conn)
        if held is None or held.until_us <= now_us + (held.holder == self.me) * LEASE_US // 2:
            with self.res.db.write() as conn:
                webhooks.take(conn, self.me, now_us=now_us, until_us=now_us + LEASE_US)
                held = webhooks.held(conn)
        return held.since_us if held and held.holder == self.me else None

    def _collect(self, since_us: int) -> None:
        after = ""
        while True:
            with self.res.db.read() as conn:
                page = webhooks.after(conn, after, ACCOUNTS_MAX)
            for each in page:
                if each.seq != each.outbox_seq:
                    self._look_through(each, since_us)
            if len(page) < ACCOUNTS_MAX:
                return
            after = page[-1].account_id

    def _look_through(self, account: Behind, since_us: int) -> None:
        """What happened since webhooks were switched on; a database that was restored begins anew
        at its newest event.
        """
        place = account.seq or 0
        place = min(place, account.outbox_seq)
        with self.res.db.read() as conn:
            events = outbox.after(conn, account.account_key, place, EVENTS_MAX)
            fresh = [each for each in events if each.created_at_us >= since_us]
            told = [made for each in fresh for made in self._told(conn, account, each)]
        seq = events[-1].seq if events else account.outbox_seq
        with self.res.db.write() as conn:
            webhooks.put_events(conn, account.account_key, seq, told)

    def _told(self, conn: Connection, account: Behind, event: Event) -> Iterator[Delivery]:
        """What an event has to be told, for each target."""
        if not event.changes.closed:
            return
        now_us, key = self.res.now_us(), account.account_key
        standing = market.standing(self.res, conn, account.account_id, now_us)
        found = position_pages.by_ids(conn, key, event.changes.closed)
        data = [PositionBody(**each) for each in described(conn, standing, found)]
        if not data:
            return  # Taken back before anybody was told.
        # With its time: numbers repeat in a database that was restored.
        delivery_id = f"{account.account_id}/{event.seq}/{event.created_at_us}"
        at = str(instant(event.created_at_us))
        body = msgspec.json.encode(Closed(delivery_id, account.account_id, at, event.seq, data))
        for target in self.targets:
            yield Delivery(key, delivery_id, target, body.decode(), now_us, 0, now_us)

    def _due(self, target: str) -> Delivery | None:
        with self.res.db.read() as conn:
            return webhooks.due(conn, target, self.res.now_us())

    def _forget_strays(self) -> None:
        """Targets that were taken out of the settings leave what they were not sent."""
        before_us = self.res.now_us() - GIVEN_UP_US - PAUSE_MAX_US
        with self.res.db.read() as conn:
            found = webhooks.overdue(conn, before_us, EVENTS_MAX)
        for each in found:
            self._forget(each)

    def _send(self, each: Delivery) -> bool:
        """Whether it was taken."""
        now_us = self.res.now_us()
        try:
            now_s = now_us // instants.SECOND_US
            self.post.send(each.target, each.delivery_id, each.body.encode(), now_s)
        except NotTaken as error:
            return self._failed(each, str(error), now_us)
        counts.webhook("delivered")
        self._forget(each)
        return True

    def _failed(self, each: Delivery, why: str, now_us: int) -> bool:
        counts.webhook("failed")
        if now_us - each.created_at_us >= GIVEN_UP_US:
            counts.webhook("given_up")
            _log.error("webhook given up", delivery=each.delivery_id, reason=why)
            self._forget(each)
            return False
        _log.warning("webhook not taken", delivery=each.delivery_id, reason=why)
        with self.res.db.write() as conn:
            webhooks.put_off(conn, each, now_us + _pause_us(each.attempts))
        return False

    def _forget(self, each: Delivery) -> None:
        with self.res.db.write() as conn:
            webhooks.delete(conn, each)


def new_name() -> str:
    """A name for a process that no other one has."""
    return secrets.token_hex(8)


def _pause_us(attempts: int) -> int:
    """Twice as long each time up to an hour, and not the same for all."""
    pause_us = min(FIRST_PAUSE_US << min(attempts, 20), PAUSE_MAX_US)
    return int(pause_us * random.uniform(0.5, 1.5))  # noqa: S311 (no secret)
