"""Numbers and money as locales write them: `$(58.50)`, `"1.234,56"`, `90,00 $`, `1 250,50`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from app.domain import fixed

POINT = "."
COMMA = ","

_LENGTH_MAX = 60
_SHOWN_MAX = 40
_BLANKS = str.maketrans(dict.fromkeys("\xa0\u2009\u202f", " ") | {"\u2212": "-"})
_CURRENCY = "(?:[$\u20ac\xa3\xa5]|[A-Z]{3}) ?"
_AMOUNT = re.compile(
    rf"(?P<sign>[-+])? ?(?:{_CURRENCY})?(?P<open>\()?(?:{_CURRENCY})?(?P<inner>[-+])?"
    rf"(?P<digits>[0-9][0-9.,' ]*|[.,][0-9]+)(?P<close>\))?(?: ?{_CURRENCY})?(?P<outer>\))?"
)
_DIGITS = {
    POINT: re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d{1,3}(?:[' ]\d{3})+|\d*)(?:\.\d*)?", re.ASCII),
    COMMA: re.compile(r"(?:\d{1,3}(?:\.\d{3})+|\d{1,3}(?:[' ]\d{3})+|\d*)(?:,\d*)?", re.ASCII),
}
# What only one of the two marks can have written.
_EVIDENCE = {
    POINT: re.compile(r"\.\d{1,2}(?!\d)|\.\d{4}|,\d{3}[.,]|\d{4}\.\d", re.ASCII),
    COMMA: re.compile(r",\d{1,2}(?!\d)|,\d{4}|\.\d{3}[.,]|\d{4},\d", re.ASCII),
}
_DOUBTFUL = re.compile(r"\d[.,]\d{3}(?!\d)", re.ASCII)


def parse(said: str, mark: str = POINT) -> Decimal:
    """An amount, its currency sign and thousands dropped; in parentheses it is negative."""
    match = _AMOUNT.fullmatch(said.translate(_BLANKS).strip()) if len(said) <= _LENGTH_MAX else None
    digits = match["digits"].strip() if match else ""
    if match is None or not _DIGITS[mark].fullmatch(digits) or not _is_closed(match):
        raise ValueError(f"must be an amount such as 1234{mark}56 (got {said[:_SHOWN_MAX]!r})")
    plain = re.sub(r"[' ]", "", digits)
    plain = plain.replace(COMMA if mark == POINT else POINT, "").replace(mark, POINT)
    value = fixed.parse(plain)
    return -value if "-" in (match["sign"], match["inner"]) or match["open"] else value


def _is_closed(match: re.Match[str]) -> bool:
    brackets = [match[name] for name in ("close", "outer")].count(")")
    signs = [match[name] for name in ("sign", "inner", "open") if match[name]]
    return brackets == (1 if match["open"] else 0) and len(signs) <= 1


def decimal_mark(cells: Iterable[str], delimiter: str) -> str:
    """The decimal mark of a file by all its numbers; ValueError where they could be read in two
    ways and a number a thousand times too large would be the price of guessing.
    """
    doubtful = None
    counts = {POINT: 0, COMMA: 0}
    for cell in cells:
        for mark, evidence in _EVIDENCE.items():
            counts[mark] += evidence.search(cell) is not None
        doubtful = doubtful or _DOUBTFUL.search(cell)
    if counts[POINT] != counts[COMMA]:
        return max(counts, key=counts.__getitem__)
    if doubtful and delimiter != COMMA:
        raise ValueError(
            f"{doubtful[0]!r} can be read in two ways, and no other number says whether the file's"
            " decimal mark is a point or a comma"
        )
    return POINT
