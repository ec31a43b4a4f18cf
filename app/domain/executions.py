"""Executions (fills): how one is handed in, what it is once admitted, and when two are the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple, Protocol

from app.domain import fixed, instants
from app.domain.faults import Faults, Refused
from app.domain.instruments import Catalogue, Instrument
from app.errors import AppError, CurrencyMismatch, Detail

BUY = "BUY"
SELL = "SELL"
_SIDES = frozenset({BUY, SELL})
DEFAULT_SOURCE = "api"

# Beyond these a figure is a mistake of the sender; within them sums fit 64-bit integers.
QUANTITY_MAX = 1_000_000
NOTIONAL_MAX_MICROS = 10**10 * fixed.MICRO
MONEY_MAX_MICROS = 10**9 * fixed.MICRO
SEQUENCE_MAX = 2**62

ID_LENGTH_MAX = 128

ID = re.compile(r"[ -.0-~]{1,128}")
NAME = re.compile(r"[^\x00-\x1f\x7f]{1,128}")


class Key(NamedTuple):
    """The place of an execution in its account's order; ids are ASCII and compare by bytes."""

    executed_at_us: int
    sequence: int
    execution_id: str


# Before and after every place in the order.
FIRST_KEY = Key(-(2**62), -(2**63), "")
LAST_KEY = Key(2**62, 2**63 - 1, "\x7f")
# An execution's key, without the cost of making one.
PLACE = attrgetter(*Key._fields)


class Fill(NamedTuple):
    """An execution as it was handed in: typed, not yet checked against anything; None is absent."""

    account_id: str
    execution_id: str
    symbol: str
    side: str
    quantity: int
    price: Decimal
    executed_at_us: int
    contract: str | None = None
    order_id: str | None = None
    fees: Decimal | None = None
    sequence: int | None = None
    strategy: str | None = None
    source: str | None = None
    broker_pnl: Decimal | None = None
    fx_rate: Decimal | None = None
    average_price: bool | None = None


class Named(Protocol):
    """What fills and orders have in common."""

    @property
    def side(self) -> str:
        """BUY or SELL."""
        ...

    @property
    def strategy(self) -> str | None:
        """What decided on it."""
        ...

    @property
    def source(self) -> str | None:
        """Who brought it."""
        ...


class Execution(NamedTuple):
    """An admitted execution, every value normalized; the columns of its table, in their order."""

    execution_id: str
    order_id: str | None
    symbol: str
    contract: str
    side: str
    quantity: int
    price_nanos: int
    fees_micros: int
    executed_at_us: int
    sequence: int
    strategy: str | None
    source: str
    broker_pnl_micros: int | None
    fx_rate_nanos: int | None
    average_price: int

    @property
    def key(self) -> Key:
        """Its place in the account's order."""
        return Key(self.executed_at_us, self.sequence, self.execution_id)

    @property
    def signed_quantity(self) -> int:
        """Positive when bought, negative when sold."""
        return self.quantity if self.side == BUY else -self.quantity


def is_id(value: str) -> bool:
    """Whether it may name an account, an execution or an order."""
    return ID.fullmatch(value) is not None


def is_name(value: str) -> bool:
    """Whether it may be what something is called."""
    return NAME.fullmatch(value) is not None


def admit(fill: Fill, catalogue: Catalogue, currency: str) -> Execution:
    """The normalized execution of an account in `currency`; Refused names every fault."""
    return plain(fill, catalogue, currency) or examined(fill, catalogue, currency)


def plain(fill: Fill, catalogue: Catalogue, currency: str) -> Execution | None:
    """The execution of a fill with which all is well, at a fraction of what examining it costs;
    None where anything may be at fault.
    """
    try:
        instrument, contract = catalogue.resolve(fill.symbol, fill.contract, fill.executed_at_us)
        price_nanos = fixed.price_nanos(fill.price)
        fees_micros = 0 if fill.fees is None else _fees(fill.fees)
        broker_pnl_micros = None if fill.broker_pnl is None else _money(fill.broker_pnl)
        fx_rate_nanos = None if fill.fx_rate is None else _rate(fill.fx_rate)
    except (AppError, ValueError):
        return None
    if (
        fill.side not in _SIDES
        or not 1 <= fill.quantity <= QUANTITY_MAX
        or not instants.FIRST_US <= fill.executed_at_us < instants.LAST_US
        or not is_id(fill.execution_id)
        or not is_id(fill.account_id)
        or not (fill.order_id is None or is_id(fill.order_id))
        or not (fill.strategy is None or is_name(fill.strategy))
        or not (fill.source is None or is_name(fill.source))
        or not (fill.sequence is None or abs(fill.sequence) <= SEQUENCE_MAX)
        or (price_nanos % instrument.tick_nanos and not fill.average_price)
        or _notional_micros(fill, instrument, price_nanos) > NOTIONAL_MAX_MICROS
        or (instrument.currency != currency and fill.fx_rate is None)
    ):
        return None
    return _execution(
        fill, instrument, contract, price_nanos, fees_micros, broker_pnl_micros, fx_rate_nanos
    )


