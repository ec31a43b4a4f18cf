"""GET /api/positions...: what an account holds and held, and what each position is made of."""

from __future__ import annotations

from typing import Literal

from flask import Blueprint, Response

from app.blueprints import request, response
from app.blueprints.request import Query
from app.blueprints.typed import Bound
from app.services.position_pages import PositionsQuestion, Status
from app.services.positions import PositionQuestion

bp = Blueprint("positions", __name__)


class _Positions(Query, kw_only=True):
    status: Status = "all"
    symbol: str | None = None
    strategy: str | None = None
    side: Literal["LONG", "SHORT"] | None = None
    start: Bound | None = None
    end: Bound | None = None
    limit: int = 50
    cursor: str | None = None


@bp.get("")
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
def one(position_id: str) -> Response:
    """One position with its executions."""
    account, asked = request.query(Query)
    return response.answer(account, PositionQuestion(position_id), asked)
