"""What is not known of a contract's bars is asked of the source: each stretch of time once.

Whoever misses something takes turns with all others who do, in all workers: one fetches and stores,
the others look again. Time that is known is never asked for, bars in progress are never kept.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.cache import keys
from app.cache.read_through import Made
from app.db import bars as rows
from app.domain import bars
from app.domain.instruments import Delivery
from app.domain.periods import Span
from app.errors import UpstreamUnavailable
from app.services import bar_storing
from app.services.answers import TTL_MAX_S
from app.services.bar_source import BarSource
from app.services.resources import Resources

# Each turn makes something known; more than this many others before us is no good sign.
_TURNS_MAX = 20


def complete(
    res: Resources, source: BarSource, delivery: Delivery, timeframe_s: int, wanted: Span
) -> bool:
    """Have all closed bars of a span stored; whether any of it had to be fetched."""
    closed_until_us = bars.around(timeframe_s, res.now_us()).start_us
    asked = bars.common(wanted, Span(wanted.start_us, closed_until_us))
    for turn in range(_TURNS_MAX):
        gaps, name = _gaps(res, delivery, timeframe_s, asked) if asked else ([], "")
        if not gaps:
            return turn > 0

        def fetch(gaps: Sequence[Span] = gaps, name: str = name) -> Made:
            for gap in gaps:
                found = source.fetch(delivery.contract, timeframe_s, gap)
                inside = {each.opened_at_us: each for each in found if _is_in(gap, each)}
                bar_storing.store(res, delivery, timeframe_s, list(inside.values()), [gap])
            return Made(name, b"fetched", TTL_MAX_S)

        res.cache.fetch(name, ttl_s=TTL_MAX_S, make=fetch)
    raise UpstreamUnavailable("the bars are being fetched by others; try again")


def _gaps(
    res: Resources, delivery: Delivery, timeframe_s: int, asked: Span
) -> tuple[list[Span], str]:
    """What is not known of a span, and the name of fetching what a contract lacks as it stands."""
    root, month = delivery.instrument.root, delivery.month
    with res.db.read() as conn:
        found = [each for each in rows.contracts(conn, root) if each.delivery_month == month]
        if not found:
            return [asked], keys.bar_fetch(root, month, timeframe_s, 0, 0)
        contract = found[0]
        known = rows.covered(conn, contract.contract_key, timeframe_s, asked)
    name = keys.bar_fetch(root, month, timeframe_s, contract.version, contract.stamp)
    return bars.missing(asked, known), name


def _is_in(gap: Span, bar: bars.Bar) -> bool:
    return gap.start_us <= bar.opened_at_us < gap.end_us
