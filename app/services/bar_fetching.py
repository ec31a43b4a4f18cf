"""What is not known of a contract's bars is asked of the source: each stretch of time once.

Whoever misses something takes turns with all others who do, in all workers: one fetches and stores,
the others look again. Time that is known is never asked for, bars in progress are never kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.db import bars as rows
from app.domain import bars, front, instants, sessions
from app.domain.instruments import Delivery
from app.domain.periods import Span
from app.errors import UpstreamUnknown
from app.services import bar_pages, bar_storing, turns
from app.services.bar_pages import Wanted
from app.services.bar_source import BarSource
from app.services.resources import Resources

# What closed less than this ago may still be on its way at the source: it is kept, and asked for
# again later.
SETTLED_S = 10
# Many small gaps are asked for as one: each request costs of the limits that all share.
GAPS_MAX = 4


class Fetched(NamedTuple):
    """Whether anything had to be fetched, the contracts that the source does not know, and from
    when on all is known; None where only what is stored can be told.
    """

    is_any: bool
    unknown: list[str]
    known_from_us: int | None


class _Lacking(NamedTuple):
    """What is not known of a contract's time while its bars stand as they do."""

    gaps: list[Span]
    stands: tuple[int, int]


def of_window(res: Resources, wanted: Wanted, reach: int, until_us: int | None = None) -> Fetched:
    """Have stored what the source may know of the trading time of so many bars before the end, or
    the part of it before an instant.
    """
    source = res.bar_source
    if source is None or _is_stored_alone(res, wanted):
        return Fetched(is_any=False, unknown=[], known_from_us=None)
    window = _window(wanted, reach)
    unknown: set[int] = set()
    is_any = False
    while True:
        asked = Span(window.start_us, window.end_us if until_us is None else until_us)
        known: list[int] = []
        try:
            for delivery, timeframe_s, span in _spans(wanted, asked, unknown):
                is_any = complete(res, source, delivery, timeframe_s, span) or is_any
                known.append(delivery.month)
        except _UnknownContract as error:
            unknown |= _forgotten(wanted, asked, error.delivery.month, known)
            continue
        names = [front.delivery(wanted.instrument, month).contract for month in sorted(unknown)]
        is_all_known = not unknown & _stored(wanted)
        return Fetched(is_any, names[-1:], window.start_us if is_all_known else None)


def _forgotten(wanted: Wanted, asked: Span, month: int, known: Sequence[int]) -> set[int]:
    """What a source does not know, either, that does not know a contract: where it knows later
    ones, it has forgotten all earlier ones, too.
    """
    if not known:
        return {month}
    return {month, *(each for each in _shown(wanted, asked) if each < month)}


class _UnknownContract(Exception):
    """The source knows no such contract, so it has to be looked at which ones there are."""

    def __init__(self, delivery: Delivery) -> None:
        super().__init__(delivery.contract)
        self.delivery = delivery


def complete(
    res: Resources, source: BarSource, delivery: Delivery, timeframe_s: int, wanted: Span
) -> bool:
    """Have all closed bars of a span stored; whether any of it had to be fetched."""
    now_us = res.now_us()
    closed = _until(wanted, timeframe_s, now_us)
    before = _lacking(res, delivery, timeframe_s, closed)
    if not before.gaps:
        return False
    month = delivery.month
    with turns.taken(res, f"bars:{delivery.instrument.root}:{month}:{timeframe_s}"):
        after = _lacking(res, delivery, timeframe_s, closed)
        if after.stands != before.stands:
            # Somebody else was told the latest bars just now.
            settled = _until(wanted, timeframe_s, now_us - SETTLED_S * instants.SECOND_US)
            after = _lacking(res, delivery, timeframe_s, settled)
        for gap in _joined(after.gaps):
            _fetch(res, source, delivery, timeframe_s, gap)
    return True


