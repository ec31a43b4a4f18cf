"""GET /api/performance/...: what an account made in a day, week, month or any window."""

from __future__ import annotations

from typing import Literal

from flask import Blueprint, Response

from app.blueprints import request, response
from app.blueprints.request import Bound, Day, Query, Zone
from app.domain.accounts import Account
from app.domain.periods import Calendar, DayInterval, Interval
from app.domain.totals import Basis
from app.services.answers import Question
from app.services.performance import PeriodQuestion
from app.services.performance_history import HistoryQuestion
from app.services.performance_summary import SummaryQuestion

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
    require: Literal["live"] | None = None

    @property
    def zone(self) -> str | None:
        """The zone's name."""
        return self.tz.name if self.tz else None


class _Period(_Cut, kw_only=True):
    date: Day | None = None
    explain: bool = False


class _History(_Cut, kw_only=True):
    interval: Literal["hour", "day", "week", "month", "hourly", "daily", "weekly", "monthly"] = (
        "day"
    )
    start: Bound | None = None
    end: Bound | None = None


@bp.get("")
def summary() -> Response:
    """Today, this week, this month and all time in one answer."""
    account, asked = request.query(_Cut)
    return _answer(account, SummaryQuestion(asked.zone, asked.calendar, asked.basis), asked)


@bp.get("/daily")
def daily() -> Response:
    """One day's P&L, counts and averages; today's when `date` is left out."""
    return _period("day")


@bp.get("/weekly")
def weekly() -> Response:
    """The same for the Monday-to-Sunday week that holds `date`, with its seven days."""
    return _period("week")


@bp.get("/monthly")
def monthly() -> Response:
    """The same for the calendar month that holds `date`, with its days: a heat map in one call."""
    return _period("month")


@bp.get("/history")
def history() -> Response:
    """P&L period by period over any window, running on, with the window's summary."""
    account, asked = request.query(_History)
    question = HistoryQuestion(
        _INTERVALS[asked.interval],
        asked.start.value if asked.start else None,
        asked.end.value if asked.end else None,
        asked.zone,
        asked.calendar,
        asked.basis,
    )
    return _answer(account, question, asked)


def _period(period: DayInterval) -> Response:
    account, asked = request.query(_Period)
    question = PeriodQuestion(
        period, asked.date, asked.zone, asked.calendar, asked.basis, asked.explain
    )
    return _answer(account, question, asked)


def _answer(account: Account, question: Question, asked: _Cut) -> Response:
    form, is_required = request.form(asked), asked.require == "live"
    return response.answer(account, question, form, requires_live=is_required)
