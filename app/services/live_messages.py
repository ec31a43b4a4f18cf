"""The messages of a socket, each a type of its own."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from app.services.bodies import DailyBody
from app.services.kinds import CalendarName, Instant, Money
from app.services.positions import PositionBody
from app.services.risk_bodies import RiskBody
from app.services.trades import TradeBody

Seq = Annotated[
    int | None,
    Meta(description="The account's event that brought it; null for what no write brought."),
]


class Hello(Struct):
    """Who listens; a sign of life comes at least so often."""

    version: str
    caller: str
    heartbeat_s: float


class Health(Struct):
    """Whether this socket would be told of a write now."""

    status: Literal["ok", "unavailable"]


class TradesUpdate(Struct):
    """Items of the log as they are now, ids of those that are no more, and whether the write was
    about more than these.
    """

    items: list[TradeBody]
    gone: list[str]
    has_more: bool


class PositionsUpdate(Struct):
    """Positions as they are now, ids of those that are no more, and whether there are others that
    changed; a snapshot has those that are open, and nothing else is.
    """

    items: list[PositionBody]
    gone: list[str]
    has_more: bool
    is_snapshot: bool


class AccountUpdate(Struct):
    """An account as it is listed, but for whether it is selected."""

    id: str
    name: str
    status: str
    balance: Money
    broker_balance: Money | None
    currency: str
    account_type: str
    timezone: str
    calendar: CalendarName
    daily_pnl: Money


class BarsUpdate(Struct):
    """A contract whose bars are others than before: some are new, or were corrected."""

    symbol: str
    contract: str


class SaidFault(Struct):
    """One fault of a message."""

    field: str
    message: str


class SaidFailure(Struct):
    """What is wrong, as every other failure says it; `RESYNC` comes before a snapshot, `TOO_SLOW`
    before the end.
    """

    code: str
    message: str
    retryable: bool
    request_id: str
    details: list[SaidFault]


class _Message(Struct, tag_field="type", kw_only=True):
    account_id: str | None = None
    timestamp: Instant
    seq: Seq = None


class HelloMessage(_Message, tag="hello"):
    """The first one."""

    data: Hello


class HealthMessage(_Message, tag="health"):
    """A sign of life, where nothing else was to say."""

    data: Health


class PongMessage(_Message, tag="pong"):
    """The answer to a ping."""


class ErrorMessage(_Message, tag="error"):
    """Something is wrong."""

    data: SaidFailure


class PerformanceMessage(_Message, tag="performance_update"):
    """What the account made today, as `GET /api/performance/daily` answers; the last message of
    an event, and the only one that each event has.
    """

    data: DailyBody


class TradesMessage(_Message, tag="trade_update"):
    """What was written to the log."""

    data: TradesUpdate


class PositionsMessage(_Message, tag="position_update"):
    """What became of positions."""

    data: PositionsUpdate


class AccountMessage(_Message, tag="account_update"):
    """What became of the account."""

    data: AccountUpdate


class RiskMessage(_Message, tag="risk_update"):
    """How the account stands towards its limits, as `GET /api/risk` answers."""

    data: RiskBody


class BarsMessage(_Message, tag="bar_update"):
    """Bars were stored; of no account, and not numbered."""

    data: BarsUpdate


Message = (
    HelloMessage
    | HealthMessage
    | PongMessage
    | ErrorMessage
    | PerformanceMessage
    | TradesMessage
    | PositionsMessage
    | AccountMessage
    | RiskMessage
    | BarsMessage
)

encode = msgspec.json.Encoder().encode
