"""GET /api/positions...: what an account holds and held, and what each position is made of."""

from __future__ import annotations

from typing import Annotated, Literal

from flask import Blueprint, Response
from msgspec import Meta

from app.blueprints import request, response
from app.blueprints.described import NEXT_PAGE, Link, described
from app.blueprints.request import Query
from app.blueprints.typed import Bound
from app.blueprints.values import Cursor, Name, Symbol
from app.errors import NotFound
from app.services.position_pages import LIMIT_MAX, PositionsBody, PositionsQuestion, Status
from app.services.positions import PositionQuestion, WholePositionBody

bp = Blueprint("positions", __name__)


class _Positions(Query, kw_only=True):
    status: Status = "all"
    symbol: Symbol | None = None
    strategy: Name | None = None
    side: Literal["LONG", "SHORT"] | None = None
    start: Bound | None = None
    end: Bound | None = None
    limit: Annotated[int, Meta(ge=1, le=LIMIT_MAX)] = 50
    cursor: Cursor | None = None


@bp.get("")
@described(
    query=_Positions,
    gives=PositionsBody,
    leads_to=(
        Link("positions.list_some", NEXT_PAGE),
        Link(
            "positions.one",
            {
                "position_id": "$response.body#/items/0/id",
                "account_id": "$response.body#/items/0/account_id",
            },
        ),
    ),
)
def list_some() -> Response:
    """A page of positions, newest opening first, and the totals of all that the filters pass."""
    account, asked = request.query(_Positions)
    question = PositionsQuestion(
        asked.status,
        asked.symbol,
        asked.strategy,
        asked.side,
        asked.start.value if asked.start else None,
        asked.end.value if asked.end else None,
        asked.limit,
        asked.cursor,
    )
    return response.answer(account, question, asked)


@bp.get("/<position_id>")
@described(query=Query, gives=WholePositionBody, fails=(NotFound,))
def one(position_id: str) -> Response:
    """One position with its executions."""
    account, asked = request.query(Query)
    return response.answer(account, PositionQuestion(position_id), asked)
