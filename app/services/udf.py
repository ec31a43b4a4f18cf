"""Bars as TradingView's UDF asks for them and reads them: a column a field.

Days are named there by midnights of UTC, whenever their sessions opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from msgspec import UNSET, Struct, UnsetType

from app.cache import keys
from app.cache.keys import Dependencies
from app.domain import bars, instants, periods
from app.domain.bars import DAY_S, SECONDS, Bar
from app.domain.periods import SESSION, Span
from app.errors import CacheMiss, InvalidParameter
from app.services import answers, bodies, prices
from app.services.answers import Answer
from app.services.bar_pages import PricesQuestion, Wanted
from app.services.instruments import catalogue
from app.services.kinds import Price
from app.services.resources import Resources
from app.services.udf_symbols import TIMEFRAMES, Resolution, meant

BARS_MAX = 10_000
# How many bars back to look for the next one where a window has none.
_LOOK_BACK = 1_500


class ColumnsBody(Struct, tag_field="s", tag="ok"):
    """Bars, oldest first: their openings in seconds since 1970, prices and volumes."""

    t: list[int]
    o: list[Price]
    h: list[Price]
    l: list[Price]  # noqa: E741 (the name that it has there)
    c: list[Price]
    v: list[int]


class NoDataBody(Struct, tag_field="s", tag="no_data"):
    """There are no bars in the window; `nextTime` is the last one before it, if there is any."""

    nextTime: int | UnsetType = UNSET  # noqa: N815 (the name that it has there)


class UdfQuestion(NamedTuple):
    """Bars that open from `from_us` to before `to_us`, or the last `countback` before that."""

    symbol: str
    resolution: Resolution
    from_us: int
    to_us: int
    countback: int | None = None

    @property
    def timeframe_s(self) -> int:
        """The length of the bars."""
        return SECONDS[TIMEFRAMES[self.resolution]]


class Asked(NamedTuple):
    """A question about contracts as their bars are now, not yet answered."""

    question: UdfQuestion
    wanted: Wanted

    @property
    def tag(self) -> str:
        """The entity tag of the answer."""
        return keys.entity_tag(keys.answer(_dependencies(self.wanted), "json"))


def ask(res: Resources, question: UdfQuestion, currency: str | None = None) -> Asked:
    """Find out which contracts are meant and how their bars stand; InvalidParameter for prices in
    another currency than they have.
    """
    if question.from_us > question.to_us:
        raise InvalidParameter.of("from", "must not be after to")
    with res.db.read() as conn:
        # A contract is that of its own decade, whatever window it is asked for in.
        delivery = meant(catalogue(conn), question.symbol, res.now_us())
    if currency not in (None, delivery.instrument.currency):
        raise InvalidParameter.of("currencyCode", f"must be {delivery.instrument.currency}")
    return Asked(question, prices.of(res, delivery, _asked(question, res.now_us())))


def answer(res: Resources, asked: Asked) -> Answer:
    """The bars from the nearest tier that has them; CacheMiss where none are stored of what nobody
    can be asked for.
    """

    def made() -> tuple[Dependencies, bytes]:
        found = prices.find(res, asked.wanted)
        _refuse_many(asked.question, found.bars)
        body = _body(res, asked, found)
        content = res.runner(len(found.bars))(lambda: msgspec.json.encode(body))
        return _dependencies(found.wanted), content

    return answers.kept(res, _dependencies(asked.wanted), "json", asked.wanted.now_us, made)


def named_at(timeframe_s: int, opened_at_us: int) -> int:
    """The seconds that a bar goes by: a session's day is its date's midnight in UTC."""
    if timeframe_s == DAY_S and not bars.is_midnight(opened_at_us):
        opened_at_us = periods.day_of(SESSION, opened_at_us) * instants.DAY_US
    return opened_at_us // instants.SECOND_US


def named_within(timeframe_s: int, named: Span) -> Span:
    """The time of all bars that go by an instant of a span."""
    start_us, end_us = named
    if timeframe_s == DAY_S:
        days = (-(-each // instants.DAY_US) for each in named)
        start_us, end_us = (periods.day_start(SESSION, each) for each in days)
    return Span(start_us, end_us)


def _asked(question: UdfQuestion, now_us: int) -> PricesQuestion:
    within = named_within(question.timeframe_s, Span(question.from_us, question.to_us))
    grid = bars.around(question.timeframe_s, now_us)
    # Until the bar in progress closes, every end that lies after its opening is the same.
    end_us = grid.end_us if within.end_us > grid.start_us else within.end_us
    countback = question.countback
    return PricesQuestion(
        question.symbol,
        TIMEFRAMES[question.resolution],
        # One more than there may be tells that there are more.
        BARS_MAX + 1 if countback is None else min(countback, BARS_MAX),
        end_us,
        live=True,
        start=within.start_us if countback is None else None,
    )


def _refuse_many(question: UdfQuestion, found: Sequence[Bar]) -> None:
    if question.countback is None and len(found) > BARS_MAX:
        raise InvalidParameter.of("from", f"has more than {BARS_MAX} bars after it: use countback")


def _body(res: Resources, asked: Asked, found: prices.Found) -> ColumnsBody | NoDataBody:
    if found.bars:
        return _columns(asked.question.timeframe_s, found.bars)
    earlier = _earlier(res, asked)
    if earlier is not None:
        return NoDataBody(named_at(asked.question.timeframe_s, earlier.opened_at_us))
    if not found.wanted.contracts and (res.bar_source is None or found.unknown):
        raise CacheMiss(f"no bars of {found.wanted.delivery.contract} are stored")
    return NoDataBody()


def _earlier(res: Resources, asked: Asked) -> Bar | None:
    """The last bar before the window."""
    wanted = asked.wanted
    question = wanted.question
    before_us = wanted.end_us if question.start is None else question.start
    looked = question._replace(start=None, end=before_us, limit=_LOOK_BACK, live=False)
    found = prices.find(res, wanted._replace(question=looked, end_us=before_us))
    return found.bars[-1] if found.bars else None


def _columns(timeframe_s: int, found: Sequence[Bar]) -> ColumnsBody:
    return ColumnsBody(
        [named_at(timeframe_s, each.opened_at_us) for each in found],
        [bodies.price(each.open_nanos) for each in found],
        [bodies.price(each.high_nanos) for each in found],
        [bodies.price(each.low_nanos) for each in found],
        [bodies.price(each.close_nanos) for each in found],
        [each.volume for each in found],
    )


def _dependencies(wanted: Wanted) -> Dependencies:
    return prices.dependencies(wanted)._replace(resource="udf")
