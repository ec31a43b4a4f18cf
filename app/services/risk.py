"""What `/api/risk` answers, and whether its gate is open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec
from msgspec import Raw, Struct

from app.cache.keys import Dependencies
from app.db.connection import Connection
from app.domain import fixed, instants, periods, risk
from app.domain.accounts import Account
from app.domain.market import FeedStatus, Shown
from app.domain.periods import SESSION
from app.domain.risk import Reached
from app.errors import Detail, RiskLimitReached, RiskUnknown
from app.services import answers, market, risk_judging, risk_kept
from app.services.bodies import instant, money, ratio, tenths
from app.services.kinds import Number
from app.services.market import Standing
from app.services.numbers import number
from app.services.resources import Resources
from app.services.risk_bodies import (
    Consistency,
    DailyLoss,
    GateBody,
    MaximumLoss,
    MinimumDays,
    ProfitTarget,
    RiskBody,
    Violation,
    Warned,
)
from app.services.risk_judging import Daily, Judged, Maximum

LIMITS = DAILY, MAXIMUM = "daily_loss_limit", "max_loss_limit"
_PERCENT = 100
_SECOND_PLACES = 6
_NEEDED = {
    "mark": "what is held has no price that is new enough",
    "feed": "the feed is stale, so fills may be missing",
    "broker_balance": "the broker states another balance",
}


class RiskQuestion(NamedTuple):
    """How an account stands towards its limits, where prices may be no older than this."""

    mark_age_us: int

    def dependencies(self, account: Account, now_us: int) -> Dependencies:
        """The whole market, and the session that it is."""
        session = periods.day_of(SESSION, now_us)
        return Dependencies(
            resource="risk",
            account_key=account.account_key,
            version=account.version,
            stamp=account.stamp,
            parameters=(session, self.mark_age_us),
            until_us=periods.day_start(SESSION, session + 1),
            shows=Shown.PRICES,
        )

    def body(self, conn: Connection, standing: Standing, now_us: int) -> RiskBody:
        """The account's figures, its limits, and what of them was reached or used."""
        account = standing.account
        judged = risk_judging.judge(conn, standing, now_us, self.mark_age_us)
        ledger, now = judged.ledger, judged.now
        return RiskBody(
            account_id=account.account_id,
            currency=account.currency,
            timestamp=str(instant(now_us)),
            session=periods.date_of(now.session).isoformat(),
            balance=money(account.balance_micros),
            broker_balance=_known(account.broker_balance_micros),
            start_balance=money(account.starting_balance_micros),
            session_start_balance=money(judged.start_micros),
            highest_eod_balance=money(ledger.before(now.session).highest_micros),
            realized_pnl=money(now.made_micros),
            unrealized_pnl=_known(now.unrealized_micros),
            total_pnl=_known(now.gained_micros),
            equity=_known(judged.equity_micros),
            data_age_s=_age(judged.oldest_us, now_us),
            feed=standing.market.feed,
            compliance=judged.is_compliant,
            unknown=list(judged.unknown),
            dll=_daily(judged, judged.daily) if judged.daily else None,
            mll=_maximum(judged.maximum) if judged.maximum else None,
            violations=list(_violations(judged)),
            warnings=list(_warnings(judged)),
            profit_target=_profit_target(judged, account),
            consistency=_consistency(judged, account),
            minimum_days=_minimum_days(judged),
            version=account.version,
        )


class Used(NamedTuple):
    """How much of a limit is used, None where nobody can tell; and whether it was reached."""

    share: float | None
    reached: bool


class _Limit(Struct):
    pct: float | None
    violated: bool


class _Judged(Struct):
    """What the gate looks at."""

    compliance: bool | None
    unknown: list[str]
    violations: list[Violation]
    dll: Raw
    mll: Raw

    @property
    def limits(self) -> int:
        return sum(bytes(each) != b"null" for each in (self.dll, self.mll))


def question(res: Resources, account: Account) -> RiskQuestion:
    """The question about an account, whose ended sessions are kept from here on."""
    risk_kept.catch_up(res, account)
    return RiskQuestion(res.mark_age_max_us)


def feed(res: Resources, account: Account) -> FeedStatus:
    """Whether the account's executions come by themselves."""
    return market.of(res, account, res.now_us()).feed


def violations(res: Resources, account: Account) -> list[Violation]:
    """The limits that were reached and are not lifted, or over with their session."""
    return _judged(res, account).violations


