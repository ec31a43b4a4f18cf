"""The sample files are what their generator makes, and import with the totals that are stated."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.cli.shell import money
from app.services import imports, verification
from app.services.imports import File, Target
from app.services.resources import Resources
from tests import samples
from tests.invented_rows import gross
from tests.pairing import pairs

README = (samples.FOLDER / "README.md").read_text("utf-8")
NAMES = sorted(samples.SAMPLES)


def checked(res: Resources, name: str) -> File:
    content = (samples.FOLDER / name).read_bytes()
    return imports.check(res, name, content, Target(samples.ACCOUNT_ID, zone=samples.ZONE))


def stated(file: File) -> str:
    """The file's line of the table in the README."""
    found = file.contents
    net_micros = found.gross_micros - found.fees_micros
    amounts = map(money, (found.gross_micros, found.fees_micros, net_micros))
    rows = file.reading.found.rows
    counts = map(str, (rows, found.executions, found.closed_positions))
    return f"| `{file.name}` | {file.reading.format} | " + " | ".join([*counts, *amounts]) + " |"


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_is_what_its_generator_makes(name: str) -> None:
    assert (samples.FOLDER / name).read_bytes() == samples.SAMPLES[name]().encode()


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_has_the_totals_that_the_readme_states(sqlite_res: Resources, name: str) -> None:
    file = checked(sqlite_res, name)
    assert stated(file) in README.splitlines()
    assert file.contents.open_positions == 0


def test_the_readme_states_nothing_else() -> None:
    lines = [line for line in README.splitlines() if line.startswith("| `")]
    assert sorted(line.split("`")[1] for line in lines) == NAMES


def test_the_samples_import_into_one_account_and_a_second_time_add_nothing(
    sqlite_res: Resources,
) -> None:
    files = [checked(sqlite_res, name) for name in NAMES]
    first = [imports.store(sqlite_res, [file], allow_overlap=False) for file in files]
    again = [imports.store(sqlite_res, [file], allow_overlap=False) for file in files]
    assert [each.accepted for each in first] == [each.contents.executions for each in files]
    assert {each.duplicates for each in first} == {0}
    assert {each.accepted for each in again} == {0}
    assert not list(verification.differences(sqlite_res, samples.ACCOUNT_ID))


def test_the_samples_import_in_one_go(sqlite_res: Resources) -> None:
    files = [checked(sqlite_res, name) for name in NAMES]
    recorded = imports.store(sqlite_res, files)
    assert recorded.accepted == sum(each.contents.executions for each in files)
    assert recorded.positions_closed == sum(each.contents.closed_positions for each in files)


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"own.csv", "topstepx-trades.csv"}))
def test_a_layout_hides_nothing_of_what_the_fills_gained(sqlite_res: Resources, name: str) -> None:
    found = checked(sqlite_res, name).contents
    fills = samples.layout_fills(name)
    gained = sum((gross(pair) for pair in pairs(fills)), Decimal(0))
    paid = sum((fill.fees or Decimal(0) for fill in fills), Decimal(0))
    # An order's average price is rounded.
    assert abs(found.gross_micros - gained * 1_000_000) < 10_000
    assert found.fees_micros in (0, paid * 1_000_000)


def test_rows_of_closed_lots_make_the_positions_that_the_fills_made(sqlite_res: Resources) -> None:
    """What an importer makes of a file without fills, held against the fills that it hides."""
    file = checked(sqlite_res, "topstepx-trades.csv")
    from_rows = file.contents
    fills = samples.fills(samples.TOPSTEPX_DATES)
    assert file.reading.found.rows > from_rows.closed_positions
    assert from_rows.fees_micros == sum((fill.fees or 0) for fill in fills) * 1_000_000
    entries = {(pair.entry.execution_id, pair.exit.execution_id) for pair in pairs(fills)}
    assert len(entries) == file.reading.found.rows
