"""What the service must answer, told by the oracle and in the fields of the answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from tests import oracle
from tests.oracle import Basis, Cut, Fill, Interval, Point, Report, Span
from tests.questions import DAY, SYMBOLS, Bound, Owner, Question
from tests.streams import POINT_VALUES

NAMES = {"day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m"}
# Before and after everything; a balance counts from the first.
FIRST = datetime.fromisoformat("2000-01-01T00:00Z")
LAST = datetime.fromisoformat("2040-01-01T00:00Z")


class Book(NamedTuple):
    """An account at a time, with the fills that are left of its history."""

    owner: Owner
    fills: Sequence[Fill]
    now: datetime

    def cut(self, question: Question, interval: Interval) -> Cut:
        """What cuts the periods of an answer."""
        calendar = question.calendar or self.owner.calendar
        zone = oracle.EXCHANGE if calendar == "session" else question.zone or self.owner.zone
        return Cut(interval, zone, calendar)

    def report(self, span: Span, basis: Basis) -> Report:
        return oracle.report(self.fills, POINT_VALUES, span, basis)

    def history(self, span: Span, basis: Basis, cut: Cut) -> list[Point]:
        return oracle.history(self.fills, POINT_VALUES, span, basis, cut)

    def balance(self, before: datetime, basis: Basis) -> Decimal:
        """Just before an instant."""
        net = self.report((FIRST, before), basis).net_pnl
        return self.owner.starting_balance + self.cash((FIRST, before)) + net

    def chosen(self, question: Question) -> Book:
        """As if there were no positions but those that the filters let pass."""
        meant = SYMBOLS[question.symbol] if question.symbol else ""
        fills = [fill for fill in self.fills if fill.contract.startswith(meant)]
        return self._replace(fills=_of_strategy(fills, question.strategy))

    def cash(self, span: Span) -> Decimal:
        """What came in and went out."""
        inside = [c.amount for c in self.owner.cash if span[0] <= c.occurred_at < span[1]]
        return sum(inside, Decimal(0))


def _of_strategy(fills: Sequence[Fill], strategy: str | None) -> Sequence[Fill]:
    """What the fills did in the positions of a strategy: the part of a reversal that is in one."""
    if strategy is None:
        return fills
    parts: dict[Fill, tuple[int, Decimal]] = {}
    for units in oracle._flows(fills):
        for fill in set(units) if units[0].strategy == strategy else ():
            quantity, fees = parts.get(fill, (0, oracle.ZERO))
            parts[fill] = quantity + units.count(fill), fees + oracle._fees(fill, units)
    return [fill._replace(quantity=q, fees=fees) for fill, (q, fees) in parts.items()]


def instant(moment: datetime) -> str:
    """Without a fraction where it is zero."""
    text = f"{moment:%Y-%m-%dT%H:%M:%S.%f}".rstrip("0").rstrip(".")
    return text + "Z"


def daily(book: Book, question: Question) -> dict[str, Any]:
    """But for the account's id and version, and what depends on prices."""
    figures = _figures(book, question, question.day, question.day)
    return {"period": "day", "daily_pnl": figures.pop("pnl"), **figures}


def weekly(book: Book, question: Question) -> dict[str, Any]:
    """But for the account's id and version, and what depends on prices."""
    monday = question.day - question.day.weekday() * DAY
    sunday = monday + 6 * DAY
    figures = _figures(book, question, monday, sunday)
    return {
        "period": "week",
        "weekly_pnl": figures.pop("pnl"),
        "week_start": monday.isoformat(),
        "week_end": sunday.isoformat(),
        "days": _days(book, question, monday),
        **figures,
    }


def _figures(book: Book, question: Question, first: date, last: date) -> dict[str, Any]:
    cut = book.cut(question, "day")
    span = _starts(cut, first), _starts(cut, last + DAY)
    told = book.report(span, question.basis)
    return {
        "currency": "USD",
        "date": question.day.isoformat(),
        "timezone": cut.zone,
        "calendar": cut.calendar,
        "start": instant(span[0]),
        "end": instant(span[1]),
        "pnl": told.net_pnl,
        "gross_pnl": told.gross_pnl,
        "fees": told.fees,
        "realized_pnl": book.report(span, "execution").net_pnl,
        "total_trades": told.total_trades,
        "winning_trades": told.winning_trades,
        "losing_trades": told.losing_trades,
        "breakeven_trades": told.breakeven_trades,
        "win_rate": told.win_rate,
        "avg_win": told.avg_win,
        "avg_loss": told.avg_loss,
        "largest_win": told.largest_win,
        "largest_loss": told.largest_loss,
        "max_drawdown": told.max_drawdown,
        "open": None if span[1] <= book.now else _open(book),
        "feed": {"last_execution_at": _last_execution_at(book)},
    }


def _open(book: Book) -> dict[str, Any]:
    held = [p for p in oracle.positions(book.fills, POINT_VALUES) if p.closing is None]
    return {
        "positions": len(held),
        "quantity": sum(p.quantity for p in held),
        "realized_pnl": sum((p.net_pnl for p in held), Decimal(0)),
    }


def _last_execution_at(book: Book) -> str | None:
    last = max((fill.executed_at for fill in book.fills), default=None)
    return None if last is None else instant(last)