def used(res: Resources, account: Account) -> dict[str, Used]:
    """How an account stands towards each limit that it has."""
    judged = _judged(res, account)
    found = zip(LIMITS, (judged.dll, judged.mll), strict=True)
    limits = {name: msgspec.json.decode(said, type=_Limit | None) for name, said in found}
    return {
        name: Used(None if limit.pct is None else limit.pct / _PERCENT, limit.violated)
        for name, limit in limits.items()
        if limit
    }


def gate(res: Resources, account: Account) -> GateBody:
    """The open gate; RiskLimitReached where it is shut, RiskUnknown where nobody can tell. It says
    what `/api/risk` says, read through the same cache.
    """
    judged = _judged(res, account)
    if judged.violations:
        faults = [
            Detail(each.limit, f"{each.limit} was reached at {each.reached_at}")
            for each in judged.violations
        ]
        raise RiskLimitReached("; ".join(each.message for each in faults), faults)
    if judged.compliance is not True:
        raise RiskUnknown("; ".join(_NEEDED[each] for each in judged.unknown))
    return GateBody(allowed=True, limits=judged.limits)


def _judged(res: Resources, account: Account) -> _Judged:
    asked = answers.ask(res, account, question(res, account))
    return msgspec.json.decode(answers.answer(res, asked).content, type=_Judged)


def _known(micros: int | None) -> Number | None:
    return None if micros is None else money(micros)


def _age(oldest_us: int | None, now_us: int) -> Number | None:
    if oldest_us is None:
        return None
    return number(max(0, now_us - oldest_us), _SECOND_PLACES)


def _left(limit_micros: int, used_micros: int | None) -> Number | None:
    return None if used_micros is None else money(max(0, limit_micros - used_micros))


def _percent(limit_micros: int, used_micros: int | None) -> Number | None:
    if used_micros is None:
        return None
    return tenths(fixed.divide(used_micros * 1000, limit_micros))


def _at(reached: Reached | None) -> str | None:
    return instant(reached.at_us) if reached else None


def _daily(judged: Judged, daily: Daily) -> DailyLoss:
    limit, used = daily.limit_micros, daily.used_micros
    return DailyLoss(
        money(limit),
        _known(used),
        _left(limit, used),
        daily.reached is not None,
        _percent(limit, used),
        money(judged.start_micros + judged.now.cash_micros - limit),
        _at(daily.reached),
    )


def _maximum(maximum: Maximum) -> MaximumLoss:
    limit, used = maximum.limit.limit_micros, maximum.used_micros
    return MaximumLoss(
        money(limit),
        _known(used),
        _left(limit, used),
        maximum.reached is not None,
        _percent(limit, used),
        money(maximum.floor_micros),
        maximum.limit.mode,
        _at(maximum.reached),
    )


def _violations(judged: Judged) -> Iterator[Violation]:
    for name, limit in ((DAILY, judged.daily), (MAXIMUM, judged.maximum)):
        if limit and limit.reached:
            at_us, equity, level = limit.reached
            yield Violation(name, instants.text(at_us), money(equity), money(level))


def _warnings(judged: Judged) -> Iterator[Warned]:
    for name, limit in ((DAILY, judged.daily), (MAXIMUM, judged.maximum)):
        for share, at_us in sorted(limit.crossed.items()) if limit else ():
            yield Warned(name, _share(share), instants.text(at_us))


def _share(ten_thousandths: int) -> Number:
    return number(ten_thousandths, risk.SHARE_PLACES)


def _profit_micros(account: Account) -> int:
    return account.realized_net_micros


def _profit_target(judged: Judged, account: Account) -> ProfitTarget | None:
    target = judged.terms.profit_target_micros
    if target is None:
        return None
    profit = _profit_micros(account)
    left = max(0, target - profit)
    return ProfitTarget(money(target), money(profit), money(left), profit >= target)


def _consistency(judged: Judged, account: Account) -> Consistency | None:
    share, profit = judged.terms.consistency_share, _profit_micros(account)
    if share is None:
        return None
    best = max(judged.moved, key=lambda each: each.net_micros, default=None)
    best_micros = max(0, best.net_micros) if best else 0
    is_profit = profit > 0
    return Consistency(
        _share(share),
        periods.date_of(best.session).isoformat() if best and best_micros else None,
        money(best_micros),
        ratio(risk.share(best_micros, profit)) if is_profit else None,
        best_micros * risk.WHOLE <= profit * share if is_profit else None,
        money(-(-best_micros * risk.WHOLE // share)),
    )


def _minimum_days(judged: Judged) -> MinimumDays | None:
    required = judged.terms.minimum_days
    if required is None:
        return None
    traded = sum(each.executions > 0 for each in judged.moved)
    return MinimumDays(required, traded, max(0, required - traded), traded >= required)
