"""GET /api/history: prices as bars; POST /api/bars: bars in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, cast

from flask import Blueprint, Response
from msgspec import Meta, Struct

from app.blueprints import request, response
from app.blueprints.described import Link, described
from app.blueprints.request import BATCH_MAX, BATCH_MAX_BYTES, JSON, KeptQuery, NoQuery
from app.blueprints.typed import Bound
from app.blueprints.values import BarPrice, Moment, Symbol
from app.domain import bars, fixed, instants
from app.domain.bars import SECONDS, VOLUME_MAX, Bar, Timeframe
from app.errors import CacheMiss, Detail, InvalidBody, UnknownSymbol, UpstreamUnavailable
from app.services import admission, bar_storing
from app.services import prices as price_pages
from app.services.bar_pages import PricesQuestion
from app.services.prices import LIMIT_MAX, PricesBody

bp = Blueprint("history", __name__)
incoming = Blueprint("bars", __name__)

_PRICES = ("open", "high", "low", "close")


class _History(KeptQuery, kw_only=True):
    symbol: Symbol
    timeframe: Timeframe = "5m"
    limit: Annotated[int, Meta(ge=1, le=LIMIT_MAX)] = 300
    end: Bound | None = None
    live: bool = False
    adjust: bool = True


class SentBar(Struct, forbid_unknown_fields=True):
    """A bar as it is sent; `timestamp` is its opening."""

    timestamp: Moment
    open: BarPrice
    high: BarPrice
    low: BarPrice
    close: BarPrice
    volume: Annotated[
        int,
        Meta(description="Contracts.", extra_json_schema={"minimum": 0, "maximum": VOLUME_MAX}),
    ]


class _Head(Struct, forbid_unknown_fields=True, kw_only=True):
    symbol: Symbol
    timeframe: Timeframe
    contract: Symbol | None = None


class SentBars(_Head, forbid_unknown_fields=True, kw_only=True):
    """Bars of one contract; `contract` may be left out where `symbol` says it."""

    bars: Annotated[list[SentBar], Meta(extra_json_schema={"minItems": 1, "maxItems": BATCH_MAX})]


class StoredBody(Struct):
    """What became of the bars; `unchanged` ones were stored already."""

    accepted: int
    corrected: int
    unchanged: int
    contract: str


@bp.get("")
@described(query=_History, gives=PricesBody, fails=(CacheMiss, UpstreamUnavailable))
def latest() -> Response:
    """The latest bars before `end`, oldest first, of a contract or of a root's front contracts."""
    asked = request.options(_History)
    question = PricesQuestion(
        asked.symbol,
        asked.timeframe,
        asked.limit,
        asked.end.value if asked.end else None,
        asked.live,
        asked.adjust,
    )
    res, form = request.resources(), response.form_of(asked)
    pending = price_pages.ask(res, question, form)
    return response.revalidated(pending.tag, form, lambda: price_pages.answer(res, pending))


@incoming.post("")
@described(
    query=NoQuery,
    takes={JSON: SentBars},
    gives=StoredBody,
    fails=(UnknownSymbol,),
    leads_to=(Link("history.latest", {"symbol": "$response.body#/contract"}),),
)
def store() -> Response:
    """Store bars of a contract, all or none; those that are there already are replaced."""
    request.options(NoQuery)
    res = request.resources()
    sent = request.body(BATCH_MAX_BYTES)
    head, rows = _parts(sent)
    timeframe_s, now_us = SECONDS[head.timeframe], res.now_us()
    found = res.runner(len(rows))(lambda: _bars(rows, timeframe_s, now_us))
    delivery = bar_storing.delivery(res, head.symbol, head.contract, found)
    stored = bar_storing.store(res, delivery, timeframe_s, found)
    body = StoredBody(stored.new, stored.corrected, stored.unchanged, delivery.contract)
    return response.ok(body)


def _parts(sent: Any) -> tuple[_Head, list[Any]]:
    """What the bars are of, and the bars as they came; every fault of both is named."""
    rows = sent.get("bars") if isinstance(sent, dict) else None
    rest = {name: value for name, value in sent.items() if name != "bars"} if rows else sent
    head = request.fields(rest, _Head)
    faults = head if isinstance(head, list) else []
    if isinstance(sent, dict) and not (isinstance(rows, list) and 0 < len(rows) <= BATCH_MAX):
        faults = [each for each in faults if each.field != "bars"]
        faults.append(Detail("bars", f"bars must be a list of 1 to {BATCH_MAX} bars"))
    admission.refuse(InvalidBody, faults)
    return cast("_Head", head), cast("list[Any]", rows)


def _bars(rows: list[Any], timeframe_s: int, now_us: int) -> list[Bar]:
    """The bars of a request, each of its own time; one answer names every row at fault."""
    read = [_bar(value, timeframe_s, row, now_us) for row, value in enumerate(rows, start=1)]
    faults = [detail for each in read if not isinstance(each, Bar) for detail in each]
    found: dict[int, int] = {}
    for row, each in enumerate(read, start=1):
        if isinstance(each, Bar) and found.setdefault(each.opened_at_us, row) != row:
            message = f"timestamp is that of row {found[each.opened_at_us]}, too"
            faults.append(Detail("timestamp", message, row))
    admission.refuse(InvalidBody, sorted(faults, key=lambda each: each.row or 0))
    return [each for each in read if isinstance(each, Bar)]


def _bar(value: Any, timeframe_s: int, row: int, now_us: int) -> Bar | list[Detail]:
    sent = request.fields(value, SentBar, row)
    if isinstance(sent, list):
        return sent
    opened_at_us = _read(sent, "timestamp", instants.parse, row)
    prices = [_read(sent, name, fixed.price_nanos, row) for name in _PRICES]
    faults = [each for each in (opened_at_us, *prices) if isinstance(each, Detail)]
    if faults:
        return faults
    bar = Bar._make((opened_at_us, *prices, sent.volume))
    fault = bars.fault(bar, timeframe_s, now_us)
    return [Detail(*fault, row)] if fault else bar


def _read(sent: SentBar, name: str, parse: Callable[[Any], int], row: int) -> int | Detail:
    try:
        return parse(getattr(sent, name))
    except ValueError as error:
        return Detail(name, f"{name} {error}", row)
