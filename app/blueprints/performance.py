"""GET /api/performance/...: what an account made in a day, a week, or any window."""

from __future__ import annotations

from typing import Literal

from flask import Blueprint, Response

from app.blueprints import request, response
from app.blueprints.request import Bound, Day, Query, Zone
from app.domain.periods import Calendar, Interval
from app.domain.totals import Basis
from app.services import performance, performance_history
from app.services.performance import PeriodQuery
from app.services.performance_history import HistoryQuery

bp = Blueprint("performance", __name__)

# The seed's names and the ones that its examples use.
_INTERVALS: dict[str, Interval] = {
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


class _Period(_Cut, kw_only=True):
    date: Day | None = None


class _History(_Cut, kw_only=True):
    interval: Literal["hour", "day", "week", "month", "hourly", "daily", "weekly", "monthly"] = (
        "day"
    )
    start: Bound | None = None
    end: Bound | None = None


@bp.get("/daily")
def daily() -> Response:
    """One day's P&L, counts and averages; today's when `date` is left out."""
    account_id, asked = request.query(_Period)
    return response.ok(performance.for_day(request.resources(), account_id, _period(asked)))


@bp.get("/weekly")
def weekly() -> Response:
    """The same for the Monday-to-Sunday week that holds `date`, with its seven days."""
    account_id, asked = request.query(_Period)
    return response.ok(performance.for_week(request.resources(), account_id, _period(asked)))


@bp.get("/history")
def history() -> Response:
    """P&L period by period over any window, running on, with the window's summary."""
    account_id, asked = request.query(_History)
    wanted = HistoryQuery(
        _INTERVALS[asked.interval],
        asked.start.value if asked.start else None,
        asked.end.value if asked.end else None,
        asked.zone,
        asked.calendar,
        asked.basis,
    )
    return response.ok(performance_history.for_window(request.resources(), account_id, wanted))


def _period(asked: _Period) -> PeriodQuery:
    return PeriodQuery(asked.date, asked.zone, asked.calendar, asked.basis)
