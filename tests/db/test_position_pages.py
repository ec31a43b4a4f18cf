"""Pages of positions come in the same order, with the same totals, on SQLite and on PostgreSQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import text

from app.db import accounts, executions, position_pages, positions
from app.db.connection import Connection, rows
from app.db.position_pages import ClosedTotals, OpenTotals, Selection
from app.domain import instants
from app.domain.executions import Execution, Key
from app.domain.positions import Position, build, whole
from app.services.accounts import new_account
from app.services.resources import Resources

# In the order of their bytes, which no language's sorting keeps.
IDS = ["!", "-1", "10", "9", "A", "Z", "_", "a", "b", "~"]
END = Key(instants.LAST_US, -(2**62), "")
Read = Callable[[Connection, Selection, Key, int], list[Position]]


def execution(execution_id: str, side: str, at_us: int, **changes: object) -> Execution:
    base = Execution(
        execution_id=execution_id,
        order_id=None,
        symbol="MNQ",
        contract="MNQZ5",
        side=side,
        quantity=1,
        price_nanos=20_000 * 10**9,
        fees_micros=370_000,
        executed_at_us=at_us,
        sequence=0,
        strategy=None,
        source="api",
        broker_pnl_micros=None,
        fx_rate_nanos=None,
        average_price=0,
    )
    return base._replace(**changes)  # type: ignore[arg-type]


def account(res: Resources, conn: Connection, account_id: str = "a") -> int:
    accounts.insert(conn, new_account(res, account_id))
    found = accounts.by_id(conn, account_id)
    assert found
    return found.account_key


def store(conn: Connection, key: int, fills: Sequence[Execution]) -> list[Position]:
    """The positions of one contract's fills, with all that belongs to them."""
    built = list(build(str(key), 2 * 10**6, whole(fills)))
    effects = [effect for each in built for effect in each.effects]
    executions.insert(conn, key, fills, revision=1, now_us=0)
    positions.insert(conn, key, [each.position for each in built], effects)
    return [each.position for each in built]


