"""/api/udf: TradingView's datafeed over the same bars, and an account's entries and exits on them.

What fails here fails as everywhere, and says so in that protocol's words as well.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from flask import Blueprint, Response, g
from msgspec import Meta, Struct, field

from app.blueprints import request, response
from app.blueprints.described import described
from app.blueprints.request import NoQuery
from app.blueprints.typed import UnixTime
from app.blueprints.values import AskedAccount, Symbol
from app.domain import instants
from app.domain.accounts import Account
from app.errors import (
    AccountNotFound,
    AccountRequired,
    AppError,
    CacheMiss,
    UpstreamUnavailable,
)
from app.services import answers, udf_symbols
from app.services import udf as datafeed
from app.services.answers import Question
from app.services.rendering import MEDIA_TYPES
from app.services.udf import ColumnsBody, NoDataBody, UdfQuestion
from app.services.udf_marks import (
    MarksBody,
    MarksQuestion,
    TimescaleMarksBody,
    TimescaleMarksQuestion,
)
from app.services.udf_symbols import SEARCH_MAX, ConfigBody, Resolution, SearchedBody, SymbolBody

bp = Blueprint("udf", __name__)


class _Symbols(Struct, forbid_unknown_fields=True, kw_only=True):
    symbol: Symbol


class _Search(Struct, forbid_unknown_fields=True, kw_only=True):
    query: Annotated[str, Meta(description="A symbol, or a part of its name.")] = ""
    type: Annotated[str, Meta(description="Futures are all that there is.")] = ""
    exchange: Annotated[str, Meta(description="One of those that `config` names.")] = ""
    limit: Annotated[int, Meta(ge=1, le=SEARCH_MAX)] = 30


class _Window(Struct, forbid_unknown_fields=True, kw_only=True):
    symbol: Symbol
    resolution: Resolution
    from_: UnixTime = field(name="from")
    to: UnixTime


class _History(_Window, forbid_unknown_fields=True, kw_only=True):
    countback: (
        Annotated[int, Meta(ge=1, description="So many bars before `to`; `from` matters no more.")]
        | None
    ) = None
    currency_code: (
        Annotated[str, Meta(description="Prices are not converted: the symbol's own.")] | None
    ) = field(name="currencyCode", default=None)


class _Marks(_Window, forbid_unknown_fields=True, kw_only=True):
    account_id: AskedAccount | None = None


@bp.after_request
def _tell(answer: Response) -> Response:
    """Say a failure in the words that a chart reads, too."""
    refused: AppError | None = g.get("refused")
    if refused:
        said = msgspec.json.decode(answer.get_data())
        answer.set_data(msgspec.json.encode(said | {"s": "error", "errmsg": refused.message}))
    return answer


@bp.get("/config")
@described(query=NoQuery, gives=ConfigBody)
def config() -> Response:
    """What this datafeed can do."""
    request.options(NoQuery)
    return response.ok(udf_symbols.config(request.resources()))


@bp.get("/time")
@described(query=NoQuery, gives=str, forms=(MEDIA_TYPES["text"],))
def time() -> Response:
    """The time by this service's clock, in seconds since 1970."""
    request.options(NoQuery)
    seconds = request.resources().now_us() // instants.SECOND_US
    return Response(str(seconds), content_type=MEDIA_TYPES["text"])


@bp.get("/symbols")
@described(query=_Symbols, gives=SymbolBody)
def symbols() -> Response:
    """A symbol and how its prices and times are to be shown."""
    asked = request.options(_Symbols)
    return response.ok(udf_symbols.describe(request.resources(), asked.symbol))


@bp.get("/search")
@described(query=_Search, gives=list[SearchedBody])
def search() -> Response:
    """The symbols that a text may mean, the nearest first."""
    asked = request.options(_Search)
    found = udf_symbols.search(
        request.resources(),
        query=asked.query,
        exchange=asked.exchange,
        kind=asked.type,
        limit=asked.limit,
    )
    return response.ok(found)


@bp.get("/history")
@described(
    query=_History,
    gives=ColumnsBody | NoDataBody,
    fails=(CacheMiss, UpstreamUnavailable),
    is_revalidated=True,
)
def history() -> Response:
    """Bars from `from` to before `to`, the one in progress included; days go by their midnights."""
    asked = request.options(_History)
    res = request.resources()
    pending = datafeed.ask(res, _question(asked, asked.countback), asked.currency_code)
    return response.revalidated(pending.tag, "json", lambda: datafeed.answer(res, pending))


@bp.get("/marks")
@described(
    query=_Marks,
    gives=MarksBody,
    fails=(AccountRequired, AccountNotFound),
    is_revalidated=True,
)
def marks() -> Response:
    """The account's entries and exits: a mark for what a bar's buys are, one for its sells."""
    account, asked = request.query(_Marks)
    return _marked(account, MarksQuestion(_question(asked)))


@bp.get("/timescale_marks")
@described(
    query=_Marks,
    gives=TimescaleMarksBody,
    fails=(AccountRequired, AccountNotFound),
    is_revalidated=True,
)
def timescale_marks() -> Response:
    """The same on the axis of time: a mark a bar, with what was realized in it."""
    account, asked = request.query(_Marks)
    return _marked(account, TimescaleMarksQuestion(_question(asked)))


def _marked(account: Account, question: Question) -> Response:
    res = request.resources()
    pending = answers.ask(res, account, question)
    return response.revalidated(pending.tag, "json", lambda: answers.answer(res, pending))


def _question(asked: _Window, countback: int | None = None) -> UdfQuestion:
    return UdfQuestion(
        asked.symbol, asked.resolution, asked.from_.value_us, asked.to.value_us, countback
    )
