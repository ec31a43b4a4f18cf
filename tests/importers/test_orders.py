"""Orders out of files: what came of each is in the log, and counted without the importers."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.db import accounts, orders
from app.domain import instants
from app.domain.orders import Order
from app.errors import InvalidBody
from app.services import imports, verification
from app.services.imports import Imported, Target
from app.services.resources import Resources
from app.services.trade_log import Wanted
from app.services.trades import TradesQuestion
from tests import samples
from tests.conftest import shared_file, told
from tests.importers.files import EXECUTION, executions, faults, read, written
from tests.importers.sampled import bad, lines

ZONE = "America/New_York"
EXPORTS = (
    *("tradovate-orders-real.csv", "layout-topstepx-orders.csv"),
    *("layout-tradingview-paper-orders.csv", "layout-rithmic-rtraderpro-orders.csv"),
)
SAMPLES = (
    *("tradovate-orders.csv", "topstepx-orders.csv"),
    *("tradingview-paper.csv", "rithmic-orders.csv"),
)
FILLED = ("filled qty", "qty filled", "fill price", "executeprice")
TOPSTEPX = {
    "Id": "7", "AccountName": "A", "ContractName": "MNQM5", "Status": "Cancelled", "Size": "3",
    "Side": "Bid", "CreatedAt": "05/08/2025 11:22:07 -04:00", "FilledAt": "",
    "CancelledAt": "05/08/2025 11:23:07 -04:00", "StopPrice": "", "LimitPrice": "20000.25",
    "ExecutePrice": "",
}  # fmt: skip
RITHMIC = {
    "Account": "A", "Status": "Cancelled", "Symbol": "MNQM5", "Buy/Sell": "B", "Qty To Fill": "5",
    "Qty Filled": "2", "Avg Fill Price": "20000.25", "Limit Price": "20000.25",
    "Create Time (EDT)": "2025-05-08 11:22:05", "Update Time (EDT)": "2025-05-08 11:22:07",
    "Order Number": "7", "Commission Fill Rate": "0.37",
}  # fmt: skip
ORDER = {
    "execution_id": "", "order_id": "o1", "symbol": "MNQ", "contract": "MNQM5", "side": "SELL",
    "quantity": "3", "price": "", "executed_at": "", "status": "PENDING",
    "timestamp": "2025-05-08T15:22:07.5Z", "strategy": "fade", "source": "bot",
}  # fmt: skip


def store(res: Resources, content: bytes | str, zone: str | None = ZONE, **how: Any) -> Imported:
    sent = content.encode() if isinstance(content, str) else content
    return imports.store(res, [imports.check(res, "f.csv", sent, Target("A", zone=zone))], **how)


def log(res: Resources) -> Any:
    wanted = Wanted("all", instants.FIRST_US, instants.LAST_US - 1, None, None)
    return told(res, "A", TradesQuestion(wanted, 500, None))


def kept(res: Resources, *ids: str) -> dict[str, Order]:
    with res.db.read() as conn:
        account = accounts.by_id(conn, "A")
        assert account
        return orders.by_ids(conn, account.account_key, ids)


def counted(path: Path) -> Counter[str]:
    """What became of the orders of a file, those filled in part being filled."""
    text = path.read_text("utf-8-sig").splitlines()
    header = next(n for n, line in enumerate(text) if line.count(",") > 5)
    found: Counter[str] = Counter()
    for row in csv.DictReader(text[header:]):
        cells = {name.lower(): cell.strip() for name, cell in row.items()}
        filled = next((cells[name] for name in FILLED if name in cells), "")
        found["filled" if filled not in ("", "0") else cells["status"].lower()[:6]] += 1
    return found


@pytest.mark.feature("PAM-TRADES-06")
@pytest.mark.parametrize("name", [*EXPORTS, *SAMPLES])
def test_every_order_of_a_file_is_in_the_log_once(sqlite_res: Resources, name: str) -> None:
    path = shared_file(f"exports/{name}") if name in EXPORTS else samples.FOLDER / name
    expected = counted(path)
    made = store(sqlite_res, path.read_bytes())
    assert (made.accepted, made.orders_accepted) == (expected["filled"], expected.total())
    summary = log(sqlite_res)["summary"]
    assert summary["total"] == expected.total()
    assert {name: summary[name] for name in ("filled", "cancelled", "pending", "rejected")} == {
        "filled": expected["filled"],
        "cancelled": expected["cancel"],
        "pending": 0,
        "rejected": expected["reject"],
    }
    assert expected["cancel"]
    assert expected["reject"] or name in EXPORTS
    before = log(sqlite_res)
    again = store(sqlite_res, path.read_bytes())
    assert (again.orders_accepted, again.orders_duplicates) == (0, expected.total())
    assert (again.import_ids, again.accounts) == ([None], made.accounts)
    assert log(sqlite_res) == before
    assert list(verification.differences(sqlite_res, "A")) == []


def test_fill_times_are_those_between_a_files_two_times(sqlite_res: Resources) -> None:
    path = shared_file("exports/tradovate-orders-real.csv")
    store(sqlite_res, path.read_bytes())
    expected: dict[str, Decimal] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            if row["Fill Time"]:
                sent, filled = (
                    datetime.strptime(row[name], "%m/%d/%Y %H:%M:%S")  # noqa: DTZ007
                    for name in ("Timestamp", "Fill Time")
                )
                lasted = Decimal(int((filled - sent).total_seconds()))
                expected[row["Order ID"]] = lasted * 1000
    body = log(sqlite_res)
    found = {item["id"]: item["fill_time_ms"] for item in body["items"]}
    assert {name: found[name] for name in expected} == expected
    mean = sum(expected.values(), Decimal(0)) / len(expected)
    assert body["summary"]["avg_fill_time_ms"] == round(mean, 3)


def test_an_order_that_was_filled_in_part_and_then_cancelled_is_its_fill(
    sqlite_res: Resources,
) -> None:
    made = store(sqlite_res, written([RITHMIC]), zone=None)
    assert (made.accepted, made.orders_accepted) == (1, 1)
    order = kept(sqlite_res, "7")["7"]
    assert (order.status, order.quantity) == ("CANCELLED", 5)
    body = log(sqlite_res)
    (item,) = body["items"]
    assert (item["status"], item["quantity"], item["fill_time_ms"]) == ("FILLED", 2, 2000)
    assert (body["summary"]["total"], body["summary"]["cancelled"]) == (1, 0)


def test_tradovates_part_of_an_order_is_its_fill_too(sqlite_res: Resources) -> None:
    header, first, *_ = lines("tradovate-orders.csv")
    row = first.split(",")
    row[header.split(",").index("Quantity")] = "9"
    row[header.split(",").index("Status")] = " Canceled"
    store(sqlite_res, header + ",".join(row))
    (order,) = kept(sqlite_res, row[0]).values()
    assert (order.status, order.quantity) == ("CANCELLED", 9)
    (item,) = log(sqlite_res)["items"]
    assert item["status"] == "FILLED"


def test_an_order_has_its_times_and_its_limit_or_stop(sqlite_res: Resources) -> None:
    stop = TOPSTEPX | {"Id": "8", "LimitPrice": "", "StopPrice": "19990.5", "CancelledAt": ""}
    rejected = stop | {"Id": "9", "Status": "Rejected"}
    store(sqlite_res, written([TOPSTEPX, stop | {"Status": "Open"}, rejected]), zone=None)
    found = kept(sqlite_res, "7", "8", "9")
    limit = found["7"]
    assert (limit.price_nanos, limit.updated_at_us - limit.submitted_at_us) == (
        20_000_250_000_000,
        60_000_000,
    )
    assert (found["8"].price_nanos, found["8"].status) == (19_990_500_000_000, "PENDING")
    assert found["8"].updated_at_us == found["8"].submitted_at_us == limit.submitted_at_us
    assert found["9"].status == "REJECTED"
    assert {each.source for each in found.values()} == {"topstepx-orders-csv"}


def test_what_became_of_an_open_order_is_told_by_a_later_file(sqlite_res: Resources) -> None:
    is_open = TOPSTEPX | {"Status": "Open", "CancelledAt": ""}
    store(sqlite_res, written([is_open]))
    made = store(sqlite_res, written([TOPSTEPX]))
    assert (made.orders_accepted, made.accounts["A"].version) == (1, 2)
    assert kept(sqlite_res, "7")["7"].status == "CANCELLED"
    # The older file is no news.
    assert store(sqlite_res, written([is_open])).orders_accepted == 0


def test_without_its_creation_an_order_is_listed_from_its_end(sqlite_res: Resources) -> None:
    row = {name: cell for name, cell in RITHMIC.items() if not name.startswith("Create")}
    unfilled = row | {"Qty Filled": "0", "Avg Fill Price": "", "Order Number": "8"}
    made = store(sqlite_res, written([row, unfilled]), zone=None)
    # How long its fill took is not known of the other.
    assert (made.accepted, made.orders_accepted) == (1, 1)
    assert [item["fill_time_ms"] for item in log(sqlite_res)["items"]] == [None, None]


def test_a_dry_run_counts_orders_and_stores_none(sqlite_res: Resources) -> None:
    assert store(sqlite_res, written([TOPSTEPX]), dry_run=True).orders_accepted == 1
    assert store(sqlite_res, written([TOPSTEPX])).orders_accepted == 1


# --- What is at fault ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"Status": "Maybe"}, "status"),
        ({"CreatedAt": "soon"}, "createdat"),
        ({"LimitPrice": "x"}, "limitprice"),
        ({"Size": "x"}, "size"),
    ],
)
def test_a_bad_cell_of_an_order_is_named_by_line_and_column(
    change: dict[str, str], column: str
) -> None:
    assert bad(written([TOPSTEPX, TOPSTEPX | change])) == [(3, column)]


def test_a_fault_of_an_order_and_its_fill_is_named_once_and_in_the_order_of_lines(
    sqlite_res: Resources,
) -> None:
    wrong = {"ContractName": "QQQQ"}
    filled = {"Status": "Filled", "FilledAt": TOPSTEPX["CreatedAt"], "ExecutePrice": "20000.25"}
    early = {"CancelledAt": "05/07/2025 11:22:07 -04:00"}
    content = written([TOPSTEPX | early, TOPSTEPX | filled | wrong, TOPSTEPX | wrong])
    with pytest.raises(InvalidBody) as refused:
        store(sqlite_res, content)
    assert [(each.row, each.field) for each in refused.value.details] == [
        (2, "cancelledat"),
        (3, "contractname"),
        (4, "contractname"),
    ]


def test_an_order_that_is_filled_with_nothing_is_refused() -> None:
    assert bad(written([RITHMIC | {"Status": "Filled", "Qty Filled": "0"}])) == [(2, "status")]


# --- The project's own CSV -----------------------------------------------------------------------


def test_an_order_of_the_own_csv_is_read_by_its_columns() -> None:
    found = read(executions(ORDER)).found
    (order,) = found.orders
    assert (found.fills, found.hints, order.order_id, order.status) == ([], 0, "o1", "PENDING")
    assert order.submitted_at_us == instants.parse("2025-05-08T15:22:07.5Z")
    assert (order.price, order.contract, order.strategy) == (None, "MNQM5", "fade")


@pytest.mark.parametrize(
    ("change", "column"),
    [
        *(({name: ""}, name) for name in ("order_id", "timestamp", "symbol", "side", "quantity")),
        ({"status": "GONE"}, "status"),
        ({"price": "x"}, "price"),
        ({"timestamp": "now"}, "timestamp"),
    ],
)
def test_a_bad_cell_of_an_own_order_is_named(change: dict[str, str], column: str) -> None:
    assert faults(executions({"status": ""}, ORDER | change)) == [(3, column)]


def test_fills_tell_of_one_order_together() -> None:
    part = {"order_id": "o1", "fill_time_ms": "1500.001"}
    later = {"fill_time_ms": "2500.001", "executed_at": "2025-05-08T15:22:08Z"}
    found = read(executions(part, part | later, {"order_id": "o2", "fill_time_ms": ""})).found
    (order,) = found.orders
    assert (found.hints, order.order_id, order.quantity) == (1, "o1", 2)
    sent_us = instants.parse(EXECUTION["executed_at"]) - 1_500_001
    assert order.submitted_at_us == sent_us
    assert faults(executions({}, part | {"fill_time_ms": "x"})) == [(3, "fill_time_ms")]
