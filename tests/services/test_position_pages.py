"""Positions page by page, held against the oracle's list of them on random streams of fills."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from app.db import position_pages as pages_of_rows
from app.db.connection import Connection
from app.db.position_pages import ClosedTotals, Selection
from app.domain import instants
from app.domain.executions import Key
from app.domain.periods import Span
from app.domain.positions import Position
from app.services import accounts, position_pages, windows
from app.services.position_pages import PositionsQuestion, Status
from app.services.positions import PositionQuestion
from app.services.resources import Resources
from tests import rows, streams
from tests.arrival import record
from tests.conftest import told
from tests.oracle import Fill

STREAMS = 400
STREAMS_ON_POSTGRES = 50
STREAMS_WITH_A_FAULT = 1_500
PAGES_MAX = 50  # More than any stream has positions.
LIMITS = (1, 1, 1, 2, 2, 3, 5, 50, 499, 500)
STATUSES: tuple[Status, ...] = ("all", "all", "open", "closed")
STRATEGIES = (None, None, None, "breakout", "fade")
SIDES = (None, None, None, "LONG", "SHORT")
NUDGES = (0, 0, 1, -1, 1_000_000)

_NUMBER = count(1)


class Asked(NamedTuple):
    """A question in the oracle's words, its bounds instants."""

    status: Status
    symbol: str | None
    strategy: str | None
    side: str | None
    start_us: int | None
    end_us: int | None

    def question(self, limit: int, cursor: str | None) -> PositionsQuestion:
        return PositionsQuestion(*self, limit, cursor)

    def passes(self, position: Position) -> bool:
        named = (position.symbol, position.contract)
        return (
            (self.symbol is None or self.symbol in named)
            and self.strategy in (None, position.strategy)
            and self.side in (None, position.side)
            and self._is_in_time(position)
        )

    def _is_in_time(self, position: Position) -> bool:
        start_us = instants.FIRST_US if self.start_us is None else self.start_us
        end_us = instants.LAST_US if self.end_us is None else self.end_us
        if position.closed_at_us is None:
            return self.status != "closed" and position.opened_at_us < end_us
        return self.status != "open" and start_us <= position.closed_at_us < end_us


def asked(rng: Random, stream: list[Fill]) -> Asked:
    """Anything, its bounds at or next to instants at which fills are."""
    moments = [rows.instant_us(fill.executed_at) + rng.choice(NUDGES) for fill in stream]
    start_us, end_us = sorted((rng.choice(moments), rng.choice(moments)))
    contract = rng.choice(stream).contract
    return Asked(
        rng.choice(STATUSES),
        rng.choice((None, None, contract, contract[:-2])),
        rng.choice(STRATEGIES),
        rng.choice(SIDES),
        rng.choice((None, None, start_us)),
        rng.choice((None, None, end_us)),
    )


def batches(rng: Random, stream: list[Fill]) -> list[list[Fill]]:
    """The stream in any order: some of it before the first page, some after each."""
    waiting = rng.sample(stream, len(stream))
    first = rng.randint(1, len(waiting))
    later = [[fill] for fill in waiting[first:]]
    return [waiting[:first], *later]


def newest_first(account_id: str, fills: list[Fill], question: Asked) -> list[Position]:
    found = [each for each in rows.positions(account_id, fills) if question.passes(each)]
    return sorted(found, key=lambda each: each.open_key, reverse=True)


def pages(res: Resources, account_id: str, question: Asked, limit: int) -> Iterator[Any]:
    cursor = None
    for _ in range(PAGES_MAX):
        body = told(res, account_id, question.question(limit, cursor))
        yield body
        cursor = body["next_cursor"]
        if cursor is None:
            return
    pytest.fail("the pages do not end")


def check_at_rest(
    res: Resources, account_id: str, fills: list[Fill], question: Asked, limit: int
) -> None:
    """Pages hold the plain list, and every page says the sums of it."""
    expected = newest_first(account_id, fills, question)
    bodies = list(pages(res, account_id, question, limit))
    items = [item for body in bodies for item in body["items"]]
    assert [figures(each) for each in items] == [stored_figures(each) for each in expected]
    for body in bodies:
        assert body["summary"] == summary(expected)
    for name in ("gross_pnl", "fees", "net_pnl"):
        assert sum(item[name] for item in items) == bodies[0]["summary"][name]


def figures(item: dict[str, Any]) -> tuple[object, ...]:
    names = ("id", "contract", "side", "quantity", "entry_price", "opened_at", "closed_at")
    return tuple(item[name] for name in (*names, "net_pnl", "strategy"))


def stored_figures(position: Position) -> tuple[object, ...]:
    closed_at_us = position.closed_at_us
    return (
        position.position_id,
        position.contract,
        position.side,
        position.quantity,
        Decimal(position.entry_price_nanos).scaleb(-9),
        instants.text(position.opened_at_us),
        None if closed_at_us is None else instants.text(closed_at_us),
        money(position.net_micros),
        position.strategy,
    )


def money(micros: int) -> Decimal:
    return Decimal(micros).scaleb(-6)


def summary(positions: list[Position]) -> dict[str, Any]:
    closed = [each.net_micros for each in positions if each.closed_at_us is not None]
    return {
        "total": len(positions),
        "open": len(positions) - len(closed),
        "closed": len(closed),
        "winning": sum(net > 0 for net in closed),
        "losing": sum(net < 0 for net in closed),
        "breakeven": closed.count(0),
        "gross_pnl": money(sum(each.gross_micros for each in positions)),
        "fees": money(sum(each.fees_micros for each in positions)),
        "net_pnl": money(sum(each.net_micros for each in positions)),
    }


