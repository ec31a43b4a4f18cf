"""JSON as strictly as money needs it: exact decimals, no NaN, no key twice, no endless nesting."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import Any

from app.errors import Detail, InvalidBody, PayloadTooLarge

NUMBER_LENGTH_MAX = 64


def parse(sent: bytes) -> Any:
    """The value of a JSON text; InvalidBody says what is wrong with it."""
    try:
        text = sent.decode("utf-8")
        value = json.loads(
            text,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_no_constant,
            object_pairs_hook=_object,
        )
        if "\\u" in text:
            _refuse_odd_characters(value)
    except UnicodeDecodeError:
        raise InvalidBody("the body is not UTF-8") from None
    except RecursionError:
        raise InvalidBody("the body is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise InvalidBody(
            f"the body is not JSON: {error.msg} in line {error.lineno}, column {error.colno}"
        ) from None
    return value


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(_short(text))
    except InvalidOperation:
        raise InvalidBody(f"{text} is too large or too small a number") from None


def _integer(text: str) -> int:
    return int(_short(text))


def _short(text: str) -> str:
    if len(text) > NUMBER_LENGTH_MAX:
        raise InvalidBody(f"a number has more than {NUMBER_LENGTH_MAX} digits")
    return text


def _no_constant(text: str) -> Any:
    raise InvalidBody(f"{text} is not a number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        counted = Counter(key for key, _ in pairs)
        twice = counted.most_common(1)[0][0]
        raise InvalidBody(f"field {twice[:64]!r} is given more than once")
    return value


def _refuse_odd_characters(value: Any) -> None:
    # Only escapes can bring in a NUL or half a surrogate pair; neither is text.
    if isinstance(value, str) and ("\0" in value or any("\ud800" <= c <= "\udfff" for c in value)):
        raise InvalidBody("a text holds a NUL or half a surrogate pair")
    if isinstance(value, dict):
        for key, each in value.items():
            _refuse_odd_characters(key)
            _refuse_odd_characters(each)
    if isinstance(value, list):
        for each in value:
            _refuse_odd_characters(each)


def parse_lines(sent: bytes, limit: int) -> list[Any]:
    """The values of NDJSON, one a line; InvalidBody names the row that is none, PayloadTooLarge
    says that there are too many, before any is read.
    """
    lines = [line for line in sent.splitlines() if line.strip()]
    if len(lines) > limit:
        raise PayloadTooLarge(f"at most {limit} at once (got {len(lines)}): send several")
    return [_line(line, row) for row, line in enumerate(lines, start=1)]


def _line(line: bytes, row: int) -> Any:
    try:
        return parse(line)
    except InvalidBody as error:
        message = f"row {row}: {error.message}"
        raise InvalidBody(message, [Detail("body", error.message, row)]) from None
