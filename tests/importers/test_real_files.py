"""Real TopstepX exports: their totals are the broker's own, and a wrong figure is refused."""

from __future__ import annotations

import pytest

from app.errors import InvalidBody
from app.services import imports, verification
from app.services.imports import File, Target
from app.services.performance_history import HistoryQuestion
from app.services.resources import Resources
from tests.conftest import shared_file, told


def checked(res: Resources, name: str, zone: str | None = None) -> File:
    path = shared_file(f"exports/{name}")
    return imports.check(res, path.name, path.read_bytes(), Target("A", "auto", zone))


@pytest.mark.feature("TPA-07", "TPA-08", "PAM-PERF-01")
def test_four_months_of_trades_make_the_brokers_totals(sqlite_res: Resources) -> None:
    file = checked(sqlite_res, "topstepx-trades-real.csv")
    found = file.contents
    assert file.reading.format == "topstepx-trades"
    assert (file.reading.found.rows, found.executions) == (486, 972)
    assert (found.closed_positions, found.open_positions) == (334, 0)
    assert (found.gross_micros, found.fees_micros) == (3_891_750_000, 398_360_000)


def test_a_second_import_adds_nothing(sqlite_res: Resources) -> None:
    file = checked(sqlite_res, "topstepx-trades-real.csv")
    first = imports.store(sqlite_res, [file], allow_overlap=False)
    assert (first.accepted, first.duplicates, first.positions_closed) == (972, 0, 334)
    again = imports.store(sqlite_res, [checked(sqlite_res, file.name)], allow_overlap=False)
    assert (again.accepted, again.duplicates, again.positions_closed) == (0, 972, 0)
    assert again.accounts == first.accounts
    assert list(verification.differences(sqlite_res, "A")) == []


@pytest.mark.feature("PAM-PERF-24")
@pytest.mark.parametrize("interval", ["hour", "day", "week", "month"])
def test_every_interval_adds_up_to_the_brokers_net(sqlite_res: Resources, interval: str) -> None:
    file = checked(sqlite_res, "topstepx-trades-real.csv")
    imports.store(sqlite_res, [file], allow_overlap=False)
    for basis in ("position", "execution"):
        asked = HistoryQuestion(interval, None, None, None, None, basis)  # type: ignore[arg-type]
        summary = told(sqlite_res, "A", asked)["summary"]
        assert (str(summary["total_pnl"]), summary["trade_count"]) == ("3493.39", 334)


def test_a_minimal_export_with_iso_times_is_read(sqlite_res: Resources) -> None:
    found = checked(sqlite_res, "minimal-topstep-sample.csv").contents
    assert (found.executions, found.closed_positions) == (4, 2)
    assert (found.gross_micros, found.fees_micros) == (82_000_000, 3_600_000)


def test_a_row_whose_pnl_is_not_what_its_prices_make_is_refused_by_name(
    sqlite_res: Resources,
) -> None:
    # Short NQ from 21,500 to 21,480 wins 400; the file states a loss.
    with pytest.raises(InvalidBody) as refused:
        checked(sqlite_res, "topstepx-trades-reduced.csv", "America/New_York")
    (detail,) = refused.value.details
    assert (detail.row, detail.field) == (3, "pnl")
    assert "topstepx-trades-reduced.csv:3: pnl" in detail.message
    assert "-400" in detail.message


def test_times_without_an_offset_ask_for_a_zone(sqlite_res: Resources) -> None:
    with pytest.raises(InvalidBody) as refused:
        checked(sqlite_res, "topstepx-trades-reduced.csv")
    assert [detail.row for detail in refused.value.details] == [2, 3]
    assert "--tz" in refused.value.message
