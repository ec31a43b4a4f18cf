"""The instruments that this installation knows."""

from __future__ import annotations

from app.db import instruments
from app.db.connection import Connection
from app.domain import fixed
from app.domain.instruments import SHIPPED, Catalogue, Instrument
from app.errors import Conflict
from app.services.bodies import InstrumentBody, money, price
from app.services.resources import Resources


def catalogue(conn: Connection) -> Catalogue:
    """The shipped instruments and those that an admin added."""
    added = instruments.added(conn)
    return SHIPPED.extended(added) if added else SHIPPED


def add(res: Resources, instrument: Instrument) -> None:
    """Make a new root known; Conflict where it is, since its facts price what is stored."""
    with res.db.write() as conn:
        is_free = SHIPPED.find(instrument.root) is None and instruments.insert(conn, instrument)
    if not is_free:
        raise Conflict(f"instrument {instrument.root!r} is known already and stays as it is")


def every(res: Resources) -> list[InstrumentBody]:
    """All instruments by root."""
    with res.db.read() as conn:
        known = catalogue(conn).by_root
    return [_body(known[root]) for root in sorted(known)]


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
