"""`flask import-bars`: files of prices, real ones among them."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from app.domain import bars, instants
from app.domain.bars import LADDER
from app.domain.instruments import SHIPPED, Delivery
from app.services import bar_imports
from app.services.resources import Resources
from tests.cli.conftest import Shell
from tests.conftest import shared_file
from tests.services.test_bar_storing import every

HEADER = "timestamp,open,high,low,close,volume"
ES = ("bars/ES_201312_1m_2013-10_to_12.csv", "ESZ13", "1m", 16_140)
GC = ("bars/GC_201312_1m_2013-10-07_11.csv", "GCZ13", "1m", 6_687)
DAILY = ("bars/ES_201403_1d_2013-10_to_12.csv", "ESH14", "1d", 61)
EURO = ("bars/6E_202403_1m_2024-01.csv", "6EH24", "1m", 29_996, "--stamped", "close")
COMMAND = ("--contract", "MNQZ5", "--timeframe", "1m")


def lines(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


def minute(number: int, price: str = "21000") -> str:
    at = f"2025-11-06T{number // 60:02}:{number % 60:02}:00Z"
    return f"{at},{price},{price},{price},{price},5"


def of(code: str) -> Delivery:
    at_us = SHIPPED.time_of(code, instants.parse("2025-11-07T00:00:00Z"))
    return SHIPPED.delivery(code, None, at_us)


@pytest.mark.feature("PAM-BARS-14")
@pytest.mark.parametrize(
    ("name", "code", "timeframe", "count", "stamped"),
    [(*each[:4], each[4:]) for each in (ES, GC, DAILY, EURO)],
)
def test_real_files_are_stored_whole_and_twice_without_change(
    shell: Shell,
    sqlite_res: Resources,
    name: str,
    code: str,
    timeframe: str,
    count: int,
    stamped: tuple[str, ...],
) -> None:
    path = str(shared_file(name))
    command = ("import-bars", path, "--contract", code, "--timeframe", timeframe, *stamped)
    assert f" {count} bars of {timeframe}, {count} new," in shell.run(*command).stdout
    assert f"0 new, 0 corrected, {count} unchanged" in shell.run(*command).stdout
    stored = every(sqlite_res, of(code), bars.SECONDS[timeframe])  # type: ignore[index]
    assert len(stored) == count
    assert [each.volume for each in stored] == volumes(Path(path))


def volumes(path: Path) -> list[int]:
    with path.open() as rows:
        return [int(row["volume"]) for row in csv.DictReader(rows)]


@pytest.mark.parametrize("file", [ES, EURO])
def test_what_is_built_of_real_minutes_is_what_they_make(
    shell: Shell, sqlite_res: Resources, file: tuple[str, ...]
) -> None:
    """Each built bar alone, from all minutes that lie in it; the days of the file are whole."""
    name, code, timeframe, _, *stamped = file
    command = ("import-bars", str(shared_file(name)), "--contract", code, "--timeframe", timeframe)
    shell.run(*command, *stamped)
    stored = every(sqlite_res, of(code), 60)
    for timeframe_s in (each for each in LADDER if each > 60):
        parts = defaultdict(list)
        for each in stored:
            parts[bars.around(timeframe_s, each.opened_at_us).start_us].append(each)
        built = every(sqlite_res, of(code), timeframe_s)
        assert built == [bars.merged(parts[each.opened_at_us], each.opened_at_us) for each in built]
        assert len(built) > 0.7 * len(parts) or timeframe_s == bars.DAY_S
    # Sessions that the file has from opening to close.
    whole = {"ESZ13": 7, "6EH24": 22}[code]
    assert len(every(sqlite_res, of(code), bars.DAY_S)) == whole


def test_a_batch_s_end_is_no_gap(
    shell: Shell, sqlite_res: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bar_imports, "BATCH", 4)
    # No minute 4, 9 and 14: a quiet one stands at the end of a batch.
    rows = [minute(n) for n in range(16) if n % 5 != 4]
    shown = shell.run("import-bars", shell.file("b.csv", lines(*rows)), *COMMAND).stdout
    assert "13 bars of 1m, 13 new, 0 corrected, 0 unchanged" in shown
    assert len(every(sqlite_res, of("MNQZ5"), 300)) == 3


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("Time;Open;High;Low;Close;Volume", "1762387200;1;2;0.5;1.5;7"),
        ("date,o,h,l,c,vwap,v", "2025-11-06T00:00:00Z,1,2,0.5,1.5,1.2,7"),
        (
            '"datetime"\t"open"\t"high"\t"low"\t"close"\t"vol"',
            "2025-11-06T00:00:00+00:00\t1\t2\t.5\t1.5\t7.0",
        ),
    ],
)
def test_headers_of_other_programs_are_known(
    shell: Shell, sqlite_res: Resources, header: str, row: str
) -> None:
    shell.run("import-bars", shell.file("b.csv", lines(row, header=header)), *COMMAND)
    (found,) = every(sqlite_res, of("MNQZ5"), 60)
    at_us = instants.parse("2025-11-06T00:00:00Z")
    assert found == (at_us, 10**9, 2 * 10**9, 5 * 10**8, 15 * 10**8, 7)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (lines(minute(1), minute(2, "x")), "b.csv:3: open"),
        (lines(minute(1), minute(2)[:-2]), "b.csv:3: volume: is missing"),
        (lines(minute(1).replace("01:00Z", "01:30Z")), "b.csv:2: timestamp"),
        (lines(minute(1).replace("Z", "")), "b.csv:2: timestamp"),
        (lines(minute(1).replace("2025", "2026")), "future"),
        (lines(minute(1), minute(1)), "twice"),
        (lines(minute(1), header="timestamp,open,high,low,close"), "no column volume"),
        (lines(), "no bars"),
        (b"", "empty"),
        (b"\xff\xfe\x00x", "UTF-8"),
    ],
)
def test_a_file_at_fault_is_named_by_its_line_and_no_file_is_stored(
    shell: Shell, sqlite_res: Resources, content: bytes, told: str
) -> None:
    good, bad = shell.file("a.csv", lines(minute(0))), shell.file("b.csv", content)
    assert told in shell.run("import-bars", good, bad, *COMMAND, status=1).stderr
    with sqlite_res.db.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM bars").scalar() == 0


@pytest.mark.parametrize(
    ("options", "status", "told"),
    [
        (("--timeframe", "1m"), 2, "--symbol"),
        (("--symbol", "MNQZ5"), 2, "--timeframe"),
        (("--symbol", "MNQZ5", "--timeframe", "2m"), 2, "2m"),
        (("--symbol", "MNX", "--timeframe", "1m"), 1, "MNQ"),
        (("--symbol", "ES", "--contract", "MNQZ5", "--timeframe", "1m"), 1, "MNQZ5"),
    ],
)
def test_an_import_that_makes_no_sense_is_refused(
    shell: Shell, options: tuple[str, ...], status: int, told: str
) -> None:
    path = shell.file("b.csv", lines(minute(0)))
    assert told in shell.run("import-bars", path, *options, status=status).stderr
