"""The way in for bars: stored, the time that they make known noted, and coarser ones built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.db import bars as rows
from app.db.connection import Connection
from app.domain import bars, sessions
from app.domain.bars import Bar
from app.domain.instruments import Delivery
from app.domain.periods import Span
from app.domain.sessions import Hours
from app.errors import InvalidBody
from app.services import risk_kept
from app.services.instruments import catalogue
from app.services.resources import Resources
from app.services.risk_kept import Prices


class Stored(NamedTuple):
    """How many bars were new, said something else than before, or were there already."""

    new: int
    corrected: int
    unchanged: int


class _Series(NamedTuple):
    contract_key: int
    timeframe_s: int


def delivery(res: Resources, symbol: str, contract: str | None, given: Sequence[Bar]) -> Delivery:
    """The contract that bars are of; UnknownSymbol, or InvalidBody where the bars lie so far apart
    that one spelling means two contracts.
    """
    with res.db.read() as conn:
        known = catalogue(conn)
    first, last = min(given), max(given)
    found = known.delivery(symbol, contract, first.opened_at_us)
    if known.delivery(symbol, contract, last.opened_at_us) != found:
        raise InvalidBody(f"the bars are of two contracts called {found.contract}: send each alone")
    return found


def store(
    res: Resources,
    delivery: Delivery,
    timeframe_s: int,
    given: Sequence[Bar],
    known: Sequence[Span] | None = None,
) -> Stored:
    """Store bars of different times in one transaction, and with them what they make known: the
    stretches that the closed ones make up, unless it is said.
    """
    ordered, now_us = sorted(given), res.now_us()
    hours = sessions.hours(delivery.instrument)
    closed = [each for each in ordered if _end(timeframe_s, each) <= now_us]
    made_known = bars.stretches(closed, timeframe_s, hours) if known is None else known
    run = res.runner(len(ordered))
    # Only the work is moved away: locks and connections stay with the request that took them.
    with res.db.write() as conn:
        return run(lambda: _store(res, conn, delivery, timeframe_s, ordered, made_known))


def _store(
    res: Resources,
    conn: Connection,
    delivery: Delivery,
    timeframe_s: int,
    given: Sequence[Bar],
    known: Sequence[Span],
) -> Stored:
    named = (delivery.instrument.root, delivery.contract, delivery.month)
    for bar in given[:1]:
        risk_kept.hold(res, conn, bar.opened_at_us)
    series = _Series(rows.hold(conn, *named), timeframe_s)
    before = rows.given(conn, *series, (each.opened_at_us for each in given))
    fresh = [each for each in given if before.get(each.opened_at_us) != each]
    rows.put(conn, *series, fresh)
    last_us = rows.marked_at(conn, series.contract_key)
    is_news = [_learn(conn, series, each, res.now_us(), bool(fresh)) for each in known]
    if fresh or any(is_news):
        _mark(conn, series, given, res.now_us())
        _mark_quiet(conn, series, sessions.hours(delivery.instrument), known, res.now_us())
        rows.advance(conn, series.contract_key)
        if fresh:
            _judge_again(res, conn, delivery, timeframe_s, fresh, last_us)
        # Last, as every account's answers wait for this row.
        if known:
            rows.advance_prices(conn)
    corrected = sum(each.opened_at_us in before for each in fresh)
    return Stored(len(fresh) - corrected, corrected, len(given) - len(fresh))


def _judge_again(
    res: Resources,
    conn: Connection,
    delivery: Delivery,
    timeframe_s: int,
    fresh: Sequence[Bar],
    last_us: int | None,
) -> None:
    """Judge the limits of those who held the contract by its new prices; `last_us` is when its last
    price was before them.
    """
    ends = [_end(timeframe_s, each) for each in (fresh[0], fresh[-1])]
    hours = sessions.hours(delivery.instrument)
    risk_kept.renew_prices(res, conn, Prices(delivery.contract, hours, Span(*ends), last_us))


def _learn(conn: Connection, series: _Series, known: Span, now_us: int, is_changed: bool) -> bool:  # noqa: FBT001
    """Note that a span is known, and build what it completes, if it or its bars are news."""
    covered = rows.covered(conn, *series, known)
    is_news = bool(bars.missing(known, covered))
    if is_news or is_changed:
        _build(conn, series, known, rows.cover(conn, *series, known, now_us), now_us)
    return is_news


def _mark(conn: Connection, series: _Series, given: Sequence[Bar], now_us: int) -> None:
    """Note the price of the last bar at its end."""
    for bar in given[-1:]:
        ended_us = min(_end(series.timeframe_s, bar), now_us)
        rows.mark(conn, series.contract_key, bar.close_nanos, ended_us)


def _end(timeframe_s: int, bar: Bar) -> int:
    return bars.span(timeframe_s, bar.opened_at_us).end_us


def _mark_quiet(
    conn: Connection, series: _Series, hours: Hours, known: Sequence[Span], now_us: int
) -> None:
    """Note the last price where it is known that nothing was traded after it: at the end of what is
    known, or of the trading.
    """
    for span in sorted(known)[-1:]:
        whole = rows.covered(conn, *series, span)[-1]
        until_us = sessions.traded_until(hours, min(whole.end_us, now_us))
        for bar in rows.latest(conn, *series, whole, 1):
            rows.mark(conn, series.contract_key, bar.close_nanos, until_us)


def _build(conn: Connection, finer: _Series, changed: Span, known: Span, now_us: int) -> None:
    """Make the coarser bars that hold any of the changed span and are known to their ends."""
    timeframe_s = bars.next_coarser(finer.timeframe_s)
    whole = bars.whole(timeframe_s, known) if timeframe_s else None
    if timeframe_s is None or whole is None:
        return
    touched = bars.common(bars.touched(timeframe_s, changed), whole)
    if touched is None:
        return
    coarser = finer._replace(timeframe_s=timeframe_s)
    parts = rows.between(conn, *finer, touched)
    rows.put_built(conn, *coarser, list(bars.coarser(parts, timeframe_s)))
    _build(conn, coarser, touched, rows.cover(conn, *coarser, touched, now_us), now_us)
