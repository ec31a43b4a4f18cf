"""Our figures beside the broker's, by trading day, and the executions in which they differ."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from typing import NamedTuple

from msgspec import UNSET, Struct, UnsetType

from app.cache.keys import Dependencies
from app.db import reconciliation
from app.db.connection import Connection
from app.db.reconciliation import Compared
from app.domain import fixed, instants, periods
from app.domain.accounts import Account
from app.domain.periods import SESSION, Span
from app.errors import InvalidParameter
from app.services import bounds
from app.services.bodies import money
from app.services.bounds import Bound
from app.services.kinds import CalendarName, CivilDate, Instant, Money
from app.services.market import Standing

DAYS = 30
DAYS_MAX = 366
NAMED_MAX = 1_000
# Brokers state cents: what is less than one is their rounding.
_CENT_MICROS = fixed.MICRO // 100


class FiguresBody(Struct, kw_only=True):
    """Ours, the broker's, and ours less the broker's. P&L is compared where the broker states any:
    in `compared` executions, `not_compared` others realized some too. A day's have its `date`.
    """

    date: CivilDate | UnsetType = UNSET
    gross_pnl: Money
    broker_gross_pnl: Money | None
    gross_difference: Money | None
    fees: Money
    broker_fees: Money
    fees_difference: Money
    executions: int
    compared: int
    not_compared: int
    differing: int


class DifferingBody(Struct, kw_only=True):
    """An execution in which the two differ; one that was deleted has nothing of ours."""

    execution_id: str
    date: CivilDate
    timestamp: Instant
    contract: str
    gross_pnl: Money
    broker_pnl: Money | None
    difference: Money | None
    fees: Money
    broker_fees: Money
    fees_difference: Money
    deleted: bool


class ReconciliationBody(Struct):
    """The trading days of a window, oldest first, their sum, and what differs (`more` are not
    shown).
    """

    account_id: str
    currency: str
    timezone: str
    calendar: CalendarName
    start: Instant
    end: Instant
    items: list[FiguresBody]
    totals: FiguresBody
    executions: list[DifferingBody]
    more: int


class _Sum:
    """Some executions, added up."""

    def __init__(self) -> None:
        self.executions = self.compared = self.not_compared = self.differing = 0
        self.gross_micros = self.compared_micros = self.broker_micros = 0
        self.fees_micros = self.broker_fees_micros = 0

    def add(self, each: Compared, *, is_deleted: bool, differs: bool) -> None:
        """One execution more; a deleted one is the broker's alone."""
        self.executions += not is_deleted
        self.differing += differs
        self.gross_micros += each.gross_micros
        self.fees_micros += each.fees_micros
        self.broker_fees_micros += each.broker_fees_micros
        if each.broker_gross_micros is None:
            self.not_compared += each.gross_micros != 0
        else:
            self.compared += 1
            self.compared_micros += each.gross_micros
            self.broker_micros += each.broker_gross_micros


class ReconciliationQuestion(NamedTuple):
    """The window; without a start the last trading days of it, without an end up to today's."""

    start: Bound | None
    end: Bound | None

    def dependencies(self, account: Account, now_us: int) -> Dependencies:
        """InvalidParameter for a window that is upside down or too long."""
        window = _window(self, now_us)
        return Dependencies(
            resource="reconciliation",
            account_key=account.account_key,
            version=account.version,
            stamp=account.stamp,
            parameters=tuple(window),
            until_us=window.end_us if self.end is None else None,
        )

    def body(self, conn: Connection, standing: Standing, now_us: int) -> ReconciliationBody:
        """The figures of every day on which something was executed."""
        account, window = standing.account, _window(self, now_us)
        days: dict[int, _Sum] = {}
        total, differing = _Sum(), []
        for day, each, is_deleted in _lines(conn, account, window):
            differs = is_deleted or _differs(each)
            for some in (days.setdefault(day, _Sum()), total):
                some.add(each, is_deleted=is_deleted, differs=differs)
            if differs:
                differing.append((day, each, is_deleted))
        return ReconciliationBody(
            account_id=account.account_id,
            currency=account.currency,
            timezone=SESSION.zone,
            calendar=SESSION.calendar,
            start=instants.text(window.start_us),
            end=instants.text(window.end_us),
            items=[_figures(some, _name(day)) for day, some in days.items()],
            totals=_figures(total, UNSET),
            executions=[_differing(*line) for line in differing[:NAMED_MAX]],
            more=max(0, len(differing) - NAMED_MAX),
        )


def _window(question: ReconciliationQuestion, now_us: int) -> Span:
    today = periods.date_of(periods.day_of(SESSION, now_us))
    end = today if question.end is None else question.end
    found = bounds.resolve(SESSION, question.start, end, now_us)
    last = periods.day_of(SESSION, found.end_us - 1)
    start_us = found.start_us
    if start_us is None:
        start_us = max(periods.day_start(SESSION, last - DAYS + 1), instants.FIRST_US)
    if last - periods.day_of(SESSION, start_us) >= DAYS_MAX:
        raise InvalidParameter(f"at most {DAYS_MAX} days at once: ask for them year by year")
    return Span(start_us, found.end_us)


def _lines(
    conn: Connection, account: Account, window: Span
) -> Iterator[tuple[int, Compared, bool]]:
    """Executions in the order of time, each with its day and whether it was deleted."""
    key = account.account_key
    live = reconciliation.within(conn, key, window)
    deleted = sorted(reconciliation.deleted(conn, key, window))
    day, ends_us = 0, instants.FIRST_US
    told = merge(((each, False) for each in live), ((each, True) for each in deleted), key=_at)
    for each, is_deleted in told:
        if each.executed_at_us >= ends_us:
            day = periods.day_of(SESSION, each.executed_at_us)
            ends_us = periods.day_start(SESSION, day + 1)
        yield day, each, is_deleted


def _at(line: tuple[Compared, bool]) -> int:
    return line[0].executed_at_us


def _differs(each: Compared) -> bool:
    if each.fees_micros != each.broker_fees_micros:
        return True
    said = each.broker_gross_micros
    return said is not None and abs(each.gross_micros - said) >= _CENT_MICROS


def _figures(some: _Sum, date: str | UnsetType) -> FiguresBody:
    is_stated = some.compared > 0
    return FiguresBody(
        date=date,
        gross_pnl=money(some.gross_micros),
        broker_gross_pnl=money(some.broker_micros) if is_stated else None,
        gross_difference=money(some.compared_micros - some.broker_micros) if is_stated else None,
        fees=money(some.fees_micros),
        broker_fees=money(some.broker_fees_micros),
        fees_difference=money(some.fees_micros - some.broker_fees_micros),
        executions=some.executions,
        compared=some.compared,
        not_compared=some.not_compared,
        differing=some.differing,
    )


def _differing(day: int, each: Compared, is_deleted: bool) -> DifferingBody:  # noqa: FBT001
    said = each.broker_gross_micros
    return DifferingBody(
        execution_id=each.execution_id,
        date=_name(day),
        timestamp=instants.text(each.executed_at_us),
        contract=each.contract,
        gross_pnl=money(each.gross_micros),
        broker_pnl=None if said is None else money(said),
        difference=None if said is None else money(each.gross_micros - said),
        fees=money(each.fees_micros),
        broker_fees=money(each.broker_fees_micros),
        fees_difference=money(each.fees_micros - each.broker_fees_micros),
        deleted=is_deleted,
    )


def _name(day: int) -> str:
    return periods.date_of(day).isoformat()
