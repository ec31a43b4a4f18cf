"""Files of every format, broken in every way: a named fault or a correct import, never a crash."""

from __future__ import annotations

import time
from collections.abc import Callable
from random import Random

import pytest
from sqlalchemy import text

from app.domain.instruments import SHIPPED
from app.errors import AppError, InvalidBody
from app.importers import delimited, formats
from app.importers.layout import BadLine
from app.importers.table import Context
from app.services import imports
from app.services.imports import Target
from app.services.resources import Resources
from tests import samples
from tests.figures import figure
from tests.importers.files import executions, trades

NAMES = sorted(samples.SAMPLES)
CONTEXT = Context("A", SHIPPED, samples.ZONE)
TRIES = figure("BROKEN_FILES", 60)
DEADLINE_S = 10
# Wherever one of these lands, the file says something else or nothing.
SPLINTERS = (
    *('"', "'", ",", ";", "\t", "\n", "\r", "\r\n", "\0", "\x1a", "-", "(", ")", "$", "1e9", "NaN"),
    *(
        "Infinity",
        "\u2212",
        "\xa0",
        "\u0661",
        "\ufeff",
        "9" * 400,
        "x" * 5_000,
        '"' * 9,
        ",,,,,,,,",
    ),
)
HUGE = {
    "of_zeros": b"\0",
    "of_blanks": b" ",
    "of_line_ends": b"\n",
    "of_commas": b",",
    "of_quotes": b'"',
    "of_semicolons_and_lines": b";\n",
    "of_brackets": b"(",
    "of_digits": b"1",
}
ARCHIVES = {
    "ZIP": b"PK\x03\x04" + b"\0" * 100,
    "gzip": b"\x1f\x8b\x08" + b"\0" * 100,
    "bzip2": b"BZh91AY&SY" + b"\0" * 100,
    "xz": b"\xfd7zXZ\0" + b"\0" * 100,
    "7z": b"7z\xbc\xaf\x27\x1c",
    "Excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "PDF": b"%PDF-1.7\n",
    "HTML": b"<!doctype html><table></table>",
    "JSON": b'[{"execution_id": "1"}]',
}

_COUNT = text("SELECT COUNT(*) FROM executions")

Break = Callable[[Random, str], str]


def splinter(rng: Random, text: str) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice(SPLINTERS) + text[at + rng.choice((0, 0, 1, 7)) :]


def cut_off(rng: Random, text: str) -> str:
    return text[: rng.randrange(len(text))]


def cut_out(rng: Random, text: str) -> str:
    start = rng.randrange(len(text))
    return text[:start] + text[start + rng.randrange(200) :]


