"""Loss limits judged the long way round: everything that is known by now is gone through again from
the account's first instant, one contract a lot, and nothing is kept of what was found before.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.domain import sessions
from app.domain.instruments import SHIPPED

CHICAGO = ZoneInfo("America/Chicago")
SECOND_US = 1_000_000
AGE_US = 60 * SECOND_US
ALWAYS = -(2**62)


class Note(NamedTuple):
    """A fill: `quantity` is signed, the price in quarters of a point, fees in micro-units."""

    at_us: int
    contract: str
    quantity: int
    quarters: int
    fees: int


class Held(NamedTuple):
    """What the account is held to since an instant, in micro-units."""

    since_us: int
    daily: int | None
    maximum: int | None
    mode: str


class Verdict(NamedTuple):
    """How the account stands."""

    balance: int
    session_start: int
    highest: int
    equity: int | None
    floor: int | None
    daily_used: int | None
    daily_at: int | None
    maximum_at: int | None
    daily_half_at: int | None
    maximum_half_at: int | None
    is_compliant: bool | None
    limits: int


@dataclass
class World:
    """All that is known of an account."""

    start: int
    fills: dict[str, Note] = field(default_factory=dict)
    cash: list[tuple[int, int]] = field(default_factory=list)
    closes: dict[tuple[str, int], int] = field(default_factory=dict)
    held_to: list[Held] = field(default_factory=list)
    lifted: list[int] = field(default_factory=list)
    heard_until: int | None = None
    broker_balance: int | None = None

    def in_force(self, at_us: int) -> tuple[int | None, tuple[int, str] | None]:
        """The daily loss and the maximum loss with its mode at an instant."""
        daily, maximum = None, None
        firsts = [each for each in self.held_to if each.daily is not None]
        known = [e for e in self.held_to if firsts and e.since_us >= firsts[0].since_us]
        for n, each in enumerate(known):
            if n == 0 or each.since_us <= at_us:
                daily = each.daily
        firsts = [each for each in self.held_to if each.maximum is not None]
        known = [e for e in self.held_to if firsts and e.since_us >= firsts[0].since_us]
        for n, each in enumerate(known):
            if n == 0 or each.since_us <= at_us:
                maximum = None if each.maximum is None else (each.maximum, each.mode)
        return daily, maximum


def session_of(at_us: int) -> tuple[int, int]:
    """The start and the end of the session that holds an instant."""
    local = datetime.fromtimestamp(at_us // SECOND_US, UTC).astimezone(CHICAGO)
    opened = local.date() if local.time() >= time(17) else local.date() - timedelta(days=1)
    ends = [datetime.combine(opened + timedelta(days=n), time(17), CHICAGO) for n in (0, 1)]
    first, last = (int(each.timestamp()) * SECOND_US for each in ends)
    return first, last


class Oracle:
    """One judgement."""

    def __init__(self, world: World, now_us: int) -> None:
        self.world, self.now_us = world, now_us
        self.lots: dict[str, list[int]] = {}
        self.signs: dict[str, int] = {}
        self.last: dict[str, tuple[int, int]] = {}
        self.balance = self.session_balance = self.highest = world.start
        self.session_cash = 0
        self.daily_at: int | None = None
        self.maximum_at: int | None = None
        self.daily_half_at: int | None = None
        self.maximum_half_at: int | None = None

    def judge(self) -> Verdict:
        """Go through it all."""
        world = self.world
        happened = [each.at_us for each in world.fills.values()] + [at for at, _ in world.cash]
        session, end = session_of(min([*happened, self.now_us]))
        starts = set()
        while session <= self.now_us:
            starts.add(session)
            session, end = session_of(end)
        cuts = {each.since_us for each in world.held_to} | {*world.lifted}
        instants = {*starts, *cuts, *happened, self.now_us, *(at for _, at in world.closes)}
        for at_us in sorted(each for each in instants if min(starts) <= each <= self.now_us):
            self._pass(at_us, at_us in starts)
        return self._verdict()

    def _pass(self, at_us: int, is_start: bool) -> None:  # noqa: FBT001
        if is_start:
            self.highest = max(self.highest, self.balance)
            self.session_balance, self.session_cash = self.balance, 0
            self.daily_at = self.daily_half_at = self.maximum_half_at = None
        for (contract, ended_us), quarters in self.world.closes.items():
            if ended_us <= at_us and ended_us >= self.last.get(contract, (ALWAYS, 0))[0]:
                self.last[contract] = ended_us, quarters
        self._look(at_us)
        moved = sum(amount for moved_us, amount in self.world.cash if moved_us == at_us)
        self.balance += moved
        self.session_cash += moved
        self._look(at_us)
        for _, fill in sorted((key, each) for key, each in self.world.fills.items()):
            if fill.at_us == at_us:
                self._fill(fill)
                self._look(at_us)

    def _fill(self, fill: Note) -> None:
        lots, sign = self.lots.setdefault(fill.contract, []), 1 if fill.quantity > 0 else -1
        self.balance -= fill.fees
        for _ in range(abs(fill.quantity)):
            if lots and self.signs[fill.contract] != sign:
                gained = (fill.quarters - lots.pop(0)) * -sign
                self.balance += gained * quarter_micros(fill.contract)
            else:
                self.signs[fill.contract] = sign
                lots.append(fill.quarters)

    def _unrealized(self, at_us: int) -> int | None:
        total = 0
        for contract, lots in self.lots.items():
            if lots:
                ended_us, quarters = self.last.get(contract, (ALWAYS, 0))
                if ended_us == ALWAYS or age_us(contract, ended_us, at_us) > AGE_US:
                    return None
                gained = sum(quarters - each for each in lots) * self.signs[contract]
                total += gained * quarter_micros(contract)
        return total

    def _floor(self, maximum: tuple[int, str]) -> int:
        limit, mode = maximum
        if mode == "static":
            return self.world.start - limit
        return min(self.world.start, max(self.world.start, self.highest) - limit)

    def _look(self, at_us: int) -> None:
        unrealized = self._unrealized(at_us)
        if unrealized is None:
            return
        equity = self.balance + unrealized
        daily, maximum = self.world.in_force(at_us)
        if daily is not None:
            used = self.session_balance + self.session_cash - equity
            if used >= daily and self.daily_at is None:
                self.daily_at = at_us
            if 2 * max(0, used) >= daily and self.daily_half_at is None:
                self.daily_half_at = at_us
        if maximum is not None:
            floor = self._floor(maximum)
            is_since = at_us >= max(self.world.lifted, default=ALWAYS)
            if equity <= floor and is_since and self.maximum_at is None:
                self.maximum_at = at_us
            if 2 * (equity - floor) <= maximum[0] and self.maximum_half_at is None:
                self.maximum_half_at = at_us

    def _verdict(self) -> Verdict:
        daily, maximum = self.world.in_force(self.now_us)
        unrealized = self._unrealized(self.now_us)
        equity = None if unrealized is None else self.balance + unrealized
        used = None
        if equity is not None and daily is not None:
            used = max(0, self.session_balance + self.session_cash - equity)
        daily_at = None if daily is None else self.daily_at
        maximum_at = None if maximum is None else self.maximum_at
        limits = (daily is not None) + (maximum is not None)
        compliant: bool | None = True
        if daily_at is not None or maximum_at is not None:
            compliant = False
        elif limits and (equity is None or self._is_doubted()):
            compliant = None
        return Verdict(
            self.balance,
            self.session_balance,
            self.highest,
            equity,
            None if maximum is None else self._floor(maximum),
            used,
            daily_at,
            maximum_at,
            None if daily is None else self.daily_half_at,
            None if maximum is None else self.maximum_half_at,
            compliant,
            limits,
        )

    def _is_doubted(self) -> bool:
        world = self.world
        if world.heard_until is not None and self.now_us >= world.heard_until:
            return True
        is_flat = not any(self.lots.values())
        said = world.broker_balance
        return is_flat and said is not None and abs(said - self.balance) > 10_000


def quarter_micros(contract: str) -> int:
    """What a quarter of a point is worth."""
    return SHIPPED.by_root[contract[:-2]].point_value_micros // 4


def age_us(contract: str, from_us: int, to_us: int) -> int:
    """The trading time between two instants, counted second by second once it is not at once clear;
    more than a limit is not counted on.
    """
    if to_us - from_us <= AGE_US:
        return to_us - from_us
    hours = sessions.hours(SHIPPED.by_root[contract[:-2]])
    counted, at_us = 0, from_us
    while at_us < to_us and counted <= AGE_US:
        step = SECOND_US if sessions.is_open(hours, at_us) else 60 * SECOND_US
        counted += SECOND_US if sessions.is_open(hours, at_us) else 0
        at_us += step
    return counted
