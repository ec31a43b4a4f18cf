"""GET /api/statistics: what the closed trades of a window say; and what each figure means."""

from __future__ import annotations

from typing import Literal

from flask import Blueprint, Response

from app.blueprints import request, response
from app.blueprints.described import described
from app.blueprints.request import NoQuery, Query
from app.blueprints.typed import Bound, Zone
from app.blueprints.values import Symbol
from app.domain.groups import GroupBy
from app.domain.periods import Calendar
from app.services import statistics
from app.services.statistics import DefinitionBody, GroupedBody, StatisticsQuestion

bp = Blueprint("statistics", __name__)


class _Statistics(Query, kw_only=True):
    start: Bound | None = None
    end: Bound | None = None
    tz: Zone | None = None
    calendar: Calendar | None = None
    symbol: Symbol | None = None
    strategy: str | None = None
    side: Literal["LONG", "SHORT"] | None = None
    group_by: GroupBy | None = None


@bp.get("")
@described(query=_Statistics, gives=GroupedBody)
def of_window() -> Response:
    """Every metric over the positions closed in the window, by default since the beginning; with
    `group_by` the same of each group, too.
    """
    account, asked = request.query(_Statistics)
    question = StatisticsQuestion(
        asked.start.value if asked.start else None,
        asked.end.value if asked.end else None,
        asked.tz.name if asked.tz else None,
        asked.calendar,
        asked.symbol,
        asked.strategy,
        asked.side,
        asked.group_by,
    )
    return response.answer(account, question, asked)


@bp.get("/definitions")
@described(query=NoQuery, gives=list[DefinitionBody])
def definitions() -> Response:
    """Each metric's formula, unit, sample, and value when undefined."""
    request.options(NoQuery)
    return response.ok(statistics.definitions())
