"""Answers that are read through the cache: the same figure is worked out once.

A question knows what its body depends on and how to make it. The body is made in one snapshot and
kept under the version that this snapshot has, so nothing kept can ever be out of date.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import NamedTuple, Protocol

from msgspec import Struct

from app.cache import keys
from app.cache.keys import Dependencies
from app.cache.read_through import Made, Tier
from app.db.connection import Connection
from app.domain import instants
from app.domain.accounts import Account
from app.domain.market import Market, Shown
from app.services import market
from app.services.lasting import Lasting
from app.services.market import Standing
from app.services.rendering import Form, render
from app.services.resources import Resources, in_place

# Memory is given back after a while; truth does not depend on it.
TTL_MIN_S, TTL_MAX_S = 30.0, 60.0
_LOOK_AGAIN_S = 1.0
# Resources of which one answer may be made of a million trades, or of a day of seconds.
LONG = frozenset({"reconciliation", "risk", "statistics", "trades"})


class Question(Protocol):
    """A question about one account, with all that was asked."""

    def dependencies(self, account: Account, now_us: int) -> Dependencies:
        """What the body depends on; raises where the question makes no sense for the account."""
        ...

    def body(self, conn: Connection, standing: Standing, now_us: int) -> Struct:
        """The answer, made in the snapshot in which the account stands so."""
        ...


class Answer(NamedTuple):
    """A body in its representation, its entity tag, and the tier that it came from."""

    content: bytes
    tag: str
    tier: Tier


class Asked(NamedTuple):
    """A question to an account as it is now, not yet answered."""

    account: Account
    question: Question
    form: Form
    now_us: int
    dependencies: Dependencies
    market: Market
    requires: Shown = Shown.NOTHING

    @property
    def seen(self) -> tuple[object, ...]:
        """As much of the account's state as a change of it changes the answer."""
        shows = max(self.requires, self.dependencies.shows)
        return self.account.state(self.market.feed)[: 1 + shows]

    @property
    def until_us(self) -> int | None:
        """When time alone changes the answer."""
        return _first(self.dependencies.until_us, self.market.until_us(self.requires))

    def lasting(self, token_epoch: int, until_us: int | None) -> Lasting:
        """For as long as what it is the answer, to a caller who is the one until an instant."""
        return Lasting(
            self.account.account_id,
            token_epoch,
            self.account.stamp,
            self.seen,
            self.now_us,
            _first(self.until_us, until_us),
        )

    @property
    def name(self) -> str:
        """The name of the answer."""
        return keys.answer(self.dependencies, self.form)

    @property
    def tag(self) -> str:
        """The entity tag of the answer."""
        return keys.entity_tag(self.name)


def ask(
    res: Resources,
    account: Account,
    question: Question,
    form: Form = "json",
    requires: Shown = Shown.NOTHING,
) -> Asked:
    """Find out what the answer depends on, which costs no statement; whether there is one depends
    on so much of the market, too.
    """
    now_us = res.now_us()
    known = market.of(res, account, now_us)
    dependencies = _dependencies(question, account, known, now_us)
    return Asked(account, question, form, now_us, dependencies, known, requires)


def wait(res: Resources, asked: Asked, deadline_s: float) -> bool:
    """Wait until the answer may be another one: the account changes, or time alone changes it;
    False when the deadline, by the monotonic clock, is over or the process is to end.
    """
    left_s = deadline_s - time.monotonic()
    if asked.until_us is not None:
        left_s = min(left_s, (asked.until_us - res.now_us()) / instants.SECOND_US)
    if left_s > 0 and not res.hub.wait(asked.account.account_key, asked.seen, left_s):
        # Nobody tells it of news: it looks now and then by itself.
        time.sleep(min(left_s, _LOOK_AGAIN_S))
    return time.monotonic() < deadline_s and not res.hub.is_stopping()


def answer(res: Resources, asked: Asked) -> Answer:
    """The answer, from the nearest tier that has it."""
    return kept(res, asked.dependencies, asked.form, asked.now_us, lambda: _made(res, asked))


def kept(
    res: Resources,
    dependencies: Dependencies,
    form: Form,
    now_us: int,
    make: Callable[[], tuple[Dependencies, bytes]],
) -> Answer:
    """The answer that depends on this, or is made now and turns out to depend on what is told."""

    def made() -> Made:
        actual, content = make()
        return Made(keys.answer(actual, form), content, _ttl_s(actual, now_us))

    name = keys.answer(dependencies, form)
    found = res.cache.fetch(name, ttl_s=_ttl_s(dependencies, now_us), make=made)
    return Answer(found.value, keys.entity_tag(found.name), found.tier)


def _made(res: Resources, asked: Asked) -> tuple[Dependencies, bytes]:
    run = res.offload if asked.dependencies.resource in LONG else in_place
    # Only the work is moved away: the connection stays with the request that took it.
    with res.db.read() as conn:
        standing = market.standing(res, conn, asked.account.account_id, asked.now_us)
        content = run(lambda: render(asked.question.body(conn, standing, asked.now_us), asked.form))
    # A write may have come in between: the answer belongs to the version that it was made from.
    account, known, now_us = standing.account, standing.market, asked.now_us
    return _dependencies(asked.question, account, known, now_us), content


def _dependencies(question: Question, account: Account, known: Market, now_us: int) -> Dependencies:
    """All that the body depends on: what the question says, and what it shows of the market."""
    said = question.dependencies(account, now_us)
    until_us = _first(said.until_us, known.until_us(said.shows))
    return said._replace(until_us=until_us, market=known.shown(said.shows))


def _first(*ends_us: int | None) -> int | None:
    return min((each for each in ends_us if each is not None), default=None)


def _ttl_s(dependencies: Dependencies, now_us: int) -> float:
    """30 to 60 s at random, so that entries do not end together; never past the body's end."""
    ttl_s = random.uniform(TTL_MIN_S, TTL_MAX_S)  # noqa: S311 (no secret)
    if dependencies.until_us is None:
        return ttl_s
    return min(ttl_s, (dependencies.until_us - now_us) / instants.SECOND_US)
