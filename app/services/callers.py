"""Callers: what they may do, what they may see, and which of them a process remembers."""

from __future__ import annotations

from collections import OrderedDict
from typing import Literal, NamedTuple

from app.db.sessions import Session
from app.errors import Forbidden

CALLERS_MAX = 1_000

Scope = Literal["read", "write", "admin"]
# Each scope includes the ones before it.
SCOPES: tuple[Scope, ...] = ("read", "write", "admin")


class Caller(NamedTuple):
    """A caller, the accounts that it is held to (None: all of them), the one it selected, and the
    session that it comes with (None: it sent its token).
    """

    name: str
    scope: Scope
    account_ids: frozenset[str] | None
    selected_account_id: str | None = None
    session: Session | None = None

    def may_see(self, account_id: str) -> bool:
        """Whether an account is there for this caller."""
        return self.account_ids is None or account_id in self.account_ids

    def require(self, scope: Scope) -> None:
        """Forbidden unless the caller's scope reaches this far."""
        if SCOPES.index(self.scope) < SCOPES.index(scope):
            raise Forbidden(f"this needs a token of scope {scope}; {self.name!r} has {self.scope}")


class _Known(NamedTuple):
    caller: Caller
    epoch: int
    until_us: int | None


class Callers:
    """The callers that a process remembers, each as of an epoch of the tokens."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Known] = OrderedDict()

    def get(self, digest: str, epoch: int, now_us: int) -> Caller | None:
        """The caller with this hash, unless tokens or sessions came or ended since, or it is time
        to look again.
        """
        known = self._known.get(digest)
        if known is None or known.epoch != epoch:
            return None
        return known.caller if known.until_us is None or now_us < known.until_us else None

    def put(self, digest: str, epoch: int, caller: Caller, until_us: int | None = None) -> None:
        """Remember a caller, at most until an instant."""
        self._known[digest] = _Known(caller, epoch, until_us)
        while len(self._known) > CALLERS_MAX:
            self._known.popitem(last=False)
