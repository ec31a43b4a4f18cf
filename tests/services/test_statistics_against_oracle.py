"""The statistics of random accounts and windows through a real database, held to the oracle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from random import Random
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from app.db import kept_trades
from app.db.statistics_days import DayMade
from app.domain import falls, instants, periods, returns
from app.domain import groups as grouping
from app.domain.falls import Deepest, Level
from app.domain.groups import Grouped
from app.domain.periods import Cut, Span
from app.domain.returns import Dated
from app.domain.statistics import Filter
from app.domain.stretches import Stretch
from app.domain.trade_columns import Columns
from app.services import accounts, statistics_days, statistics_trades
from app.services.resources import Resources
from app.services.statistics import StatisticsQuestion
from tests import answers, group_oracle, oracle, questions, statistics_oracle, streams
from tests.answers import Book
from tests.arrival import record
from tests.conftest import told
from tests.group_oracle import WAYS, GroupBy, Place
from tests.oracle import Fill, Position
from tests.questions import Owner, Question
from tests.services.test_ingest_against_oracle import bound, moved, open_account
from tests.statistics_oracle import Closed, Ledger

STREAMS = 1_000
STREAMS_ON_POSTGRES = 40
STREAMS_WITH_A_FAULT = 1_000
WINDOWS = 6


class Choice(NamedTuple):
    """Which trades are asked for, None lets all through, and how they are taken apart."""

    symbol: str | None
    strategy: str | None
    side: str | None
    group_by: GroupBy | None

    def takes(self, position: Position) -> bool:
        contract = position.opening.contract
        return (
            self.symbol in {None, contract, contract[:-2]}
            and self.strategy in {None, position.opening.strategy}
            and self.side in {None, position.side}
        )


@st.composite
def choices(draw: st.DrawFn) -> Choice:
    """Half of them take everything, and half of all take trades apart."""
    rng = Random(draw(streams.SEEDS))
    by = rng.choice((None, rng.choice(WAYS)))
    if rng.random() < 0.5:
        return Choice(None, None, None, by)
    contract = rng.choice(("MNQZ5", *streams.ALL))
    symbol = rng.choice((None, contract, contract[:-2]))
    return Choice(symbol, rng.choice((None, "breakout")), rng.choice((None, "LONG", "SHORT")), by)


def check(res: Resources, owner: Owner, fills: list[Fill], asked: Question, of: Choice) -> None:
    account_id = open_account(res, owner)
    record(res, account_id, fills)
    version = 1
    for cash in owner.cash:
        version = moved(res, account_id, cash, version)
    question = StatisticsQuestion(
        bound(asked.start), bound(asked.end), asked.zone, asked.calendar, *of
    )
    book = Book(owner, fills, instants.to_datetime(res.now_us()))
    expected = statistics(book, asked, of) | {"account_id": account_id, "version": version}
    assert told(res, account_id, question) == expected


def statistics(book: Book, asked: Question, of: Choice) -> dict[str, Any]:
    """But for the account's id and version."""
    cut = book.cut(asked, "day")
    span = answers._window(book, asked, cut)
    effects = oracle.effects(book.fills, streams.POINT_VALUES)
    inside = [e for e in effects if span[0] <= e.fill.executed_at < span[1]]
    positions = [(e.fill.executed_at, e.closed) for e in inside if e.closed]
    changes = [(at, position.net_pnl) for at, position in positions]
    changes += [(c.occurred_at, c.amount) for c in book.owner.cash if c.occurred_at >= span[0]]
    balance = book.balance(span[0], "position")
    ledger = Ledger(span[0], balance, changes, cut.zone, cut.calendar)
    taken = [(at, position) for at, position in positions if of.takes(position)]
    found = {
        "currency": "USD",
        "timezone": cut.zone,
        "calendar": cut.calendar,
        "start": answers.instant(span[0]),
        "end": answers.instant(span[1]),
        **metrics(taken, ledger),
    }
    if of.group_by is None:
        return found
    return found | {"group_by": of.group_by, "groups": groups(taken, of.group_by, ledger)}


def metrics(taken: Sequence[tuple[datetime, Position]], ledger: Ledger) -> dict[str, Any]:
    closed = [Closed(p.opening.executed_at, at, p.gross_pnl, p.fees) for at, p in taken]
    return statistics_oracle.metrics(closed, ledger)


