"""An account's performance over any window, point by point."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from msgspec.structs import fields

from app.cache.keys import Dependencies
from app.db.connection import Connection
from app.domain import totals
from app.domain.accounts import Account
from app.domain.history import Stretch
from app.errors import InvalidParameter
from app.services import accounts, bodies, history_pages, history_points
from app.services.bodies import HistoryBody, HistorySummary, money
from app.services.explanation import explain
from app.services.history_pages import POINTS_MAX, Wanted
from app.services.history_points import Found
from app.services.market import Standing
from app.services.rendering import to_csv
from app.services.resources import Resources

EXPORT_MAX = 1_000_000
# What an export without points is.
_HEADER = ",".join(each.encode_name for each in fields(bodies.Point)).encode() + b"\r\n"


class HistoryQuestion(Wanted):
    """A history, or a page of it, as it is asked for."""

    __slots__ = ()

    def dependencies(self, account: Account, now_us: int) -> Dependencies:
        """The beginning depends on the data alone, and so on the version."""
        asked = history_pages.ask(account, self, now_us)
        is_open = self.end is None and self.cursor is None
        return Dependencies(
            resource="performance/history",
            account_key=account.account_key,
            version=account.version,
            stamp=account.stamp,
            # The mark holds the filters and the bounds as they were said.
            parameters=(asked.mark, *asked.bounds, asked.after, self.limit, self.explain),
            until_us=asked.bounds.end_us if is_open else None,
        )

    def body(self, conn: Connection, standing: Standing, now_us: int) -> HistoryBody:
        """A page of points, oldest first, and the summary of the whole window; UnknownSymbol for
        a symbol that nobody knows.
        """
        account = standing.account
        asked = history_pages.ask(account, self, now_us)
        found = history_points.read(conn, account, self, asked)
        window = found.window
        before_micros, stretches = history_points.after(self, asked, found)
        page = [*islice(stretches, self.limit + 1)]
        has_more = len(page) > self.limit
        page = page[: self.limit]
        body = HistoryBody(
            account_id=account.account_id,
            currency=account.currency,
            interval=self.interval,
            timezone=asked.cut.zone,
            calendar=asked.cut.calendar,
            basis=asked.basis,
            start=str(bodies.instant(window.start_us)),
            end=str(bodies.instant(window.end_us)),
            points=history_points.told(found, page, before_micros),
            summary=_summary(found),
            next_cursor=history_pages.next_cursor(asked, self.interval, window, page[-1])
            if has_more
            else None,
        )
        if self.explain:
            body.explanation = explain(conn, account, window, asked.basis, found.chosen)
        return body


def export(res: Resources, account: Account, question: HistoryQuestion) -> bytes:
    """All points of the window as CSV, made in one snapshot; InvalidParameter if there are too
    many of them for one file.
    """
    now_us = res.now_us()
    with res.db.read() as conn:
        account = accounts.load(conn, account.account_id)
        asked = history_pages.ask(account, question, now_us)
        found = history_points.read(conn, account, question, asked)
        content = to_csv(_exported(found, *history_points.after(question, asked, found)))
    return content or _HEADER


def _exported(
    found: Found, before_micros: int, stretches: Iterator[Stretch]
) -> Iterator[bodies.Point]:
    left = EXPORT_MAX
    while page := [*islice(stretches, POINTS_MAX)]:
        left -= len(page)
        if left < 0:
            raise InvalidParameter(
                f"the window has more than {EXPORT_MAX} points: take a shorter window or a longer"
                " interval"
            )
        yield from history_points.told(found, page, before_micros)
        before_micros += sum(each.net_micros for each in page)


def _summary(found: Found) -> HistorySummary:
    made = found.content.total()
    cash_micros = sum(each.amount_micros for each in found.cash)
    return HistorySummary(
        start_balance=found.balance(0),
        end_balance=found.balance(made.net_micros + cash_micros),
        cash_flow=None if found.start_micros is None else money(cash_micros),
        total_pnl=money(made.net_micros),
        win_rate=bodies.tenths(totals.win_rate(made)),
        avg_win=money(totals.average_micros(made.won_micros, made.winning)),
        avg_loss=money(totals.average_micros(made.lost_micros, made.losing)),
        max_drawdown=money(made.drawdown_micros),
        trade_count=made.trades,
        winning_trades=made.winning,
        losing_trades=made.losing,
        profit_factor=bodies.ratio(totals.profit_factor(made)),
    )
