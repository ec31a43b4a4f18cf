"""A trader's real export, into a running service and out again: the broker's own sums."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.conftest import shared_file
from tests.service import Service

ACCOUNT_ID = "12694476"
HISTORY = "/api/performance/history"
DAILY = "/api/performance/daily"
ROWS, POSITIONS, EXECUTIONS = 486, 334, 972
GROSS, FEES, NET = Decimal("3891.75"), Decimal("398.36"), Decimal("3493.39")


@pytest.fixture(scope="module")
def export() -> Path:
    return shared_file("exports/topstepx-trades-real.csv")


@pytest.fixture(scope="module")
def imported(service: Service, export: Path) -> str:
    """What the first import said."""
    return run_import(service, export)


@pytest.fixture
def session(service: Service, imported: str) -> Iterator[requests.Session]:
    assert imported
    with service.session() as session:
        yield session


def run_import(service: Service, export: Path) -> str:
    done = service.flask("import", str(export), "--account", ACCOUNT_ID)
    assert done.returncode == 0, done.stderr
    return done.stdout


def get(service: Service, session: requests.Session, path: str, **query: str) -> Any:
    return service.get(session, path, account_id=ACCOUNT_ID, **query)


def total(values: Iterable[Decimal]) -> Decimal:
    return sum(values, Decimal(0))


@pytest.mark.feature("PAM-PERF-01", "TPA-08")
def test_the_import_tells_the_broker_s_sums(imported: str) -> None:
    assert f"{ROWS} rows, {EXECUTIONS} executions, {POSITIONS} positions" in imported
    assert f"gross {GROSS:,}, fees {FEES:,}, net {NET:,}" in imported
    assert f"{EXECUTIONS} accepted, 0 duplicates, {POSITIONS} positions closed" in imported


@pytest.mark.feature("TPA-32")
def test_a_second_import_adds_nothing(
    service: Service, session: requests.Session, export: Path
) -> None:
    before = get(service, session, HISTORY, end="2025-12-31")
    version = get(service, session, DAILY)["version"]
    told = run_import(service, export)
    assert f"0 accepted, {EXECUTIONS} duplicates, 0 positions closed" in told
    assert get(service, session, HISTORY, end="2025-12-31") == before
    assert get(service, session, DAILY)["version"] == version
    assert service.flask("verify").returncode == 0


@pytest.mark.feature("PAM-PERF-24", "PAM-PERF-07", "PAM-PERF-08", "PAM-PERF-09", "TPA-23")
@pytest.mark.parametrize("calendar", ["civil", "session"])
@pytest.mark.parametrize("basis", ["position", "execution"])
def test_days_weeks_and_months_add_up_to_the_same_total(
    service: Service, session: requests.Session, calendar: str, basis: str
) -> None:
    for interval in ("hour", "day", "week", "month"):
        query = {"interval": interval, "calendar": calendar, "basis": basis}
        told = get(service, session, HISTORY, **query)
        assert told["summary"]["total_pnl"] == NET
        assert told["summary"]["trade_count"] == POSITIONS
        assert total(point["period_pnl"] for point in told["points"]) == NET
        assert sum(point["trade_count"] for point in told["points"]) == POSITIONS
        assert told["points"][-1]["cumulative_pnl"] == NET


@pytest.mark.feature("TPA-09", "TPA-12", "PAM-PERF-23")
def test_the_days_gross_and_fees_add_up_to_the_broker_s(
    service: Service, session: requests.Session
) -> None:
    points = get(service, session, HISTORY)["points"]
    days = [get(service, session, DAILY, date=point["period"]) for point in points]
    assert total(day["gross_pnl"] for day in days) == GROSS
    assert total(day["fees"] for day in days) == FEES
    assert [day["daily_pnl"] for day in days] == [point["period_pnl"] for point in points]


@pytest.mark.feature("TPA-09", "TPA-11")
def test_each_session_day_made_what_the_broker_s_trade_day_says(
    service: Service, session: requests.Session, export: Path
) -> None:
    told = {
        day: get(service, session, DAILY, date=day, calendar="session", basis="execution")
        for day in trade_days(export)
    }
    assert {day: each["gross_pnl"] for day, each in told.items()} == trade_days(export)


def trade_days(export: Path) -> dict[str, Decimal]:
    """The file's P&L by its `TradeDay`, such as `05/08/2025 00:00:00 -05:00`."""
    made: dict[str, Decimal] = {}
    with export.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            month, day, year = map(int, row["TradeDay"].split(" ")[0].split("/"))
            name = date(year, month, day).isoformat()
            made[name] = made.get(name, Decimal(0)) + Decimal(row["PnL"])
    return made
