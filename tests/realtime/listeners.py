"""An outbox that is written by hand, and sockets that remember what they were given."""

from __future__ import annotations

import json
from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import Any

from app.realtime.fanout import Fanout
from app.realtime.source import Batch, Heads, Product, Stand, Subject

A, B = Subject(1, "A"), Subject(2, "B")


class Outbox:
    """Events of some accounts, as the source of a fan-out; the oldest may be taken away."""

    def __init__(self, *subjects: Subject) -> None:
        self.events: dict[Subject, list[int]] = {each: [] for each in subjects or (A, B)}
        self.head: dict[Subject, int] = dict.fromkeys(self.events, 0)
        self.tags: dict[Subject, str] = dict.fromkeys(self.events, "")
        self.epoch = 0
        self.revoked: set[Hashable] = set()
        self.is_broken = False
        self.bars: dict[Product, int] = {}
        self.read = 0
        self.shown = 0

    def write(self, subject: Subject, times: int = 1) -> None:
        for _ in range(times):
            self.head[subject] += 1
            self.events[subject].append(self.head[subject])

    def forget(self, subject: Subject, times: int) -> None:
        del self.events[subject][:times]

    def revoke(self, caller: Hashable) -> None:
        self.revoked.add(caller)
        self.epoch += 1

    def heads(self, account_keys: Collection[int]) -> Heads:
        if self.is_broken:
            raise OSError("the database is away")
        by_key = {each.account_key: seq for each, seq in self.head.items()}
        return Heads(self.epoch, {key: by_key[key] for key in account_keys if key in by_key})

    def after(self, account: Subject, seq: int, limit: int) -> Sequence[Batch]:
        self.read += 1
        found = [each for each in self.events[account] if each > seq][:limit]
        return [self._batch(account, each, "event") for each in found]

    def snapshot(self, account: Subject) -> Batch:
        self.shown += 1
        return self._batch(account, self.head[account], "snapshot")

    def stand(self, account: Subject) -> Stand:
        return Stand(self.head[account], self._tag(account))

    def is_settled(self, account: Subject, seq: int) -> bool:
        return self.tags[account] == "" and seq == self.head[account]

    def refreshed(self, account: Subject) -> Batch:
        return self._batch(account, None, "refresh")

    def bar_stamps(self) -> Mapping[Product, int]:
        return dict(self.bars)

    def bars_changed(self, product: Product) -> bytes:
        return json.dumps({"kind": "bars", "contract": product.contract}).encode()

    def is_good(self, caller: Hashable) -> bool:
        return caller not in self.revoked

    def failure(self, code: str, message: str, account: Subject | None) -> bytes:  # noqa: ARG002
        return json.dumps({"kind": code}).encode()

    def _batch(self, account: Subject, seq: int | None, kind: str) -> Batch:
        said = {"kind": kind, "account": account.account_id, "seq": seq}
        return Batch(seq or 0, self._tag(account), [json.dumps(said).encode()])

    def _tag(self, account: Subject) -> str:
        return f"{self.head[account]}{self.tags[account]}"


class Client:
    """A socket that takes as much as it is told to."""

    def __init__(self, room: int = 1_000_000) -> None:
        self.room = room
        self.got: list[Any] = []
        self.ended: tuple[int, list[Any]] | None = None
        self.backlog_bytes = 0

    def put(self, frames: Sequence[bytes]) -> bool:
        if self.ended:
            return True
        if len(frames) > self.room:
            return False
        self.room -= len(frames)
        self.got += map(_text, frames)
        return True

    def end(self, code: int, reason: str, *last: bytes, at_once: bool = False) -> None:  # noqa: ARG002
        if not self.ended:
            self.ended = code, [_text(each) for each in last]

    def seqs(self, account_id: str = "A") -> list[int]:
        """The events that it was given."""
        return [
            each["seq"]
            for each in self.got
            if each["kind"] == "event" and each["account"] == account_id
        ]

    def kinds(self) -> list[str]:
        return [each["kind"] for each in self.got]


def _text(framed: bytes) -> Any:
    return json.loads(framed[framed.index(b"{") :])


def listening(outbox: Outbox) -> Fanout:
    fanout = Fanout()
    fanout.read_from(outbox)
    return fanout


def joined(fanout: Fanout, client: Client, after: int | None, subject: Subject = A) -> Client:
    """A socket that is let in and subscribes."""
    assert fanout.admit(client, "caller")
    assert fanout.subscribe(client, subject, after)
    return client


def look(fanout: Fanout) -> None:
    """As often as there is more to hand out."""
    while fanout.look():
        pass
