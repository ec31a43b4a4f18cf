"""What is answered about an account's limits; equity and what follows from it is null where it is
not known.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from app.services.kinds import CivilDate, FeedStatus, Instant, Money, Ratio, Seconds

LimitName = Annotated[str, Meta(extra_json_schema={"enum": ["daily_loss_limit", "max_loss_limit"]})]
ModeName = Annotated[
    str,
    Meta(
        description="Whether the floor follows the balances at the sessions' ends (`eod`).",
        extra_json_schema={"enum": ["eod", "static"]},
    ),
]
UnknownName = Annotated[str, Meta(extra_json_schema={"enum": ["mark", "feed", "broker_balance"]})]
Share = Annotated[Ratio, Meta(description="A part of 1, to 4 decimals.")]
UsedPercent = Annotated[
    Ratio,
    Meta(description="Used of the limit in percent, to one decimal; above 100 when it is passed."),
]


class DailyLoss(Struct):
    """The daily loss limit; `level` is the equity at which it is reached."""

    limit: Money
    used: Money | None
    remaining: Money | None
    violated: bool
    pct: UsedPercent | None
    level: Money
    reached_at: Instant | None


class MaximumLoss(Struct):
    """The maximum loss limit; `level` is its floor, the equity at which it is reached."""

    limit: Money
    used: Money | None
    remaining: Money | None
    violated: bool
    pct: UsedPercent | None
    level: Money
    mode: ModeName
    reached_at: Instant | None


class Violation(Struct):
    """A limit that was reached: when, the equity then, and the one at which it is reached."""

    limit: LimitName
    reached_at: Instant
    equity: Money
    level: Money


class Warned(Struct):
    """A share of a limit that was used in this session, and since when."""

    limit: LimitName
    share: Share
    crossed_at: Instant


class ProfitTarget(Struct):
    """How far the balance is from the target; it never shuts the gate."""

    target: Money
    profit: Money
    remaining: Money
    reached: bool


class Consistency(Struct):
    """The best session's part of the profit, null without one, and the part that it may be;
    `needed_profit` is the profit of which the best session would be that part.
    """

    share: Share
    best_session: CivilDate | None
    best_session_pnl: Money
    best_share: Share | None
    fulfilled: bool | None
    needed_profit: Money


class MinimumDays(Struct):
    """In how many sessions anything was realized or paid, and in how many it has to be."""

    required: int
    traded: int
    remaining: int
    reached: bool


class RiskBody(Struct, kw_only=True):
    """An account and its limits, as of `timestamp`; `realized_pnl`, `unrealized_pnl` and
    `total_pnl` are of this session.
    """

    account_id: str
    currency: str
    timestamp: Instant
    session: CivilDate
    balance: Money
    broker_balance: Money | None
    start_balance: Money
    session_start_balance: Money
    highest_eod_balance: Money
    realized_pnl: Money
    unrealized_pnl: Money | None
    total_pnl: Money | None
    equity: Money | None
    data_age_s: Seconds | None
    feed: FeedStatus
    compliance: bool | None
    unknown: list[UnknownName]
    dll: DailyLoss | None
    mll: MaximumLoss | None
    violations: list[Violation]
    warnings: list[Warned]
    profit_target: ProfitTarget | None
    consistency: Consistency | None
    minimum_days: MinimumDays | None
    version: int


class GateBody(Struct):
    """The gate is open; how many limits were looked at."""

    allowed: bool
    limits: int


class PresetBody(Struct):
    """Limits that a name stands for; each can be set otherwise."""

    name: str
    starting_balance: Money
    daily_loss_limit: Money
    max_loss_limit: Money
    max_loss_mode: ModeName
    profit_target: Money
    consistency_share: Share


class ResetBody(Struct):
    """What became of a reset: when and by whom the maximum loss limit was lifted; `violated` where
    equity is still at the floor, so that it was reached again at once.
    """

    account_id: str
    reset_at: Instant
    reset_by: str
    violated: bool
    version: int
