"""Real exports of every platform, and published layouts: their totals are those that they state."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

from app.errors import InvalidBody
from app.services import imports, verification
from app.services.imports import File, Target
from app.services.resources import Resources
from tests.conftest import shared_file

ZONE = "America/New_York"


class Stated(NamedTuple):
    """What a file says of itself, added up by hand or by `summed`."""

    layout: str
    rows: int
    executions: int
    positions: tuple[int, int]
    gross: str
    fees: str


EXPORTS = {
    # Sum of the pnl column; 23 buys and 29 sales, some of them in eight rows.
    "tradovate-performance-real.csv": Stated("tradovate-performance", 39, 52, (9, 0), "13.00", "0"),
    "tradovate-performance-excerpt.csv": Stated(
        "tradovate-performance", 2, 4, (2, 0), "800.00", "0"
    ),
    # Sum of the P/L column.
    "tradovate-position-history-real.csv": Stated(
        "tradovate-position-history", 5, 10, (5, 0), "-218.00", "0"
    ),
    # Six round trips: -400 + 1,200 - 492.50 + 1,200 + 800 - 363. Cancelled orders are no fills.
    "tradovate-orders-real.csv": Stated("tradovate-orders", 28, 12, (6, 0), "1944.50", "0"),
    # Two of one contract, partial exits, and a fill that goes through zero.
    "ninjatrader-executions.csv": Stated("ninjatrader-executions", 8, 8, (4, 0), "366.00", "12.12"),
    # Profit is net of 1.90 a round trip, of which the commission shows 0.78: net 61.10.
    "ninjatrader-trades-grid-real.csv": Stated(
        "ninjatrader-trades", 6, 12, (6, 0), "72.50", "11.40"
    ),
    "minimal-ninjatrader-performance-sample.csv": Stated(
        "ninjatrader-trades", 2, 4, (2, 0), "82.00", "3.60"
    ),
    "minimal-quantower-sample.csv": Stated("quantower-trades", 4, 4, (2, 0), "82.00", "3.60"),
    "minimal-rithmic-orders-sample.csv": Stated("rithmic-orders", 4, 4, (2, 0), "82.00", "6.00"),
    # One sold at 17771.625 on average, two of them, bought back at 17730.
    "layout-rithmic-rtraderpro-orders.csv": Stated(
        "rithmic-orders", 3, 2, (1, 0), "166.50", "2.04"
    ),
    "layout-topstepx-orders.csv": Stated("topstepx-orders", 3, 2, (1, 0), "720.00", "0"),
    "layout-tradingview-paper-orders.csv": Stated("tradingview-paper", 3, 2, (1, 0), "812.50", "0"),
    "layout-tradovate-fills.csv": Stated("tradovate-fills", 2, 2, (1, 0), "-147.00", "2.00"),
    # FifoPnlRealized, 40.02, is net.
    "layout-ibkr-flex-trades.csv": Stated("ibkr-flex", 2, 2, (1, 0), "42.50", "2.48"),
}
STATING_PNL = {
    "tradovate-performance-real.csv": "pnl",
    "tradovate-performance-excerpt.csv": "pnl",
    "tradovate-position-history-real.csv": "P/L",
    "ninjatrader-trades-grid-real.csv": "Profit",
    "minimal-quantower-sample.csv": "Net P/L",
    "layout-ibkr-flex-trades.csv": "FifoPnlRealized",
}


def checked(res: Resources, name: str) -> File:
    path = shared_file(f"exports/{name}")
    return imports.check(res, path.name, path.read_bytes(), Target("A", zone=ZONE))


def summed(path: Path, column: str) -> Decimal:
    """The sum of a column, read without the importers."""
    total = Decimal(0)
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            said = (row[column] or "0").replace("$", "").replace(",", "").strip()
            is_negative = said.startswith("(")
            total += -Decimal(said.strip("()")) if is_negative else Decimal(said)
    return total


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_makes_the_totals_that_it_states(sqlite_res: Resources, name: str) -> None:
    file = checked(sqlite_res, name)
    found = file.contents
    gross, fees = (Decimal(micros).scaleb(-6) for micros in (found.gross_micros, found.fees_micros))
    assert (
        file.reading.format,
        file.reading.found.rows,
        found.executions,
        (found.closed_positions, found.open_positions),
    ) == EXPORTS[name][:4]
    assert (gross, fees) == (Decimal(EXPORTS[name].gross), Decimal(EXPORTS[name].fees))


@pytest.mark.parametrize("name", STATING_PNL)
def test_an_export_makes_the_sum_of_its_column(sqlite_res: Resources, name: str) -> None:
    found = checked(sqlite_res, name).contents
    net = Decimal(found.gross_micros - found.fees_micros).scaleb(-6)
    assert net == summed(shared_file(f"exports/{name}"), STATING_PNL[name])


@pytest.mark.parametrize("name", EXPORTS)
def test_a_second_import_of_an_export_adds_nothing(sqlite_res: Resources, name: str) -> None:
    first = imports.store(sqlite_res, [checked(sqlite_res, name)])
    again = imports.store(sqlite_res, [checked(sqlite_res, name)])
    expected = EXPORTS[name].executions
    assert (first.accepted, first.duplicates) == (expected, 0)
    assert first.positions_closed == EXPORTS[name].positions[0]
    assert (again.accepted, again.duplicates, again.positions_closed) == (0, expected, 0)
    assert again.accounts == first.accounts
    assert list(verification.differences(sqlite_res, "A")) == []


def test_every_shared_export_is_tested() -> None:
    folder = shared_file("exports/topstepx-trades-real.csv").parent
    elsewhere = {"minimal-rithmic-performance-sample.csv", "minimal-topstep-sample.csv"}
    elsewhere |= {"topstepx-trades-real.csv", "topstepx-trades-reduced.csv"}
    assert {path.name for path in folder.iterdir()} == set(EXPORTS) | elsewhere


def test_a_row_of_another_contract_than_the_one_above_the_table_is_refused(
    sqlite_res: Resources,
) -> None:
    # Its second row is of MNQ, as the prices show, under the title MESZ4.
    with pytest.raises(InvalidBody) as refused:
        checked(sqlite_res, "minimal-rithmic-performance-sample.csv")
    (detail,) = refused.value.details
    assert (detail.row, detail.field) == (5, "trade p&l")
