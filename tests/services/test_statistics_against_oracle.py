"""The statistics of random accounts and windows through a real database, held to the oracle."""

from __future__ import annotations

from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import instants
from app.services.resources import Resources
from app.services.statistics import StatisticsQuestion
from tests import answers, oracle, questions, statistics_oracle, streams
from tests.answers import Book
from tests.arrival import record
from tests.conftest import told
from tests.oracle import Fill, Position
from tests.questions import Owner, Question
from tests.services.test_ingest_against_oracle import bound, moved, open_account
from tests.statistics_oracle import Closed, Ledger

STREAMS = 400
STREAMS_ON_POSTGRES = 40


class Choice(NamedTuple):
    """Which trades are asked for; None lets all through."""

    symbol: str | None
    strategy: str | None
    side: str | None

    def takes(self, position: Position) -> bool:
        contract = position.opening.contract
        return (
            self.symbol in {None, contract, contract[:-2]}
            and self.strategy in {None, position.opening.strategy}
            and self.side in {None, position.side}
        )


@st.composite
def choices(draw: st.DrawFn) -> Choice:
    """Half of them take everything."""
    rng = Random(draw(streams.SEEDS))
    if rng.random() < 0.5:
        return Choice(None, None, None)
    contract = rng.choice(("MNQZ5", *streams.ALL))
    symbol = rng.choice((None, contract, contract[:-2]))
    return Choice(symbol, rng.choice((None, "breakout")), rng.choice((None, "LONG", "SHORT")))


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
    closed = [
        Closed(position.opening.executed_at, at, position.gross_pnl, position.fees)
        for at, position in positions
        if of.takes(position)
    ]
    return {
        "currency": "USD",
        "timezone": cut.zone,
        "calendar": cut.calendar,
        "start": answers.instant(span[0]),
        "end": answers.instant(span[1]),
        **statistics_oracle.metrics(closed, ledger),
    }


def check_streams(res: Resources, number: int) -> None:
    @settings(max_examples=number, deadline=None, database=None)
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
