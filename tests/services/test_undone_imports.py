"""Histories of imports, undos, corrections and deletions, held against what should be left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import count
from random import Random

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.db import accounts, orders
from app.domain import executions, instants
from app.domain.orders import Order
from app.services import import_log, ingest, verification
from app.services.import_log import Log, Source
from app.services.import_pages import ImportsQuestion
from app.services.orders import Told
from app.services.reconciliation import ReconciliationQuestion
from app.services.resources import Resources
from tests import rows, streams
from tests.arrival import handed_in
from tests.conftest import told
from tests.oracle import Fill
from tests.streams import SEEDS

HISTORIES = 400
HISTORIES_ON_POSTGRES = 60

NO_ORDERS = Told()

_NUMBER = count(1)


class Model:
    """What should be there, told as plainly as possible."""

    def __init__(self) -> None:
        self.live: dict[str, Fill] = {}
        self.said: dict[str, list[Fill]] = {}
        self.brought: dict[str, set[str]] = {}

    def bring(self, fills: Sequence[Fill]) -> set[str]:
        new = {each.execution_id: each for each in fills if each.execution_id not in self.said}
        self.live.update(new)
        self.said.update({name: [each] for name, each in new.items()})
        return set(new)

    def undo(self, import_id: str) -> int:
        gone = self.brought.pop(import_id, set())
        taken = [self.live.pop(name, None) for name in gone]
        for name in gone:
            del self.said[name]
        return sum(each is not None for each in taken)


def bring(
    res: Resources, account_id: str, fills: Sequence[Fill], told_of: Told = NO_ORDERS
) -> tuple[str | None, int]:
    """Import some fills and orders as the one file of an import."""
    source = Source(account_id, "f.csv", "own-csv", "0" * 64, len(fills), len(fills), told_of)
    log = Log(res, [source], "tests")
    handed: list[executions.Fill] = [handed_in(account_id, each) for each in fills]
    made = ingest.record(res, handed, beside=log)
    return log.import_ids[0], made.accepted


def check(res: Resources, stream: list[Fill], choices: list[int]) -> None:
    """Whatever is done, what is stored is what should be left, and what that makes."""
    account_id, model, undone = f"account {next(_NUMBER)}", Model(), []
    for choice in [0, *choices]:
        rng = Random(choice)
        what = rng.choice(("import", "import", "undo", "undo again", "correct", "delete"))
        if what == "import" or not model.said:
            some = rng.sample(stream, rng.randint(1, len(stream)))
            # A file says what it always said, whatever was corrected since.
            some = [model.said.get(each.execution_id, [each])[0] for each in some]
            import_id, accepted = bring(res, account_id, some)
            new = model.bring(some)
            assert accepted == len(new)
            assert (import_id is None) == (not new)
            if import_id:
                model.brought[import_id] = new
        elif what == "undo" and model.brought:
            import_id = rng.choice(sorted(model.brought))
            made = import_log.undo(res, account_id, import_id)
            deleted = len(model.brought[import_id] - model.live.keys())
            assert (made.undone, made.restorable) == (model.undo(import_id), deleted)
            undone.append(import_id)
        elif what == "undo again" and undone:
            assert import_log.undo(res, account_id, rng.choice(undone)).undone == 0
        elif what == "correct":
            fill = rng.choice(rng.choice(list(model.said.values())))
            fill = fill._replace(fees=fill.fees + rng.choice((Decimal(0), Decimal(1))))
            ingest.replace(res, handed_in(account_id, fill))
            model.live[fill.execution_id] = fill
            model.said[fill.execution_id].append(fill)
        elif what == "delete":
            name = rng.choice(list(model.said))
            ingest.delete(res, account_id, name)
            model.live.pop(name, None)
        assert list(verification.differences(res, account_id)) == []
        left = rows.positions(account_id, list(model.live.values()))
        assert rows.stored_positions(res, account_id) == left


@pytest.mark.feature("TPA-32", "TPA-08")
def test_what_is_left_after_undos_is_what_the_other_imports_brought(memory_res: Resources) -> None:
    @seed(1)
    @settings(max_examples=HISTORIES, deadline=None, database=None)
    @given(streams.fills(), st.lists(SEEDS, min_size=3, max_size=10))
    def every(stream: list[Fill], choices: list[int]) -> None:
        check(memory_res, stream, choices)

    every()


def test_it_is_so_on_postgresql(postgres_res: Resources) -> None:
    @seed(2)
    @settings(max_examples=HISTORIES_ON_POSTGRES, deadline=None, database=None)
    @given(streams.fills(), st.lists(SEEDS, min_size=3, max_size=10))
    def every(stream: list[Fill], choices: list[int]) -> None:
        check(postgres_res, stream, choices)

    every()


def test_imports_are_listed_and_deletions_are_reconciled_on_both_databases(res: Resources) -> None:
    fill = Fill("f", "MNQZ5", "BUY", 1, Decimal(21000), Decimal(1), instants.to_datetime(0))
    ids = [bring(res, "A", [fill._replace(execution_id=name)])[0] for name in "fgh"]
    page = told(res, "A", ImportsQuestion(2, None))
    assert [each["id"] for each in page["items"]] == ids[:0:-1]
    rest = told(res, "A", ImportsQuestion(2, page["next_cursor"]))
    assert [each["id"] for each in rest["items"]] == ids[:1]
    ingest.replace(res, handed_in("A", fill._replace(fees=Decimal(3))))
    ingest.delete(res, "A", "g")
    found = told(res, "A", ReconciliationQuestion(date(1970, 1, 1), date(1970, 1, 1)))
    assert [(each["execution_id"], each["deleted"]) for each in found["executions"]] == [
        ("f", False),
        ("g", True),
    ]
    assert found["totals"]["fees_difference"] == 1


TABLES = (
    *("executions", "execution_versions", "execution_tombstones", "import_executions"),
    *("orders", "import_orders"),
)
STATEMENTS = {
    "executions": "EXECUTIONS",
    "import_executions": "NOTES",
    "orders": "ORDERS",
    "import_orders": "ORDER_NOTES",
}


def test_an_undo_leaves_nothing_of_what_was_corrected_and_deleted(memory_res: Resources) -> None:
    assert left_by_undo(memory_res) == dict.fromkeys(TABLES, 0)


@pytest.mark.parametrize("table", TABLES)
def test_an_undo_that_forgot_a_table_would_be_found(
    memory_res: Resources, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    name = STATEMENTS.get(table) or table.removeprefix("execution_").upper()
    forgets = text(f"DELETE FROM {table} WHERE account_key = :account_key AND 0 = :number")
    monkeypatch.setattr(f"app.db.imports.DELETE_{name}", forgets)
    assert left_by_undo(memory_res) != dict.fromkeys(TABLES, 0)


ORDER = Order("o", "MNQ", "MNQZ5", "BUY", 1, None, "PENDING", 0, 0, None, "tests")


def kept(res: Resources) -> dict[str, Order]:
    with res.db.read() as conn:
        account = accounts.by_id(conn, "A")
        assert account
        return orders.by_ids(conn, account.account_key, ["o", "p"])


def test_an_undo_takes_out_the_orders_that_were_new_and_no_others(res: Resources) -> None:
    first, _ = bring(res, "A", [], Told([ORDER]))
    cancelled = ORDER._replace(status="CANCELLED", updated_at_us=5)
    second, _ = bring(res, "A", [], Told([cancelled, ORDER._replace(order_id="p")]))
    assert kept(res) == {"o": cancelled, "p": ORDER._replace(order_id="p")}
    assert first
    assert second
    undone = import_log.undo(res, "A", second)
    assert (undone.undone, undone.orders, undone.accounts["A"].version) == (0, 1, 3)
    # What an earlier import had brought stays, as it is by now.
    assert kept(res) == {"o": cancelled}
    assert import_log.undo(res, "A", first).orders == 1
    assert kept(res) == {}
    assert import_log.undo(res, "A", first).orders == 0


def test_what_fills_tell_of_an_order_is_no_news_of_one_that_is_known(memory_res: Resources) -> None:
    hint = ORDER._replace(status="FILLED")
    bring(memory_res, "A", [], Told([ORDER], [hint]))
    assert bring(memory_res, "A", [], Told([], [hint]))[0] is None
    assert kept(memory_res) == {"o": ORDER}


def left_by_undo(res: Resources) -> dict[str, int]:
    """How many rows of each table an import leaves that was corrected, deleted and undone."""
    fill = Fill("f", "MNQZ5", "BUY", 1, Decimal(21000), Decimal(1), instants.to_datetime(0))
    other = fill._replace(execution_id="g", side="SELL")
    import_id, _ = bring(res, "A", [fill, other], Told([ORDER]))
    assert import_id
    ingest.replace(res, handed_in("A", fill._replace(fees=Decimal(2))))
    ingest.delete(res, "A", other.execution_id)
    import_log.undo(res, "A", import_id)
    with res.db.read() as conn:
        return {
            table: conn.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            for table in TABLES
        }
