"""The sockets of a process, and which accounts each of them listens to.

The hub's poller alone reads events and hands them out, so there is one order.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Hashable, Mapping

from app import telemetry
from app.metrics import counts
from app.realtime.channel import BACKLOG_BYTES, Channel
from app.realtime.sockets import GOING_AWAY, REVOKED, frame
from app.realtime.source import Client, Product, Source, Subject

# Well below the connections that a worker takes, so that requests are answered whoever listens.
SOCKETS_MAX = 1_200
SUBSCRIPTIONS_MAX = 50
# Logins are looked at again when any changed, and every so often since sessions end.
RECHECK_S = 30.0
# How often to look for bars that were stored.
BARS_S = 1.0

_log = telemetry.logger()


class Fanout:
    """Everybody who listens in this process."""

    def __init__(self) -> None:
        self._source: Source | None = None
        self._guard = threading.Lock()
        self._clients: dict[int, tuple[Client, Hashable]] = {}
        self._fresh: dict[int, tuple[Client, Hashable]] = {}
        self._channels: dict[int, Channel] = {}
        self._epoch: int | None = None
        self._checked_s = 0.0
        self._bars: Mapping[Product, int] | None = None
        self._bars_s = 0.0
        # Whether the last look went well: else silence is no sign of nothing new.
        self.is_well = True

    def read_from(self, source: Source) -> None:
        """Where events come from, said once by whoever puts the parts together."""
        self._source = source

    @property
    def is_wanted(self) -> bool:
        """Whether anybody listens."""
        return bool(self._clients)

    def admit(self, client: Client, caller: Hashable) -> bool:
        """Take a socket in; False when there are as many as may be."""
        with self._guard:
            if len(self._clients) >= SOCKETS_MAX:
                return False
            # Between its login and this, the login may have ended: it is looked at soon.
            self._clients[id(client)] = self._fresh[id(client)] = client, caller
        return True

    def leave(self, client: Client) -> None:
        """Forget a socket and all that it listens to."""
        with self._guard:
            self._clients.pop(id(client), None)
            self._fresh.pop(id(client), None)
            for account_key in list(self._channels):
                self._drop(account_key, client)

    def subscribe(self, client: Client, subject: Subject, after: int | None) -> bool:
        """Give a socket an account's events from a number on, or a snapshot and what follows it;
        anew where it has them already. False for one account too many.
        """
        key = subject.account_key
        with self._guard:
            held = [each for each, it in self._channels.items() if id(client) in it.listeners]
            if key not in held and len(held) >= SUBSCRIPTIONS_MAX:
                return False
            self._channels.setdefault(key, Channel(subject)).join(client, after)
        return True

    def unsubscribe(self, client: Client, account_key: int) -> None:
        """Give a socket no more of an account."""
        with self._guard:
            self._drop(account_key, client)

    def close(self) -> None:
        """The process is to end: every socket is told so."""
        for client, _ in self._all_clients():
            client.end(GOING_AWAY, "the service is stopping")

    def look(self) -> bool:
        """Hand out what is new; whether there is more to hand out at once."""
        if self._source is None:
            return False
        try:
            return self._look(self._source)
        except Exception:  # noqa: BLE001 (the outermost loop: nothing is lost, it looks again)
            self._fare(well=False)
            return False

    def _look(self, source: Source) -> bool:
        with self._guard:
            # Who comes later than this is served by the next look, which knows their place.
            todo = [(it, list(it.listeners.values()), it.joined) for it in self._channels.values()]
        heads = source.heads([channel.subject.account_key for channel, _, _ in todo])
        self._recheck(source, heads.token_epoch)
        is_well, has_more = True, False
        for channel, listeners, joined in todo:
            try:
                head = heads.seqs[channel.subject.account_key]
                has_more |= channel.tell(source, listeners, joined, head)
            except Exception:  # noqa: BLE001 (one account's fault must not silence the others)
                self._fare(well=False)
                is_well = False
        self._tell_of_bars(source, {each.client for _, who, _ in todo for each in who})
        if is_well:
            self._fare(well=True)
        return has_more and is_well

    def _fare(self, *, well: bool) -> None:
        if self.is_well and not well:
            _log.error("no live updates", exc_info=True)
        self.is_well = well

    def _recheck(self, source: Source, epoch: int) -> None:
        """End the sockets whose logins ended; those that came in just now are looked at anyway."""
        now_s = time.monotonic()
        is_due = epoch != self._epoch or now_s - self._checked_s >= RECHECK_S
        with self._guard:
            todo = list((self._clients if is_due else self._fresh).values())
            self._fresh.clear()
        # Until all were looked at, they are due.
        self._epoch = None
        good: dict[Hashable, bool] = {}
        for client, caller in todo:
            if caller not in good:
                good[caller] = source.is_good(caller)
            if not good[caller]:
                client.end(REVOKED, "the login is over", at_once=True)
        self._epoch = epoch
        if is_due:
            self._checked_s = now_s

    def _tell_of_bars(self, source: Source, clients: Collection[Client]) -> None:
        """Bars belong to no account, and are not numbered: who misses one asks for them anyway."""
        now_s = time.monotonic()
        if now_s - self._bars_s < BARS_S:
            return
        before, self._bars = self._bars, source.bar_stamps()
        self._bars_s = now_s
        if before is None:
            return
        changed = [each for each, stamp in self._bars.items() if before.get(each) != stamp]
        frames = [frame(source.bars_changed(each)) for each in changed]
        for client in clients:
            if frames and client.backlog_bytes < BACKLOG_BYTES and client.put(frames):
                counts.socket_sent("bars", len(frames))

    def _all_clients(self) -> list[tuple[Client, Hashable]]:
        with self._guard:
            return list(self._clients.values())

    def _drop(self, account_key: int, client: Client) -> None:
        channel = self._channels.get(account_key)
        if channel:
            channel.listeners.pop(id(client), None)
            if not channel.listeners:
                del self._channels[account_key]