def _days(book: Book, question: Question, monday: date) -> list[dict[str, Any]]:
    cut = book.cut(question, "day")
    span = _starts(cut, monday), _starts(cut, monday + 7 * DAY)
    made = {p.timestamp: p.part for p in book.history(span, question.basis, cut)}
    idle = book.report((LAST, LAST), question.basis)
    days = [monday + n * DAY for n in range(7)]
    return [_day(day, made.get(_starts(cut, day), idle)) for day in days]


def _day(day: date, part: Report) -> dict[str, Any]:
    return {
        "date": day.isoformat(),
        "pnl": part.net_pnl,
        "total_trades": part.total_trades,
        "winning_trades": part.winning_trades,
        "losing_trades": part.losing_trades,
    }


def history(book: Book, question: Question) -> dict[str, Any]:
    """But for the account's id."""
    cut, basis = book.cut(question, question.interval), question.own_basis
    span = _window(book, question, cut)
    start_balance = None if question.is_filtered else book.balance(span[0], basis)
    # Nothing lies before the first execution, so a start left out cuts no period.
    cut_from = FIRST if question.start is None else span[0]
    chosen = book.chosen(question)
    points = chosen.history(span, basis, cut)
    if question.fill:
        points = _filled(points, cut, span)
    return {
        "currency": "USD",
        "interval": question.interval,
        "timezone": cut.zone,
        "calendar": cut.calendar,
        "basis": basis,
        "start": instant(span[0]),
        "end": instant(span[1]),
        "points": [
            _point(book, cut, span, start_balance, each) | _partial(each, cut, (cut_from, span[1]))
            for each in points
        ],
        "summary": _summary(chosen, span, basis, start_balance),
        "next_cursor": None,
    }


def _filled(points: Sequence[Point], cut: Cut, span: Span) -> list[Point]:
    """With what comes to nothing in the periods between."""
    idle = oracle.report((), POINT_VALUES, span, "position")
    made = {each.timestamp: each for each in points}
    filled: list[Point] = []
    at, cumulative = span[0], Decimal(0)
    while at < span[1]:
        timestamp = oracle.period_start(at, cut)
        point = made.get(timestamp, Point(timestamp, idle, cumulative))
        filled.append(point)
        at, cumulative = _end(point, cut), point.cumulative_pnl
    return filled


def _window(book: Book, question: Question, cut: Cut) -> Span:
    end = _bound(question.end, cut, DAY) or book.now
    start = _bound(question.start, cut, timedelta(0))
    inception = min((fill.executed_at for fill in book.fills), default=end)
    return start or min(inception, end), end


def _bound(bound: Bound, cut: Cut, after: timedelta) -> datetime | None:
    if bound is None or isinstance(bound, datetime):
        return bound
    return _starts(cut, bound + after)


def _point(
    book: Book, cut: Cut, span: Span, start_balance: Decimal | None, point: Point
) -> dict[str, Any]:
    cash = book.cash((span[0], min(_end(point, cut), span[1])))
    return {
        "timestamp": instant(point.timestamp),
        "period": _name(point.timestamp, cut),
        "period_pnl": point.part.net_pnl,
        "cumulative_pnl": point.cumulative_pnl,
        "balance": None if start_balance is None else start_balance + cash + point.cumulative_pnl,
        "trade_count": point.part.total_trades,
        "winning_trades": point.part.winning_trades,
        "losing_trades": point.part.losing_trades,
        "max_drawdown": point.part.max_drawdown,
    }


def _partial(point: Point, cut: Cut, span: Span) -> dict[str, bool]:
    whole = span[0] <= point.timestamp and _end(point, cut) <= span[1]
    return {} if whole else {"partial": True}


def _end(point: Point, cut: Cut) -> datetime:
    """When the next period starts."""
    start = point.timestamp
    if cut.interval in ("tick", "trade"):
        return start + timedelta(microseconds=1)
    if cut.interval == "hour":
        # Half an hour where the clock is changed by as much.
        ends = (start + timedelta(minutes=30 * n) for n in (1, 2))
        return next(end for end in ends if oracle.period_start(end, cut) != start)
    day = oracle.day_of(start, cut.zone, cut.calendar)
    following = {"day": day + DAY, "week": day + 7 * DAY}
    return _starts(cut, following.get(cut.interval, (day + 31 * DAY).replace(day=1)))


def _name(start: datetime, cut: Cut) -> str:
    if cut.interval in ("tick", "trade", "hour"):
        return instant(start)
    day = oracle.day_of(start, cut.zone, cut.calendar)
    return day.strftime(NAMES[cut.interval])


def _summary(book: Book, span: Span, basis: Basis, start_balance: Decimal | None) -> dict[str, Any]:
    told, cash = book.report(span, basis), book.cash(span)
    return {
        "start_balance": start_balance,
        "end_balance": None if start_balance is None else start_balance + told.net_pnl + cash,
        "cash_flow": None if start_balance is None else cash,
        "total_pnl": told.net_pnl,
        "win_rate": told.win_rate,
        "avg_win": told.avg_win,
        "avg_loss": told.avg_loss,
        "max_drawdown": told.max_drawdown,
        "trade_count": told.total_trades,
        "winning_trades": told.winning_trades,
        "losing_trades": told.losing_trades,
        "profit_factor": told.profit_factor,
    }


def _starts(cut: Cut, day: date) -> datetime:
    return oracle.day_start(day, cut.zone, cut.calendar)
