"""What the fan-out needs from others: where events come from, and whom they go to."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import NamedTuple, Protocol


class Subject(NamedTuple):
    """An account that is listened to."""

    account_key: int
    account_id: str


class Batch(NamedTuple):
    """The messages of one event in their order, or of what is there without one; `tag` names what
    the figures in them depend on.
    """

    seq: int
    tag: str
    messages: Sequence[bytes]


class Heads(NamedTuple):
    """The epoch of the tokens, and the newest event's number of some accounts by their keys."""

    token_epoch: int
    seqs: Mapping[int, int]


class Stand(NamedTuple):
    """An account's newest event, and what names the figures that it has now."""

    seq: int
    tag: str


class Product(NamedTuple):
    """A contract that has bars."""

    symbol: str
    contract: str


class Source(Protocol):
    """Where events come from, and what is said of them."""

    def heads(self, account_keys: Collection[int]) -> Heads:
        """Where the tokens and some accounts stand."""
        ...

    def after(self, account: Subject, seq: int, limit: int) -> Sequence[Batch]:
        """The events that follow a number and are still kept."""
        ...

    def snapshot(self, account: Subject) -> Batch:
        """An account as it is now, at the event that it has at least."""
        ...

    def stand(self, account: Subject) -> Stand:
        """Which figures an account has now."""
        ...

    def is_settled(self, account: Subject, seq: int) -> bool:
        """Whether whoever has the newest event, which has this number, has the figures of now."""
        ...

    def refreshed(self, account: Subject) -> Batch:
        """The figures that have changed without an event."""
        ...

    def bar_stamps(self) -> Mapping[Product, int]:
        """What every change of a contract's bars changes."""
        ...

    def bars_changed(self, product: Product) -> bytes:
        """A message that says that a contract has other bars than before."""
        ...

    def is_good(self, caller: Hashable) -> bool:
        """Whether a caller may still listen."""
        ...

    def failure(self, code: str, message: str, account: Subject | None) -> bytes:
        """A message that says what is wrong."""
        ...


class Client(Protocol):
    """A socket, as far as it is given messages."""

    @property
    def backlog_bytes(self) -> int:
        """How much waits to be sent."""
        ...

    def put(self, frames: Sequence[bytes], /) -> bool:
        """False where too much waits already."""
        ...

    def end(self, code: int, reason: str, /, *last: bytes, at_once: bool = False) -> None:
        """Close it."""
        ...