def groups(
    taken: Sequence[tuple[datetime, Position]], by: GroupBy, ledger: Ledger
) -> list[dict[str, Any]]:
    """Each group's trades by themselves, in the groups' order."""
    apart: dict[Place, list[tuple[datetime, Position]]] = {}
    for at, position in taken:
        place = group_oracle.place(position, at, by, ledger.zone, ledger.calendar)
        apart.setdefault(place, []).append((at, position))
    in_order = sorted(apart, key=lambda place: place.order)
    return [{"group": place.name} | metrics(apart[place], ledger) for place in in_order]


def check_streams(res: Resources, number: int, *, shrinks: bool = True) -> None:
    phases = [*Phase] if shrinks else [Phase.generate]

    @settings(max_examples=number, deadline=None, database=None, phases=phases)
    @given(streams.fills(max_size=30), questions.owners(), questions.questions(), choices())
    def every(fills: list[Fill], owner: Owner, asked: Question, of: Choice) -> None:
        check(res, owner, fills, asked, of)

    every()


@pytest.mark.feature("TPA-08", "PAM-PERF-26", "PAM-OPS-04")
def test_whatever_was_traded_its_statistics_are_the_oracles(memory_res: Resources) -> None:
    check_streams(memory_res, STREAMS)


def test_whatever_was_traded_its_statistics_on_postgres_are_the_oracles(
    postgres_res: Resources,
) -> None:
    check_streams(postgres_res, STREAMS_ON_POSTGRES)


# --- Days and trades -----------------------------------------------------------------------------


@pytest.mark.feature("PAM-PERF-24")
def test_days_and_trades_say_the_same_of_whatever_window(memory_res: Resources) -> None:
    check_windows(memory_res)


def check_windows(res: Resources) -> None:
    @settings(max_examples=STREAMS, deadline=None, database=None, phases=[Phase.generate])
    @given(streams.fills(max_size=30), questions.owners(), streams.SEEDS)
    def every(fills: list[Fill], owner: Owner, seed: int) -> None:
        account_id = open_account(res, owner)
        record(res, account_id, fills)
        with res.db.read() as conn:
            account = accounts.load(conn, account_id)
            for cut in account.rollup_cuts:
                for window in windows_around(Random(seed), cut, fills):
                    by_days = statistics_days.of_window(conn, account, cut, window)
                    chosen = statistics_trades.choose(conn, account, cut, window, Filter())
                    assert by_days == statistics_trades.total(chosen)

    every()


def windows_around(rng: Random, cut: Cut, fills: Sequence[Fill]) -> Iterator[Span]:
    """From and to fills, a microsecond beside them, and the starts of their days."""
    at_us = [instants.from_datetime(each.executed_at) for each in fills]
    for _ in range(WINDOWS):
        ends = [rng.choice(at_us) + rng.choice((0, 0, 1)) for _ in range(2)]
        start_us, end_us = sorted(rng.choice((each, day_of(cut, each))) for each in ends)
        yield Span(start_us, end_us)


def day_of(cut: Cut, at_us: int) -> int:
    return periods.day_start(cut, periods.day_of(cut, at_us))


# --- Faults --------------------------------------------------------------------------------------


def of_no_cut_day(*_: object) -> Iterator[DayMade]:
    """As if a window always began and ended with a day."""
    yield from ()


def falling_within_one_day(stretches: Sequence[Stretch]) -> Deepest | None:
    """As if no fall went on from one day to the next."""
    found = falls_deepest(stretches)
    return found and found._replace(levels=[Level(0, 0)] * len(found.levels))


def without_moved_cash(balance: int, first: int, last: int, changes: Iterable[Dated]) -> object:
    """As if a balance never changed in a window."""
    return returns_ledger(balance, first, last, [each for each in changes if each.day < first])


def out_of_order(by: GroupBy, cut: Cut, trades: Columns, *rest: Any) -> Grouped:
    """As if groups came in whatever order."""
    names, places = groups_group(by, cut, trades, *rest)
    return Grouped(names[::-1], len(names) - 1 - places)


falls_deepest = falls.deepest
returns_ledger, groups_group = returns.ledger, grouping.group


@pytest.mark.parametrize(
    ("module", "name", "broken"),
    [
        (kept_trades, "keep", of_no_cut_day),
        (kept_trades, "roll_up", of_no_cut_day),
        (statistics_days, "_cut_day", of_no_cut_day),
        (falls, "deepest", falling_within_one_day),
        (returns, "ledger", without_moved_cash),
        (grouping, "group", out_of_order),
    ],
)
def test_statistics_with_a_fault_do_not_pass(
    module: ModuleType,
    name: str,
    broken: Callable[..., object],
    memory_res: Resources,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, name, broken)
    with pytest.raises(AssertionError):
        check_streams(memory_res, STREAMS_WITH_A_FAULT, shrinks=False)
