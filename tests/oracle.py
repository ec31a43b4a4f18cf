"""The domain rules of the contract told once more, as plainly as possible, for one account.

It shares no code with the application and takes its time zones from another library: where the two
agree on random input, they agree because both follow the contract.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import accumulate, groupby
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

PointValues = Mapping[str, Decimal]
Basis = Literal["position", "execution"]
Calendar = Literal["civil", "session"]
Interval = Literal["tick", "trade", "hour", "day", "week", "month"]
Span = tuple[datetime, datetime]

EXCHANGE = "America/Chicago"
SIGN = {"BUY": 1, "SELL": -1}
ZERO = Decimal("0.000000")


class Fill(NamedTuple):
    """One execution, `executed_at` in UTC."""

    execution_id: str
    contract: str
    side: str
    quantity: int
    price: Decimal
    fees: Decimal
    executed_at: datetime
    sequence: int = 0
    strategy: str | None = None


class Position(NamedTuple):
    """A flow of quantity from zero and, once `closing` is known, back; its times are theirs."""

    opening: Fill
    closing: Fill | None
    side: str
    quantity: int
    max_quantity: int
    entry_price: Decimal
    exit_price: Decimal | None
    gross_pnl: Decimal
    fees: Decimal
    net_pnl: Decimal
    execution_count: int


class Cut(NamedTuple):
    """How a window falls into periods; `session` days go by the exchange's clock, not `zone`."""

    interval: Interval
    zone: str = EXCHANGE
    calendar: Calendar = "civil"


class Effect(NamedTuple):
    """P&L dated by a fill, with the position that the fill closed, if any."""

    fill: Fill
    gross_pnl: Decimal
    fees: Decimal
    closed: Position | None

    @property
    def net_pnl(self) -> Decimal:
        """Of the whole fill, also where two positions share its fees."""
        return self.gross_pnl - self.fees


class Report(NamedTuple):
    """Totals of a window; the last four follow the basis, the others are of closed positions."""

    total_trades: int
    winning_trades: int
    losing_trades: int
    breakeven_trades: int
    win_rate: Decimal
    avg_win: Decimal
    avg_loss: Decimal
    largest_win: Decimal
    largest_loss: Decimal
    profit_factor: Decimal | None
    gross_pnl: Decimal
    fees: Decimal
    net_pnl: Decimal
    max_drawdown: Decimal


class Point(NamedTuple):
    """What one period adds to a window: `part` totals it as a window of its own."""

    timestamp: datetime
    part: Report
    cumulative_pnl: Decimal


def fill_order(fill: Fill) -> tuple[datetime, int, bytes]:
    """The account's one order of fills, across contracts too."""
    return fill.executed_at, fill.sequence, fill.execution_id.encode()


def positions(fills: Iterable[Fill], point_values: PointValues) -> list[Position]:
    """All positions, closed and open, in the order of their opening fills."""
    return [_position(units, point_values) for units in _flows(fills)]


def effects(fills: Iterable[Fill], point_values: PointValues) -> list[Effect]:
    """What each fill realized and cost, in the order of the fills."""
    fills = sorted(fills, key=fill_order)
    flows = _flows(fills)
    closed = {p.closing: p for p in (_position(units, point_values) for units in flows)}
    gross = {fill: pnl for units in flows for fill, pnl in _realized(units, point_values).items()}
    return [Effect(fill, gross.get(fill, ZERO), fill.fees, closed.get(fill)) for fill in fills]


def _flows(fills: Iterable[Fill]) -> list[list[Fill]]:
    """Each position as its fills, in order, every fill repeated once for each of its contracts."""
    flows: list[list[Fill]] = []
    current: dict[str, list[Fill]] = {}
    net: dict[str, int] = {}
    for fill in sorted(fills, key=fill_order):
        for _ in range(fill.quantity):
            if net.get(fill.contract, 0) == 0:
                current[fill.contract] = []
                flows.append(current[fill.contract])
            current[fill.contract].append(fill)
            net[fill.contract] = net.get(fill.contract, 0) + SIGN[fill.side]
    return flows


def _position(units: Sequence[Fill], point_values: PointValues) -> Position:
    opening = units[0]
    entries, exits = _entries_and_exits(units)
    held = [abs(net) for net in accumulate(SIGN[unit.side] for unit in units)]
    gross = sum(_realized(units, point_values).values(), ZERO)
    fees = sum((_fees(fill, units) for fill in set(units)), ZERO)
    return Position(
        opening=opening,
        closing=units[-1] if held[-1] == 0 else None,
        side="LONG" if opening.side == "BUY" else "SHORT",
        quantity=held[-1],
        max_quantity=max(held),
        entry_price=_average([unit.price for unit in entries], places=9),
        exit_price=_average([unit.price for unit in exits], places=9) if exits else None,
        gross_pnl=gross,
        fees=fees,
        net_pnl=gross - fees,
        execution_count=len(set(units)),
    )


def _entries_and_exits(units: Sequence[Fill]) -> tuple[list[Fill], list[Fill]]:
    """The contracts in and out; first in, first out pairs the n-th out with the n-th in."""
    side = units[0].side
    return [unit for unit in units if unit.side == side], [u for u in units if u.side != side]


def _realized(units: Sequence[Fill], point_values: PointValues) -> dict[Fill, Decimal]:
    """Gross P&L by the fill that realized it, rounded once for each."""
    exact: dict[Fill, Fraction] = {}
    for entry, leaving in zip(*_entries_and_exits(units), strict=False):
        points = SIGN[entry.side] * (Fraction(leaving.price) - Fraction(entry.price))
        pnl = points * Fraction(point_values[entry.contract])
        exact[leaving] = exact.get(leaving, Fraction(0)) + pnl
    return {fill: _rounded(pnl, places=6) for fill, pnl in exact.items()}


