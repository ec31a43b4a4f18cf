"""Bars as they are asked for: of a contract, or of a root as a view over its contracts.

Kept under a name that holds the version of every contract's bars, so what is kept is never out of
date. What is kept is the page; where it came from is put around it for each request.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date
from typing import Literal, NamedTuple

import msgspec
from msgspec import UNSET, Struct, UnsetType

from app.cache import keys
from app.cache.keys import Dependencies
from app.db.connection import Connection
from app.domain import bars, instants, periods, sessions
from app.domain.bars import SECONDS, Bar, Timeframe
from app.domain.instruments import Catalogue, Delivery, Instrument
from app.domain.periods import SESSION
from app.errors import CacheMiss, InvalidBody, InvalidParameter
from app.services import answers, bar_fetching, bar_pages, bodies
from app.services.answers import Answer
from app.services.bar_pages import PricesQuestion, Wanted
from app.services.bounds import Bound
from app.services.instruments import catalogue
from app.services.kinds import Instant, Price
from app.services.rendering import Form, render
from app.services.resources import Resources

LIMIT_MAX = 1_500
# Where bars are sparse the window is so many times as long, up to so much trading time.
_WIDER, _WIDER_S_MAX = 8, 7 * 23 * 3_600
# No account's: their keys begin at 1.
_NO_ACCOUNT = 0
# What an answer's bytes begin with when it took the broker to make it.
_STORED, _FETCHED = b"-", b"+"

SourceName = Literal[
    "memory_cache", "redis_cache", "sqlite_cache", "postgres_cache", "topstepx_api"
]
TierName = Literal["memory", "redis", "sqlite", "postgres", "topstepx"]


class BarBody(Struct):
    """One bar; `timestamp` is its opening, `partial` says that it is still in progress."""

    timestamp: Instant
    open: Price
    high: Price
    low: Price
    close: Price
    volume: int
    partial: bool | UnsetType = UNSET


class PageBody(Struct):
    """The latest bars before an instant, oldest first."""

    symbol: str
    timeframe: Timeframe
    count: int
    bars: list[BarBody]


class CacheStatus(Struct):
    """Whether the broker was spared, the tier that had the bars, and the time that it took."""

    hit: bool
    tier: TierName
    latency_ms: float


class PricesBody(PageBody):
    """A page of bars, and where it came from."""

    source: SourceName
    cache_status: CacheStatus


class Found(NamedTuple):
    """The bars of a question, oldest first, the contracts as they stood, whether the broker was
    asked for any, and what it does not know.
    """

    wanted: Wanted
    bars: list[Bar]
    is_fetched: bool
    unknown: list[str]


class Asked(NamedTuple):
    """A question about contracts as their bars are now, not yet answered."""

    wanted: Wanted
    form: Form
    started_s: float

    @property
    def depends_on(self) -> Dependencies:
        """What the answer depends on."""
        return dependencies(self.wanted)

    @property
    def tag(self) -> str:
        """The entity tag of the answer."""
        return keys.entity_tag(keys.answer(self.depends_on, self.form))


def ask(res: Resources, question: PricesQuestion, form: Form = "json") -> Asked:
    """Find out which contracts are meant and how their bars stand."""
    started_s = time.perf_counter()
    return Asked(meant(res, question), form, started_s)


def meant(res: Resources, question: PricesQuestion) -> Wanted:
    """A question with the contracts and the end that it means now."""
    now_us = res.now_us()
    with res.db.read() as conn:
        delivery = _delivery(catalogue(conn), question, now_us)
        return _wanted(conn, delivery, question, now_us)


def of(res: Resources, delivery: Delivery, question: PricesQuestion) -> Wanted:
    """The same of a contract that is known already, however the question spells it."""
    with res.db.read() as conn:
        return _wanted(conn, delivery, question, res.now_us())


def _wanted(conn: Connection, delivery: Delivery, question: PricesQuestion, now_us: int) -> Wanted:
    end_us = _end(delivery.instrument, question, now_us)
    return Wanted(question, delivery, bar_pages.contracts(conn, delivery), end_us, now_us)


def answer(res: Resources, asked: Asked) -> Answer:
    """The bars from the nearest tier that has them; CacheMiss where there are none at all."""
    kept = answers.kept(
        res, asked.depends_on, asked.form, asked.wanted.now_us, lambda: _made(res, asked)
    )
    content = kept.content[1:]
    if asked.form == "json":
        is_fetched = kept.tier == "miss" and kept.content[:1] == _FETCHED
        content = _with_source(res, asked, kept, content, is_fetched=is_fetched)
    return kept._replace(content=content)


def find(res: Resources, wanted: Wanted) -> Found:
    """The bars, fetched where they are not known; there may be none."""
    is_fetched, known_from_us = False, None
    for reach in _reaches(wanted):
        fetched = bar_fetching.of_window(res, wanted, reach, known_from_us)
        known_from_us = fetched.known_from_us
        is_fetched = is_fetched or fetched.is_any
        with res.db.read() as conn:
            # A write may have come in between: the answer is of the bars that it was made from.
            wanted = wanted._replace(contracts=bar_pages.contracts(conn, wanted.delivery))
            found = bar_pages.read(conn, wanted.since(known_from_us))
        if known_from_us is None or len(found) >= wanted.question.limit:
            break
    return Found(wanted, found, is_fetched, fetched.unknown)


def _reaches(wanted: Wanted) -> Sequence[int]:
    """In the trading time of how many bars to look: in more where many were without a trade."""
    limit = wanted.question.limit
    wider = min(_WIDER * limit, _WIDER_S_MAX // wanted.timeframe_s)
    return (limit, wider) if wider > limit else (limit,)


def read(res: Resources, wanted: Wanted) -> Found:
    """The same; CacheMiss where there are none."""
    found = find(res, wanted)
    if not found.bars:
        raise CacheMiss(_none(found.wanted, found.unknown))
    return found


def _none(wanted: Wanted, unknown: Sequence[str]) -> str:
    before, timeframe = instants.text(wanted.end_us), wanted.question.timeframe
    said = f"the broker knows no {', '.join(unknown)}, and " if unknown else ""
    return (
        f"{said}no {timeframe} bars of {wanted.delivery.contract} are stored before {before}:"
        " POST /api/bars or flask import-bars bring them in"
    )


def _made(res: Resources, asked: Asked) -> tuple[Dependencies, bytes]:
    wanted, found, is_fetched, _ = read(res, asked.wanted)
    title, timeframe = wanted.delivery.contract, wanted.question.timeframe
    body = PageBody(title, timeframe, len(found), _bodies(wanted, found))
    mark = _FETCHED if is_fetched else _STORED
    return dependencies(wanted), mark + render(body, asked.form)


def _with_source(
    res: Resources, asked: Asked, kept: Answer, content: bytes, *, is_fetched: bool
) -> bytes:
    database: TierName = "sqlite" if res.db.is_sqlite else "postgres"
    tier = database if kept.tier == "miss" else kept.tier
    source = f"{tier}_cache"
    if is_fetched:
        tier, source = "topstepx", "topstepx_api"
    latency_ms = round((time.perf_counter() - asked.started_s) * 1000, 3)
    status = CacheStatus(not is_fetched, tier, latency_ms)
    told = msgspec.json.encode({"source": source, "cache_status": status})
    return content[:-1] + b"," + told[1:]


def dependencies(wanted: Wanted) -> Dependencies:
    """What an answer about these bars depends on."""
    question = wanted.question
    parts_s = bar_pages.parts_s(wanted.timeframe_s) if question.live else None
    grid = bars.around(parts_s or wanted.timeframe_s, wanted.now_us)
    # What has closed by now may matter to a window that reaches further.
    is_open_ended = wanted.end_us > grid.start_us or question.end is None
    stamps = tuple((each.contract_key, each.version, each.stamp) for each in wanted.contracts)
    asked = question._replace(symbol=wanted.delivery.contract, end=wanted.end_us)
    until = (grid.start_us, grid.end_us) if is_open_ended else None
    return Dependencies(
        resource="history",
        account_key=_NO_ACCOUNT,
        version=sum(each.version for each in wanted.contracts),
        stamp=0,
        parameters=(asked, wanted.delivery.month, until, stamps),
        until_us=grid.end_us if is_open_ended else None,
    )


def _delivery(known: Catalogue, question: PricesQuestion, now_us: int) -> Delivery:
    end = question.end
    at_us = now_us if end is None else _instant(end)
    try:
        return known.delivery(question.symbol, None, known.time_of(question.symbol, at_us))
    except InvalidBody as error:
        raise InvalidParameter(error.message) from None


def _end(instrument: Instrument, question: PricesQuestion, now_us: int) -> int:
    if question.end is not None:
        return _instant(question.end)
    grid = bars.around(SECONDS[question.timeframe], now_us)
    if question.live:
        return grid.end_us
    hours = sessions.hours(instrument)
    return grid.start_us if sessions.is_open(hours, now_us) else sessions.last_close(hours, now_us)


def _instant(end: Bound) -> int:
    """A date means the end of its session day."""
    return periods.day_start(SESSION, periods.number(end) + 1) if isinstance(end, date) else end


def _bodies(wanted: Wanted, found: Sequence[Bar]) -> list[BarBody]:
    return [_body(wanted, each) for each in found]


def _body(wanted: Wanted, bar: Bar) -> BarBody:
    is_closed = bar_pages.closed_by(wanted.timeframe_s, bar) <= wanted.now_us
    return BarBody(
        timestamp=instants.text(bar.opened_at_us),
        open=bodies.price(bar.open_nanos),
        high=bodies.price(bar.high_nanos),
        low=bodies.price(bar.low_nanos),
        close=bodies.price(bar.close_nanos),
        volume=bar.volume,
        partial=UNSET if is_closed else True,
    )
