"""What a broker says, in this service's terms: exact decimals and instants in microseconds."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple


class BrokerAccount(NamedTuple):
    """An account; `balance` is what the broker has booked, without open profit."""

    account_id: int
    name: str
    balance: Decimal
    can_trade: bool
    is_visible: bool
    is_simulated: bool


class BrokerContract(NamedTuple):
    """A dated contract: `contract_id` is the broker's name for it, `code` the exchange's."""

    contract_id: str
    symbol_id: str
    code: str
    description: str
    tick_size: Decimal
    tick_value: Decimal
    is_active: bool


class BrokerBar(NamedTuple):
    """A bar that opened at an instant."""

    opened_at_us: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: int


class BrokerOrder(NamedTuple):
    """An order; `status` is one of ours, `filled_price` an average, maybe off the ticks, and
    `price` its limit or else its stop.
    """

    order_id: int
    account_id: int
    contract_id: str
    created_at_us: int
    updated_at_us: int
    status: str
    side: str
    quantity: int
    filled_quantity: int
    filled_price: Decimal | None
    price: Decimal | None


class BrokerPosition(NamedTuple):
    """An open position; `quantity` is signed, so a short one is negative."""

    position_id: int
    account_id: int
    contract_id: str
    opened_at_us: int
    quantity: int
    average_price: Decimal


class BrokerTrade(NamedTuple):
    """One fill. `pnl` is the gross profit that the broker states for what it closed, None where it
    closed nothing; `fees` are all of them; one that is voided never happened.
    """

    trade_id: int
    account_id: int
    contract_id: str
    order_id: int
    executed_at_us: int
    side: str
    quantity: int
    price: Decimal
    pnl: Decimal | None
    fees: Decimal
    is_voided: bool


class Window(NamedTuple):
    """From `start_us` to `end_us`; the broker counts both ends in."""

    start_us: int
    end_us: int


class BarUnit(NamedTuple):
    """How long a bar is, as the broker counts: `number` times one of its units."""

    unit: int
    number: int


class BarQuestion(NamedTuple):
    """Bars that open in a window (its end left out). `is_live` asks for the live feed's, which
    simulated accounts do not have; `has_partial` for the bar in progress too.
    """

    contract_id: str
    unit: BarUnit
    window: Window
    is_live: bool = False
    has_partial: bool = False


# The seed's timeframes as the broker counts them.
TIMEFRAMES = {
    "1s": BarUnit(1, 1),
    "5s": BarUnit(1, 5),
    "1m": BarUnit(2, 1),
    "5m": BarUnit(2, 5),
    "15m": BarUnit(2, 15),
    "1h": BarUnit(3, 1),
    "1d": BarUnit(4, 1),
}
