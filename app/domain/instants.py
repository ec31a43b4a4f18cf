"""Instants: integer microseconds since 1970-01-01T00:00:00Z."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Years that every store, zone table and client can hold.
FIRST_US = -2_208_988_800 * SECOND_US  # 1900-01-01
LAST_US = 7_258_118_400 * SECOND_US  # 2200-01-01
_SPELLED = [f"{each:02}" for each in range(60)]
_SIXTY = {each: number for number, each in enumerate(_SPELLED)}
_FRACTION_MAX = 9
_ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?P<offset>[Zz]|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)


def from_datetime(moment: datetime) -> int:
    """The instant of a datetime that knows its offset."""
    return (moment - _EPOCH) // _MICROSECOND


def to_datetime(instant_us: int) -> datetime:
    """The instant as a datetime in UTC."""
    return _EPOCH + timedelta(microseconds=instant_us)


def parse(value: str) -> int:
    """An ISO 8601 time with an offset, cut to the microsecond; ValueError says what is missing."""
    instant_us = _in_utc(value)
    return examined(value) if instant_us is None else instant_us


def _in_utc(value: str) -> int | None:
    """A time as most programs write it, `2025-11-07T14:32:55.123Z`, by looking up its hour; None
    where it is written otherwise.
    """
    minute, second = _SIXTY.get(value[14:16]), _SIXTY.get(value[17:19])
    if minute is None or second is None or value[13] != ":" or value[16] != ":":
        return None
    micros, rest = 0, value[19:]
    if rest != "Z":
        digits = rest[1:-1]
        if rest[:1] != "." or rest[-1:] != "Z" or not (digits.isdigit() and digits.isascii()):
            return None
        if len(digits) > _FRACTION_MAX:
            return None
        micros = int(digits[:6].ljust(6, "0"))
    return _hour_us(value[:13]) + (minute * 60 + second) * SECOND_US + micros


@lru_cache(maxsize=4_096)
def _hour_us(said: str) -> int:
    # No hour begins or ends in the middle of a year.
    return examined(f"{said}:00:00Z")


def examined(value: str) -> int:
    """The same of any text, with care."""
    match = _ISO.fullmatch(value.strip())
    if match is None:
        raise ValueError("must be an ISO 8601 time such as 2025-11-07T14:32:55Z")
    if match["offset"] is None:
        raise ValueError("needs an offset: end it with Z or, for example, -06:00")
    try:
        instant_us = from_datetime(datetime.fromisoformat(match[0].upper()))
    except (ValueError, OverflowError):
        raise ValueError("is not a time of the calendar") from None
    return checked(instant_us)


def checked(instant_us: int) -> int:
    """The instant itself, refused outside the years 1900 to 2199."""
    if not FIRST_US <= instant_us < LAST_US:
        raise ValueError("must lie between the years 1900 and 2199")
    return instant_us


def text(instant_us: int) -> str:
    """ISO 8601 in UTC with `Z`, without a fraction where it is zero."""
    seconds, micros = divmod(instant_us, SECOND_US)
    minutes, second = divmod(seconds, 60)
    told = f"{_hour(minutes // 60)}{_SPELLED[minutes % 60]}:{_SPELLED[second]}"
    return f"{told}.{micros:06}".rstrip("0") + "Z" if micros else f"{told}Z"


@lru_cache(maxsize=4_096)
def _hour(number: int) -> str:
    return to_datetime(number * 3_600 * SECOND_US).strftime("%Y-%m-%dT%H:")
