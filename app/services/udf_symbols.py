"""Symbols as TradingView's UDF names and describes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from app.db import bars as rows
from app.db.connection import Connection
from app.domain import fixed, front, sessions
from app.domain.bars import Timeframe
from app.domain.fixed import NANO
from app.domain.instruments import MONTH_CODES, Catalogue, Delivery
from app.domain.periods import SESSION_ZONE
from app.errors import InvalidBody, UnknownSymbol
from app.services.instruments import catalogue
from app.services.resources import Resources

Resolution = Literal["1S", "5S", "1", "5", "15", "60", "1D"]

# Every timeframe under the name that it has there.
TIMEFRAMES: dict[Resolution, Timeframe] = {
    "1S": "1s",
    "5S": "5s",
    "1": "1m",
    "5": "5m",
    "15": "15m",
    "60": "1h",
    "1D": "1d",
}
SEARCH_MAX = 100
_TYPE = "futures"
_ALL_DAY = "24x7"
_GLOBEX_HOURS = "1700-1600"
_ZONES = {"EUREX": "Europe/Berlin"}
# Prices of bonds are told in points and 32nds, the finest in parts of a 32nd.
_THIRTY_SECONDS = 32


class Named(Struct):
    """What a filter can be set to."""

    value: str
    name: str


class Exchange(Named):
    """An exchange whose products are known."""

    desc: str


class ConfigBody(Struct):
    """What this datafeed can do."""

    supports_search: bool
    supports_group_request: bool
    supports_marks: bool
    supports_timescale_marks: bool
    supports_time: bool
    supported_resolutions: list[Resolution]
    exchanges: list[Exchange]
    symbols_types: list[Named]


class SymbolBody(Struct):
    """A symbol; a price moves by `minmov / pricescale`, in 32nds and their parts if it is
    `fractional`. Requests name it by its `ticker`, which tells the decade of a contract.
    """

    name: str
    ticker: str
    description: str
    type: str
    exchange: str
    listed_exchange: str
    timezone: str
    session: str
    format: Literal["price"]
    minmov: int
    pricescale: int
    minmove2: int
    fractional: bool
    has_intraday: bool
    has_seconds: bool
    has_daily: bool
    has_weekly_and_monthly: bool
    seconds_multipliers: list[str]
    intraday_multipliers: list[str]
    supported_resolutions: list[Resolution]
    volume_precision: int
    data_status: Literal["streaming"]
    currency_code: str


class SearchedBody(Struct):
    """A symbol that was found."""

    symbol: str
    full_name: str
    description: str
    exchange: str
    ticker: str
    type: str


def config(res: Resources) -> ConfigBody:
    """What this datafeed can do, and the exchanges that there are."""
    with res.db.read() as conn:
        known = catalogue(conn)
    names = sorted({each.exchange for each in known.by_root.values()})
    return ConfigBody(
        supports_search=True,
        supports_group_request=False,
        supports_marks=True,
        supports_timescale_marks=True,
        supports_time=True,
        supported_resolutions=list(TIMEFRAMES),
        exchanges=[
            Exchange("", "All exchanges", ""),
            *(Exchange(each, each, "") for each in names),
        ],
        symbols_types=[Named("", "All types"), Named(_TYPE, "Futures")],
    )


def describe(res: Resources, symbol: str) -> SymbolBody:
    """A symbol in any spelling, `CME:ESZ5` among them; UnknownSymbol where there is none."""
    with res.db.read() as conn:
        return _described(meant(catalogue(conn), symbol, res.now_us()))


def search(
    res: Resources, *, query: str, exchange: str, kind: str, limit: int
) -> list[SearchedBody]:
    """The symbols that a text may mean, the nearest first: roots, and the contracts of a root that
    is named in full.
    """
    if kind not in ("", _TYPE):
        return []
    with res.db.read() as conn:
        known, now_us = catalogue(conn), res.now_us()
        found = [*_meant(conn, known, query, now_us), *_like(known, query)]
    once = {_ticker(each): each for each in found if exchange in ("", each.instrument.exchange)}
    return [_searched(each) for each in list(once.values())[:limit]]


def meant(known: Catalogue, symbol: str, at_us: int) -> Delivery:
    """The contract or root of a symbol with or without its exchange."""
    exchange, _, spelling = symbol.rpartition(":")
    found = known.delivery(spelling, None, known.time_of(spelling, at_us))
    if exchange and exchange.upper() != found.instrument.exchange:
        raise UnknownSymbol(f"{found.instrument.root} is traded at {found.instrument.exchange}")
    return found


def _meant(conn: Connection, known: Catalogue, query: str, now_us: int) -> Iterable[Delivery]:
    try:
        found = meant(known, query, now_us)
    except (InvalidBody, UnknownSymbol):
        return
    yield found
    if found.month:
        return
    stored = {each.delivery_month for each in rows.contracts(conn, found.instrument.root)}
    listed = front.listed(found.instrument, now_us) if found.instrument.contract_months else 0
    for month in sorted((stored | {listed}) - {0}, reverse=True):
        yield front.delivery(found.instrument, month)


def _like(known: Catalogue, query: str) -> Iterable[Delivery]:
    said = query.upper().strip()
    found = [each for each in known.by_root.values() if said in f"{each.root} {each.name.upper()}"]
    found.sort(key=lambda each: (not each.root.startswith(said), each.root))
    return [Delivery(each, each.root, 0) for each in found]


def _described(found: Delivery) -> SymbolBody:
    instrument = found.instrument
    minmov, pricescale, minmove2 = _steps(instrument.tick_nanos)
    return SymbolBody(
        name=found.contract,
        ticker=_ticker(found),
        description=_description(found),
        type=_TYPE,
        exchange=instrument.exchange,
        listed_exchange=instrument.exchange,
        timezone=_ZONES.get(instrument.exchange, SESSION_ZONE),
        session=_ALL_DAY if sessions.hours(instrument) == "unknown" else _GLOBEX_HOURS,
        format="price",
        minmov=minmov,
        pricescale=pricescale,
        minmove2=minmove2,
        fractional=minmove2 > 0 or pricescale == _THIRTY_SECONDS,
        has_intraday=True,
        has_seconds=True,
        has_daily=True,
        has_weekly_and_monthly=False,
        seconds_multipliers=[each[:-1] for each in TIMEFRAMES if each.endswith("S")],
        intraday_multipliers=[each for each in TIMEFRAMES if each.isdigit()],
        supported_resolutions=list(TIMEFRAMES),
        volume_precision=0,
        data_status="streaming",
        currency_code=instrument.currency,
    )


def _steps(tick_nanos: int) -> tuple[int, int, int]:
    """A tick as a fraction, and how many parts of a 32nd it is where it is a fraction of one: a
    power of two that has more decimals than people read.
    """
    parts, rest = divmod(NANO, tick_nanos)
    if not rest and parts >= _THIRTY_SECONDS and parts.bit_count() == 1:
        return 1, parts, parts // _THIRTY_SECONDS if parts > _THIRTY_SECONDS else 0
    places = next(n for n in range(fixed.PRICE_PLACES + 1) if tick_nanos * 10**n % NANO == 0)
    return tick_nanos * 10**places // NANO, 10**places, 0


def _ticker(found: Delivery) -> str:
    """`ESZ25` for ESZ5: two digits name a year of one century, and so one contract."""
    if not found.month:
        return found.contract
    year = found.month // len(MONTH_CODES)
    return f"{found.contract[:-1]}{year % 100:02}"


def _description(found: Delivery) -> str:
    year, month = divmod(found.month, len(MONTH_CODES))
    return (
        f"{found.instrument.name} {year}-{month + 1:02}" if found.month else found.instrument.name
    )


def _searched(found: Delivery) -> SearchedBody:
    exchange = found.instrument.exchange
    return SearchedBody(
        symbol=found.contract,
        full_name=f"{exchange}:{found.contract}",
        description=_description(found),
        exchange=exchange,
        ticker=_ticker(found),
        type=_TYPE,
    )
