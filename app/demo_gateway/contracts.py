"""The contracts that the demo gateway lists, under the broker's names, and their bars."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from app.domain import fixed, instants, periods
from app.domain.instruments import SHIPPED
from app.domain.invented import MES, MGC, MNQ, Market, front_contract, price_ticks
from app.domain.periods import DayInterval, Span

_MINUTE_US = 60 * instants.SECOND_US
_SESSION = periods.cut("session", periods.SESSION_ZONE)
_OPEN_US = 23 * 60 * _MINUTE_US  # Of a session's day; the last hour is the break.
_FRIDAY = 4
_SECOND, _MINUTE, _HOUR = 1, 2, 3
_UNIT_US = {_SECOND: instants.SECOND_US, _MINUTE: _MINUTE_US, _HOUR: 60 * _MINUTE_US}
_PERIODS: dict[int, DayInterval] = {4: "day", 5: "week", 6: "month"}
UNITS = {*_UNIT_US, *_PERIODS}
# A mini has its micro's prices.
_MARKETS = {"MNQ": MNQ, "NQ": MNQ, "MES": MES, "ES": MES, "MGC": MGC, "GC": MGC}


class Listed(NamedTuple):
    """A contract as the broker lists it."""

    contract_id: str
    symbol_id: str
    code: str
    description: str
    tick_size: Decimal
    point_value: Decimal
    root: str


class Bar(NamedTuple):
    """Prices between two instants, in ticks."""

    opened_at_us: int
    open: int
    high: int
    low: int
    close: int
    volume: int


def listed(code: str, at_us: int) -> Listed:
    """The contract of a code (`MNQZ5`) at an instant near its own year."""
    instrument, contract = SHIPPED.resolve(code, None, at_us)
    year = instants.to_datetime(at_us).year
    digit = int(contract[-1])
    years = [each for each in range(year - 4, year + 6) if each % 10 == digit]
    product = instrument.projectx_symbol_id
    return Listed(
        f"CON.{product}.{contract[-2]}{years[0] % 100:02}",
        product,
        contract,
        f"{instrument.name}: {contract[-2]}{years[0]}",
        Decimal(instrument.tick_nanos).scaleb(-fixed.PRICE_PLACES).normalize(),
        Decimal(instrument.point_value_micros).scaleb(-fixed.MONEY_PLACES).normalize(),
        instrument.root,
    )


def available(now_us: int) -> list[Listed]:
    """The contracts in front now."""
    today = periods.date_of(periods.day_of(_SESSION, now_us))
    codes = [
        root + front_contract(market, today).removeprefix(market.root)
        for root, market in _MARKETS.items()
    ]
    return [listed(code, now_us) for code in codes]


def by_id(contract_id: str, now_us: int) -> Listed | None:
    """The contract of an id, if it is one of the products here."""
    product, _, dated = contract_id.removeprefix("CON.").rpartition(".")
    roots = {each.projectx_symbol_id: each.root for each in SHIPPED.by_root.values()}
    root = roots.get(product, "")
    if root not in _MARKETS or len(dated) != len("Z25") or not dated[1:].isdigit():
        return None
    year = 2000 + int(dated[1:])
    # Two decades away it would be another contract of the same code.
    if abs(year - instants.to_datetime(now_us).year) >= 5:  # noqa: PLR2004
        return None
    found = listed(f"{root}{dated[0]}{dated[2]}", now_us)
    return found if found.contract_id == contract_id else None


def bars(
    seed: int, root: str, unit: int, number: int, span: Span, now_us: int
) -> Iterator[tuple[Bar, bool]]:
    """The bars that open in a span, newest first, and whether each is over now."""
    for open_us, close_us in _spans(unit, number, span):
        bar = _bar(seed, _MARKETS[root], open_us, min(close_us, now_us))
        if bar and span.start_us <= open_us:
            yield bar, close_us <= now_us


def tick(seed: int, root: str, at_us: int) -> int:
    """The price at an instant, in ticks."""
    return price_ticks(seed, _MARKETS[root], at_us)


def _spans(unit: int, number: int, span: Span) -> Iterator[tuple[int, int]]:
    if unit in _UNIT_US:
        length_us = _UNIT_US[unit] * number
        last_us = (span.end_us - 1) // length_us * length_us
        for open_us in range(last_us, span.start_us - 1, -length_us):
            yield open_us, open_us + length_us
        return
    at_us = span.end_us - 1
    while at_us >= span.start_us:
        period = periods.period(_SESSION, _PERIODS[unit], at_us).span
        yield period.start_us, period.end_us
        at_us = period.start_us - 1


def _is_open(at_us: int) -> bool:
    day = periods.day_of(_SESSION, at_us)
    is_weekday = periods.date_of(day).weekday() <= _FRIDAY
    return is_weekday and at_us - periods.day_start(_SESSION, day) < _OPEN_US


def _bar(seed: int, market: Market, open_us: int, close_us: int) -> Bar | None:
    # Between full minutes prices run straight, so nothing lies beyond these.
    within = [open_us, *range(open_us - open_us % _MINUTE_US + _MINUTE_US, close_us, _MINUTE_US)]
    if not any(map(_is_open, within)):
        return None
    seen = [_at(seed, market, each) for each in (*within, close_us) if _is_open(each)]
    digest = blake2b(f"{seed}/{market.root}/{open_us}".encode(), digest_size=2).digest()
    volume = len(seen) * (50 + int.from_bytes(digest) % 200)
    return Bar(open_us, seen[0], max(seen), min(seen), seen[-1], volume)


@lru_cache(maxsize=2**18)
def _at(seed: int, market: Market, at_us: int) -> int:
    return price_ticks(seed, market, at_us)


def first_day(now_us: int, days: int) -> date:
    """The session on which a history of so many days begins."""
    return periods.date_of(periods.day_of(_SESSION, now_us)) - timedelta(days=days)


def start_us(day: date) -> int:
    """When a session begins."""
    return periods.day_start(_SESSION, periods.number(day))