def _fees(fill: Fill, units: Sequence[Fill]) -> Decimal:
    """What the position bears of the fees of a fill that it may share with a neighbour."""
    micros = int(fill.fees.scaleb(6))
    inside = units.count(fill)
    if fill.side != units[0].side:
        return Decimal(micros * inside // fill.quantity).scaleb(-6)
    # A shared fill on the opening side came through zero: the position before took its share.
    return Decimal(micros - micros * (fill.quantity - inside) // fill.quantity).scaleb(-6)


def _rounded(value: Fraction, places: int) -> Decimal:
    """Half-even, as Python rounds fractions."""
    return Decimal(round(value * 10**places)).scaleb(-places)


def _average(values: Sequence[Decimal], places: int) -> Decimal:
    return _rounded(sum(map(Fraction, values), Fraction(0)) / max(len(values), 1), places)


@cache
def day_start(day: date, zone: str, calendar: Calendar) -> datetime:
    """The first instant, in UTC, at which the clock has reached or jumped the day's midnight."""
    if calendar == "session":
        opening = datetime.combine(day - timedelta(days=1), time(17), ZoneInfo(EXCHANGE))
        return opening.astimezone(UTC)
    midnight = datetime.combine(day, time())
    # No zone is 16 hours ahead. By minutes: a clock may pass midnight for one and turn back.
    instant = midnight.replace(tzinfo=UTC) - timedelta(hours=16)
    while _clock(instant, zone) < midnight:
        instant += timedelta(minutes=1)
    instant -= timedelta(minutes=1)
    while _clock(instant, zone) < midnight:
        instant += timedelta(seconds=1)
    return instant


def day_of(instant: datetime, zone: str, calendar: Calendar) -> date:
    """The day that holds the instant, not always the date that the clock shows."""
    day = _clock(instant, EXCHANGE if calendar == "session" else zone).date()
    while instant >= day_start(day + timedelta(days=1), zone, calendar):
        day += timedelta(days=1)
    return day


def period_start(instant: datetime, cut: Cut) -> datetime:
    """When the period around the instant began; a tick or a trade is the instant itself."""
    if cut.interval in {"tick", "trade"}:
        return instant
    if cut.interval == "hour":
        return _hour_start(instant, EXCHANGE if cut.calendar == "session" else cut.zone)
    day = day_of(instant, cut.zone, cut.calendar)
    monday = day - timedelta(days=day.weekday())
    first = {"day": day, "week": monday, "month": day.replace(day=1)}[cut.interval]
    return day_start(first, cut.zone, cut.calendar)


def _hour_start(instant: datetime, zone: str) -> datetime:
    """Since when the clock has shown this hour without having been changed."""
    clock = _clock(instant, zone)
    start = instant - (clock - clock.replace(minute=0, second=0, microsecond=0))
    while clock - _clock(start, zone) != instant - start:
        start += timedelta(seconds=1)
    return start


def _clock(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def report(fills: Iterable[Fill], point_values: PointValues, span: Span, basis: Basis) -> Report:
    """Total a half-open window."""
    return _totals(_within(span, effects(fills, point_values), basis))


def history(
    fills: Iterable[Fill], point_values: PointValues, span: Span, basis: Basis, cut: Cut
) -> list[Point]:
    """Total each period's part of the half-open window, save where nothing happened."""

    def period(effect: Effect) -> tuple[datetime, str]:
        alone = effect.fill.execution_id if cut.interval in {"tick", "trade"} else ""
        return period_start(effect.fill.executed_at, cut), alone

    own_basis: dict[Interval, Basis] = {"tick": "execution", "trade": "position"}
    basis = own_basis.get(cut.interval, basis)
    inside = _within(span, effects(fills, point_values), basis)
    parts = [(timestamp, _totals(list(part))) for (timestamp, _), part in groupby(inside, period)]
    running = accumulate(part.net_pnl for _, part in parts)
    return [Point(*part, cumulative) for part, cumulative in zip(parts, running, strict=True)]


def _within(span: Span, account: Iterable[Effect], basis: Basis) -> list[Effect]:
    """What happened: positions that closed, or fills that closed, earned or cost something."""
    inside = [effect for effect in account if span[0] <= effect.fill.executed_at < span[1]]
    if basis == "execution":
        return [e for e in inside if e.closed or e.gross_pnl or e.fees]
    return [Effect(e.fill, e.closed.gross_pnl, e.closed.fees, e.closed) for e in inside if e.closed]


def _totals(inside: Sequence[Effect]) -> Report:
    nets = [effect.closed.net_pnl for effect in inside if effect.closed]
    wins = [net for net in nets if net > 0]
    losses = [net for net in nets if net < 0]
    running = list(accumulate((effect.net_pnl for effect in inside), initial=ZERO))
    below_peak = [now - peak for now, peak in zip(running, accumulate(running, max), strict=True)]
    return Report(
        total_trades=len(nets),
        winning_trades=len(wins),
        losing_trades=len(losses),
        breakeven_trades=nets.count(ZERO),
        win_rate=_rounded(Fraction(100 * len(wins), max(len(nets), 1)), places=1),
        avg_win=_average(wins, places=2),
        avg_loss=_average(losses, places=2),
        largest_win=max(wins, default=ZERO),
        largest_loss=min(losses, default=ZERO),
        profit_factor=_rounded(Fraction(sum(wins)) / -Fraction(sum(losses)), 4) if losses else None,
        gross_pnl=sum((effect.gross_pnl for effect in inside), ZERO),
        fees=sum((effect.fees for effect in inside), ZERO),
        net_pnl=running[-1],
        max_drawdown=min(below_peak),
    )