def shuffled_lines(rng: Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    rng.shuffle(lines)
    return "".join(lines)


def repeated_lines(rng: Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(lines + rng.choices(lines, k=3))


def moved_columns(rng: Random, text: str) -> str:
    delimiter = ";" if text.count(";") > text.count(",") else ","
    rows = [line.split(delimiter) for line in text.splitlines()]
    one, other = rng.randrange(len(rows[-1])), rng.randrange(len(rows[-1]))
    for row in rows:
        if max(one, other) < len(row):
            row[one], row[other] = row[other], row[one]
    return "\n".join(delimiter.join(row) for row in rows)


def dropped_column(rng: Random, text: str) -> str:
    rows = [line.split(",") for line in text.splitlines()]
    at = rng.randrange(len(rows[-1]))
    return "\r".join(",".join(row[:at] + row[at + 1 :]) for row in rows)


def renamed_column(rng: Random, text: str) -> str:
    header, end, rest = text.partition("\n")
    names = header.split(",")
    names[rng.randrange(len(names))] = rng.choice(
        ("", "price", "Time (CET)", "\xe9t\xe9", "x" * 999)
    )
    return ",".join(names) + end + rest


def other_cell(rng: Random, text: str) -> str:
    cells = text.split(",")
    cells[rng.randrange(len(cells))] = rng.choice(cells)
    return ",".join(cells)


def mixed_line_ends(rng: Random, text: str) -> str:
    return "".join(line + rng.choice(["\r", "\n", "\r\n"]) for line in text.splitlines())


BREAKS: tuple[Break, ...] = (
    *(splinter, cut_off, cut_out, shuffled_lines, repeated_lines, moved_columns),
    *(dropped_column, renamed_column, other_cell, mixed_line_ends),
)


def read(content: bytes) -> None:
    """Fills, or faults that are told in words; anything else is raised."""
    try:
        found = formats.read(content, CONTEXT).found
    except ValueError as error:
        told = str(error)
    else:
        told = "nothing wrong in general"
        refuse_wordless(found.bad_lines)
    assert 0 < len(told) < 1000


def refuse_wordless(bad_lines: list[BadLine]) -> None:
    for bad in bad_lines:
        assert bad.line > 0
        assert bad.column
        assert 0 < len(bad.message) < 1000, bad


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_broken_anywhere_is_read_or_refused_in_words(name: str) -> None:
    good = (samples.FOLDER / name).read_text("utf-8")
    rng = Random(name)
    for _ in range(TRIES):
        broken = good
        for each in rng.choices(BREAKS, k=rng.choice((1, 1, 2))):
            broken = each(rng, broken) or " "
        read(broken.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("name", NAMES)
def test_a_file_with_flipped_bytes_is_read_or_refused_in_words(name: str) -> None:
    good = (samples.FOLDER / name).read_bytes()
    rng = Random(name)
    for _ in range(TRIES):
        broken = bytearray(good)
        for _ in range(rng.choice((1, 1, 3, 40))):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        read(bytes(broken))


@pytest.mark.parametrize("name", NAMES)
def test_a_broken_file_is_stored_whole_or_not_at_all(sqlite_res: Resources, name: str) -> None:
    good = (samples.FOLDER / name).read_text("utf-8")
    rng = Random(f"stored {name}")
    for number in range(8):
        account_id = f"A{number}"
        broken = rng.choice(BREAKS)(rng, good) or " "
        target = Target(account_id, zone=samples.ZONE)
        with sqlite_res.db.read() as conn:
            before = conn.execute(_COUNT).scalar_one()
        try:
            file = imports.check(sqlite_res, name, broken.encode("utf-8", "replace"), target)
            expected = imports.store(sqlite_res, [file]).accepted
        except AppError:
            expected = 0
        with sqlite_res.db.read() as conn:
            assert conn.execute(_COUNT).scalar_one() - before == expected


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_is_the_same_in_every_encoding_delimiter_and_line_end(name: str) -> None:
    good = (samples.FOLDER / name).read_text("utf-8")
    whole = formats.read(good.encode(), CONTEXT)
    for content in (
        good.encode("utf-16"),
        b"\xfe\xff" + good.encode("utf-16-be"),
        good.encode("utf-8-sig"),
        good.encode("cp1252"),
        good.replace("\n", "\r\n").encode(),
        b"\r\n\r\n" + good.encode() + b"\r\n,,,,\r\n",
    ):
        found = formats.read(content, CONTEXT)
        assert (found.format, found.found.fills) == (whole.format, whole.found.fills)


@pytest.mark.parametrize("unit", HUGE.values(), ids=HUGE)
def test_a_huge_file_of_nothing_is_refused_soon(sqlite_res: Resources, unit: bytes) -> None:
    content = unit * (32 * 2**20 // len(unit))
    begun = time.monotonic()
    with pytest.raises(InvalidBody):
        imports.check(sqlite_res, "huge.csv", content, Target("A"))
    assert time.monotonic() - begun < DEADLINE_S


@pytest.mark.parametrize("row", ["x" * 31 * 2**20, '"' + "\n" * 2**20, "," * 2**20])
def test_a_line_without_an_end_is_refused_by_its_number(sqlite_res: Resources, row: str) -> None:
    content = executions({}) + row.encode()
    with pytest.raises(InvalidBody, match=r"huge\.csv: line 3: "):
        imports.check(sqlite_res, "huge.csv", content, Target("A"))


@pytest.mark.parametrize("kind", ARCHIVES)
def test_what_is_packed_or_of_another_kind_is_refused_by_its_kind(
    sqlite_res: Resources, kind: str
) -> None:
    with pytest.raises(InvalidBody, match=kind):
        imports.check(sqlite_res, "mine.csv", ARCHIVES[kind], Target("A"))


def test_a_nul_is_refused_by_its_line(sqlite_res: Resources) -> None:
    content = trades({}, {}).replace(b"1002", b"10\x0002")
    with pytest.raises(InvalidBody, match="line 3: holds a NUL"):
        imports.check(sqlite_res, "mine.csv", content, Target("A"))


def test_there_are_never_more_lines_than_are_read(
    sqlite_res: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "LINES_MAX", 3)
    assert imports.check(sqlite_res, "t.csv", trades({}, {}), Target("A")).contents.executions == 4
    with pytest.raises(InvalidBody, match="more than 3 lines"):
        imports.check(sqlite_res, "t.csv", trades({}, {}, {}), Target("A"))