def examined(fill: Fill, catalogue: Catalogue, currency: str) -> Execution:
    """The same of any fill, rule by rule; Refused names every fault."""
    faults = Faults()
    faults.check(naming_faults(fill, "account_id", "execution_id", "order_id"))
    faults.check(_number_faults(fill))
    resolved = faults.attempt(
        "symbol", lambda: catalogue.resolve(fill.symbol, fill.contract, fill.executed_at_us)
    )
    price_nanos = faults.attempt("price", lambda: fixed.price_nanos(fill.price))
    fees_micros = faults.attempt("fees", lambda: _fees(fill.fees))
    broker_pnl_micros = faults.attempt("broker_pnl", lambda: _money(fill.broker_pnl))
    fx_rate_nanos = faults.attempt("fx_rate", lambda: _rate(fill.fx_rate))
    if resolved and price_nanos is not None:
        faults.check(_price_faults(fill, resolved[0], price_nanos))
        for fault in _currency_faults(fill, resolved[0], currency):
            faults.add(CurrencyMismatch, fault)
    if faults.found or resolved is None or price_nanos is None:
        raise Refused(faults.found)
    return _execution(fill, *resolved, price_nanos, fees_micros, broker_pnl_micros, fx_rate_nanos)


def _execution(
    fill: Fill,
    instrument: Instrument,
    contract: str,
    price_nanos: int,
    fees_micros: int | None,
    broker_pnl_micros: int | None,
    fx_rate_nanos: int | None,
) -> Execution:
    return Execution(
        fill.execution_id,
        fill.order_id,
        instrument.root,
        contract,
        fill.side,
        fill.quantity,
        price_nanos,
        fees_micros or 0,
        fill.executed_at_us,
        fill.sequence or 0,
        fill.strategy,
        fill.source or DEFAULT_SOURCE,
        broker_pnl_micros,
        fx_rate_nanos,
        int(fill.average_price or False),
    )


def _currency_faults(fill: Fill, instrument: Instrument, currency: str) -> Iterator[Detail]:
    if instrument.currency != currency and fill.fx_rate is None:
        message = (
            f"{instrument.root} is traded in {instrument.currency}, the account is kept in"
            f" {currency}: give fx_rate, {currency} per {instrument.currency}"
        )
        yield Detail("fx_rate", message)


def naming_faults(sent: Named, *ids: str) -> Iterator[Detail]:
    """The faults of what names a fill or an order, and of its side."""
    for field in ids:
        value = getattr(sent, field)
        if value is not None and not is_id(value):
            yield Detail(field, f"{field} must be 1 to 128 printable ASCII characters without '/'")
    for field in ("strategy", "source"):
        value = getattr(sent, field)
        if value is not None and not is_name(value):
            yield Detail(field, f"{field} must be 1 to 128 characters, none of them a control")
    if sent.side not in _SIDES:
        yield Detail("side", f"side must be BUY or SELL (got {sent.side[:40]!r})")


def _number_faults(fill: Fill) -> Iterator[Detail]:
    if not 1 <= fill.quantity <= QUANTITY_MAX:
        yield Detail("quantity", f"quantity must be 1 to {QUANTITY_MAX} (got {fill.quantity})")
    if fill.sequence is not None and abs(fill.sequence) > SEQUENCE_MAX:
        yield Detail("sequence", f"sequence must lie within ±{SEQUENCE_MAX}")
    if not instants.FIRST_US <= fill.executed_at_us < instants.LAST_US:
        yield Detail("executed_at", "executed_at must lie between the years 1900 and 2199")


def _price_faults(fill: Fill, instrument: Instrument, price_nanos: int) -> Iterator[Detail]:
    if price_nanos % instrument.tick_nanos and not fill.average_price:
        tick = fixed.text(instrument.tick_nanos, fixed.PRICE_PLACES)
        yield Detail(
            "price",
            f"price {fill.price} is not a multiple of {instrument.root}'s tick {tick};"
            " a row that merges several fills says average_price: true",
        )
    if _notional_micros(fill, instrument, price_nanos) > NOTIONAL_MAX_MICROS:
        yield Detail("price", "price times quantity is worth more than 10 billion: check both")


def _notional_micros(fill: Fill, instrument: Instrument, price_nanos: int) -> int:
    return abs(price_nanos) * fill.quantity * instrument.point_value_micros // fixed.NANO


def _fees(amount: Decimal | None) -> int | None:
    micros = _money(amount)
    if micros is not None and micros < 0:
        raise ValueError("must not be negative: what was paid is a positive number")
    return micros


def _money(amount: Decimal | None) -> int | None:
    if amount is None:
        return None
    micros = fixed.money_micros(amount)
    if abs(micros) > MONEY_MAX_MICROS:
        raise ValueError("is too large")
    return micros


def _rate(rate: Decimal | None) -> int | None:
    if rate is None:
        return None
    nanos = fixed.price_nanos(rate)
    if nanos <= 0:
        raise ValueError("must be greater than zero")
    return nanos
