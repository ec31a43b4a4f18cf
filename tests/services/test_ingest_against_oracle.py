"""Whole histories through the services and a real database, held against the oracle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import count, zip_longest
from types import ModuleType
from typing import Any

import pytest
from hypothesis import Phase, given, seed, settings

from app.db import accounts as account_rows
from app.db.connection import Connection
from app.domain import drawdown, instants, periods
from app.domain.accounts import Account
from app.domain.drawdown import Path
from app.domain.periods import Cut, Span
from app.domain.positions import FIRST_LEG, Position
from app.services import (
    accounts,
    bounds,
    day_totals,
    rebuild,
    verification,
    windows,
)
from app.services.bodies import Deleted
from app.services.performance import PeriodQuestion
from app.services.performance_history import HistoryQuestion
from app.services.rebuild import Change
from app.services.resources import Resources
from tests import answers, questions, rows, streams
from tests.answers import LAST, Book
from tests.arrival import carry_out
from tests.conftest import told
from tests.databases import CHOSEN
from tests.figures import figure
from tests.questions import Bound, Cash, Owner, Question
from tests.streams import Operation

# As many as leave time for the other tests; 20,000 for a long run. Where a server is asked, each
# takes several times as long.
HISTORIES = figure("ORACLE_HISTORIES", 1200 if CHOSEN == "sqlite" else 240)
# Each with a seed of its own, so that they can run side by side.
PARTS = 8
HISTORIES_ON_POSTGRES = 200
HISTORIES_WITH_A_FAULT = 400

_NUMBER = count(1)


def check(res: Resources, owner: Owner, operations: list[Operation], question: Question) -> None:
    """Nothing stored ever differs from a rebuild, and in the end no answer from the oracle's."""
    account_id = open_account(res, owner)
    version = 0
    for operation, cash in zip_longest(operations, owner.cash):
        before = version
        if operation:
            version = carried_out(res, account_id, operation, version)
        if cash:
            version = moved(res, account_id, cash, version)
        if version != before:
            assert list(verification.differences(res, account_id)) == []
    # Nor has anything been written under an old version.
    assert list(verification.differences(res, account_id)) == []
    book = Book(owner, streams.surviving(operations), instants.to_datetime(res.now_us()))
    check_account(res, account_id, book)
    check_periods(res, account_id, book, question, version)
    check_history(res, account_id, book, question)


def open_account(res: Resources, owner: Owner) -> str:
    """A fresh one, whose days may be the session's."""
    account = accounts.new_account(res, f"account {next(_NUMBER)}")._replace(
        timezone=owner.zone,
        calendar=owner.calendar,
        starting_balance_micros=rows.micros(owner.starting_balance),
    )
    with res.db.write() as conn:
        account_rows.insert(conn, account)
    return account.account_id


def carried_out(res: Resources, account_id: str, operation: Operation, version: int) -> int:
    """The version after it, which is another one if and only if anything changed."""
    told = carry_out(res, account_id, operation)
    changed = told.deleted if isinstance(told, Deleted) else told.accepted
    after = told.accounts[account_id].version
    assert after == version + bool(changed)
    return after


def moved(res: Resources, account_id: str, cash: Cash, version: int) -> int:
    movement = accounts.Cash(f"after {version}", cash.amount, rows.instant_us(cash.occurred_at), "")
    after = accounts.move_cash(res, account_id, movement).accounts[account_id].version
    assert after == version + 1
    return after


def check_account(res: Resources, account_id: str, book: Book) -> None:
    assert rows.stored_positions(res, account_id) == rows.positions(account_id, book.fills)
    with res.db.read() as conn:
        account = accounts.load(conn, account_id)
    assert account.balance_micros == rows.micros(book.balance(LAST, "execution"))


def check_periods(
    res: Resources, account_id: str, book: Book, question: Question, version: int
) -> None:
    """A day and its week, but for what depends on prices."""
    day_asked = PeriodQuestion(
        "day", question.day, question.zone, question.calendar, question.basis
    )
    rest = {"account_id": account_id, "version": version}
    day = told(res, account_id, day_asked)
    assert without_prices(day) == answers.daily(book, question) | rest
    week = told(res, account_id, day_asked._replace(period="week"))
    assert without_prices(week) == answers.weekly(book, question) | rest
    assert sum(each["pnl"] for each in week["days"]) == week["weekly_pnl"]
    assert sum(each["total_trades"] for each in week["days"]) == week["total_trades"]


def without_prices(answer: dict[str, Any]) -> dict[str, Any]:
    del answer["feed"]["status"]
    if answer["open"]:
        del answer["open"]["unrealized_pnl"], answer["open"]["marked_at"]
    return answer