def check_while_fills_come_in(
    res: Resources, account_id: str, parts: list[list[Fill]], question: Asked, limit: int
) -> None:
    """What was there at the first page and stayed is shown once; nothing is shown twice."""
    arrived, waiting = list(parts[0]), list(parts[1:])
    record(res, account_id, arrived)
    stayed = {each.position_id for each in newest_first(account_id, arrived, question)}
    shown: list[str] = []
    places: list[str] = []
    for body in pages(res, account_id, question, limit):
        shown += [item["id"] for item in body["items"]]
        places += [item["opened_at"] for item in body["items"]]
        if waiting:
            arrived += waiting[0]
            record(res, account_id, waiting.pop(0))
        stayed &= {each.position_id for each in newest_first(account_id, arrived, question)}
    assert len(shown) == len(set(shown))
    assert stayed <= set(shown)
    read = [instants.parse(each) for each in places]
    assert read == sorted(read, reverse=True)
    for fills in waiting:
        record(res, account_id, fills)


def check_totals(res: Resources, account_id: str, question: Asked) -> None:
    """Without filters, the summary is what the same window made by position; and what is open
    beside all that is closed, what all executions made.
    """
    start_us, end_us = question.start_us, question.end_us
    closed = Asked("closed", None, None, None, start_us, end_us).question(1, None)
    found = told(res, account_id, closed)["summary"]
    window = Span(start_us or instants.FIRST_US, end_us or instants.LAST_US)
    with res.db.read() as conn:
        account = accounts.load(conn, account_id)
        made = windows.within(conn, account, window)
    assert found["net_pnl"] == money(made.path("position").net)
    assert found["gross_pnl"] == money(made.gross_micros("position"))
    assert found["fees"] == money(made.fees_micros("position"))
    counted = (found["closed"], found["winning"], found["losing"])
    assert counted == (made.closed.trades, made.closed.winning, made.closed.losing)
    everything = Asked("all", *[None] * 5).question(1, None)
    net = told(res, account_id, everything)["summary"]["net_pnl"]
    assert net == money(account.realized_net_micros)


def check_executions(res: Resources, account_id: str, fills: list[Fill]) -> None:
    """Every position's pieces add up to it, and all pieces to the fills."""
    quantities = {fill.execution_id: fill.quantity for fill in fills}
    for each in rows.positions(account_id, fills):
        body = told(res, account_id, PositionQuestion(each.position_id))
        pieces = body["executions"]
        assert len(pieces) == body["execution_count"]
        assert sum(piece["fees"] for piece in pieces) == body["fees"]
        assert sum(piece["realized_pnl"] for piece in pieces) == body["gross_pnl"]
        for piece in pieces:
            quantities[piece["execution_id"]] -= piece["quantity"]
    assert set(quantities.values()) <= {0}


def check_streams(res: Resources, number: int, random_seed: int, *, shrinks: bool = True) -> None:
    @seed(random_seed)
    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        phases=tuple(Phase) if shrinks else (Phase.generate,),
    )
    @given(streams.fills(16), streams.SEEDS, st.sampled_from(LIMITS))
    def every(stream: list[Fill], random: int, limit: int) -> None:
        rng, account_id = Random(random), f"account {next(_NUMBER)}"
        question = asked(rng, stream)
        check_while_fills_come_in(res, account_id, batches(rng, stream), question, limit)
        check_at_rest(res, account_id, stream, question, limit)
        check_totals(res, account_id, question)
        check_executions(res, account_id, stream)

    every()


@pytest.mark.feature("TPA-07", "TPA-08")
def test_pages_hold_what_the_oracle_lists(memory_res: Resources) -> None:
    check_streams(memory_res, STREAMS, 0)


@pytest.mark.feature("TPA-07", "TPA-08")
def test_pages_on_postgres_hold_what_the_oracle_lists(postgres_res: Resources) -> None:
    check_streams(postgres_res, STREAMS_ON_POSTGRES, 1)


_all_before = pages_of_rows.all_before


def beginning_with_the_last(
    conn: Connection, chosen: Selection, place: Key, limit: int
) -> list[Position]:
    """As if a page began with the item that the page before it ended with."""
    return _all_before(conn, chosen, place._replace(sequence=place.sequence + 1), limit)


def by_the_instant_alone(
    conn: Connection, chosen: Selection, place: Key, limit: int
) -> list[Position]:
    """As if no two positions were ever opened at one instant."""
    return _all_before(conn, chosen, Key(place.executed_at_us, -(2**62), ""), limit)


def of_no_account(*_: object) -> ClosedTotals:
    """As if nothing had ever closed."""
    return ClosedTotals()


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("all_before", beginning_with_the_last),
        ("all_before", by_the_instant_alone),
        ("closed_totals", of_no_account),
    ],
)
def test_a_fault_in_reading_pages_is_found(
    name: str,
    broken: Callable[..., object],
    memory_res: Resources,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pages_of_rows, name, broken)
    monkeypatch.setitem(position_pages._READ, "all", pages_of_rows.all_before)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        check_streams(memory_res, STREAMS_WITH_A_FAULT, 0, shrinks=False)
