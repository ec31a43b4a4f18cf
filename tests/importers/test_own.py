"""The project's own CSV: the fields of an execution under their names, and back again."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.db import accounts as account_rows
from app.db import executions as rows
from app.domain import fixed, instants
from app.domain.executions import Execution, Fill
from app.services import imports, ingest
from app.services.imports import Target
from app.services.resources import Resources
from tests.importers.files import ACCOUNT_ID, EXECUTION, executions, faults, read, written

FULL = EXECUTION | {
    "account_id": "ELSEWHERE",
    "contract": "MNQM5",
    "order_id": "o1",
    "fees": "0.37",
    "sequence": "-3",
    "strategy": "opening range, 2nd",
    "source": "sync",
    "broker_pnl": "-12.5",
    "fx_rate": "1.0845",
    "average_price": "true",
}
FILLS = (
    Fill("A", "e1", "MNQZ5", "BUY", 3, Decimal("21000.25"), 1_762_527_600_000_001),
    Fill(
        account_id="A",
        execution_id="=e2",
        symbol="MNQ",
        side="SELL",
        quantity=2,
        price=Decimal("21010.333333333"),
        executed_at_us=1_762_527_600_000_002,
        contract="MNQZ5",
        order_id="-o",
        fees=Decimal("1.000001"),
        sequence=7,
        strategy='+a "quoted", long; näme',
        source="@file",
        broker_pnl=Decimal("-41.5"),
        fx_rate=Decimal("1.1"),
        average_price=True,
    ),
    Fill("A", "e 3", "CLM0", "SELL", 1, Decimal("-37.63"), 1_587_408_600_000_000),
)
NO_NUMBER = ["", "abc", "1,5", "NaN", "sNaN", "-Infinity", "0x10", "1" * 5_000]
BAD = {
    "execution_id": [""],
    "symbol": [""],
    "side": [""],
    "quantity": [*NO_NUMBER, "1.5", "1e30", "1e999999"],
    "price": NO_NUMBER,
    "executed_at": ["", "now", "2025-05-08", "2025-05-08T15:22:07", "2025-02-30T15:22:07Z"],
    "fees": NO_NUMBER[1:],
    "sequence": [*NO_NUMBER[1:], "1.5", "1e30"],
    "broker_pnl": NO_NUMBER[1:],
    "fx_rate": NO_NUMBER[1:],
    "average_price": ["yes", "2", "wahr"],
    "strategy": ["x" * 5_000],
}


def exported(some: list[Execution]) -> bytes:
    """Executions as they leave: numbers plain, and text that a spreadsheet would run defused."""
    return written([_cells(each) for each in some]).encode()


def _cells(each: Execution) -> dict[str, str]:
    text = ("execution_id", "order_id", "symbol", "contract", "side", "strategy", "source")
    values = each._asdict()
    return {
        **{name: _defused(values[name] or "") for name in text},
        "quantity": str(each.quantity),
        "price": fixed.text(each.price_nanos, fixed.PRICE_PLACES),
        "fees": fixed.text(each.fees_micros, fixed.MONEY_PLACES),
        "executed_at": instants.text(each.executed_at_us),
        "sequence": str(each.sequence),
        "broker_pnl": _number(each.broker_pnl_micros, fixed.MONEY_PLACES),
        "fx_rate": _number(each.fx_rate_nanos, fixed.PRICE_PLACES),
        "average_price": "true" if each.average_price else "false",
    }


def _number(units: int | None, places: int) -> str:
    return "" if units is None else fixed.text(units, places)


def _defused(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def stored(res: Resources, account_id: str) -> list[Execution]:
    with res.db.read() as conn:
        account = account_rows.by_id(conn, account_id)
        assert account
        found = rows.by_ids(conn, account.account_key, [fill.execution_id for fill in FILLS])
    return sorted(each.execution for each in found.values())


def test_what_leaves_one_account_comes_into_another_as_it_was(sqlite_res: Resources) -> None:
    ingest.record(sqlite_res, FILLS, allow_overlap=True)
    content = exported(stored(sqlite_res, "A"))
    file = imports.check(sqlite_res, "own.csv", content, Target("B"))
    assert imports.store(sqlite_res, [file], allow_overlap=True).accepted == len(FILLS)
    assert stored(sqlite_res, "B") == stored(sqlite_res, "A")
    again = imports.store(sqlite_res, [file], allow_overlap=False)
    assert (again.accepted, again.duplicates) == (0, len(FILLS))


def test_every_column_is_read(sqlite_res: Resources) -> None:
    checked = imports.check(sqlite_res, "own.csv", executions(FULL), Target("A"))
    assert checked.contents.executions == 1
    (fill,) = read(executions(FULL)).found.fills
    assert fill == Fill(
        account_id=ACCOUNT_ID,
        execution_id="e1",
        symbol="MNQM5",
        side="BUY",
        quantity=1,
        price=Decimal("20000.25"),
        executed_at_us=instants.parse("2025-05-08T15:22:07Z"),
        contract="MNQM5",
        order_id="o1",
        fees=Decimal("0.37"),
        sequence=-3,
        strategy="opening range, 2nd",
        source="sync",
        broker_pnl=Decimal("-12.5"),
        fx_rate=Decimal("1.0845"),
        average_price=True,
    )


def test_columns_that_are_missing_or_empty_are_absent() -> None:
    (bare,) = read(executions({})).found.fills
    (empty,) = read(executions(dict.fromkeys(FULL, "") | EXECUTION)).found.fills
    assert bare == empty
    assert (bare.fees, bare.strategy, bare.source, bare.average_price) == (None,) * 4


def test_the_account_is_the_one_that_is_imported_into() -> None:
    (fill,) = read(executions({"account_id": "ELSEWHERE"})).found.fills
    assert fill.account_id == ACCOUNT_ID


@pytest.mark.parametrize(
    "text", ["=SUM(A1)", "+1", "-1", "@x", "=cmd|' /C calc'!A0", "plain", "a'b"]
)
def test_a_defused_cell_says_what_it_said(text: str) -> None:
    change = {"strategy": _defused(text), "order_id": _defused(text)}
    (fill,) = read(executions(change)).found.fills
    assert (fill.strategy, fill.order_id) == (text, text)


@pytest.mark.parametrize(
    ("said", "meant"), [("TRUE", True), ("1", True), ("False", False), ("0", False)]
)
def test_truth_is_read_as_spreadsheets_write_it(said: str, meant: object) -> None:
    (fill,) = read(executions({"average_price": said})).found.fills
    assert fill.average_price is meant


def test_a_side_may_be_in_any_case() -> None:
    found = read(executions({"side": "buy"}, {"side": "Sell"})).found
    assert [fill.side for fill in found.fills] == ["BUY", "SELL"]


@pytest.mark.parametrize("column", BAD)
def test_a_bad_cell_is_named_by_line_and_column(column: str, subtests: pytest.Subtests) -> None:
    for value in BAD[column]:
        with subtests.test(value=value[:40]):
            assert faults(executions({}, {column: value}, {})) == [(3, column)]


@pytest.mark.parametrize("value", ["1_000", "\uff11", "\u0661"])
def test_a_number_has_plain_digits_only(value: str) -> None:
    for column in ("quantity", "price", "fees", "sequence"):
        assert faults(executions({}, {column: value}, {})) == [(3, column)]


def test_every_bad_line_is_told_at_once() -> None:
    content = executions({"price": "x"}, {}, {"quantity": "x"}, {"executed_at": "x"})
    assert faults(content) == [(2, "price"), (4, "quantity"), (5, "executed_at")]