def check_history(res: Resources, account_id: str, book: Book, question: Question) -> None:
    answer = told(res, account_id, history_of(question))
    assert answer == answers.history(book, question) | {"account_id": account_id}
    points, summary = answer["points"], answer["summary"]
    assert sum(each["period_pnl"] for each in points) == summary["total_pnl"]
    assert [each["cumulative_pnl"] for each in points[-1:]] in ([], [summary["total_pnl"]])
    if not question.is_filtered:
        made = summary["total_pnl"] + summary["cash_flow"]
        assert summary["end_balance"] == summary["start_balance"] + made


def history_of(question: Question) -> HistoryQuestion:
    return HistoryQuestion(
        interval=question.interval,
        start=bound(question.start),
        end=bound(question.end),
        tz=question.zone,
        calendar=question.calendar,
        basis=question.basis,
        symbol=question.symbol,
        strategy=question.strategy,
        fill=question.fill,
    )


def bound(asked: Bound) -> bounds.Bound | None:
    return rows.instant_us(asked) if isinstance(asked, datetime) else asked


def check_histories(res: Resources, number: int, random_seed: int, *, shrinks: bool = True) -> None:
    @seed(random_seed)
    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        phases=tuple(Phase) if shrinks else (Phase.generate,),
    )
    @given(streams.histories(), questions.owners(), questions.questions())
    def every(operations: list[Operation], owner: Owner, question: Question) -> None:
        check(res, owner, operations, question)

    every()


@pytest.mark.feature("TPA-07", "TPA-08", "TPA-09", "TPA-10", "TPA-11", "PAM-PERF-01", "PAM-OPS-04")
@pytest.mark.feature("PAM-PERF-06", "PAM-PERF-07", "PAM-PERF-08", "PAM-PERF-09", "PAM-PERF-24")
@pytest.mark.feature("PAM-PERF-15", "PAM-PERF-16", "PAM-PERF-17", "PAM-PERF-18", "PAM-PERF-19")
@pytest.mark.feature("PAM-PERF-20", "PAM-PERF-21", "PAM-PERF-26")
@pytest.mark.parametrize("part", range(PARTS))
def test_whatever_happens_to_an_account_its_answers_are_the_oracles(
    part: int, memory_res: Resources
) -> None:
    check_histories(memory_res, HISTORIES // PARTS, part)


@pytest.mark.feature("TPA-07", "TPA-08")
def test_whatever_happens_to_an_account_on_postgres_its_answers_are_the_oracles(
    postgres_res: Resources,
) -> None:
    check_histories(postgres_res, HISTORIES_ON_POSTGRES, PARTS)


_stretch = rebuild._stretch
_join_all = drawdown.join_all


def started_at_the_change(
    conn: Connection, account: Account, contract: str, changes: Sequence[Change]
) -> tuple[rebuild._Stretch, list[Position]]:
    """As if what was held before a late fill did not matter to it."""
    stretch, old = _stretch(conn, account, contract, changes)
    here = [each for change in changes for each in change if each and each.contract == contract]
    return stretch._replace(start=min(each.key for each in here), start_leg=FIRST_LEG), old


def unmoved_by_changes(*_: object) -> int:
    """As if no change touched the positions after the next closing."""
    return 0


def never_rolled_up(*_: object) -> None:
    """As if the totals of days were made by themselves."""


def taken_for_the_newest(
    _conn: Connection, _account: Account, differing_us: Sequence[int], only_added: int | None
) -> int | None:
    """As if nothing had ever happened after what comes in."""
    return differing_us[0] if only_added else None


def rounded_to_days(cut: Cut, window: Span) -> tuple[int, int]:
    """As if a window always began and ended with a day."""
    return periods.day_of(cut, window.start_us), periods.day_of(cut, window.end_us - 1)


def not_running_on(paths: Iterable[Path | tuple[int, int, int, int]]) -> Path:
    """As if no fall went on from one day to the next."""
    every = [Path(*each) for each in paths]
    joined = _join_all(every)
    return joined._replace(drawdown=min(each.drawdown for each in every))


@pytest.mark.parametrize(
    ("module", "name", "broken"),
    [
        (rebuild, "_stretch", started_at_the_change),
        (rebuild, "_quantity_added", unmoved_by_changes),
        (day_totals, "roll_up", never_rolled_up),
        (day_totals, "_all_new_since", taken_for_the_newest),
        (windows, "whole_days", rounded_to_days),
        (drawdown, "join_all", not_running_on),
    ],
)
def test_a_service_with_a_fault_does_not_pass(
    module: ModuleType,
    name: str,
    broken: Callable[..., object],
    memory_res: Resources,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, name, broken)
    with pytest.raises(AssertionError):
        check_histories(memory_res, HISTORIES_WITH_A_FAULT, 0, shrinks=False)
