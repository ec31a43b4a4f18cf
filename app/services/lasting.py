"""Answers that may be given again to the same request, and for as long as what."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

from app.cache.memory import Entries
from app.db.state import State
from app.domain import market
from app.domain.accounts import Account
from app.errors import AppError
from app.services import access
from app.services.resources import Resources

BYTES_MAX = 16 * 1024 * 1024
# Memory is given back after a while; truth does not depend on it.
TTL_S = 300.0
# Its headers, its name and what it depends on, about.
_BESIDE_CONTENT_BYTES = 2_000

_V = TypeVar("_V")


class Lasting(NamedTuple):
    """For as long as what an answer is the one that would be given again: the tokens, as much of
    the account as the answer shows, and the time.
    """

    account_id: str
    token_epoch: int
    stamp: int
    seen: tuple[object, ...]
    since_us: int
    until_us: int | None

    def account(self, state: State, now_us: int) -> Account | None:
        """The account as it is now, where the answer is still the one."""
        account = state.account
        if account is None or (state.token_epoch, account.stamp) != self[1:3]:
            return None
        if now_us < self.since_us or (self.until_us is not None and now_us >= self.until_us):
            return None
        now = account.state(market.feed(account, now_us))
        return account if now[: len(self.seen)] == self.seen else None


class _Kept(NamedTuple, Generic[_V]):
    lasting: Lasting
    value: _V
    size_bytes: int


class Replays(Generic[_V]):
    """What this process may answer again, by the name of the request."""

    def __init__(self) -> None:
        self._kept: Entries[_Kept[_V]] = Entries(
            tier="replay", size_bytes=lambda each: each.size_bytes, bytes_max=BYTES_MAX
        )

    def get(self, res: Resources, name: str) -> tuple[_V, Account] | None:
        """What was answered, and the account as it is now, where the answer is still the one; it
        costs the one look-up that begins every request, and nothing where nothing is kept.
        """
        kept = self._kept.get(name)
        if kept is None:
            return None
        try:
            state = access.state(res, kept.lasting.account_id)
        except AppError:
            # The application meets the fault again and tells of it; it alone should wait for it.
            self._kept.drop(name)
            return None
        account = kept.lasting.account(state, res.now_us())
        return None if account is None else (kept.value, account)

    def put(self, name: str, lasting: Lasting, value: _V, content_bytes: int) -> None:
        """Keep an answer for as long as it lasts."""
        self._kept.put(name, _Kept(lasting, value, content_bytes + _BESIDE_CONTENT_BYTES), TTL_S)
