"""GET /api/performance/...: what an account made in a day, week, month or any window."""

from __future__ import annotations

from typing import Annotated, Literal

from flask import Blueprint, Response
from msgspec import Meta

from app.blueprints import request, response
from app.blueprints.described import NEXT_PAGE, Link, described
from app.blueprints.request import Query
from app.blueprints.typed import Bound, Day, Zone
from app.blueprints.values import Cursor, Name, Symbol
from app.domain.history import HistoryInterval
from app.domain.periods import Calendar, DayInterval
from app.domain.totals import Basis
from app.services import answers, performance, performance_history
from app.services.bodies import DailyBody, HistoryBody, MonthlyBody, WeeklyBody
from app.services.history_pages import POINTS_MAX
from app.services.performance import PeriodQuestion
from app.services.performance_history import HistoryQuestion
from app.services.performance_summary import SummaryBody, SummaryQuestion
from app.services.rendering import MEDIA_TYPES

bp = Blueprint("performance", __name__)

# The seed's names and the ones that its examples use.
_IntervalName = Literal[
    "tick", "trade", "hour", "day", "week", "month", "hourly", "daily", "weekly", "monthly"
]
_INTERVALS: dict[_IntervalName, HistoryInterval] = {
    "tick": "tick",
    "trade": "trade",
    "hour": "hour",
    "day": "day",
    "week": "week",
    "month": "month",
    "hourly": "hour",
    "daily": "day",
    "weekly": "week",
    "monthly": "month",
}


class _Cut(Query, kw_only=True):
    tz: Zone | None = None
    calendar: Calendar | None = None
    basis: Basis = "position"

    @property
    def zone(self) -> str | None:
        """The zone's name."""
        return self.tz.name if self.tz else None


class _Summary(_Cut, kw_only=True):
    explain: bool = False


class _Period(_Summary, kw_only=True):
    date: Day | None = None


class _Points(_Cut, kw_only=True):
    interval: _IntervalName = "day"
    start: Bound | None = None
    end: Bound | None = None
    symbol: Symbol | None = None
    strategy: Name | None = None
    fill: Literal["zero"] | None = None

    @property
    def question(self) -> HistoryQuestion:
        """The history that is asked for, from its beginning."""
        return HistoryQuestion(
            _INTERVALS[self.interval],
            self.start.value if self.start else None,
            self.end.value if self.end else None,
            self.zone,
            self.calendar,
            self.basis,
            self.symbol,
            self.strategy,
            self.fill,
        )


class _Export(_Points, kw_only=True):
    format: Literal["csv"] | None = None


class _History(_Points, kw_only=True):
    limit: Annotated[int, Meta(ge=1, le=POINTS_MAX)] = POINTS_MAX
    cursor: Cursor | None = None
    explain: bool = False


@bp.get("")
@described(query=_Summary, gives=SummaryBody)
def summary() -> Response:
    """Today, this week, this month and all time in one answer."""
    account, asked = request.query(_Summary)
    question = SummaryQuestion(asked.zone, asked.calendar, asked.basis, asked.explain)
    return response.answer(account, question, asked)


@bp.get("/daily")
@described(query=_Period, gives=DailyBody)
def daily() -> Response:
    """One day's P&L, counts and averages; today's when `date` is left out."""
    return _period("day")


@bp.get("/weekly")
@described(query=_Period, gives=WeeklyBody)
def weekly() -> Response:
    """The same for the Monday-to-Sunday week that holds `date`, with its seven days."""
    return _period("week")


@bp.get("/monthly")
@described(query=_Period, gives=MonthlyBody)
def monthly() -> Response:
    """The same for the calendar month that holds `date`, with its days: a heat map in one call."""
    return _period("month")


@bp.get("/history")
@described(query=_History, gives=HistoryBody, leads_to=(Link("performance.history", NEXT_PAGE),))
def history() -> Response:
    """P&L point by point over any window, running on, with the window's summary."""
    account, asked = request.query(_History)
    question = asked.question._replace(
        limit=asked.limit, cursor=asked.cursor, explain=asked.explain
    )
    return response.answer(account, question, asked)


@bp.get("/export")
@described(query=_Export, gives=str, forms=(MEDIA_TYPES["csv"],))
def export() -> Response:
    """All points of a history as a CSV file."""
    account, asked = request.query(_Export)
    res = request.resources()
    pending = answers.ask(res, account, asked.question, "csv")
    if asked.require:
        performance.require_live_feed(pending.market.feed)
    content = performance_history.export(res, account, asked.question)
    name = f"performance-{asked.question.interval}.csv"
    disposition = {"Content-Disposition": f"attachment; filename={name}"}
    return Response(content, content_type=MEDIA_TYPES["csv"], headers=disposition)


def _period(period: DayInterval) -> Response:
    account, asked = request.query(_Period)
    question = PeriodQuestion(
        period, asked.date, asked.zone, asked.calendar, asked.basis, asked.explain
    )
    return response.answer(account, question, asked)
