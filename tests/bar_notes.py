"""Bars as a trader notes them, and a source of bars that remembers what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from app.domain import instants
from app.domain.bars import Bar
from app.domain.fixed import NANO
from app.domain.instruments import SHIPPED, Delivery
from app.domain.periods import Span
from app.services import bar_pages, bar_storing
from app.services.bar_pages import PricesQuestion
from app.services.prices import ask
from app.services.resources import Resources

MINUTE_US = 60 * instants.SECOND_US


def bar(at: str, *prices: int, volume: int = 1) -> Bar:
    """A bar of whole prices, open, high, low and close; one price is all four."""
    every = prices if len(prices) == 4 else prices * 4
    return Bar._make((instants.parse(at), *(each * NANO for each in every), volume))


def minutes(first: str, *closes: int | None) -> list[Bar]:
    """A bar a minute of one price each; None is a minute without trades."""
    at_us = instants.parse(first)
    return [
        bar(instants.text(at_us + n * MINUTE_US), close)
        for n, close in enumerate(closes)
        if close is not None
    ]


def contract(code: str, at: str = "2025-11-07T00:00:00Z") -> Delivery:
    return SHIPPED.delivery(code, None, instants.parse(at))


def put(res: Resources, code: str, found: Sequence[Bar], timeframe_s: int = 60) -> None:
    bar_storing.store(res, contract(code), timeframe_s, found)


def read(res: Resources, question: PricesQuestion) -> list[Bar]:
    """The page of a question, past every cache."""
    wanted = ask(res, question).wanted
    with res.db.read() as conn:
        return bar_pages.read(conn, wanted)


def closes(found: Sequence[Bar]) -> list[tuple[str, int]]:
    """Each bar's opening by the clock of UTC, and its last price."""
    return [(instants.text(each.opened_at_us)[11:16], each.close_nanos // NANO) for each in found]


class FakeSource:
    """A broker that has a bar for every minute asked for but some, and counts what is asked."""

    def __init__(self, *, quiet: Sequence[str] = ()) -> None:
        self.quiet = {instants.parse(each) for each in quiet}
        self.asked: list[tuple[str, str, str]] = []
        self.reached = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()

    def fetch(self, delivery: Delivery, timeframe_s: int, within: Span) -> Sequence[Bar]:
        said = (delivery.contract, instants.text(within.start_us), instants.text(within.end_us))
        self.asked.append(said)
        self.reached.set()
        assert self.may_answer.wait(10)
        width_us = timeframe_s * instants.SECOND_US
        opened = range(within.start_us, within.end_us, width_us)
        return [Bar(at, NANO, NANO, NANO, NANO, 1) for at in opened if at not in self.quiet][::-1]
