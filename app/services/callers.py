"""Callers: what they may do, what they may see, and which of them a process remembers."""

from __future__ import annotations

from collections import OrderedDict
from typing import Literal, NamedTuple

from app.errors import Forbidden

CALLERS_MAX = 1_000

Scope = Literal["read", "write", "admin"]
# Each scope includes the ones before it.
SCOPES: tuple[Scope, ...] = ("read", "write", "admin")


class Caller(NamedTuple):
    """A caller, the accounts that it is held to (None: all of them), and the one it selected."""

    name: str
    scope: Scope
    account_ids: frozenset[str] | None
    selected_account_id: str | None = None

    def may_see(self, account_id: str) -> bool:
        """Whether an account is there for this caller."""
        return self.account_ids is None or account_id in self.account_ids

    def require(self, scope: Scope) -> None:
        """Forbidden unless the caller's scope reaches this far."""
        if SCOPES.index(self.scope) < SCOPES.index(scope):
            raise Forbidden(f"this needs a token of scope {scope}; {self.name!r} has {self.scope}")


class Callers:
    """The callers that a process remembers, each as of an epoch of the tokens."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[int, Caller]] = OrderedDict()

    def get(self, digest: str, epoch: int) -> Caller | None:
        """The caller with this token's hash, unless tokens were made or revoked since."""
        known = self._known.get(digest)
        return known[1] if known and known[0] == epoch else None

    def put(self, digest: str, epoch: int, caller: Caller) -> None:
        """Remember a caller."""
        self._known[digest] = (epoch, caller)
        while len(self._known) > CALLERS_MAX:
            self._known.popitem(last=False)
