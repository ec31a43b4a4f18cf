"""The instruments that this installation knows."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from app.db import instruments
from app.db.connection import Connection
from app.domain import fixed
from app.domain.instruments import SHIPPED, Catalogue, Instrument
from app.errors import Conflict, InvalidBody, UnknownSymbol
from app.services.bodies import InstrumentBody, money, price
from app.services.resources import Resources

_ROOT = re.compile(r"[A-Z0-9]{1,12}")
_CURRENCY = re.compile(r"[A-Z]{3}")


class Facts(NamedTuple):
    """An instrument as an admin hands it in."""

    root: str
    name: str
    exchange: str
    tick_size: Decimal
    point_value: Decimal
    currency: str


def catalogue(conn: Connection) -> Catalogue:
    """The shipped instruments and those that an admin added."""
    added = instruments.added(conn)
    return SHIPPED.extended(added) if added else SHIPPED


def known(res: Resources) -> list[Instrument]:
    """All instruments by root."""
    with res.db.read() as conn:
        by_root = catalogue(conn).by_root
    return [by_root[root] for root in sorted(by_root)]


def add(res: Resources, facts: Facts) -> None:
    """Make a new root known; InvalidBody: facts that cannot be; Conflict: it is known already,
    and what is stored was priced by its facts.
    """
    instrument = _instrument(facts)
    with res.db.write() as conn:
        is_free = not _is_taken(catalogue(conn), facts.root, res.now_us())
        is_free = is_free and instruments.insert(conn, instrument)
    if not is_free:
        raise Conflict(f"instrument {facts.root!r} is known already and stays as it is")


def every(res: Resources) -> list[InstrumentBody]:
    """All instruments by root, as they are answered."""
    return [_body(each) for each in known(res)]


def _is_taken(known: Catalogue, root: str, now_us: int) -> bool:
    """Whether a root means something already: a product, or a dated contract of one."""
    try:
        known.resolve(root, None, now_us)
    except UnknownSymbol:
        return False
    return True


def _instrument(facts: Facts) -> Instrument:
    if not _ROOT.fullmatch(facts.root):
        raise InvalidBody("a root has 1 to 12 capital letters and digits")
    if not _CURRENCY.fullmatch(facts.currency):
        raise InvalidBody(f"currency must be three capital letters (got {facts.currency!r})")
    try:
        tick_nanos = fixed.price_nanos(facts.tick_size)
        point_value_micros = fixed.money_micros(facts.point_value)
    except ValueError as error:
        raise InvalidBody(f"tick size or point value {error}") from None
    if tick_nanos <= 0 or point_value_micros <= 0:
        raise InvalidBody("tick size and point value must be greater than zero")
    return Instrument(
        root=facts.root,
        name=facts.name,
        exchange=facts.exchange,
        tick_nanos=tick_nanos,
        point_value_micros=point_value_micros,
        currency=facts.currency,
        projectx_symbol_id="",
        contract_months="FGHJKMNQUVXZ",
        is_micro=False,
    )


def _body(instrument: Instrument) -> InstrumentBody:
    tick_value_micros = instrument.tick_nanos * instrument.point_value_micros // fixed.NANO
    return InstrumentBody(
        symbol=instrument.root,
        name=instrument.name,
        exchange=instrument.exchange,
        tick_size=price(instrument.tick_nanos),
        tick_value=money(tick_value_micros),
        point_value=money(instrument.point_value_micros),
        currency=instrument.currency,
        contract_months=instrument.contract_months,
        is_micro=instrument.is_micro,
    )
