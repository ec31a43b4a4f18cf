"""An account that sockets listen to: each is given every event once, in order.

A listener has a place, the number of the last event that it was given, and only ever moves to the
next one. Whoever has yet to catch up is given more as it takes it; whoever was up to date and does
not take what comes is too slow.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.metrics import counts
from app.realtime.sockets import TOO_SLOW, frame
from app.realtime.source import Batch, Client, Source, Subject

# Read of an account at once, so that others have their turn.
BITE = 50
# What was read of an account is kept for those who come back, up to so much.
KEPT_MAX, KEPT_MAX_BYTES = 400, 2 * 1024 * 1024
# One that catches up is given more only while less than this waits for it.
BACKLOG_BYTES = 256 * 1024
# How often to look whether figures have changed without a write.
REFRESH_S = 1.0
_NOWHERE = -1


class _Told(NamedTuple):
    """Messages as they are sent, with what names the figures in them."""

    seq: int
    tag: str
    frames: list[bytes]

    @property
    def size(self) -> int:
        return sum(map(len, self.frames))


class Listener:
    """An account for one socket; `place` is None until it was given a snapshot. `tag` names the
    figures that it has; None: it has them from before, and nobody knows which.
    """

    def __init__(self, client: Client, place: int | None) -> None:
        self.client = client
        self.place = place
        self.tag: str | None = None
        self.is_up_to_date = False

    @property
    def has_room(self) -> bool:
        """Whether what waits for it is little."""
        return self.client.backlog_bytes < BACKLOG_BYTES

    @property
    def lags(self) -> bool:
        """Whether it can be given more at once."""
        return not self.is_up_to_date and self.has_room


class Channel:
    """What this process knows of an account's events, and who is to be given them."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.listeners: dict[int, Listener] = {}
        # How often somebody joined, and how often when all had everything.
        self.joined = 0
        self._settled = -1
        self._place: int | None = None
        self._looked_s = 0.0
        self._kept: OrderedDict[int, _Told] = OrderedDict()
        self._kept_bytes = 0
        # Of all who are given one at once.
        self._snapshot: _Told | None = None

    def join(self, client: Client, place: int | None) -> None:
        """Give a socket what follows a place, or a snapshot first."""
        self.listeners[id(client)] = Listener(client, place)
        self.joined += 1

    def tell(self, source: Source, listeners: Sequence[Listener], joined: int, head: int) -> bool:
        """Bring those who were there when the newest event was `head` on; whether there is more
        to be given at once.
        """
        has_more, self._snapshot = False, None
        if self._place != head or self._settled != joined:
            if not self._advance(source, head):
                self._lose(listeners)
            for each in listeners:
                self._serve(source, each, head)
            is_read = self._place == head
            self._settled = joined if is_read and _all_up_to_date(listeners) else -1
            has_more = not is_read or any(each.lags for each in listeners)
        self._refresh(source, listeners)
        return has_more

    def _advance(self, source: Source, head: int) -> bool:
        """Read what is new; False where the events do not follow each other."""
        if self._place is None:
            self._place = head
        if head == self._place:
            return True
        if head > self._place:
            for batch in source.after(self.subject, self._place, BITE):
                if batch.seq != self._place + 1:
                    break
                self._keep(batch)
                self._place = batch.seq
            else:
                return True
        # Another history, of a database that was restored; or nobody looked for a day.
        self._place = head
        self._kept.clear()
        self._kept_bytes = 0
        return False

    def _lose(self, listeners: Sequence[Listener]) -> None:
        for each in listeners:
            each.place = None if each.place is None else _NOWHERE

    def _serve(self, source: Source, each: Listener, head: int) -> None:
        newest = self._place or 0
        if each.place is not None and not 0 <= each.place <= max(head, newest):
            self._resync(source, each)
        if each.place is None:
            self._give_snapshot(source, each)
        if each.place is not None and each.place < newest:
            self._catch_up(source, each, newest)
        each.is_up_to_date = each.place is not None and each.place >= newest

    def _catch_up(self, source: Source, each: Listener, newest: int) -> None:
        place = each.place or 0
        following = self._following(source, place)
        if not following or following[0].seq != place + 1:
            self._resync(source, each)
            return
        for event in following:
            if event.seq > newest or not (each.is_up_to_date or each.has_room):
                return
            if not each.client.put(event.frames):
                _too_slow(source, each)
                return
            each.place, each.tag = event.seq, event.tag
            counts.socket_sent("update", len(event.frames))

    def _following(self, source: Source, place: int) -> Sequence[_Told]:
        """The events after a place: those that are remembered, else the source's."""
        remembered = list(self._remembered(place))
        if remembered:
            return remembered
        return [self._keep(each) for each in source.after(self.subject, place, BITE)]

    def _remembered(self, place: int) -> Iterator[_Told]:
        while place + 1 in self._kept:
            place += 1
            yield self._kept[place]

    def _keep(self, batch: Batch) -> _Told:
        """The messages of an event as they are sent: encoded once for all who get them."""
        self._forget(batch.seq)
        event = self._kept[batch.seq] = _told(batch)
        self._kept_bytes += event.size
        while len(self._kept) > KEPT_MAX or self._kept_bytes > KEPT_MAX_BYTES:
            self._forget(next(iter(self._kept)))
        return event

    def _forget(self, seq: int) -> None:
        event = self._kept.pop(seq, None)
        self._kept_bytes -= event.size if event else 0

    def _resync(self, source: Source, each: Listener) -> None:
        said = "what followed is not kept: this is the account as it is now"
        each.place = None
        if each.client.put([frame(source.failure("RESYNC", said, self.subject))]):
            self._give_snapshot(source, each)

    def _give_snapshot(self, source: Source, each: Listener) -> None:
        if self._snapshot is None:
            self._snapshot = _told(source.snapshot(self.subject))
        if each.client.put(self._snapshot.frames):
            each.place, each.tag = self._snapshot.seq, self._snapshot.tag
            counts.socket_sent("snapshot", len(self._snapshot.frames))

    def _refresh(self, source: Source, listeners: Sequence[Listener]) -> None:
        """Figures may change by a price or by time alone: told at most once in a while."""
        now_s = time.monotonic()
        if now_s - self._looked_s < REFRESH_S:
            return
        self._looked_s = now_s
        stand = source.stand(self.subject)
        if stand.seq != self._place:
            return
        # Who is behind is first given what it has yet to be given.
        others = [each for each in listeners if each.place == stand.seq and each.tag != stand.tag]
        if any(each.tag is None for each in others) and source.is_settled(self.subject, stand.seq):
            for each in others:
                each.tag = each.tag or stand.tag
        self._give_figures(source, [each for each in others if each.tag != stand.tag])

    def _give_figures(self, source: Source, listeners: Sequence[Listener]) -> None:
        now = _told(source.refreshed(self.subject)) if listeners else None
        for each in listeners:
            if now and each.has_room and each.client.put(now.frames):
                each.tag = now.tag
                counts.socket_sent("refresh", len(now.frames))


def _told(batch: Batch) -> _Told:
    return _Told(batch.seq, batch.tag, [frame(each) for each in batch.messages])


def _all_up_to_date(listeners: Sequence[Listener]) -> bool:
    return all(each.is_up_to_date for each in listeners)


def _too_slow(source: Source, each: Listener) -> None:
    said = "updates are taken too slowly: connect again, and subscribe with after"
    failure = source.failure("TOO_SLOW", said, None)
    each.client.end(TOO_SLOW, "too slow", frame(failure), at_once=True)
