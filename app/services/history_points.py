"""The points of a history: its stretches, running on, written column by column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from app.db import accounts as account_rows
from app.db.connection import Connection
from app.db.filtered_trades import EVERY, Chosen
from app.domain import history, instants, periods
from app.domain.accounts import Account
from app.domain.history import CashFlow, Stretch
from app.domain.periods import Period, Span
from app.services import bodies, bounds, history_content, history_pages, windows
from app.services.bodies import Point
from app.services.history_content import Content
from app.services.history_pages import Asked, Wanted
from app.services.kinds import Number
from app.services.numbers import amounts


class Found(NamedTuple):
    """A window's content, what cuts its periods, and what balances start from: None where they
    would make no sense.
    """

    window: Span
    content: Content
    cut_at: Span
    cash: Sequence[CashFlow]
    start_micros: int | None
    chosen: Chosen

    def balance(self, made_micros: int) -> Number | None:
        """The balance after so much has come in."""
        return None if self.start_micros is None else bodies.money(self.start_micros + made_micros)


def read(conn: Connection, account: Account, wanted: Wanted, asked: Asked) -> Found:
    """What is asked for; UnknownSymbol for a root that nobody knows."""
    key, window = account.account_key, bounds.window(conn, account, asked.bounds)
    chosen = history_pages.chosen(conn, wanted, window)
    content = history_content.read(
        conn, account, asked.cut, wanted.interval, window, asked.basis, chosen
    )
    # Nothing lies before the account's beginning, so by default the first period is whole.
    cut_at = window if wanted.start is not None else window._replace(start_us=instants.FIRST_US)
    if chosen != EVERY:
        return Found(window, content, cut_at, (), None, chosen)
    start_micros = (
        account.starting_balance_micros
        + account_rows.cash_before(conn, key, window.start_us)
        + windows.net_before(conn, account, window.start_us, asked.basis)
    )
    cash = [CashFlow._make(each) for each in account_rows.cash_within(conn, key, *window)]
    return Found(window, content, cut_at, cash, start_micros, chosen)


def after(wanted: Wanted, asked: Asked, found: Found) -> tuple[int, Iterator[Stretch]]:
    """The net P&L up to the asked place, and all stretches that come after it."""
    before_micros, stretches = found.content.after(asked.after)
    if wanted.fill:
        stretches = history.fill(stretches, _every_period(wanted, asked, found.window))
    return before_micros, stretches


def _every_period(wanted: Wanted, asked: Asked, window: Span) -> Iterator[Period]:
    interval = history.cutting(wanted.interval)
    if interval is None:
        return iter(())
    start_us = window.start_us
    if asked.after:
        start_us = periods.period(asked.cut, interval, asked.after.executed_at_us).span.end_us
    return periods.along(asked.cut, interval, Span(start_us, window.end_us))


def told(found: Found, page: Sequence[Stretch], before_micros: int) -> list[Point]:
    """Stretches that follow one another, going on from the net P&L of those before them."""
    if not page:
        return []
    periods_of, trades, winning, losing, _, _, nets, _, _, falls, _, _ = zip(*page, strict=True)
    cumulative = [*accumulate(nets, initial=before_micros)][1:]
    points = map(
        Point,
        (each.begins for each in periods_of),
        (each.name for each in periods_of),
        amounts(nets),
        amounts(cumulative),
        _balances(found, periods_of, cumulative),
        trades,
        winning,
        losing,
        amounts(falls),
    )
    return _marked(found, periods_of, [*points])


def _balances(
    found: Found, periods_of: Sequence[Period], cumulative: Sequence[int]
) -> Sequence[Number | None]:
    if found.start_micros is None:
        return [None] * len(cumulative)
    came = history.cash_until((each.span.end_us for each in periods_of), found.cash)
    start_micros = found.start_micros
    return amounts(start_micros + cash + made for cash, made in zip(came, cumulative, strict=True))


def _marked(found: Found, periods_of: Sequence[Period], points: list[Point]) -> list[Point]:
    """The same, with a mark on the periods that the window cuts: the first and the last at most."""
    for place in (0, -1):
        start_us, end_us = periods_of[place].span
        if start_us < found.cut_at.start_us or end_us > found.cut_at.end_us:
            points[place].partial = True
    return points