def _fetch(
    res: Resources, source: BarSource, delivery: Delivery, timeframe_s: int, gap: Span
) -> None:
    asked_at_us = res.now_us()
    try:
        found = source.fetch(delivery, timeframe_s, gap)
    except UpstreamUnknown:
        raise _UnknownContract(delivery) from None
    inside = {each.opened_at_us: each for each in found if _is_in(gap, each)}
    settled = _until(gap, timeframe_s, asked_at_us - SETTLED_S * instants.SECOND_US)
    known = [settled] if settled else []
    bar_storing.store(res, delivery, timeframe_s, list(inside.values()), known)


def _until(span: Span | None, timeframe_s: int, at_us: int) -> Span | None:
    """The part of a span whose bars are closed at an instant."""
    closed_us = bars.around(timeframe_s, at_us).start_us
    return bars.common(span, Span(span.start_us, closed_us)) if span else None


def _lacking(res: Resources, delivery: Delivery, timeframe_s: int, asked: Span | None) -> _Lacking:
    root, month = delivery.instrument.root, delivery.month
    with res.db.read() as conn:
        found = [each for each in rows.contracts(conn, root) if each.delivery_month == month]
        known = [
            span
            for each in found
            for span in (rows.covered(conn, each.contract_key, timeframe_s, asked) if asked else [])
        ]
    stands = (found[0].version, found[0].stamp) if found else (0, 0)
    return _Lacking(bars.missing(asked, known) if asked else [], stands)


def _joined(gaps: Sequence[Span]) -> Sequence[Span]:
    if len(gaps) <= GAPS_MAX:
        return gaps
    return [Span(gaps[0].start_us, gaps[-1].end_us)]


def _is_in(gap: Span, bar: bars.Bar) -> bool:
    return gap.start_us <= bar.opened_at_us < gap.end_us


def _is_stored_alone(res: Resources, wanted: Wanted) -> bool:
    """Whether it is bars of the bare root that are shown: no broker has such a contract."""
    with res.db.read() as conn:
        return bar_pages.bare(conn, wanted) is not None


def _window(wanted: Wanted, reach: int) -> Span:
    """The time in which so many bars fit, or somewhat more."""
    # Nobody knows the future, nor which contracts are in front there.
    end_us = min(wanted.end_us, bars.around(wanted.timeframe_s, wanted.now_us).end_us)
    amount_us = reach * wanted.timeframe_s * instants.SECOND_US
    start_us = sessions.reaching_back(sessions.hours(wanted.instrument), end_us, amount_us)
    return Span(max(start_us, wanted.question.start or instants.FIRST_US), end_us)


def _spans(wanted: Wanted, window: Span, unknown: set[int]) -> list[tuple[Delivery, int, Span]]:
    """What to have of which contract: of the one that is asked for, else of each that is shown as
    the front one of a root.
    """
    instrument, timeframe_s = wanted.instrument, wanted.timeframe_s
    if wanted.delivery.month:
        spans = [] if unknown else [(wanted.delivery, timeframe_s, window)]
        return spans + _in_progress(wanted, spans[:1])
    stored = _stored(wanted)
    shown = sorted(stored | (_shown(wanted, window) - unknown), reverse=True)
    spans = [
        (front.delivery(instrument, month), timeframe_s, shared)
        for month, span in zip(shown, front.spans(instrument, shown), strict=True)
        if month not in unknown and (shared := bars.common(span, window))
    ]
    return spans + _in_progress(wanted, spans[:1])


def _in_progress(
    wanted: Wanted, last: list[tuple[Delivery, int, Span]]
) -> list[tuple[Delivery, int, Span]]:
    """The finer bars that the bar in progress is made of, if it is shown."""
    parts_s = bar_pages.parts_s(wanted.timeframe_s) if wanted.question.live else None
    grid = bars.around(wanted.timeframe_s, wanted.now_us)
    return [
        (delivery, parts_s, grid)
        for delivery, _, span in last
        if parts_s and span.end_us > grid.start_us
    ]


def _stored(wanted: Wanted) -> set[int]:
    return {each.delivery_month for each in wanted.contracts if each.delivery_month}


def _shown(wanted: Wanted, window: Span) -> set[int]:
    """The delivery months that are front in a window, and those that are stored."""
    return _stored(wanted) | {*front.months(wanted.instrument, window)}
