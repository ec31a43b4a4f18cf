"""A delimited file as lines of cells, whatever program or locale wrote it, within limits."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import NamedTuple

FILE_MAX_BYTES = 32 * 1024 * 1024
# A row takes some kilobytes while it is worked on.
LINES_MAX = 200_000
LINE_MAX = 65_536
CELLS_MAX = 300
DELIMITERS = ",;\t"

_BOMS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
# By their first bytes, so that none of them is ever unpacked.
_NO_TEXT = (
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook: unpack it, or save its sheet as CSV"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook: save its sheet as CSV"),
    (b"\x1f\x8b", "a gzip archive: unpack it"),
    (b"BZh", "a bzip2 archive: unpack it"),
    (b"\xfd7zXZ", "an xz archive: unpack it"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive: unpack it"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it"),
    (b"%PDF", "a PDF: export CSV instead"),
)
_NO_TABLE = (
    ("<", "HTML or XML: export CSV instead"),
    ("{", "JSON: POST /api/executions takes it"),
    ("[", "JSON: POST /api/executions takes it"),
)


class Line(NamedTuple):
    """The cells of a record, blanks around them gone, and the file's line that it begins at."""

    number: int
    cells: list[str]


class Sheet:
    """A file's text, cut anew into lines at every reading, so that it is never held twice."""

    def __init__(self, content: bytes) -> None:
        """ValueError: it is larger than is read, or no text."""
        if len(content) > FILE_MAX_BYTES:
            raise ValueError(f"the file is larger than {FILE_MAX_BYTES // 2**20} MiB")
        for magic, kind in _NO_TEXT:
            if content.startswith(magic):
                raise ValueError(f"this is {kind}")
        self._text = _decoded(content)
        for first, kind in _NO_TABLE:
            if self._text.lstrip()[:1] == first:
                raise ValueError(f"this is {kind}")

    def lines(self, delimiter: str) -> Iterator[Line]:
        """The lines that are not blank; ValueError names the one at which quoting or size fails."""
        reader = csv.reader(self._raw(), delimiter=delimiter, skipinitialspace=True, strict=True)
        first = 1
        try:
            for cells in reader:
                if len(cells) > CELLS_MAX:
                    raise ValueError(f"line {first}: has more than {CELLS_MAX} cells")
                stripped = [cell.strip() for cell in cells]
                if any(stripped):
                    yield Line(first, stripped)
                first = reader.line_num + 1
        except csv.Error as error:
            raise ValueError(f"line {first}: {error}: is a quote missing?") from None

    def _raw(self) -> Iterator[str]:
        for number, line in enumerate(io.StringIO(self._text, newline=""), start=1):
            if number > LINES_MAX:
                raise ValueError(f"the file has more than {LINES_MAX} lines")
            if len(line) > LINE_MAX:
                raise ValueError(f"line {number}: has more than {LINE_MAX} characters")
            if "\0" in line:
                raise ValueError(f"line {number}: holds a NUL character, which is in no text")
            yield line


def _decoded(content: bytes) -> str:
    encodings = [each for mark, each in _BOMS if content.startswith(mark)] or ["utf-8", "cp1252"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValueError("this is no text in UTF-8, UTF-16 or Windows-1252")
