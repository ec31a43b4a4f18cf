"""A page of bars costs what its own rows cost, however many are stored beside them; and every
bar is small.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from app.db import bars as rows
from app.db import schema
from app.db.connection import Connection, Database, first
from app.domain import instants
from app.domain.bars import Bar
from app.domain.periods import Span
from app.services.resources import Resources
from tests.db.histories import History

Read = Callable[[Connection], None]

pytestmark = pytest.mark.sqlite_only("it counts the steps of SQLite's own machine")

FEW, MANY, PAGE = 2_000, 100_000, 1_500
MORE_MAX = 1.1
BYTES_MAX = 64
START = instants.parse("2025-01-01T00:00:00Z")
MINUTE_US = 60 * instants.SECOND_US
END = START + 1_800 * MINUTE_US
USED = text("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
# How it might have been asked for: by a place in the whole list.
BY_PLACE = text("""
    SELECT opened_at_us FROM bars WHERE contract_key = 1 AND timeframe_s = 60
    ORDER BY opened_at_us DESC LIMIT 1500 OFFSET (
        SELECT count(*) FROM bars
        WHERE contract_key = 1 AND timeframe_s = 60 AND opened_at_us >= :end_us
    )
""")


def filled(url: str, count: int) -> Database:
    """A database with so many minutes of a contract."""
    db = Database(url)
    schema.upgrade(db)
    nanos = 25_204_250_000_000
    found = [Bar(START + n * MINUTE_US, nanos, nanos, nanos, nanos, n) for n in range(count)]
    with db.write() as conn:
        rows.put(conn, rows.hold(conn, "MNQ", "MNQZ5", 24_311), 60, found)
    return db


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, Database]]:
    folder = tmp_path_factory.mktemp("bars")
    made = [filled(f"sqlite:///{folder / str(n)}.db", n) for n in (FEW, MANY)]
    yield made[0], made[1]
    for each in made:
        each.close()


def page(conn: Connection) -> None:
    assert len(rows.latest(conn, 1, 60, Span(instants.FIRST_US, END), PAGE)) == PAGE


def by_place(conn: Connection) -> None:
    assert first(conn, BY_PLACE, end_us=END)


@pytest.mark.parametrize(("read", "grows"), [(page, False), (by_place, True)])
def test_a_page_costs_the_same_among_many_bars(
    stored: tuple[Database, Database], read: Read, *, grows: bool
) -> None:
    few, many = (steps(db, read) for db in stored)
    assert few > 0
    assert (many > MORE_MAX * few) is grows


def steps(db: Database, read: Read) -> int:
    def work(res: Resources) -> None:
        with res.db.read() as conn:
            read(conn)

    history = History(db)
    history.cost(work)  # A connection reads the schema once.
    return history.cost(work)


def test_a_bar_is_small(stored: tuple[Database, Database]) -> None:
    with stored[1].read() as conn:
        assert first(conn, USED)[0] / MANY < BYTES_MAX
