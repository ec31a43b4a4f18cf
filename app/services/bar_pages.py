"""Pages of stored bars: of one contract, or of a root as a view over its contracts.

A coarser bar was built when finer ones were stored, so a page is one walk along an index.
"""

from __future__ import annotations

from typing import NamedTuple

from app.db import bars as rows
from app.db.bars import PriceContract
from app.db.connection import Connection
from app.domain import bars, front, instants, sessions
from app.domain.bars import SECONDS, Bar, Timeframe
from app.domain.instruments import Delivery, Instrument
from app.domain.periods import Span
from app.services.bounds import Bound

_ALWAYS = Span(instants.FIRST_US, instants.LAST_US)


class PricesQuestion(NamedTuple):
    """Which bars are asked for; an end of None is the last close."""

    symbol: str
    timeframe: Timeframe
    limit: int
    end: Bound | None = None
    live: bool = False
    adjust: bool = True
    # Bars before this instant are not wanted.
    start: int | None = None


class Wanted(NamedTuple):
    """A question about contracts as their bars are now."""

    question: PricesQuestion
    delivery: Delivery
    contracts: list[PriceContract]
    end_us: int
    now_us: int

    @property
    def instrument(self) -> Instrument:
        """The instrument whose bars are asked for."""
        return self.delivery.instrument

    @property
    def timeframe_s(self) -> int:
        """The length of the bars."""
        return SECONDS[self.question.timeframe]

    def since(self, start_us: int | None) -> Wanted:
        """The same question about what is not before an instant, if there is one."""
        if start_us is None:
            return self
        return self._replace(question=self.question._replace(start=start_us))


# What the bar in progress is made of, by the timeframe that it is of.
_PARTS_S = {5: 1, 60: 5}
_PARTS_OF_LONGER_S = 60


def parts_s(timeframe_s: int) -> int | None:
    """The timeframe of the bars that one in progress is made of; None: of nothing finer."""
    if timeframe_s > _PARTS_OF_LONGER_S:
        return _PARTS_OF_LONGER_S
    return _PARTS_S.get(timeframe_s)


def closed_by(timeframe_s: int, bar: Bar) -> int:
    """When a bar is complete."""
    return bars.span(timeframe_s, bar.opened_at_us).end_us


def read(conn: Connection, asked: Wanted) -> list[Bar]:
    """The latest bars before the end, oldest first, with the one in progress if it is wanted."""
    found = _latest(conn, asked)
    partial = _partial(conn, asked) if asked.question.live else None
    if partial and not (found and found[-1].opened_at_us >= partial.opened_at_us):
        found.append(partial)
    return found[-asked.question.limit :]


def contracts(conn: Connection, delivery: Delivery) -> list[PriceContract]:
    """The contract that is asked for, or all of a root, the latest first."""
    found = rows.contracts(conn, delivery.instrument.root)
    if delivery.month:
        return [each for each in found if each.delivery_month == delivery.month]
    return found


def bare(conn: Connection, asked: Wanted) -> PriceContract | None:
    """The bare root, if it is asked for and has bars of the timeframe."""
    found = [each for each in asked.contracts if not each.delivery_month]
    if asked.delivery.month or not found:
        return None
    has_bars = rows.latest(conn, found[0].contract_key, asked.timeframe_s, _ALWAYS, 1)
    return found[0] if has_bars else None


def _latest(conn: Connection, asked: Wanted) -> list[Bar]:
    """The last bars before the end that may be shown, oldest first."""
    question = asked.question
    found: list[Bar] = []
    for contract, span in _views(conn, asked):
        first_us = instants.FIRST_US if question.start is None else question.start
        within = bars.common(span, Span(first_us, asked.end_us))
        if within and len(found) < question.limit:
            found = _more(conn, asked, contract, within, found)
    return found[question.limit - 1 :: -1] if len(found) > question.limit else found[::-1]


def _more(
    conn: Connection, asked: Wanted, contract: PriceContract, within: Span, found: list[Bar]
) -> list[Bar]:
    """Bars, newest first, with the ones before them that a contract has."""
    limit, timeframe_s = asked.question.limit, asked.timeframe_s
    while len(found) < limit:
        read = rows.latest(conn, contract.contract_key, timeframe_s, within, limit)
        found = found + [each for each in read if _is_shown(asked, timeframe_s, each)]
        if timeframe_s == bars.DAY_S:
            found = bars.by_session_first(found)
        if len(read) < limit:
            break
        within = within._replace(end_us=read[-1].opened_at_us)
    return found


def _is_shown(asked: Wanted, timeframe_s: int, bar: Bar) -> bool:
    span = bars.span(timeframe_s, bar.opened_at_us)
    if span.end_us > asked.now_us and not asked.question.live:
        return False
    hours = sessions.hours(asked.instrument)
    return not asked.question.adjust or sessions.overlaps(hours, span)


def _partial(conn: Connection, asked: Wanted) -> Bar | None:
    """The bar in progress from the finer bars that there are, the coarsest first."""
    timeframe_s = asked.timeframe_s
    start_us = bars.around(timeframe_s, asked.now_us).start_us
    views = _views(conn, asked)
    if asked.end_us <= start_us or not views:
        return None
    contract, span = views[0]
    within = bars.common(span, Span(start_us, asked.now_us + 1))
    parts: list[Bar] = []
    taken: list[Span] = []
    for finer_s in reversed([each for each in bars.LADDER if each < timeframe_s]):
        for gap in bars.missing(within, taken) if within else []:
            found = rows.between(conn, contract.contract_key, finer_s, gap)
            taken += [bars.span(finer_s, each.opened_at_us) for each in found]
            parts += found
    parts.sort()
    made = bars.merged(parts, start_us) if parts else None
    return made if made and _is_shown(asked, timeframe_s, made) else None


def _views(conn: Connection, asked: Wanted) -> list[tuple[PriceContract, Span]]:
    """The contracts that are shown and when, the latest first: the one that is asked for, the bare
    root if it has bars of the timeframe, else each contract while it is the front one.
    """
    dated = [each for each in asked.contracts if each.delivery_month]
    if asked.delivery.month:
        return [(each, _ALWAYS) for each in dated]
    if found := bare(conn, asked):
        return [(found, _ALWAYS)]
    spans = front.spans(asked.instrument, [each.delivery_month for each in dated])
    return list(zip(dated, spans, strict=True))
