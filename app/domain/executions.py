"""Executions (fills): how one is handed in, what it is once admitted, and when two are the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import NamedTuple, TypeVar

from app.domain import fixed, instants
from app.domain.instruments import Catalogue, Instrument
from app.errors import AppError, CurrencyMismatch, Detail, InvalidBody

BUY = "BUY"
SELL = "SELL"
DEFAULT_SOURCE = "api"

# Beyond these a figure is a mistake of the sender; within them sums fit 64-bit integers.
QUANTITY_MAX = 1_000_000
NOTIONAL_MAX_MICROS = 10**10 * fixed.MICRO
MONEY_MAX_MICROS = 10**9 * fixed.MICRO
SEQUENCE_MAX = 2**62

ID_LENGTH_MAX = 128

ID = re.compile(r"[ -.0-~]{1,128}")
NAME = re.compile(r"[^\x00-\x1f\x7f]{1,128}")

_T = TypeVar("_T")


class Key(NamedTuple):
    """The place of an execution in its account's order; ids are ASCII and compare by bytes."""

    executed_at_us: int
    sequence: int
    execution_id: str


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


# An absent field of a repeated fill says nothing, so what it defaults to is not compared.
_OPTIONAL = {
    "order_id": "order_id",
    "contract": "contract",
    "fees": "fees_micros",
    "sequence": "sequence",
    "strategy": "strategy",
    "source": "source",
    "broker_pnl": "broker_pnl_micros",
    "fx_rate": "fx_rate_nanos",
    "average_price": "average_price",
}


class Refused(Exception):
    """The faults of one fill, and the kinds of failure that they stand for."""

    def __init__(self, faults: list[tuple[type[AppError], Detail]]) -> None:
        super().__init__(faults[0][1].message)
        self.kinds = {kind for kind, _ in faults}
        self.details = [detail for _, detail in faults]


def is_id(value: str) -> bool:
    """Whether it may name an account, an execution or an order."""
    return ID.fullmatch(value) is not None


def is_name(value: str) -> bool:
    """Whether it may be what something is called."""
    return NAME.fullmatch(value) is not None


def admit(fill: Fill, catalogue: Catalogue, currency: str) -> Execution:
    """The normalized execution of an account in `currency`; Refused names every fault."""
    return _Admission(fill, catalogue, currency).execution()


def differing(fill: Fill, candidate: Execution, known: Execution) -> list[str]:
    """The fields in which a fill, normalized to `candidate`, says something else than `known`;
    none of a fill that repeats it.
    """
    silent = {column for field, column in _OPTIONAL.items() if getattr(fill, field) is None}
    if fill.contract is None and candidate.contract != candidate.symbol:
        silent.discard("contract")  # A dated symbol names the contract.
    names = {column: field for field, column in _OPTIONAL.items()} | {"price_nanos": "price"}
    return [
        names.get(column, column.removesuffix("_us"))
        for column, ours, theirs in zip(known._fields, known, candidate, strict=True)
        if ours != theirs and column not in silent
    ]


class _Admission:
    """Checks one fill field by field, so that every fault is named and not the first alone."""

    def __init__(self, fill: Fill, catalogue: Catalogue, currency: str) -> None:
        self._fill = fill
        self._catalogue = catalogue
        self._currency = currency
        self._faults: list[tuple[type[AppError], Detail]] = []

    def execution(self) -> Execution:
        fill = self._fill
        self._check(_text_faults(fill))
        self._check(_number_faults(fill))
        resolved = self._try("symbol", self._resolved)
        price_nanos = self._try("price", lambda: fixed.price_nanos(fill.price))
        fees_micros = self._try("fees", lambda: _fees(fill.fees))
        broker_pnl_micros = self._try("broker_pnl", lambda: _money(fill.broker_pnl))
        fx_rate_nanos = self._try("fx_rate", lambda: _rate(fill.fx_rate))
        if resolved and price_nanos is not None:
            self._check(_price_faults(fill, resolved[0], price_nanos))
            self._check_currency(resolved[0])
        if self._faults or resolved is None or price_nanos is None:
            raise Refused(self._faults)
        return Execution(
            fill.execution_id,
            fill.order_id,
            resolved[0].root,
            resolved[1],
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

    def _resolved(self) -> tuple[Instrument, str]:
        fill = self._fill
        return self._catalogue.resolve(fill.symbol, fill.contract, fill.executed_at_us)

    def _try(self, field: str, attempt: Callable[[], _T]) -> _T | None:
        try:
            return attempt()
        except AppError as error:
            self._faults.append((type(error), Detail(field, error.message)))
        except ValueError as error:
            self._faults.append((InvalidBody, Detail(field, f"{field} {error}")))
        return None

    def _check(self, faults: Iterator[Detail]) -> None:
        self._faults.extend((InvalidBody, fault) for fault in faults)

    def _check_currency(self, instrument: Instrument) -> None:
        if instrument.currency != self._currency and self._fill.fx_rate is None:
            message = (
                f"{instrument.root} is traded in {instrument.currency}, the account is kept in"
                f" {self._currency}: give fx_rate, {self._currency} per {instrument.currency}"
            )
            self._faults.append((CurrencyMismatch, Detail("fx_rate", message)))


def _text_faults(fill: Fill) -> Iterator[Detail]:
    for field in ("account_id", "execution_id", "order_id"):
        value = getattr(fill, field)
        if value is not None and not is_id(value):
            yield Detail(field, f"{field} must be 1 to 128 printable ASCII characters without '/'")
    for field in ("strategy", "source"):
        value = getattr(fill, field)
        if value is not None and not is_name(value):
            yield Detail(field, f"{field} must be 1 to 128 characters, none of them a control")
    if fill.side not in (BUY, SELL):
        yield Detail("side", f"side must be BUY or SELL (got {fill.side[:40]!r})")


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
    notional = abs(price_nanos) * fill.quantity * instrument.point_value_micros // fixed.NANO
    if notional > NOTIONAL_MAX_MICROS:
        yield Detail("price", "price times quantity is worth more than 10 billion: check both")


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
