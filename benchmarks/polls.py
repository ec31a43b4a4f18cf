"""What dashboards and monitors ask, and how often anything has changed since they last did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

from benchmarks.connection import Answer, Connection
from benchmarks.fills import Fills

SHARE_CHANGED = 0.2
_HISTORY_DAYS = 30
_NOT_MODIFIED = 304
# How often an account is drawn until one fits; with a single account none may.
_DRAWS_MAX = 50


class Poll(NamedTuple):
    """A question about an account, by its place in `Mix.paths`."""

    account_id: str
    question: int


class Next(NamedTuple):
    """The next poll, and whether a fill has to come in before it."""

    poll: Poll
    needs_fill: bool


class Mix:
    """Polls with the ETag that is known: 60 % daily, 20 % weekly, 10 % history, 10 % trades.

    Four of five find nothing new; for the others a fill comes in, if none has come anyway.
    """

    weights = (60, 20, 10, 10)

    def __init__(self, account_ids: Sequence[str], fills: Fills, seed: int = 1) -> None:
        start = (datetime.now(UTC) - timedelta(days=_HISTORY_DAYS - 1)).date()
        self.paths = (
            "/api/performance/daily?account_id={}",
            "/api/performance/weekly?account_id={}",
            f"/api/performance/history?interval=day&start={start}&account_id={{}}",
            "/api/trades?limit=50&account_id={}",
        )
        self.fills = fills
        self.polled = 0
        self.unchanged = 0
        self._account_ids = account_ids
        self._random = Random(seed)
        self._etags: dict[Poll, bytes] = {}
        self._stale: set[Poll] = set()
        self._changed = 0

    def every(self) -> Iterator[Poll]:
        """Each question of each account once."""
        for account_id in self._account_ids:
            for question in range(len(self.paths)):
                yield Poll(account_id, question)

    def next(self) -> Next:
        """Draw a poll."""
        self.polled += 1
        (question,) = self._random.choices(range(len(self.paths)), self.weights)
        is_behind = self._changed < SHARE_CHANGED * self.polled
        for _ in range(_DRAWS_MAX):
            poll = Poll(self._random.choice(self._account_ids), question)
            if (poll in self._stale) == is_behind:
                break
        is_stale = poll in self._stale
        self._changed += is_behind or is_stale
        return Next(poll, is_behind and not is_stale)

    def fill(self, connection: Connection, account_id: str) -> None:
        """Hand in one fill: nothing that is known of the account holds any more."""
        self.fills.one(connection, account_id)
        self._stale |= {Poll(account_id, question) for question in range(len(self.paths))}

    def ask(self, connection: Connection, poll: Poll) -> Answer:
        """Send the poll, and learn its ETag."""
        self._stale.discard(poll)
        path = self.paths[poll.question].format(poll.account_id)
        answer = connection.get(path, self._etags.get(poll, b""))
        self.unchanged += answer.status == _NOT_MODIFIED
        self._etags[poll] = answer.etag
        return answer
