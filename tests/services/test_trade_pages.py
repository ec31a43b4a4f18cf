"""Pages of the trades log against a plain list, while others write between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any, cast

import pytest

from app.db.connection import Connection
from app.db.trades import Chosen
from app.services import trade_log
from app.services.resources import Resources
from app.services.trade_log import Asked, Item, Kind, Place, Wanted
from app.services.trades import TradesQuestion
from tests.conftest import told
from tests.trade_book import INSTANTS, START_US, STRATEGIES, Book, Filter

ROUNDS = 250
ROUNDS_ON_POSTGRES = 30
KINDS = ("filled", "filled", "all", "all", "cancelled", "pending", "rejected")
SYMBOLS = (None, None, "MNQ", "MNQZ5", "MESZ5", "M2K")
LIMITS = (1, 2, 3, 7, 50, 500)


def some_filter(rng: Random) -> Filter:
    bounds = sorted((rng.randint(-1, INSTANTS + 1), rng.randint(-1, INSTANTS + 1)))
    start_us, end_us = rng.choice((bounds, [-1, INSTANTS + 1]))
    return Filter(
        rng.choice(KINDS),
        rng.choice(SYMBOLS),
        rng.choice(STRATEGIES),
        START_US + start_us,
        START_US + end_us,
    )


def question(asked: Filter, limit: int) -> TradesQuestion:
    kind = cast("Kind", asked.kind)
    wanted = Wanted(kind, asked.start_us, asked.end_us, asked.symbol, asked.strategy)
    return TradesQuestion(wanted, limit, None)


def pages(
    res: Resources, account_id: str, asked: TradesQuestion, between: Callable[[], None]
) -> Iterator[Any]:
    while True:
        page = told(res, account_id, asked)
        yield page
        if page["next_cursor"] is None:
            return
        asked = asked._replace(cursor=page["next_cursor"])
        between()


def check_round(res: Resources, account_id: str, seed: int, *, writes: bool) -> None:
    """Nothing twice, nothing in disorder, and nothing left out that was there all the time."""
    rng = Random(seed)
    book = Book(res, account_id, rng)
    book.add(rng.randint(1, 25))
    asked, limit = some_filter(rng), rng.choice(LIMITS)
    listed = [book.listed(asked)]

    def write() -> None:
        if writes and rng.random() < 0.6:
            book.add(rng.randint(0, 2))
            book.remove(rng.randint(0, 2))
            listed.append(book.listed(asked))

    found = list(pages(res, account_id, question(asked, limit), write))
    seen = [item["id"] for page in found for item in page["items"]]
    assert all(len(page["items"]) == limit for page in found[:-1])
    assert len(seen) == len(set(seen))
    there_all_the_time = set(listed[0]).intersection(*listed)
    assert there_all_the_time <= set(seen) <= set().union(*listed)
    if len(listed) == 1:
        assert seen == listed[0]


def check_rounds(res: Resources, rounds: int) -> None:
    for seed in range(rounds):
        check_round(res, f"A{seed}", seed, writes=bool(seed % 3))


@pytest.mark.feature("PAM-TRADES-10", "PAM-TRADES-19", "PAM-TRADES-21")
def test_pages_show_every_item_once_whatever_is_written_between_them(
    memory_res: Resources,
) -> None:
    check_rounds(memory_res, ROUNDS)


def test_pages_on_postgres_show_every_item_once(postgres_res: Resources) -> None:
    check_rounds(postgres_res, ROUNDS_ON_POSTGRES)


def by_instant_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trade_log, "_place", lambda cursor: Place(cursor.at_us, 0, 0, ""))


def by_offset(monkeypatch: pytest.MonkeyPatch) -> None:
    original, taken = trade_log.log, [0]

    def log(
        conn: Connection, chosen: Chosen, kind: Kind, place: Place, at_once: int
    ) -> Iterator[Item]:
        first = trade_log._end(chosen.window)
        taken[0] = 0 if place == first else taken[0] + at_once - 1
        items = original(conn, chosen, kind, first, 500)
        return iter(list(items)[taken[0] :])

    monkeypatch.setattr(trade_log, "log", log)


def without_the_sequence(monkeypatch: pytest.MonkeyPatch) -> None:
    original = trade_log.next_cursor

    def next_cursor(asked: Asked, last: Item) -> str:
        sequence = min(last.place.sequence, 0)
        return original(asked, last._replace(place=last.place._replace(sequence=sequence)))

    monkeypatch.setattr(trade_log, "next_cursor", next_cursor)


@pytest.mark.parametrize("spoil", [by_instant_alone, by_offset, without_the_sequence])
def test_pages_that_go_by_anything_less_are_found_out(
    memory_res: Resources,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[pytest.MonkeyPatch], None],
) -> None:
    spoil(monkeypatch)
    with pytest.raises(AssertionError):
        check_rounds(memory_res, ROUNDS)
