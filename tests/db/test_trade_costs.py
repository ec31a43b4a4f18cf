"""What a page of the trades log costs in steps of SQLite's machine: the same however deep it is."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice

import pytest

from app.db import trades
from app.db.connection import Connection
from app.db.trades import Chosen
from app.domain import executions
from app.domain.orders import SentOrder
from app.domain.periods import Span
from app.services import access, ingest, orders, trade_log
from app.services.resources import Resources
from app.services.trade_log import Kind, Place, Wanted

pytestmark = pytest.mark.sqlite_only("it counts the steps of SQLite's own machine")

START_US = 1_762_000_000_000_000
ITEMS = 3_000
LIMIT = 2
DEEP = 1_000
CONTRACTS = ("MNQZ5", "MNQH6", "MESZ5")


@pytest.fixture
def stored(sqlite_res: Resources) -> Resources:
    """An account with items in three contracts, executions and orders by turns."""
    fills, sent = [], []
    for n in range(ITEMS):
        at_us, symbol = START_US + n * 10**6, CONTRACTS[n % 3]
        side = "SELL" if n % 2 else "BUY"
        fills.append(executions.Fill("A", f"e{n:05}", symbol, side, 1, Decimal(20_000), at_us))
        status = ("FILLED", "CANCELLED")[n // 2 % 2]
        sent.append(SentOrder("A", f"o{n:05}", symbol, side, 1, status, at_us))
    ingest.record(sqlite_res, fills)
    orders.record(sqlite_res, sent)
    return sqlite_res


class Steps:
    """Counts a connection's steps, which no other load of the machine changes."""

    def __init__(self, conn: Connection) -> None:
        self._taken = 0
        conn.connection.dbapi_connection.set_progress_handler(self._count, 1)  # type: ignore[union-attr]

    def _count(self) -> int:
        self._taken += 1
        return 0

    def taken(self) -> int:
        number, self._taken = self._taken, 0
        return number


def pages(conn: Connection, chosen: Chosen, kind: Kind, number: int) -> Iterator[int]:
    """The steps of each page."""
    steps, place = Steps(conn), trade_log._end(chosen.window)
    for _ in range(number):
        page = list(islice(trade_log.log(conn, chosen, kind, place, LIMIT + 1), LIMIT))
        assert len(page) == LIMIT
        place = page[-1].place
        yield steps.taken()


@pytest.mark.feature("PAM-TRADES-20")
@pytest.mark.parametrize("kind", ["filled", "all"])
@pytest.mark.parametrize("symbol", [None, "MNQ", "MNQZ5"])
def test_a_deep_page_costs_what_the_first_one_costs(
    stored: Resources, symbol: str | None, kind: Kind
) -> None:
    account = access.state(stored, "A").account
    assert account
    window = Span(START_US, START_US + 10**12)
    wanted = Wanted(kind, *window, symbol, None)
    deep = {None: DEEP, "MNQ": DEEP // 2, "MNQZ5": DEEP // 3}[symbol]
    with stored.db.read() as conn:
        chosen = trade_log.choose(conn, account, wanted, window)
        costs = list(pages(conn, chosen, kind, deep))
    # Around a page a few rows differ; none may cost more for those that lie before it.
    some = len(costs) // 10
    first, last = sum(costs[:some]), sum(costs[-some:])
    assert last <= 1.3 * first
    assert max(costs[1:]) <= 3 * max(costs[:some])


def test_paging_by_offset_would_be_found(stored: Resources) -> None:
    with stored.db.read() as conn:
        steps = Steps(conn)

        def cost(offset: int) -> int:
            conn.exec_driver_sql(
                "SELECT execution_id FROM position_effects WHERE account_key = 1"
                f" ORDER BY executed_at_us DESC LIMIT {LIMIT} OFFSET {offset}"
            ).all()
            return steps.taken()

        assert cost(LIMIT * DEEP) > 1.3 * cost(0)


def test_a_symbol_of_many_contracts_reads_few_rows_of_each(
    stored: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    original = trades.filled_before

    def counting(*asked: object) -> object:
        found = original(*asked)  # type: ignore[arg-type]
        read.append(len(found))
        return found

    monkeypatch.setattr(trades, "filled_before", counting)
    account = access.state(stored, "A").account
    assert account
    window = Span(START_US, START_US + 10**12)
    with stored.db.read() as conn:
        chosen = trade_log.choose(conn, account, Wanted("filled", *window, "MNQ", None), window)
        found = trade_log.log(conn, chosen, "filled", Place(window.end_us, 0, 0, ""), 500)
        assert len(list(islice(found, 500))) == 500
    assert sum(read) <= 2 * 500
