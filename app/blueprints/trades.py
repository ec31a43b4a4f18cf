"""GET /api/trades...: every execution, and every order that came to nothing."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint, Response
from msgspec import Meta

from app.blueprints import request, response
from app.blueprints.described import NEXT_PAGE, Link, described
from app.blueprints.request import Query
from app.blueprints.typed import Bound
from app.blueprints.values import Cursor, Name, Symbol
from app.errors import RateLimited
from app.services import market, performance, trades_export
from app.services.rendering import MEDIA_TYPES
from app.services.trade_log import Kind, Wanted
from app.services.trades import LIMIT_MAX, TradesBody, TradesQuestion
from app.services.trades_export import ExportForm

bp = Blueprint("trades", __name__)


class _Log(Query, kw_only=True):
    type: Kind = "filled"
    start: Bound | None = None
    end: Bound | None = None
    symbol: Symbol | None = None
    strategy: Name | None = None

    @property
    def wanted(self) -> Wanted:
        """The part of the log that is asked for."""
        start = self.start.value if self.start else None
        end = self.end.value if self.end else None
        return Wanted(self.type, start, end, self.symbol, self.strategy)


class _Trades(_Log, kw_only=True):
    limit: Annotated[int, Meta(ge=1, le=LIMIT_MAX)] = 50
    cursor: Cursor | None = None


class _Export(_Log, kw_only=True):
    format: ExportForm | None = None


@bp.get("")
@described(query=_Trades, gives=TradesBody, leads_to=(Link("trades.list_some", NEXT_PAGE),))
def list_some() -> Response:
    """A page of the log, newest first, and the summary of its whole window."""
    account, asked = request.query(_Trades)
    question = TradesQuestion(asked.wanted, asked.limit, asked.cursor)
    return response.answer(account, question, asked)


@bp.get("/export")
@described(
    query=_Export,
    gives=str,
    fails=(RateLimited,),
    forms=(MEDIA_TYPES["csv"], MEDIA_TYPES["ndjson"]),
)
def export() -> Response:
    """The whole window as a file that the project's own import reads back."""
    account, asked = request.query(_Export)
    res = request.resources()
    if asked.require:
        performance.require_live_feed(market.of(res, account, res.now_us()).feed)
    form = asked.format or "csv"
    pieces = trades_export.pieces(res, account, asked.wanted, form)
    return response.file(pieces, form, "trades")
