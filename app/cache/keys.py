"""The names under which answers are kept: every one is spelt here."""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

from app.domain.market import Shown

# Raised when a new version of the code would answer the same question otherwise.
EPOCH = 1
# Written to find out whether anything can be.
PROBE = f"tpa:{EPOCH}:probe"


class Dependencies(NamedTuple):
    """Everything that a body depends on but the code; `until_us` is when time alone changes it.

    `parameters` are the question's, every default filled in: a resolved window, not "today".
    `shows` is how much of the market the body shows, and `market` what that is.
    """

    resource: str
    account_key: int
    version: int
    stamp: int
    parameters: tuple[object, ...]
    until_us: int | None = None
    shows: Shown = Shown.NOTHING
    market: tuple[object, ...] = ()


def answer(dependencies: Dependencies, form: str) -> str:
    """The name of an answer in one representation."""
    resource, account_key, version, stamp, parameters, _, _, market = dependencies
    said = blake2b(repr((stamp, parameters, market, form)).encode(), digest_size=12).hexdigest()
    return f"tpa:{EPOCH}:{account_key}:{version}:{resource}:{said}"


def entity_tag(name: str) -> str:
    """What a client may compare instead of a body."""
    return blake2b(name.encode(), digest_size=12).hexdigest()
