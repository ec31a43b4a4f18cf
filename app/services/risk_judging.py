"""How an account stands towards its limits, worked out from the way of its equity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from app.db import accounts, risk
from app.db.connection import Connection
from app.db.risk import Moved
from app.domain import instants, periods
from app.domain import risk as rules
from app.domain.accounts import Account
from app.domain.equity import Point, Price
from app.domain.periods import SESSION
from app.domain.risk import Ledger, Low, MaxLoss, Reached, Terms
from app.services import risk_kept
from app.services.market import Standing
from app.services.risk_path import Way

# A broker's balance may differ from ours by this much: some round fees.
BALANCES_DIFFER_MICROS = 10_000


class Daily(NamedTuple):
    """The daily loss that is allowed, where it was reached, and when each share was used."""

    limit_micros: int
    used_micros: int | None
    reached: Reached | None
    crossed: dict[int, int]


class Maximum(NamedTuple):
    """The same of the maximum loss, and the equity at which it is reached."""

    limit: MaxLoss
    floor_micros: int
    used_micros: int | None
    reached: Reached | None
    crossed: dict[int, int]


class Judged(NamedTuple):
    """An account at an instant; `unknown` is what would have to be known and is not."""

    terms: Terms
    ledger: Ledger
    moved: Sequence[Moved]
    now: Point
    daily: Daily | None
    maximum: Maximum | None
    unknown: tuple[str, ...]
    oldest_us: int | None

    @property
    def start_micros(self) -> int:
        """The balance at the session's start."""
        return self.ledger.before(self.now.session).balance_micros

    @property
    def equity_micros(self) -> int | None:
        """Balance and what is held; None where that is not known."""
        moved = self.now.moved_micros
        return None if moved is None else self.start_micros + moved

    @property
    def limits(self) -> int:
        """How many limits there are."""
        return (self.daily is not None) + (self.maximum is not None)

    @property
    def is_compliant(self) -> bool | None:
        """False where a limit is known to be reached, None where it cannot be known."""
        if any(each and each.reached for each in (self.daily, self.maximum)):
            return False
        return None if self.unknown and self.limits else True


class _Told(NamedTuple):
    """What is stored of an account's limits, and the balances at its sessions' ends."""

    history: Sequence[Terms]
    moved: Sequence[Moved]
    ledger: Ledger
    cuts_us: Sequence[int]
    lifted_us: int

    @property
    def terms(self) -> Terms:
        """What the account is held to now."""
        return self.history[-1] if self.history else Terms()


class _Passed(NamedTuple):
    """The way: lows of the sessions that have ended, points of this one, the last of them now."""

    way: Way
    lows: Sequence[Low]
    points: Sequence[Point]


def judge(conn: Connection, standing: Standing, now_us: int, mark_age_us: int) -> Judged:
    """The account in its snapshot, at an instant."""
    account = standing.account
    told = _told(conn, account, periods.day_of(SESSION, now_us))
    passed = _passed(conn, standing, told, now_us, mark_age_us)
    oldest_us, unknown = _needed(standing, passed)
    return Judged(
        told.terms,
        told.ledger,
        told.moved,
        passed.points[-1],
        _daily(told, passed),
        _maximum(conn, account, told, passed, now_us, mark_age_us),
        unknown,
        oldest_us,
    )


def _told(conn: Connection, account: Account, session: int) -> _Told:
    key = account.account_key
    history, moved, resets = risk.history(conn, key), risk.moved(conn, key), risk.resets(conn, key)
    changes = Counter({each.session: each.net_micros for each in moved})
    for at_us, amount_micros in accounts.cash_within(
        conn, key, instants.FIRST_US, instants.LAST_US
    ):
        changes[periods.day_of(SESSION, at_us)] += amount_micros
    ended = sorted(each for each in changes.items() if each[0] < session)
    return _Told(
        history,
        moved,
        Ledger(account.starting_balance_micros, ended),
        sorted({*(each.since_us for each in history), *(each.at_us for each in resets)}),
        resets[-1].at_us if resets else instants.FIRST_US,
    )


def _passed(
    conn: Connection, standing: Standing, told: _Told, now_us: int, mark_age_us: int
) -> _Passed:
    account, session = standing.account, periods.day_of(SESSION, now_us)
    has_maximum = told.terms.max_loss_micros is not None
    first = _first(conn, account, now_us, mark_age_us) if has_maximum else session
    way = Way(conn, account, first, told.cuts_us, now_us=now_us, mark_age_us=mark_age_us)
    lows: list[Low] = []
    if has_maximum:
        lows = risk.lows(conn, account.account_key, first) + way.until(session)
    points: list[Point] = []
    if has_maximum or told.terms.daily_loss_micros is not None:
        points = way.to_now(session)
    else:
        way.unjudged_to_now(session)
    way.walk.before(
        Price(min(each.at_us, now_us), each.contract, each.price_nanos)
        for each in standing.market.marks
    )
    return _Passed(way, lows, [*points, way.walk.at(now_us)])


def _first(conn: Connection, account: Account, now_us: int, mark_age_us: int) -> int:
    """The first session whose lows have to be found out."""
    kept = risk.kept(conn, account.account_key)
    if kept and kept.mark_age_us == mark_age_us:
        return min(kept.until_session, periods.day_of(SESSION, now_us))
    return risk_kept.beginning(conn, account, now_us)


def _daily(told: _Told, passed: _Passed) -> Daily | None:
    limit, now = told.terms.daily_loss_micros, passed.points[-1]
    if limit is None:
        return None
    start_micros = told.ledger.before(now.session).balance_micros
    return Daily(
        limit,
        rules.used_daily(now),
        rules.daily_reached(passed.points, told.history, start_micros),
        rules.daily_crossed(passed.points, told.history, told.terms.warning_shares),
    )


def _maximum(
    conn: Connection,
    account: Account,
    told: _Told,
    passed: _Passed,
    now_us: int,
    mark_age_us: int,
) -> Maximum | None:
    now, ledger, history = passed.points[-1], told.ledger, told.history
    limit = rules.max_loss(history, now.at_us)
    if limit is None:
        return None
    floor = ledger.floor_micros(now.session, limit)
    moved = now.moved_micros
    equity = None if moved is None else ledger.before(now.session).balance_micros + moved
    points = passed.points
    low = rules.first_low(passed.lows, history, ledger, told.lifted_us)
    if low:
        way = Way(conn, account, low.session, told.cuts_us, now_us=now_us, mark_age_us=mark_age_us)
        points = way.through(low.session)
    return Maximum(
        limit,
        floor,
        None if equity is None else rules.used_max(equity, floor, limit),
        rules.max_reached(points, history, ledger, told.lifted_us),
        rules.max_crossed(passed.points, history, ledger, told.terms.warning_shares),
    )


def _needed(standing: Standing, passed: _Passed) -> tuple[int | None, tuple[str, ...]]:
    """When the oldest thing that is needed was heard of, and what is not known of all that is."""
    account, walk, unknown = standing.account, passed.way.walk, []
    heard_us = [] if account.synced_at_us is None else [account.synced_at_us]
    oldest_us = min(heard_us, default=None)
    if passed.points[-1].unrealized_micros is None:
        unknown.append("mark")
    if walk.held:
        price_us = walk.oldest_price_us()
        oldest_us = None if price_us is None else min([price_us, *heard_us])
    if standing.market.feed == "stale":
        unknown.append("feed")
    said = account.broker_balance_micros
    is_off = said is not None and abs(said - account.balance_micros) > BALANCES_DIFFER_MICROS
    if is_off and not walk.held:
        unknown.append("broker_balance")
    return oldest_us, tuple(unknown)
