"""What the formats of platforms have of their own, told of their samples with a little changed."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest

from app.domain.instruments import SHIPPED
from app.errors import AppError, Conflict, InvalidBody, InvalidParameter
from app.importers import formats
from app.services import imports
from app.services.resources import Resources
from tests import samples
from tests.importers.sampled import bad, checked, lines, read, sample

NAMES = sorted(samples.SAMPLES)
LAYOUTS = sorted({*NAMES} - {"own.csv"})
WITHOUT_FEES = [
    *("topstepx-orders.csv", "tradingview-paper.csv", "tradovate-orders.csv"),
    *("tradovate-performance.csv", "tradovate-position-history.csv"),
]
MERGED = ["tradovate-performance.csv", "tradovate-position-history.csv"]
LOCAL = [
    *("ibkr-activity.csv", "ibkr-flex.csv", "ninjatrader-executions.csv", "ninjatrader-trades.csv"),
    *("tradingview-paper.csv", "tradovate-orders.csv", "tradovate-performance.csv"),
    "tradovate-position-history.csv",
]


# --- All of them ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_sample_is_recognized_by_its_header(name: str) -> None:
    assert read(sample(name)).format == name.removesuffix(".csv")


@pytest.mark.parametrize("name", LOCAL)
def test_local_times_ask_for_a_zone_line_by_line(name: str) -> None:
    bad_lines = read(sample(name), zone=None).found.bad_lines
    assert bad_lines
    assert all("--tz" in each.message for each in bad_lines)


@pytest.mark.parametrize("name", LOCAL)
def test_the_same_file_in_another_zone_is_never_counted_twice(
    sqlite_res: Resources, name: str
) -> None:
    imports.store(sqlite_res, [checked(sqlite_res, sample(name))])
    with pytest.raises(Conflict, match="executed_at"):
        imports.store(sqlite_res, [checked(sqlite_res, sample(name), "America/Chicago")])


@pytest.mark.parametrize("name", sorted({*LAYOUTS} - {*MERGED, "rithmic-performance.csv"}))
def test_a_shorter_export_is_part_of_a_longer_one(sqlite_res: Resources, name: str) -> None:
    some = lines(name)
    header = next(n for n, line in enumerate(some) if line.count(",") + line.count(";") > 5) + 1
    middle = header + (len(some) - header) // 2
    first = checked(sqlite_res, "".join(some[:middle]))
    imports.store(sqlite_res, [first])
    file = checked(sqlite_res, "".join(some))
    recorded = imports.store(sqlite_res, [file])
    assert recorded.duplicates == first.contents.executions
    assert recorded.accepted == file.contents.executions - first.contents.executions


@pytest.mark.parametrize("name", NAMES)
def test_a_cell_of_words_is_a_fault_of_its_own_line_alone(name: str) -> None:
    delimiter = ";" if name == "ninjatrader-trades.csv" else ","
    rows = list(csv.reader(io.StringIO(sample(name)), delimiter=delimiter))
    number = next(n for n, row in enumerate(rows) if len(row) > 10) + 2
    for place in range(len(rows[number - 1])):
        broken = [list(row) for row in rows]
        broken[number - 1][place] = "many"
        text = io.StringIO()
        csv.writer(text, delimiter=delimiter).writerows(broken)
        try:
            assert {line for line, _ in bad(text.getvalue())} <= {number}
        except ValueError as error:
            told = str(error)
            assert "several accounts" in told


# --- Which format --------------------------------------------------------------------------------


def test_a_file_that_lacks_a_column_is_told_the_nearest_format() -> None:
    content = sample("tradovate-fills.csv").replace("commission", "fee").replace("_qty", "size")
    with pytest.raises(ValueError, match=r"nearest is tradovate-fills, but line 1 has no") as told:
        read(content)
    assert "'_qty', 'commission'" in str(told.value)
    assert all(each.name in str(told.value) for each in formats.FORMATS)


def test_a_file_that_could_be_in_two_formats_asks_for_one() -> None:
    both = [*{*formats.FORMATS[0].columns, *formats.FORMATS[1].columns}]
    with pytest.raises(ValueError, match="own-csv or topstepx-trades"):
        read(",".join(both) + "\n")


def test_lines_above_the_header_are_no_matter() -> None:
    assert len(read("sep=,\nMSG,x\n\n" + sample("ibkr-flex.csv")).found.fills) == 33


# --- Accounts and fees ---------------------------------------------------------------------------


def test_of_several_accounts_the_one_of_the_same_name_is_taken(sqlite_res: Resources) -> None:
    header, first, *others = lines("ibkr-flex.csv")
    mixed = header + first.replace("DEMO-1", "A") + "".join(others)
    assert checked(sqlite_res, mixed).contents.executions == 1
    with pytest.raises(InvalidBody, match=r"several accounts in it \('B', 'DEMO-1'\)"):
        checked(sqlite_res, mixed.replace("\nA,", "\nB,"))


@pytest.mark.parametrize("name", WITHOUT_FEES)
def test_a_file_without_fees_takes_them_from_the_option(sqlite_res: Resources, name: str) -> None:
    fees = {"MNQ": Decimal("0.37"), "mes": Decimal("0.37"), "MGC": Decimal("0.62")}
    contents = checked(sqlite_res, sample(name), fees_per_side=fees).contents
    paid = sum((fill.fees or Decimal(0) for fill in samples.layout_fills(name)), Decimal(0))
    assert contents.fees_micros == paid * 1_000_000


@pytest.mark.parametrize("name", sorted({*NAMES} - {*WITHOUT_FEES}))
def test_a_file_with_fees_refuses_the_option(sqlite_res: Resources, name: str) -> None:
    with pytest.raises(InvalidBody, match="states its fees"):
        checked(sqlite_res, sample(name), fees_per_side={"MNQ": Decimal("0.37")})


def test_fees_have_to_be_given_for_every_symbol(sqlite_res: Resources) -> None:
    with pytest.raises(InvalidBody, match=r"add --fees-per-side M.*=AMOUNT"):
        checked(sqlite_res, sample("tradovate-orders.csv"), fees_per_side={"ES": Decimal(2)})
    for symbol, amount in {"QQQ": "1", "MNQ": "-1", "ES": "NaN"}.items():
        given = {symbol: Decimal(amount)}
        with pytest.raises(InvalidParameter, match="fees_per_side"):
            checked(sqlite_res, sample("tradovate-orders.csv"), fees_per_side=given)


# --- Rithmic, Interactive Brokers, TradingView, TopstepX ----------------------------------------


def test_a_line_that_was_cut_is_no_title() -> None:
    some = lines("rithmic-performance.csv")
    some[4] = some[4].split(",")[0] + "\n"
    assert [line for line, _ in bad("".join(some))] == [5]


def test_the_zone_in_a_columns_name_is_enough() -> None:
    assert not read(sample("rithmic-orders.csv"), zone=None).found.bad_lines
    unknown = sample("rithmic-orders.csv").replace("(EDT)", "(CET)")
    assert "--tz" in read(unknown, zone=None).found.bad_lines[0].message


def test_other_things_than_futures_are_left_out() -> None:
    header, first, *others = lines("ibkr-flex.csv")
    found = read("".join([header, first.replace("FUT", "STK"), *others])).found
    assert (len(found.fills), found.left_out, found.bad_lines) == (32, 1, [])


def test_only_executions_of_a_flex_query_count() -> None:
    header, first, *others = lines("ibkr-flex.csv")
    found = read("".join([header, first.replace("EXECUTION", "ORDER"), *others])).found
    assert (found.rows, len(found.fills)) == (32, 32)


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [(",SELL,", ",SELL (Ca.),", "buy/sell"), (",2.000000,", ",20,", "multiplier")],
)
def test_what_a_flex_query_says_twice_must_agree(old: str, new: str, column: str) -> None:
    header, first, *others = lines("ibkr-flex.csv")
    assert bad("".join([header, first.replace(old, new), *others])) == [(2, column)]


def test_of_a_statement_with_orders_and_their_executions_the_orders_count() -> None:
    order = next(line for line in lines("ibkr-activity.csv") if ",Order," in line)
    content = sample("ibkr-activity.csv") + order.replace(",Order,", ",Trade,")
    assert read(content).found.fills == read(sample("ibkr-activity.csv")).found.fills
    executions_only = sample("ibkr-activity.csv").replace(",Order,", ",Trade,")
    assert len(read(executions_only).found.fills) == 48


@pytest.mark.parametrize(
    ("said", "contract"),
    [("CME_MINI:ES1!", "ES"), ("MNQ2!", "MNQ"), ("CME_MINI:ESZ2025", "ESZ5"), ("6EZ25", "6EZ5")],
)
def test_a_charts_symbol_is_a_root_or_a_contract(said: str, contract: str) -> None:
    header, *rows = sample("tradingview-paper.csv").splitlines()
    row = next(each for each in rows if "Filled" in each)
    content = f"{header}\n{row.replace('CME_MINI:MNQ1!', said)}"
    (fill,) = read(content).found.fills
    assert SHIPPED.resolve(fill.symbol, None, fill.executed_at_us)[1] == contract


@pytest.mark.parametrize("name", ["tradingview-paper.csv", "topstepx-orders.csv"])
def test_a_price_of_an_order_that_was_not_filled_is_refused(name: str) -> None:
    content = sample(name).replace(",Filled,", ",Cancelled,", 1)
    assert [column for _, column in bad(content)] == ["status"]


@pytest.mark.parametrize("name", ["tradovate-orders.csv", "topstepx-orders.csv"])
def test_orders_that_were_all_cancelled_hold_no_fill(sqlite_res: Resources, name: str) -> None:
    header, *rows = lines(name)
    cancelled = [each for each in rows if "Cancel" in each or "Canceled" in each]
    file = checked(sqlite_res, header + "".join(cancelled))
    assert (file.contents.executions, len(file.told.orders)) == (0, len(cancelled))
    made = imports.store(sqlite_res, [file])
    assert (made.accepted, made.orders_accepted) == (0, len(cancelled))
    assert made.accounts["A"].version == 1


def test_rows_that_hold_neither_a_fill_nor_an_order_are_no_import(sqlite_res: Resources) -> None:
    header, first, *_ = lines("ibkr-flex.csv")
    with pytest.raises(AppError, match="none of its 1 rows holds a fill or an order"):
        checked(sqlite_res, header + first.replace("FUT", "STK"))