def everything(key: int, **changes: object) -> Selection:
    chosen = Selection(key, None, None, None, None, instants.FIRST_US, instants.LAST_US)
    return chosen._replace(**changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("read", [position_pages.all_before, position_pages.open_before])
def test_equal_instants_come_by_sequence_and_then_by_the_bytes_of_the_id(
    res: Resources, read: Read
) -> None:
    with res.db.write() as conn:
        key = account(res, conn)
        for n, execution_id in enumerate(IDS):
            at_one_instant = execution(execution_id, "BUY", 5, contract=f"MNQ{n}")
            store(conn, key, [at_one_instant])
        store(conn, key, [execution("0", "BUY", 5, contract="MESZ5", sequence=1)])
        found = read(conn, everything(key), END, 100)
        assert [each.open_execution_id for each in found] == ["0", *reversed(IDS)]
        after = read(conn, everything(key), found[4].open_key, 3)
        assert after == found[5:8]
        assert read(conn, everything(key), END, 0) == []


def test_each_filter_is_applied_and_absent_ones_are_not(res: Resources) -> None:
    with res.db.write() as conn:
        key, other = account(res, conn), account(res, conn, "b")
        [first, second] = store(
            conn,
            key,
            [
                execution("1", "BUY", 1, strategy="fade"),
                execution("2", "SELL", 2, quantity=2, price_nanos=20_001 * 10**9),
                execution("3", "BUY", 3),
            ],
        )
        [held] = store(conn, key, [execution("4", "SELL", 4, contract="MESZ5", symbol="MES")])
        store(conn, other, [execution("5", "BUY", 5)])

        def found(**changes: object) -> list[Position]:
            return position_pages.all_before(conn, everything(key, **changes), END, 9)

        assert found() == [held, second, first]
        assert found(symbol="MNQ") == [second, first]
        assert found(contract="MESZ5") == [held]
        assert found(side="SHORT") == [held, second]
        assert found(strategy="fade") == [first]
        assert found(start_us=3) == [held, second]
        assert found(end_us=3) == [held, first]
        assert position_pages.closed_before(conn, everything(key), END, 9) == [second, first]
        assert position_pages.open_before(conn, everything(key), END, 9) == [held]


def test_totals_are_integers_of_all_that_passes(res: Resources) -> None:
    fills = [
        execution("1", "BUY", 1),
        execution("2", "SELL", 2, price_nanos=20_001 * 10**9),
        execution("3", "BUY", 3),
        execution("4", "SELL", 4),
        execution("5", "BUY", 5, fees_micros=0),
        execution("6", "SELL", 6, fees_micros=0),
        execution("7", "BUY", 7, quantity=2),
        execution("8", "SELL", 8, price_nanos=19_999 * 10**9),
    ]
    with res.db.write() as conn:
        key = account(res, conn)
        assert position_pages.closed_totals(conn, everything(key)) == ClosedTotals()
        assert position_pages.open_totals(conn, everything(key)) == OpenTotals()
        store(conn, key, fills)
        closed = position_pages.closed_totals(conn, everything(key))
        assert closed == ClosedTotals(3, 1, 1, 2_000_000, 1_480_000)
        held = position_pages.open_totals(conn, everything(key))
        assert held == OpenTotals(1, -2_000_000, 740_000)
        assert {type(each) for each in (*closed, *held)} == {int}
        # What is open is so whenever it was opened, but for an end that comes before.
        assert position_pages.open_totals(conn, everything(key, start_us=9)).positions == 1
        assert position_pages.open_totals(conn, everything(key, end_us=7)).positions == 0
        assert position_pages.closed_totals(conn, everything(key, strategy="x")) == ClosedTotals()


def test_a_position_is_found_by_its_id_with_its_pieces_in_order(res: Resources) -> None:
    fills = [
        execution("b", "BUY", 1, order_id="o1", sequence=1, strategy="fade"),
        execution("a", "SELL", 1, quantity=3, sequence=2, fees_micros=1_000_000, source="x"),
        execution("c", "BUY", 2),
    ]
    with res.db.write() as conn:
        key, other = account(res, conn), account(res, conn, "b")
        [long, short] = store(conn, key, fills)
        assert position_pages.by_id(conn, key, long.position_id) == long
        assert position_pages.by_id(conn, other, long.position_id) is None
        first, last = position_pages.pieces(conn, key, long)
        assert first[:4] == ("b", "o1", "BUY", 1)
        assert first[6:] == (0, 1, 1, "fade", "api")
        assert (last.execution_id, last.quantity, last.fees_micros) == ("a", 1, 333_333)
        pieces = position_pages.pieces(conn, key, short)
        assert [(each.execution_id, each.quantity) for each in pieces] == [("a", 2), ("c", 1)]
        assert pieces[0].fees_micros == 666_667
        assert position_pages.pieces(conn, other, long) == []


@pytest.mark.feature("TPA-04", "TPA-21")
@pytest.mark.sqlite_only("it reads the plans of SQLite")
@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("ALL_BEFORE", "ix_positions_opened"),
        ("CLOSED_BEFORE", "ix_positions_opened"),
        ("OPEN_BEFORE", "ix_positions_open_by_opening"),
        ("CLOSED_TOTALS", "ix_positions_closed"),
        ("OPEN_TOTALS", "ix_positions_closed"),
        ("PIECES", "ix_position_effects_contract"),
    ],
)
def test_each_statement_uses_the_index_that_was_made_for_it(
    name: str, index: str, sqlite_res: Resources
) -> None:
    statement = getattr(position_pages, name).text
    values = dict.fromkeys(re.findall(r"(?<![:\w]):(\w+)", statement), 1)
    with sqlite_res.db.read() as conn:
        plan = [row[3] for row in rows(conn, text(f"EXPLAIN QUERY PLAN {statement}"), **values)]
    assert index in plan[0]
    assert [step for step in plan if "SCAN" in step or "TEMP" in step] == []
