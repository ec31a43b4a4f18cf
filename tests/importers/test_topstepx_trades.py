"""The Trades tab of TopstepX: every row becomes its two executions, or a named bad line."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest

from app.domain import instants
from app.domain.executions import Fill
from app.errors import InvalidBody
from app.services import imports
from app.services.imports import Contents, Target
from app.services.resources import Resources
from tests.importers.files import ACCOUNT_ID, TRADE, faults, read, trades, written

ZONE = "America/New_York"
LOCAL = {"EnteredAt": "05/08/2025 11:22:07", "ExitedAt": "05/08/2025 11:27:06"}
NO_NUMBER = ["abc", "1,5", "$1", "--1", "NaN", "Infinity", "1e30", "-1e30", "1e999999", "1" * 5_000]
NO_TIME = [
    "now",
    "2025-05-08",
    "05/08/2025",
    "13/08/2025 11:22:07 -04:00",
]
NO_TIME += [
    "02/30/2025 11:22:07 -04:00",
    "05/08/2025 25:22:07 -04:00",
    "05/08/2025 11:22:07 -99:00",
]
NO_TIME += ["05/08/1899 11:22:07 -04:00", "2025-05-08T11:22:07", "05/08/2025 11:22:07 CEST"]
BAD = {
    "Id": [""],
    "ContractName": ["", "QQQM5", "MNQ 13-25", "MNQM55", "x" * 5_000],
    "EnteredAt": ["", *NO_TIME],
    "ExitedAt": ["", *NO_TIME, "05/08/2025 11:22:06 -04:00"],
    "EntryPrice": ["", *NO_NUMBER],
    "ExitPrice": ["", *NO_NUMBER],
    "Fees": ["", *NO_NUMBER, "0.0000001"],
    "PnL": ["", *NO_NUMBER, "20.01", "19.99", "-20", "2000"],
    "Size": ["", "0.5", "1e30", "one", "NaN", "1" * 5_000],
    "Type": ["", "Buy", "LONG SHORT", "L"],
}


def fills(content: bytes | str, zone: str | None = None) -> list[Fill]:
    found = read(content, zone).found
    assert found.bad_lines == []
    return found.fills


def checked(res: Resources, *changes: dict[str, str]) -> Contents:
    return imports.check(res, "trades.csv", trades(*changes), Target(ACCOUNT_ID)).contents


# --- What a row means ----------------------------------------------------------------------------


def test_a_row_is_an_entry_and_an_exit() -> None:
    entry, closing = fills(trades({}))
    assert (entry.execution_id, closing.execution_id) == ("1001:entry", "1001:exit")
    assert (entry.side, closing.side) == ("BUY", "SELL")
    assert (entry.price, closing.price) == (Decimal("20000.25"), Decimal("20010.25"))
    assert entry.executed_at_us == instants.parse("2025-05-08T15:22:07Z")
    assert closing.executed_at_us == instants.parse("2025-05-08T15:27:06Z")
    assert (entry.broker_pnl, closing.broker_pnl) == (None, Decimal(20))
    for fill in (entry, closing):
        assert (fill.account_id, fill.symbol, fill.quantity) == (ACCOUNT_ID, "MNQM5", 1)
        assert fill.source == "topstepx-csv"


def test_a_short_is_sold_first() -> None:
    entry, closing = fills(trades({"Type": "Short", "PnL": "-20"}))
    assert (entry.side, closing.side) == ("SELL", "BUY")


@pytest.mark.parametrize(
    ("fees", "entry_fees", "exit_fees"),
    [("0.74", "0.37", "0.37"), ("0.000003", "0.000001", "0.000002"), ("0", "0", "0")],
)
def test_fees_are_halved_and_the_odd_micro_unit_is_the_exits(
    fees: str, entry_fees: str, exit_fees: str
) -> None:
    entry, closing = fills(trades({"Fees": fees}))
    assert (entry.fees, closing.fees) == (Decimal(entry_fees), Decimal(exit_fees))


@pytest.mark.parametrize(("commissions", "total"), [("", "0.74"), ("0", "0.74"), ("0.50", "1.24")])
def test_commissions_of_newer_files_are_fees_too(commissions: str, total: str) -> None:
    some = fills(trades({"Commissions": commissions}))
    assert sum(fill.fees or 0 for fill in some) == Decimal(total)


def test_commissions_may_be_filled_in_some_rows_only() -> None:
    rows = [{"Commissions": each} for each in ("", "0.50", "")]
    assert sum(fill.fees or 0 for fill in fills(trades(*rows))) == Decimal("2.72")


# --- Programs, locales and encodings -------------------------------------------------------------


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "utf-16-be-bom", "cp1252"]
)
def test_the_encoding_is_found(encoding: str) -> None:
    text = written([TRADE | {"Notiz": "für später"}])
    marks = {"utf-16-le-bom": b"\xff\xfe", "utf-16-be-bom": b"\xfe\xff"}
    content = marks.get(encoding, b"") + text.encode(encoding.removesuffix("-bom"))
    assert fills(content) == fills(trades({}))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_the_delimiter_and_the_line_ending_are_found(delimiter: str, ending: str) -> None:
    assert fills(written([TRADE], delimiter, ending)) == fills(trades({}))


def test_columns_are_found_by_name_whatever_their_order_case_and_blanks() -> None:
    backwards = {f" {name.upper()} ": TRADE[name] for name in reversed(TRADE)}
    assert fills(written([backwards])) == fills(trades({}))


def test_quoted_cells_blank_lines_and_a_missing_last_line_end_change_nothing() -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(TRADE), quoting=csv.QUOTE_ALL)
    writer.writeheader()
    text.write("\r\n,,,\r\n")
    writer.writerow(TRADE)
    assert fills(text.getvalue().rstrip()) == fills(trades({}))


# --- Times ---------------------------------------------------------------------------------------


def test_times_without_an_offset_need_a_zone() -> None:
    bad_lines = read(trades(LOCAL)).found.bad_lines
    assert [(bad.line, bad.column) for bad in bad_lines] == [(2, "enteredat")]
    assert "--tz" in bad_lines[0].message


def test_times_without_an_offset_are_read_in_the_zone() -> None:
    assert fills(trades(LOCAL), ZONE) == fills(trades({}))


def test_an_offset_in_the_file_beats_the_zone() -> None:
    assert fills(trades({}), "Asia/Tokyo") == fills(trades({}))


@pytest.mark.parametrize(
    "times",
    [
        {"EnteredAt": "2025-05-08T11:22:07-04:00", "ExitedAt": "2025-05-08T15:27:06Z"},
        {"EnteredAt": "2025-05-08T11:22:07", "ExitedAt": "2025-05-08T11:27:06"},
    ],
)
def test_iso_times_are_read_too(times: dict[str, str]) -> None:
    assert fills(trades(times), ZONE) == fills(trades({}))


@pytest.mark.parametrize("column", ["EnteredAt", "ExitedAt"])
def test_a_wall_time_that_does_not_exist_is_a_bad_line(column: str) -> None:
    around = {"EnteredAt": "03/09/2025 01:59:59", "ExitedAt": "03/09/2025 03:00:00"}
    assert faults(trades(around), ZONE) == []
    skipped = around | {column: "03/09/2025 02:30:00"}
    assert faults(trades(skipped), ZONE) == [(2, column.lower())]


# --- Ties ----------------------------------------------------------------------------------------


def at(entered: str, exited: str) -> dict[str, str]:
    day = "05/08/2025"
    return {"EnteredAt": f"{day} {entered} -04:00", "ExitedAt": f"{day} {exited} -04:00"}


def test_a_trade_of_no_duration_is_entered_before_it_is_left(sqlite_res: Resources) -> None:
    entry, closing = fills(trades(at("11:00:00", "11:00:00")))
    assert (entry.sequence or 0) < (closing.sequence or 0)
    found = checked(sqlite_res, at("11:00:00", "11:00:00"))
    assert (found.closed_positions, found.open_positions, found.gross_micros) == (1, 0, 20_000_000)


def test_an_exit_comes_before_the_entries_of_others_at_its_second(sqlite_res: Resources) -> None:
    chained = [at("11:00:00", "11:05:00"), at("11:05:00", "11:10:00"), at("11:10:00", "11:15:00")]
    assert checked(sqlite_res, *chained).closed_positions == 3
    assert checked(sqlite_res, *reversed(chained)).closed_positions == 3
    # Also where the other is over within that second.
    assert checked(sqlite_res, chained[0], at("11:05:00", "11:05:00")).closed_positions == 2


def test_a_wall_time_that_comes_twice_is_a_bad_line() -> None:
    around = {"EnteredAt": "11/02/2025 00:59:59", "ExitedAt": "11/02/2025 02:00:00"}
    assert faults(trades(around), ZONE) == []
    repeated = around | {"ExitedAt": "11/02/2025 01:30:00"}
    assert faults(trades(repeated), ZONE) == [(2, "exitedat")]
    told = {"EnteredAt": around["EnteredAt"], "ExitedAt": "11/02/2025 01:30:00 -05:00"}
    assert faults(trades(told), ZONE) == []


def test_lots_that_overlap_are_one_position(sqlite_res: Resources) -> None:
    found = checked(sqlite_res, at("11:00:00", "11:05:00"), at("11:04:59", "11:10:00"))
    assert (found.closed_positions, found.gross_micros) == (1, 40_000_000)


# --- Bad lines -----------------------------------------------------------------------------------


@pytest.mark.parametrize("column", BAD)
def test_a_bad_cell_is_a_bad_line_named_by_line_and_column(
    column: str, subtests: pytest.Subtests
) -> None:
    for value in BAD[column]:
        with subtests.test(value=value[:40]):
            found = read(trades({}, {column: value}, {})).found
            (bad,) = found.bad_lines
            assert bad.line == 3
            # What does not fit the prices is told of the P&L.
            assert bad.column in (column.lower(), "pnl")
            assert 0 < len(bad.message) < 500
            assert len(found.fills) == 4


@pytest.mark.parametrize("pnl", ["20", "20.0", "20.004", "19.996", "+20"])
def test_pnl_agrees_to_the_cent(pnl: str) -> None:
    assert len(fills(trades({"PnL": pnl}))) == 2


def test_every_bad_line_is_named_by_its_own_line() -> None:
    text = trades({"Size": "x"}, {}, {"PnL": "1"}).decode().replace("\r\n", "\r\n\r\n")
    assert faults(text) == [(3, "size"), (7, "pnl")]


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("size", {"Size": "0", "PnL": "0"}),
        ("size", {"Size": "-1", "PnL": "-20"}),
        ("entryprice", {"EntryPrice": "20000.3", "PnL": "19.9"}),
        ("exitprice", {"ExitPrice": "20010.3", "PnL": "20.1"}),
        ("fees", {"Fees": "-0.74"}),
        ("id", {"Id": "a/b"}),
    ],
)
def test_what_only_admission_refuses_is_named_by_the_files_own_column(
    sqlite_res: Resources, column: str, change: dict[str, str]
) -> None:
    with pytest.raises(InvalidBody) as refused:
        checked(sqlite_res, {}, change)
    assert {detail.row for detail in refused.value.details} == {3}
    assert {detail.field.lower() for detail in refused.value.details} == {column}


def test_a_row_that_stands_twice_counts_once(sqlite_res: Resources) -> None:
    found = checked(sqlite_res, {"Id": "7"}, {"Id": "7"})
    assert (found.gross_micros, found.fees_micros) == (20_000_000, 740_000)
