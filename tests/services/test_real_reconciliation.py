"""A trader's real export beside the broker's own figures in it."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.services import imports, ingest
from app.services.imports import Target
from app.services.reconciliation import ReconciliationQuestion
from app.services.resources import Resources
from tests.conftest import shared_file, told

ALL = ReconciliationQuestion(date(2025, 1, 1), date(2025, 12, 31))


@pytest.fixture
def export() -> Path:
    return shared_file("exports/topstepx-trades-real.csv")


def reconciled(res: Resources, content: bytes) -> Any:
    imports.store(res, [imports.check(res, "real.csv", content, Target("A"))])
    return told(res, "A", ALL)


@pytest.mark.feature("TPA-11")
def test_a_real_export_agrees_with_its_broker_day_by_day(res: Resources, export: Path) -> None:
    found = reconciled(res, export.read_bytes())
    assert {each["date"]: each["broker_gross_pnl"] for each in found["items"]} == trade_days(export)
    assert {each["date"]: each["gross_pnl"] for each in found["items"]} == trade_days(export)
    totals = found["totals"]
    assert (totals["gross_difference"], totals["fees_difference"]) == (0, 0)
    assert (totals["executions"], totals["not_compared"]) == (972, 0)
    assert found["executions"] == []


def test_a_wrong_figure_among_real_ones_is_named_and_no_other(
    sqlite_res: Resources, export: Path
) -> None:
    file = imports.check(sqlite_res, "real.csv", export.read_bytes(), Target("A"))
    fills = [*file.reading.found.fills]
    place = next(n for n, each in enumerate(fills) if n > 400 and each.broker_pnl is not None)
    wrong = fills[place]
    fills[place] = wrong._replace(broker_pnl=Decimal(7) + (wrong.broker_pnl or 0))
    ingest.record(sqlite_res, fills)
    (line,) = told(sqlite_res, "A", ALL)["executions"]
    assert (line["execution_id"], line["difference"]) == (wrong.execution_id, -7)


def trade_days(export: Path) -> dict[str, Decimal]:
    """The file's P&L by its `TradeDay`, such as `05/08/2025 00:00:00 -05:00`."""
    made: dict[str, Decimal] = {}
    with export.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            month, day, year = map(int, row["TradeDay"].split(" ")[0].split("/"))
            name = date(year, month, day).isoformat()
            made[name] = made.get(name, Decimal(0)) + Decimal(row["PnL"])
    return made
