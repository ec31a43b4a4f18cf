"""Which format a file is in, and files that are in none."""

from __future__ import annotations

import pytest

from app.errors import InvalidBody
from app.importers import delimited, formats
from app.services import imports
from app.services.imports import Target
from app.services.resources import Resources
from tests.importers.files import EXECUTION, TRADE, executions, faults, read, trades, written

NO_TABLE = [
    b"",
    b"\n\n\n",
    b" ",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xff\xfe\x00",
    b"\x00" * 100,
    b"\x81\x8d\x8f",
    b"just some text",
    b"a,b,c\n1,2,3\n",
    b'{"execution_id": "e1"}',
    b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    b"PK\x03\x04" + bytes(range(256)),
]


def refused(res: Resources, content: bytes, layout: str = "auto") -> InvalidBody:
    with pytest.raises(InvalidBody) as found:
        imports.check(res, "mine.csv", content, Target("A", layout))
    return found.value


def test_a_format_is_found_by_its_columns() -> None:
    assert read(trades({})).format == "topstepx-trades"
    assert read(executions({})).format == "own-csv"


def test_columns_beside_those_of_a_format_are_no_matter() -> None:
    assert read(written([TRADE | {"Account": "x", "Note": "y"}])).format == "topstepx-trades"
    assert read(written([{"note": "y"} | EXECUTION])).format == "own-csv"


def test_a_format_may_be_named() -> None:
    assert read(trades({}), layout="topstepx-trades") == read(trades({}))
    with pytest.raises(ValueError, match="own-csv"):
        read(trades({}), layout="own-csv")
    with pytest.raises(ValueError, match="topstepx-trades"):
        read(trades({}), layout="excel")


@pytest.mark.parametrize("name", [each.name for each in formats.FORMATS])
def test_a_file_that_lacks_a_column_is_in_no_format(name: str) -> None:
    columns = next(each.columns for each in formats.FORMATS if each.name == name)
    for missing in columns:
        row = {column: "1" for column in columns if column != missing}
        with pytest.raises(ValueError, match="known are"):
            read(written([row]))
        with pytest.raises(ValueError, match=missing):
            read(written([row]), layout=name)


@pytest.mark.parametrize("content", NO_TABLE, ids=lambda content: repr(content)[:16])
def test_what_is_no_table_is_refused_by_the_files_name(
    sqlite_res: Resources, content: bytes
) -> None:
    assert refused(sqlite_res, content).message.startswith("mine.csv: ")


def test_a_table_without_rows_is_refused(sqlite_res: Resources) -> None:
    header = ",".join(TRADE).encode()
    for content in (header, header + b"\r\n", header + b"\r\n,,,\r\n\r\n"):
        assert "no rows" in refused(sqlite_res, content).message


@pytest.mark.parametrize(
    "row", ['"e1,MNQM5,BUY,1,1,2025-05-08T15:22:07Z', '"e1"x,MNQM5,BUY,1,1,2025-05-08T15:22:07Z']
)
def test_broken_quoting_is_named_by_its_line(sqlite_res: Resources, row: str) -> None:
    content = f"{','.join(EXECUTION)}\n{','.join(EXECUTION.values())}\n{row}\n"
    assert "3" in refused(sqlite_res, content.encode()).message


def test_a_line_end_in_a_quoted_cell_is_counted_as_a_line() -> None:
    content = executions({"note": "two\r\nlines"}, {"quantity": "x"})
    assert faults(content) == [(4, "quantity")]


def test_a_column_that_stands_twice_is_refused(sqlite_res: Resources) -> None:
    header = ",".join([*EXECUTION, "Price"])
    content = f"{header}\n{','.join(EXECUTION.values())},1\n"
    assert "price" in refused(sqlite_res, content.encode()).message


def test_a_row_with_more_cells_than_columns_is_a_bad_line() -> None:
    # A thousands separator that nobody quoted: 1,234.5 would be read as 1.
    content = executions({"fees": "0"}).decode().replace(",0\r\n", ",1,234.5\r\n")
    assert [line for line, _ in faults(content)] == [2]


def test_a_file_that_is_too_large_is_refused(
    sqlite_res: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "FILE_MAX_BYTES", 2**20)
    assert "1 MiB" in refused(sqlite_res, b" " * (2**20 + 1)).message


def test_a_cell_that_has_no_end_is_refused(sqlite_res: Resources) -> None:
    content = executions({"strategy": "x" * 1_000_000})
    assert len(refused(sqlite_res, content).message) < 500


def test_bad_lines_are_named_by_file_line_and_column_and_nothing_is_stored(
    sqlite_res: Resources,
) -> None:
    error = refused(sqlite_res, trades({}, {"Size": "x"}, {"PnL": "1"}))
    places = [(detail.row, detail.field.lower()) for detail in error.details]
    assert places == [(3, "size"), (4, "pnl")]
    assert error.details[0].message.lower().startswith("mine.csv:3: size")
    assert "2 bad lines" in error.message
